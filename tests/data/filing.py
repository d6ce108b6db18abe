"""The same table in every form in which a register arrives."""

from __future__ import annotations

import csv
import gzip
import html
import io
import os
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import xlsxwriter
from pyarrow import parquet

from data.formats.__main__ import opened
from data.formats.confinement import Opened
from data.formats.limits import USUAL, Limits
from data.formats.shape import PLAIN, Format, Place, Shape
from data.reading import Table, table_of

Rows = Sequence[Sequence[str]]
WIDTH = 12  # bytes of a fixed-width column


def as_csv(rows: Rows, delimiter: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue()


def encoded(encoding: str) -> Callable[[Rows], bytes]:
    return lambda rows: as_csv(rows).encode(encoding)


def delimited(delimiter: str) -> Callable[[Rows], bytes]:
    return lambda rows: as_csv(rows, delimiter).encode("cp949")


def fixed_width(rows: Rows) -> bytes:
    """Without its header: the contract says where columns stand."""
    lines = (b"".join(cell.encode("cp949").ljust(WIDTH) for cell in row) for row in rows[1:])
    return b"".join(line + b"\r\n" for line in lines)


def web_table(rows: Rows) -> bytes:
    body = "".join(
        "<tr>" + "".join(f"<td class=x>{html.escape(cell)}</td>" for cell in row) + "</tr>\n" for row in rows
    )
    head = '<html><head><meta charset="euc-kr"><style>td {mso-number-format:"\\@"}</style></head>'
    return f"{head}<body><table border=1>{body}</table></body></html>".encode("cp949")


def workbook(rows: Rows) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        hidden = book.add_worksheet("안내")
        hidden.write_row(0, 0, ["not", "the", "register"])
        sheet = book.add_worksheet("명부")
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(at, column, cell)
        sheet.activate()
        sheet.set_first_sheet()
        hidden.hide()
    return file.getvalue()


def parquet_file(rows: Rows) -> bytes:
    columns = [pa.array([row[at] for row in rows[1:]], pa.string()) for at in range(len(rows[0]))]
    file = io.BytesIO()
    parquet.write_table(pa.table(columns, names=list(rows[0])), file)
    return file.getvalue()


def gzipped(rows: Rows) -> bytes:
    return gzip.compress(as_csv(rows).encode())


def zipped(content: bytes, name: str = "명부.csv") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def in_zip(rows: Rows) -> bytes:
    return zipped(as_csv(rows).encode("cp949"))


def in_places(shape: Shape, headers: Sequence[str]) -> Shape:
    places = {header: Place(1 + at * WIDTH, WIDTH) for at, header in enumerate(headers)}
    return replace(shape, format=Format.FIXED_WIDTH, places=places)


FORMS: dict[str, tuple[Callable[[Rows], bytes], Shape]] = {
    "utf-8": (encoded("utf-8"), PLAIN),
    "utf-8 with a mark": (encoded("utf-8-sig"), PLAIN),
    "cp949": (encoded("cp949"), PLAIN),
    "cp949, called euc-kr": (encoded("cp949"), Shape(encoding="euc-kr")),
    "utf-16": (encoded("utf-16"), PLAIN),
    "utf-16, most significant byte first": (lambda rows: b"\xfe\xff" + encoded("utf-16-be")(rows), PLAIN),
    "tabs": (delimited("\t"), Shape(delimiter="\t")),
    "semicolons": (delimited(";"), Shape(delimiter=";")),
    "bars": (delimited("|"), Shape(delimiter="|")),
    "html": (web_table, PLAIN),
    "xlsx": (workbook, PLAIN),
    "parquet": (parquet_file, PLAIN),
    "gzip": (gzipped, PLAIN),
    "zip": (in_zip, PLAIN),
    "zip, by name": (in_zip, Shape(member="명부.csv")),
    "xlsx in zip": (lambda rows: zipped(workbook(rows), "book.xlsx"), PLAIN),
}


def write_database(path: Path, rows: Rows) -> None:
    """A SQLite database with the table `register`."""
    with sqlite3.connect(path) as connection:
        names = ", ".join(f'"{name}"' for name in rows[0])
        connection.execute(f"CREATE TABLE register ({names})")
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"INSERT INTO register VALUES ({marks})", rows[1:])
    connection.close()


def read_here(
    content: bytes, headers: Sequence[str], shape: Shape = PLAIN, *, limits: Limits = USUAL
) -> Table:
    """What `read_table` gives, read in this process: a child for each of many small files takes too long."""
    files = [tempfile.TemporaryFile() for _ in range(4)]
    source, spool, table, lines = files
    source.write(content)
    source.seek(0)
    request = {
        "headers": list(headers),
        "shape": shape.document(),
        "url": None,
        "snapshot": None,
        "source": os.dup(source.fileno()),
        "spool": os.dup(spool.fileno()),
        "table": table.fileno(),
        "lines": lines.fileno(),
    }
    source.close()
    spool.close()
    with table, lines:
        answer = opened(request, limits)
        return table_of(Opened(table, lines, answer), headers, "here")

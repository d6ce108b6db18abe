"""Opens one file under limits and writes it as a table of text: `python -m data.formats`, by reading.py only.

It is given open files and never a path, holds no key, and says what is wrong without a cell of the file.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
import threading
import zipfile
from importlib import import_module
from typing import IO, Any

from data.formats.broken import DigestFound, HeadersFound, Unreadable
from data.formats.limits import Limits
from data.formats.shape import Format, Shape, shape_from


def main() -> None:
    """Read a request from stdin, answer on stdout, and end without ceremony."""
    request = json.loads(sys.stdin.buffer.read())
    limits = Limits(**request["limits"])
    limits.hold()
    sys.meta_path.insert(0, _WithoutPandas())
    threading.Thread(target=_end_with, args=(request["alive"],), daemon=True).start()
    try:
        answer = opened(request, limits)
    except HeadersFound as found:
        answer = {"headers": found.headers}
    except DigestFound as found:
        answer = {"sha256": found.sha256}
    except Unreadable as error:
        answer = {"refused": error.what, "line": error.line, "mend": error.mend}
    except MemoryError:
        what = "file" if request["url"] is None else "query"
        answer = {"refused": f"The {what} needs more than {limits.memory_mib:,} MiB of memory."}
    except OSError as error:
        if error.errno == errno.EFBIG:
            error.strerror = f"it becomes a table larger than {limits.unpacked_mib:,} MiB"
        answer = {"refused": f"The file cannot be read: {error.strerror}."}
    except zipfile.BadZipFile:
        answer = {"refused": "The file is damaged or cut off.", "mend": "fetch it again"}
    os.write(sys.stdout.fileno(), json.dumps(answer).encode())
    os._exit(0)


class _WithoutPandas:
    """pyarrow brings pandas along where it finds it, which takes longer than most files."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name)


def _end_with(pipe: int) -> None:
    """End when whoever asked is gone."""
    os.read(pipe, 1)
    os._exit(1)


def opened(request: dict[str, Any], limits: Limits) -> dict[str, Any]:
    from data.formats.table import Sink

    shape = shape_from(request["shape"])
    sink = Sink(request["table"], request["lines"], request["headers"], shape, most_rows=limits.rows)
    sink.told = request.get("told")  # nobody may be listening
    if request["url"] is not None:
        from data.formats.database import read_query

        sha256 = read_query(request["url"], sink, shape, seconds=limits.seconds)
        found: dict[str, Any] = {"format": Format.QUERY, "sha256": sha256}
    elif stat.S_ISDIR(os.fstat(request["source"]).st_mode):
        found = _read_folder(request["source"], sink, shape, request["snapshot"])
    else:
        found = _read(request, sink, shape, limits)
    sink.close()
    counts = sink.counts
    return {
        **dict.fromkeys(("encoding", "packing", "snapshot", "files", "header", "sha256")),
        **found,
        "rows": counts.rows,
        "broken": sink.broken,
        "lines": vars(counts),
        "kept": sink.kept,
    }


def _read_folder(place: int, sink: Any, shape: Shape, snapshot: str | None) -> dict[str, Any]:
    from data.formats.folder import Folder

    folder = Folder(place)
    form = folder.form(shape)
    try:
        read: Any = import_module(f"data.formats.{form.value}")
    except ModuleNotFoundError as error:
        raise Unreadable(
            f"{form.value.capitalize()} tables cannot be read: what reads them is missing.",
            mend=f'pip install "owed[{form.value}]"',
        ) from error
    return {"format": form, **getattr(read, f"read_{form.value}")(folder, sink, shape, snapshot)}


def _read(request: dict[str, Any], sink: Any, shape: Shape, limits: Limits) -> dict[str, Any]:
    from data.formats.recognition import format_of
    from data.formats.unpacking import unpacked

    if request["snapshot"] is not None:
        raise Unreadable("A file has no snapshots.", mend="leave --snapshot out, or give a table's folder")
    with os.fdopen(request["source"], "rb") as delivered, os.fdopen(request["spool"], "w+b") as spool:
        source, packing = unpacked(delivered, spool, member=shape.member, limits=limits)
        form = format_of(source, shape)
        return {"format": form, "packing": packing, **_read_as(form, source, sink, shape, limits)}


def _read_as(form: Format, source: IO[bytes], sink: Any, shape: Shape, limits: Limits) -> dict[str, Any]:
    """Each format's package is imported only where it is needed: a child lives for one file."""
    if form is Format.XLSX:
        from data.formats.workbook import read_workbook

        read_workbook(source, sink, shape, limits)
        return {}
    if form is Format.PARQUET:
        from data.formats.parquet import read_parquet

        read_parquet(source, sink, shape)
        return {}
    from data.formats.recognition import encoding_of

    encoding = encoding_of(source, shape)
    return {"encoding": encoding.name, "header": _read_text(form, source, sink, shape, encoding)}


def _read_text(form: Format, source: IO[bytes], sink: Any, shape: Shape, encoding: Any) -> str | None:
    """The header line, where there is one."""
    if form is Format.HTML:
        from data.formats.html_table import read_html

        read_html(source, sink, shape, encoding)
        return None
    if form is Format.FIXED_WIDTH:
        from data.formats.fixed_width import read_fixed_width

        read_fixed_width(source, sink, shape, encoding)
        return None
    from data.formats.delimited import read_delimited
    from data.formats.lines import blocks

    return read_delimited(blocks(source, encoding), sink, shape)


if __name__ == "__main__":
    main()

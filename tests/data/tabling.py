"""Delta and Iceberg tables in a folder, as the software of others leaves them."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any
from zlib import crc32

import pyarrow as pa
from deltalake import write_deltalake
from pyarrow import parquet
from pyiceberg.catalog.memory import InMemoryCatalog
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.manifest import (
    DataFile,
    DataFileContent,
    FileFormat,
    ManifestContent,
    ManifestEntry,
    ManifestEntryStatus,
    ManifestFile,
    ManifestWriterV2,
    write_manifest_list,
)
from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC
from pyiceberg.table import Table
from pyiceberg.typedef import Record
from pyroaring import BitMap

from tests.data.filing import Rows

_Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_BITMAPS = 1681511377  # the mark of a portable array of Roaring bitmaps
_LOG = "_delta_log"


def typed(rows: Rows) -> pa.Table:
    """All columns as text."""
    columns = [pa.array([row[at] for row in rows[1:]], pa.string()) for at in range(len(rows[0]))]
    return pa.table(columns, names=list(rows[0]))


# --- Delta ---


def delta_table(folder: Path, rows: Rows, *, commits: int = 1) -> Path:
    """A table whose rows came in several commits; the first one may be empty."""
    for at in range(commits):
        part = [rows[0], *rows[1:][at::commits]]
        write_deltalake(folder, typed(part), mode="append")
    return folder


def logged(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change each action of a Delta log in place."""
    for page in sorted((folder / _LOG).glob("*.json")):
        actions = [json.loads(line) for line in page.read_text("utf-8").splitlines()]
        for action in actions:
            change(action)
        page.write_text("\n".join(map(json.dumps, actions)), "utf-8")


def commit(folder: Path, *actions: dict[str, Any]) -> None:
    version = len(list((folder / _LOG).glob("*.json")))
    (folder / _LOG / f"{version:020}.json").write_text("\n".join(map(json.dumps, actions)), "utf-8")


def adds(folder: Path) -> list[dict[str, Any]]:
    pages = sorted((folder / _LOG).glob("*.json"))
    actions = [json.loads(line) for page in pages for line in page.read_text("utf-8").splitlines()]
    return [action["add"] for action in actions if "add" in action]


def vector(places: Sequence[int]) -> dict[str, Any]:
    """A deletion vector that lies in the log itself."""
    raw = struct.pack("<IQI", _BITMAPS, 1, 0) + BitMap(places).serialize()
    return {
        "storageType": "i",
        "pathOrInlineDv": _z85(raw + b"\0" * (-len(raw) % 4)),
        "sizeInBytes": len(raw),
        "cardinality": len(places),
    }


def _z85(raw: bytes) -> str:
    found = []
    for at in range(0, len(raw), 4):
        number, letters = int.from_bytes(raw[at : at + 4], "big"), ""
        for _ in range(5):
            letters, number = _Z85[number % 85] + letters, number // 85
        found.append(letters)
    return "".join(found)


def with_vector(folder: Path, places: Sequence[int], *, of: int = 0, again: bool = False) -> Path:
    """Delete rows of the how manieth data file by a deletion vector, as one more commit.

    With `again` what the log had of it before stays, as no writer would leave it.
    """
    names = ["deletionVectors"]
    protocol = {
        "minReaderVersion": 3,
        "minWriterVersion": 7,
        "readerFeatures": names,
        "writerFeatures": names,
    }
    old = adds(folder)[of]
    gone = {"path": old["path"], "deletionTimestamp": 1, "dataChange": True, "size": old["size"]}
    if not again:  # a file is named by its path and its vector
        gone["deletionVector"] = old.get("deletionVector")
    commit(
        folder, {"protocol": protocol}, {"remove": gone}, {"add": {**old, "deletionVector": vector(places)}}
    )
    return folder


# --- Iceberg ---


def iceberg_table(folder: Path, rows: Rows, *, commits: int = 1) -> Table:
    """A table without a catalogue that anyone would still have; its pages name the folder it was made in."""
    catalog = InMemoryCatalog("made", warehouse=folder.as_uri())
    catalog.create_namespace("registers")
    made = catalog.create_table("registers.one", typed(rows).schema, location=folder.as_uri())
    for at in range(commits):
        made.append(typed([rows[0], *rows[1:][at::commits]]))
    return made


class _Deletes(ManifestWriterV2):
    def content(self) -> ManifestContent:
        return ManifestContent.DELETES

    @property
    def _meta(self) -> dict[str, str]:
        return {**super()._meta, "content": "deletes"}


def delete_by_place(table: Table, places: Sequence[int], *, named: str | None = None) -> None:
    """Delete rows of the first data file, in a file of position deletes that calls the data file `named`."""
    target = next(iter(table.scan().plan_files())).file.file_path
    page = pa.table({"file_path": [named or target] * len(places), "pos": pa.array(places, pa.int64())})
    _with_deletes(table, page, DataFileContent.POSITION_DELETES)


def delete_by_vector(table: Table, places: Sequence[int], *, spoiled: bool = False) -> None:
    """Delete rows of the first data file by a deletion vector in a Puffin file."""
    target = next(iter(table.scan().plan_files())).file.file_path
    body = b"\xd1\xd3\x39\x64" + struct.pack("<QI", 1, 0) + BitMap(places).serialize()
    blob = struct.pack(">I", len(body)) + body + struct.pack(">I", crc32(body) ^ spoiled)
    told = {"referenced-data-file": target, "cardinality": str(len(places))}
    described = {"type": "deletion-vector-v1", "fields": [], "snapshot-id": -1, "sequence-number": -1}
    footer = {"blobs": [{**described, "offset": 4, "length": len(blob), "properties": told}]}
    page = json.dumps(footer).encode()
    ending = b"PFA1" + page + struct.pack("<I", len(page)) + b"\0\0\0\0PFA1"
    _with_deletes(table, b"PFA1" + blob + ending, DataFileContent.POSITION_DELETES, of=target)


def delete_by_value(table: Table, column: str, value: str) -> None:
    _with_deletes(table, pa.table({column: [value]}), DataFileContent.EQUALITY_DELETES)


_numbers = count(1)


def _with_deletes(
    table: Table, page: pa.Table | bytes, content: DataFileContent, *, of: str | None = None
) -> None:
    number, io, is_vector = next(_numbers), PyArrowFileIO(), isinstance(page, bytes)
    above, snapshot = table.location(), table.current_snapshot()
    assert snapshot is not None
    path = f"{above}/data/deletes-{number}.{'puffin' if is_vector else 'parquet'}"
    with io.new_output(path).create() as file:
        file.write(page) if is_vector else parquet.write_table(page, file)
    deletes = DataFile.from_args(
        content=content,
        file_path=path,
        file_format=FileFormat.PUFFIN if is_vector else FileFormat.PARQUET,
        partition=Record(),
        record_count=1 if isinstance(page, bytes) else page.num_rows,
        file_size_in_bytes=len(io.new_input(path)),
        equality_ids=[1] if content is DataFileContent.EQUALITY_DELETES else None,
        referenced_data_file=of,
    )
    _commit(table, [*snapshot.manifests(table.io), _manifest(table, deletes, number)], number)


def _manifest(table: Table, deletes: DataFile, number: int) -> ManifestFile:
    address = f"{table.location()}/metadata/deletes-{number}.avro"
    output = PyArrowFileIO().new_output(address)
    with _Deletes(UNPARTITIONED_PARTITION_SPEC, table.schema(), output, number, "null") as writer:
        writer.add_entry(
            ManifestEntry.from_args(
                status=ManifestEntryStatus.ADDED, snapshot_id=number, sequence_number=None, data_file=deletes
            )
        )
    return writer.to_manifest_file()


def _commit(table: Table, manifests: Sequence[ManifestFile], number: int) -> None:
    """One more page of metadata, with a snapshot of these manifests."""
    io, above = PyArrowFileIO(), table.location()
    page = Path(table.metadata_location.removeprefix("file://"))
    document = json.loads(page.read_text("utf-8"))
    sequence = document["last-sequence-number"] + 1
    address = f"{above}/metadata/list-{number}.avro"
    with write_manifest_list(2, io.new_output(address), number, None, sequence, "null") as writer:
        writer.add_manifests(list(manifests))
    snapshot = {
        "snapshot-id": number,
        "sequence-number": sequence,
        "timestamp-ms": document["last-updated-ms"] + 1,
        "manifest-list": address,
        "summary": {"operation": "delete"},
        "schema-id": document["current-schema-id"],
    }
    document["snapshots"].append(snapshot)
    document.setdefault("refs", {})["main"] = {"snapshot-id": number, "type": "branch"}
    document |= {"current-snapshot-id": number, "last-sequence-number": sequence}
    document["snapshot-log"] = []
    document["last-updated-ms"] += 1
    (page.parent / f"{900 + number:05}-deletes.metadata.json").write_text(json.dumps(document), "utf-8")

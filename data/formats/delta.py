"""Delta tables: one version, as the text that the same register would have in a CSV file."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError
from pyarrow import parquet

from data.digests import document_sha256
from data.formats.broken import Unreadable
from data.formats.folder import DELTA_LOG, Folder, leads_out
from data.formats.parquet import AT_ONCE, write_rows
from data.formats.shape import Shape
from data.formats.table import Sink, places_for

_READ = {"deletionVectors", "columnMapping", "timestampNtz", "vacuumProtocolCheck", "v2Checkpoint"}
_LATEST_READER = 3
_DAMAGED = "The Delta table is damaged, cut off or encrypted."
_WHOLE = "deliver the folder whole, its _delta_log included"
_UUID = 20  # letters of a deletion vector's name; what stands before them is a folder


def read_delta(folder: Folder, sink: Sink, shape: Shape, snapshot: str | None) -> dict[str, Any]:
    """Read the latest version, or the one `snapshot` names; rows are counted from 2, file by file.

    Raises Unreadable for a table that refers to anything outside its folder, and for whatever of the protocol
    is not read here: nothing of it is passed over. What deletion vectors delete is left out and counted.
    """
    _check_log(folder)
    folder.enter()
    try:
        table = DeltaTable(".", version=_version(snapshot))
        _check_protocol(table)
        snapshot_read = _Snapshot(table, folder)
    except DeltaError as error:
        raise Unreadable(
            _DAMAGED if snapshot is None else "The table has no such version.", mend=_WHOLE
        ) from error
    places = places_for(sink, list(snapshot_read.columns), snapshot_read.sha256)
    names = [list(snapshot_read.columns)[at] for at in places]
    sink.counts.physical = sink.counts.before = 1
    for file in snapshot_read.files:
        try:
            _read_file(file, snapshot_read, names, sink, shape)
        except (pa.ArrowException, OSError) as error:
            raise Unreadable(_DAMAGED, mend=_WHOLE) from error
    found = {"snapshot": str(table.version()), "files": len(snapshot_read.files)}
    return {**found, "sha256": snapshot_read.sha256()}


def _version(snapshot: str | None) -> int | None:
    if snapshot is None:
        return None
    if not re.fullmatch("[0-9]{1,18}", snapshot):
        raise Unreadable("A Delta table's snapshot is a version, a whole number.", mend="give its number")
    return int(snapshot)


class _Column(NamedTuple):
    physical: str  # its name in the data files
    kind: pa.DataType


class _File(NamedTuple):
    path: str
    size: int
    rows: int | None  # where the log says so
    partition: Mapping[str, Any]
    kept: np.ndarray | None  # of each row whether it is still there; all of them where there is no vector


class _Snapshot:
    """What a version of the table consists of."""

    def __init__(self, table: DeltaTable, folder: Folder) -> None:
        self.folder = folder
        self._schema = json.loads(table.schema().to_json())
        kinds = pa.schema(table.schema().to_arrow())
        self.columns = {
            field["name"]: _Column(
                field["metadata"].get("delta.columnMapping.physicalName", field["name"]),
                kinds.field(at).type,
            )
            for at, field in enumerate(self._schema["fields"])
        }
        self.files = sorted(_files(table, folder), key=lambda one: one.path)

    def sha256(self) -> str:
        """Of what it consists of: the same rows in the same files, whatever the version and the folder."""
        files = [
            [one.path, one.size, self.folder.sha256(one.path), _texts(one.partition), _digest(one.kept)]
            for one in self.files
        ]
        return document_sha256({"format": "delta", "schema": self._schema, "files": files})


def _texts(partition: Mapping[str, Any]) -> dict[str, str | None]:
    return {name: None if value is None else str(value) for name, value in partition.items()}


def _digest(kept: np.ndarray | None) -> str | None:
    return None if kept is None else hashlib.sha256(np.flatnonzero(~kept).tobytes()).hexdigest()


def _files(table: DeltaTable, folder: Folder) -> Iterator[_File]:
    kept, seen = _vectors(table), set()
    for add in pa.table(table.get_add_actions()).to_pylist():
        path = folder.inside(unquote(add["path"]))
        if path in seen:
            raise Unreadable("The table has a file twice.", mend=_WHOLE)
        seen.add(path)
        partition = add.get("partition") or {}
        yield _File(path, add["size_bytes"], add["num_records"], partition, kept.pop(path, None))
    if kept:
        raise Unreadable("The table deletes rows of a file that it does not have.", mend=_WHOLE)


def _vectors(table: DeltaTable) -> dict[str, np.ndarray]:
    """By the file's path below the folder."""
    found, above = {}, unquote(table.table_uri)
    for one in pa.table(table.deletion_vectors()).to_pylist():
        path = unquote(one["filepath"])
        if not path.startswith(above):
            raise leads_out()
        found[path[len(above) :]] = np.array(one["selection_vector"], bool)
    return found


def _read_file(file: _File, snapshot: _Snapshot, names: Sequence[str], sink: Sink, shape: Shape) -> None:
    first = next(iter(snapshot.columns))
    needed = list(dict.fromkeys([*names, *([first] if sink.looks_for_totals else [])]))
    with snapshot.folder.open(file.path, size=file.size) as source:
        data = parquet.ParquetFile(source)
        rows = data.metadata.num_rows
        kept = _kept(file, rows)
        there = set(data.schema_arrow.names)
        stored = [snapshot.columns[name].physical for name in needed]
        begins = 0
        for batch in data.iter_batches(AT_ONCE, columns=[name for name in stored if name in there]):
            made = _logical(batch, file, snapshot.columns, needed)
            live = made.filter(pa.array(kept[begins : begins + made.num_rows]))
            begins += made.num_rows
            write_rows(live, names, sink, shape, first=first)
        if begins != rows:
            raise Unreadable(_DAMAGED, mend=_WHOLE)
    sink.deleted(int(np.count_nonzero(~kept)))


def _kept(file: _File, rows: int) -> np.ndarray:
    if file.rows is not None and file.rows != rows:
        raise Unreadable("A file of the table has another number of rows than the table says.", mend=_WHOLE)
    if file.kept is None:
        return np.ones(rows, bool)
    if len(file.kept) > rows:
        raise Unreadable("The table deletes rows that it does not have.", mend=_WHOLE)
    return np.concatenate([file.kept, np.ones(rows - len(file.kept), bool)])


def _logical(
    batch: pa.RecordBatch, file: _File, columns: Mapping[str, _Column], needed: Sequence[str]
) -> pa.RecordBatch:
    """The columns by the names and kinds that the table gives them; one that a file lacks is empty in it."""
    there, arrays = set(batch.schema.names), []
    for name in needed:
        physical, kind = columns[name]
        if name in file.partition:
            arrays.append(pa.repeat(pa.scalar(file.partition[name], kind), batch.num_rows))
        elif physical not in there:
            arrays.append(pa.nulls(batch.num_rows, kind))
        else:
            arrays.append(_cast(batch.column(physical), kind, name))
    return pa.RecordBatch.from_arrays(arrays, names=list(needed))


def _cast(column: pa.Array, kind: pa.DataType, header: str) -> pa.Array:
    try:
        return column.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise Unreadable(f"The column {header} is not of the kind that the table says.") from error


def _check_protocol(table: DeltaTable) -> None:
    protocol = table.protocol()
    more = set(protocol.reader_features or ()) - _READ
    mode = table.metadata().configuration.get("delta.columnMapping.mode", "none")
    if more or protocol.min_reader_version > _LATEST_READER or mode not in ("none", "name"):
        known = sorted(one for one in more if re.fullmatch("[A-Za-z]{1,40}", one))
        raise Unreadable(
            f"The table asks more of its reader than there is here: {', '.join(known) or 'column mapping'}.",
            mend="have it copied as a table without that feature, or exported as Parquet",
        )


# --- what the log may refer to ---


def _check_log(folder: Folder) -> None:
    """Raise Unreadable for what leads out of the folder and would be followed while the log is read."""
    try:
        for path in folder.sizes:
            if path.startswith(DELTA_LOG) and path.endswith((".json", ".parquet")):
                with folder.open(path) as page:
                    _check_actions(page) if path.endswith(".json") else _check_checkpoint(page)
    except (ValueError, pa.ArrowException) as error:
        raise Unreadable(_DAMAGED, mend=_WHOLE) from error


def _check_actions(page: Any) -> None:
    for line in page:
        if line.strip():
            json.loads(line, object_pairs_hook=_checked)


def _checked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of the log; a key that stands in it twice is looked at twice."""
    for name, value in pairs:
        if name == "deletionVector" and value is not None:
            _check_vector(value)
        if name == "sidecar" and value is not None:
            _check_sidecar(value["path"])
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _check_checkpoint(page: Any) -> None:
    found = parquet.ParquetFile(page)
    for batch in found.iter_batches(AT_ONCE, columns=["add.deletionVector", "sidecar.path"]):
        for row in batch.to_pylist():
            if (row.get("add") or {}).get("deletionVector"):
                _check_vector(row["add"]["deletionVector"])
            if row.get("sidecar"):
                _check_sidecar(row["sidecar"]["path"])


def _check_vector(vector: Mapping[str, Any]) -> None:
    """One that lies in the log itself, or in a folder below the table's with a plain name."""
    kind, path = vector["storageType"], vector["pathOrInlineDv"]
    if kind not in ("i", "u") or (kind == "u" and not re.fullmatch("[A-Za-z0-9_-]*", path[:-_UUID])):
        raise leads_out()


def _check_sidecar(path: str) -> None:
    if "/" in path or path in (".", ".."):
        raise leads_out()

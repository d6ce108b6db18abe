"""Iceberg tables: one snapshot, as the text that the same register would have in a CSV file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, NamedTuple, NoReturn, cast
from zlib import crc32

import numpy as np
import pyarrow as pa
from pyarrow import parquet
from pyiceberg.catalog.noop import NoopCatalog
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io import FileIO, InputFile, InputStream
from pyiceberg.io.pyarrow import ArrowScan
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat, ManifestContent, ManifestFile
from pyiceberg.schema import Schema
from pyiceberg.serializers import FromInputFile
from pyiceberg.table import DataScan, FileScanTask, StaticTable
from pyiceberg.table.deletion_vector import deletion_vectors_from_puffin_file
from pyiceberg.table.puffin import PuffinFile

from data.digests import document_sha256
from data.formats.broken import Unreadable
from data.formats.folder import Folder, leads_out
from data.formats.parquet import write_rows
from data.formats.shape import Shape
from data.formats.table import Sink, places_for

_DAMAGED = "The Iceberg table is damaged, cut off or encrypted."
_WHOLE = "deliver the folder whole, its metadata included"
_PLAIN = "have it rewritten without that (compacted), or exported as Parquet"
_PAGE = re.compile(r"metadata/v?([0-9]+)(?:-[^/]*)?(?:\.gz)?\.metadata\.json(?:\.gz)?")
_HINT = "metadata/version-hint.text"


def read_iceberg(folder: Folder, sink: Sink, shape: Shape, snapshot: str | None) -> dict[str, Any]:
    """Read the current snapshot, or the one `snapshot` names; rows are counted from 2, file by file.

    A path in the table's pages is one below the table's own location, and that is the folder, wherever it has
    been copied to. Raises Unreadable for any other path, and for whatever is not read here: nothing of it is
    passed over. What position deletes and deletion vectors delete is left out and counted.
    """
    try:
        table = _Snapshot(folder, snapshot)
        names = [field.name for field in table.schema.fields]
        places = places_for(sink, names, table.sha256)
        wanted = [names[at] for at in places]
        sink.counts.physical = sink.counts.before = 1
        for file in table.files:
            _read_file(file, table, wanted, sink, shape)
    except (pa.ArrowException, ValueError, TypeError, KeyError, IndexError, EOFError, OSError) as error:
        raise Unreadable(_DAMAGED, mend=_WHOLE) from error
    return {"snapshot": table.name, "files": len(table.files), "sha256": table.sha256()}


class _Inside(FileIO):
    """Opens for the package what lies below the table's location, and nothing else; writes nothing."""

    def __init__(self, folder: Folder, location: str | None = None) -> None:
        super().__init__({})
        self._folder, self._location = folder, location

    def path(self, address: str) -> str:
        """Below the folder. Raises Unreadable for one that is not below the table's location."""
        if self._location is None:
            return self._folder.inside(address)
        above = _bare(self._location) + "/"
        if not _bare(address).startswith(above):
            raise leads_out()
        return self._folder.inside(_bare(address)[len(above) :])

    def new_input(self, location: str) -> _Input:
        return _Input(location, self._folder, self.path(location))

    def new_output(self, location: str) -> NoReturn:
        raise leads_out()

    def delete(self, location: Any) -> NoReturn:
        raise leads_out()


class _Input(InputFile):
    def __init__(self, location: str, folder: Folder, path: str) -> None:
        super().__init__(location)
        self._folder, self._path = folder, path

    def __len__(self) -> int:
        return self._folder.sizes[self._path]

    def exists(self) -> bool:
        return True

    def open(self, seekable: bool = True) -> InputStream:
        return cast(InputStream, self._folder.open(self._path))


def _bare(address: str) -> str:
    """An address without what writers spell in different ways: file:/x, file:///x and /x are one."""
    return "/" + re.sub(r"^[A-Za-z][A-Za-z0-9+.-]*:", "", address).strip("/")


class _File(NamedTuple):
    path: str
    data: DataFile


class _Snapshot:
    """What a snapshot of the table consists of."""

    def __init__(self, folder: Folder, wanted: str | None) -> None:
        self.folder = folder
        page = _current_page(folder)
        self.metadata = FromInputFile.table_metadata(_Inside(folder).new_input(page))
        self.io = _Inside(folder, self.metadata.location)
        table = StaticTable(
            identifier=("table",),
            metadata=self.metadata,
            metadata_location=page,
            io=self.io,
            catalog=NoopCatalog("none"),
        )
        scan = table.scan(snapshot_id=_number(wanted))
        found = scan.snapshot()
        if wanted is not None and found is None:
            raise Unreadable("The table has no such snapshot.", mend="see its history of snapshots")
        self.name = str(found.snapshot_id) if found is not None else None
        self.schema: Schema = scan.projection()
        self._deletes = list(_deletes(found.manifests(self.io), self.io)) if found is not None else []
        self.files = sorted(
            (_File(self.io.path(one.file.file_path), one.file) for one in _planned(scan)),
            key=lambda one: one.path,
        )
        self._positions: dict[str, list[tuple[str, np.ndarray]]] = {}

    def sha256(self) -> str:
        """Of what it consists of: the same rows in the same files, wherever the folder lies."""
        files = [[one.path, self.folder.sha256(one.path)] for one in self.files]
        deletes = sorted(self.folder.sha256(self.io.path(one.file_path)) for one in self._deletes)
        document = {"schema": self.schema.model_dump_json(), "files": files, "deletes": deletes}
        return document_sha256({"format": "iceberg", **document})

    def rows(self, file: _File, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """All rows of a data file in order, deleted ones too; columns as the schema has them."""
        scan = ArrowScan(self.metadata, self.io, self.schema.select(*names), AlwaysTrue())
        return scan.to_record_batches([FileScanTask(file.data)])

    def deleted(self, file: _File) -> np.ndarray:
        """Places of the rows of a data file that are deleted, each once.

        Every delete of the snapshot is looked at. The package picks those whose pages spell the data file's
        address as the data file does, and a row whose delete is missed is a person who should not be there.
        """
        found = [np.empty(0, np.int64)]
        for one in self._deletes:
            found += [places for path, places in self._deleted_by(one) if path == file.path]
        return np.unique(np.concatenate(found))

    def _deleted_by(self, deletes: DataFile) -> list[tuple[str, np.ndarray]]:
        path = self.io.path(deletes.file_path)
        if path not in self._positions:
            reads = {FileFormat.PARQUET: self._by_rows, FileFormat.PUFFIN: self._by_vectors}
            if deletes.file_format not in reads:
                raise Unreadable("A file of deletes is neither Parquet nor Puffin.", mend=_PLAIN)
            with self.folder.open(path) as source:
                self._positions[path] = list(reads[deletes.file_format](source))
        return self._positions[path]

    def _by_rows(self, source: IO[bytes]) -> Iterator[tuple[str, np.ndarray]]:
        found = parquet.ParquetFile(source).read(columns=["file_path", "pos"])
        names = found["file_path"].combine_chunks().dictionary_encode()
        places, codes = found["pos"].to_numpy(), names.indices.to_numpy(zero_copy_only=False)
        for code, name in enumerate(names.dictionary.to_pylist()):
            if (path := self._below(name)) is not None:
                yield path, places[codes == code].astype(np.int64)

    def _by_vectors(self, source: IO[bytes]) -> Iterator[tuple[str, np.ndarray]]:
        file = PuffinFile(source.read())
        for blob, one in zip(file.footer.blobs, deletion_vectors_from_puffin_file(file), strict=True):
            places = np.array(one.to_vector().to_pylist(), np.int64)
            if not _is_whole(file.get_blob_payload(blob)) or len(places) != int(
                blob.properties["cardinality"]
            ):
                raise Unreadable(_DAMAGED, mend=_WHOLE)
            if (path := self._below(one.referenced_data_file)) is not None:
                yield path, places

    def _below(self, address: str) -> str | None:
        """None for a data file that has long been cleaned away; its deletes delete nothing more."""
        above = _bare(self.metadata.location) + "/"
        path = _bare(address).removeprefix(above)
        return path if path in self.folder.sizes else None


def _is_whole(vector: bytes) -> bool:
    """Whether its checksum holds, which the package does not look at."""
    end = 4 + int.from_bytes(vector[:4], "big")
    return crc32(vector[4:end]) == int.from_bytes(vector[end : end + 4], "big")


def _planned(scan: DataScan) -> Sequence[FileScanTask]:
    return cast(Sequence[FileScanTask], list(scan.plan_files()))


def _deletes(manifests: Iterable[ManifestFile], io: FileIO) -> Iterator[DataFile]:
    """The files that delete rows by their places. Raises Unreadable when there are others."""
    for manifest in manifests:
        if manifest.content is ManifestContent.DELETES:
            for entry in manifest.fetch_manifest_entry(io):
                if entry.data_file.content is not DataFileContent.POSITION_DELETES:
                    raise Unreadable(
                        "The table deletes rows by their values (equality deletes).", mend=_PLAIN
                    )
                yield entry.data_file


def _number(snapshot: str | None) -> int | None:
    if snapshot is not None and not re.fullmatch("[0-9]{1,19}", snapshot):
        raise Unreadable("An Iceberg table's snapshot is a whole number.", mend="give its snapshot-id")
    return None if snapshot is None else int(snapshot)


def _current_page(folder: Folder) -> str:
    """The page that the table's hint names, or else the only one with the highest number."""
    pages = {path: int(found[1]) for path in folder.sizes if (found := _PAGE.fullmatch(path))}
    if _HINT in folder.sizes:
        with folder.open(_HINT) as file:
            hint = file.read(1000).decode("ascii", "replace").strip()
        names = (f"metadata/{hint}", f"metadata/v{hint}.metadata.json", f"metadata/{hint}.metadata.json")
        pages = {path: number for path, number in pages.items() if path in names}
    latest = [path for path, number in pages.items() if number == max(pages.values())]
    if len(latest) != 1:
        raise Unreadable(
            "It cannot be told which page of the table's metadata is the current one.",
            mend="deliver the folder with the one that its catalogue names",
        )
    return latest[0]


def _read_file(file: _File, table: _Snapshot, wanted: Sequence[str], sink: Sink, shape: Shape) -> None:
    if file.data.file_format is not FileFormat.PARQUET:
        raise Unreadable("The table's files are not Parquet.", mend=_PLAIN)
    kept = _kept(file, table)
    first = table.schema.fields[0].name
    needed = list(dict.fromkeys([*wanted, *([first] if sink.looks_for_totals else [])]))
    begins = 0
    for batch in table.rows(file, needed):
        live = batch.filter(pa.array(kept[begins : begins + batch.num_rows]))
        begins += batch.num_rows
        write_rows(live, wanted, sink, shape, first=first)
    if begins != len(kept):
        raise Unreadable(_DAMAGED, mend=_WHOLE)
    sink.deleted(int(np.count_nonzero(~kept)))


def _kept(file: _File, table: _Snapshot) -> np.ndarray:
    """Of each row of the data file whether it is still there."""
    with table.folder.open(file.path, size=file.data.file_size_in_bytes) as source:
        rows = parquet.ParquetFile(source).metadata.num_rows
    if rows != file.data.record_count:
        raise Unreadable("A file of the table has another number of rows than the table says.", mend=_WHOLE)
    deleted, kept = table.deleted(file), np.ones(rows, bool)
    if len(deleted) and (deleted[0] < 0 or deleted[-1] >= rows):
        raise Unreadable("The table deletes rows that it does not have.", mend=_WHOLE)
    kept[deleted] = False
    return kept

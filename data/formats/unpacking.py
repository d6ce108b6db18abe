"""Takes one file out of its packing. Names in an archive are compared and never become a path."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO, cast

from data.formats.broken import Unreadable
from data.formats.limits import MIB, Limits

GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
EMPTY_ZIP = b"PK\x05\x06"
_PIECE = 4 * MIB
_HARMLESS = 64 * MIB  # below this no ratio matters
_ENCRYPTED = 0x1
_UTF8_NAME = 0x800


def is_workbook(archive: zipfile.ZipFile) -> bool:
    return "xl/workbook.xml" in archive.namelist()


def unpacked(
    source: IO[bytes], spool: IO[bytes], *, member: str | None, limits: Limits
) -> tuple[IO[bytes], str | None]:
    """The file itself, and the packing it came in ("gzip", "zip" or None).

    What was packed lies in `spool`. Raises Unreadable for archives within archives, damaged and encrypted
    ones, several files without one that is named, names that lead out of the archive, and bombs.
    """
    packing = _packing(source)
    if packing is None:
        if member is not None:
            raise Unreadable(
                "The contract names a file inside an archive, and this is no archive.",
                mend="leave file.member out of the contract, or have it packed as a zip archive",
            )
        return source, None
    try:
        with _opened(source, packing, member, limits) as packed:
            _spool(packed, spool, packed_bytes=_size(source), limits=limits)
    except (gzip.BadGzipFile, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError) as error:
        raise Unreadable("The packed file is damaged or cut off.", mend="fetch it again") from error
    spool.seek(0)
    if _packing(spool) is not None:
        raise Unreadable("The archive holds another archive.", mend="pack the register itself, once")
    return spool, packing


def _packing(source: IO[bytes]) -> str | None:
    head = source.read(4)
    source.seek(0)
    if head[:2] == GZIP:
        return "gzip"
    if head not in (ZIP, EMPTY_ZIP):
        return None
    try:
        with zipfile.ZipFile(source) as archive:
            found = None if is_workbook(archive) else "zip"
    except zipfile.BadZipFile as error:
        raise Unreadable("The packed file is damaged or cut off.", mend="fetch it again") from error
    source.seek(0)
    return found


def _opened(source: IO[bytes], packing: str, member: str | None, limits: Limits) -> IO[bytes]:
    if packing == "gzip":
        return cast(IO[bytes], gzip.GzipFile(fileobj=source))
    archive = zipfile.ZipFile(source)
    return archive.open(_chosen(archive, member, limits))


def _chosen(archive: zipfile.ZipFile, member: str | None, limits: Limits) -> zipfile.ZipInfo:
    listed = list(_files(archive))
    wanted = listed if member is None else [one for one in listed if _name(one) == member]
    if len(wanted) > 1 and len({_name(one) for one in wanted}) == 1:
        raise Unreadable(
            f"The archive holds {len(wanted)} files of the same name; which is the register?",
            mend="have it packed anew, with the register alone",
        )
    if len(wanted) != 1:
        raise Unreadable(
            f"The archive holds {len(listed)} files, and not just one that is known to be the register.",
            mend="name the file in the contract (file.member), or pack only the register",
        )
    chosen = wanted[0]
    if chosen.flag_bits & _ENCRYPTED:
        raise Unreadable("The archive has a password.", mend="unpack it where the password is kept")
    if chosen.file_size > limits.unpacked_mib * MIB:
        raise _too_large(limits)
    return chosen


def _files(archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    """The files of an archive, without those a Mac adds."""
    for one in archive.infolist():
        path = PurePosixPath(_name(one).replace("\\", "/"))
        if not path.parts:
            raise Unreadable("The archive holds a file without a name.", mend="have it packed anew")
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
            raise Unreadable(
                "The archive holds a name that leads out of it.", mend="find out who made it, and how"
            )
        if not one.is_dir() and path.parts[0] != "__MACOSX" and path.name != ".DS_Store":
            yield one


def _name(one: zipfile.ZipInfo) -> str:
    """A member's name; Korean Windows writes names in CP949 and does not say so."""
    if one.flag_bits & _UTF8_NAME or one.filename.isascii():
        return one.filename or "."
    try:
        return one.filename.encode("cp437").decode("cp949")
    except UnicodeError:
        return one.filename


def _spool(packed: IO[bytes], spool: IO[bytes], *, packed_bytes: int, limits: Limits) -> None:
    written = 0
    while piece := packed.read(_PIECE):
        written += len(piece)
        if written > limits.unpacked_mib * MIB:
            raise _too_large(limits)
        if written > _HARMLESS and written > packed_bytes * limits.largest_ratio:
            raise Unreadable(
                f"The packed file unpacks to more than {limits.largest_ratio} times its size.",
                mend="find out who made it; if it is right, raise intake.limits.largest_ratio in owed.toml",
            )
        spool.write(piece)
    spool.flush()


def _too_large(limits: Limits) -> Unreadable:
    return Unreadable(
        f"The packed file unpacks to more than {limits.unpacked_mib:,} MiB.",
        mend="deliver it in parts, or raise intake.limits.unpacked_mib in owed.toml",
    )


def _size(source: IO[bytes]) -> int:
    place = source.tell()
    size = source.seek(0, 2)
    source.seek(place)
    return size

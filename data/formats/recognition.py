"""Tells from its bytes what a file is; its name says nothing."""

from __future__ import annotations

import codecs
import re
import zipfile
from itertools import islice
from typing import IO, NamedTuple

from data.formats.broken import SAVE_AS, Unreadable
from data.formats.shape import ENCODINGS, Format, Shape
from data.formats.unpacking import ZIP, is_workbook

PIECE = 8 * 1024 * 1024
_HEAD = 64 * 1024
_LINES_TRIED = 10_000
_LEAST_EMPTY = 0.15  # share of UTF-16's units that are plain ASCII in any register

_BOMS = (
    (codecs.BOM_UTF32_LE, None),
    (codecs.BOM_UTF32_BE, None),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BINARY = (
    (b"\xd0\xcf\x11\xe0", "an old workbook (.xls), or a workbook with a password", "save it as .xlsx"),
    (b"SQLite format 3\0", "a database", "name it in owed.toml and write file.query into the contract"),
    (b"%PDF", "a printed page (PDF)", SAVE_AS),
    (b"7z\xbc\xaf", "an archive of a kind that is not opened", "pack it as zip or gzip"),
    (b"BZh", "an archive of a kind that is not opened", "pack it as zip or gzip"),
    (b"\xfd7zXZ", "an archive of a kind that is not opened", "pack it as zip or gzip"),
    (b"Rar!", "an archive of a kind that is not opened", "pack it as zip or gzip"),
    (b"(\xb5/\xfd", "an archive of a kind that is not opened", "pack it as zip or gzip"),
)


def format_of(source: IO[bytes], shape: Shape) -> Format:
    """What the file is. Raises Unreadable for one that is not read, or another than the contract's."""
    found = _found(source)
    source.seek(0)
    pinned = shape.format
    if found is Format.CSV and pinned is Format.FIXED_WIDTH:
        return Format.FIXED_WIDTH  # text either way; only the contract can tell
    if pinned is not None and found is not pinned:
        raise Unreadable(
            f"The file is {found.value}, and the contract reads {pinned.value}.",
            mend="have it exported in the agreed form, or let file.format in the contract follow the new one",
        )
    return found


def _found(source: IO[bytes]) -> Format:
    head = source.read(_HEAD)
    for mark, what, mend in _BINARY:
        if head.startswith(mark):
            raise Unreadable(f"The file is {what}.", mend=mend)
    if head.startswith(ZIP):
        with zipfile.ZipFile(source) as archive:
            if is_workbook(archive):
                return Format.XLSX
    if head.startswith(b"PAR1"):
        return Format.PARQUET
    if head.startswith(b"PARE"):
        raise Unreadable("The file is Parquet with a key.", mend="deliver it without encryption of its own")
    return _markup(_readable(head)) or Format.CSV


def _readable(head: bytes) -> str:
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return head[len(mark) :].decode(encoding or "utf-32", "ignore")
    return head.decode(_unmarked_utf16(head) or "latin-1", "ignore")


def _unmarked_utf16(head: bytes) -> str | None:
    """Which order of bytes a text in UTF-16 without a mark has; None where it is none.

    Digits, delimiters and line ends have an empty half, always on the same side; a line end must be among
    them, so that a few stray NULs in another text are not taken for it.
    """
    head = head[: len(head) // 2 * 2]
    least = max(len(head) // 2 * _LEAST_EMPTY, 1)
    for encoding, empty, other in (
        ("utf-16-le", head[1::2], head[0::2]),
        ("utf-16-be", head[0::2], head[1::2]),
    ):
        ends = (at for at, letter in enumerate(other) if letter == 0x0A)
        if empty.count(0) >= least and 0 not in other and any(empty[at] == 0 for at in ends):
            return encoding
    return None


def _markup(text: str) -> Format | None:
    start = text.lstrip().lower()
    if not start.startswith("<"):
        return None
    if re.search(
        r"<(?:table|html|body|tr)\b", start
    ) and "urn:schemas-microsoft-com:office:spreadsheet" not in (
        start[:2048] if start.startswith("<?xml") else ""
    ):
        return Format.HTML
    raise Unreadable("The file is XML.", mend=SAVE_AS)


class Encoding(NamedTuple):
    """How a text is written. `mark` is how many bytes say so; `proven` where all of it was read as UTF-8."""

    name: str
    mark: int
    proven: bool


def encoding_of(source: IO[bytes], shape: Shape) -> Encoding:
    """The encoding of a text: by its mark, UTF-16 by its empty halves, strict UTF-8, then CP949.

    A text that is UTF-8 but for single rows is UTF-8. Raises Unreadable when the contract names another one.
    """
    head = source.read(_HEAD)
    name, mark = next(((name, len(mark)) for mark, name in _BOMS if head.startswith(mark)), ("", 0))
    source.seek(0)
    if name is None:
        raise Unreadable("The file is UTF-32.", mend=SAVE_AS)
    name = name or _unmarked_utf16(head) or _taken_on_trust(head, shape)
    found, plain = (Encoding(name, mark, proven=False), False) if name else _without_mark(source)
    source.seek(0)
    return found if shape.encoding is None else _as_agreed(found, ENCODINGS[shape.encoding], plain=plain)


def _taken_on_trust(head: bytes, shape: Shape) -> str | None:
    """UTF-16 that nothing shows, where the contract says so with the order of its bytes."""
    wanted = ENCODINGS.get(shape.encoding or "", "")
    return wanted if wanted in ("utf-16-le", "utf-16-be") and b"\0" in head else None


def _as_agreed(found: Encoding, wanted: str, *, plain: bool) -> Encoding:
    if plain and not wanted.startswith("utf-16"):
        return found._replace(name=wanted)
    if not found.name.startswith(wanted):
        raise Unreadable(
            f"The file is {found.name}, and the contract reads {wanted}.",
            mend="have it exported as agreed, or leave file.encoding out of the contract",
        )
    return found


def _without_mark(source: IO[bytes]) -> tuple[Encoding, bool]:
    """UTF-8 or CP949, and whether the text is plain ASCII and so both."""
    strict = codecs.getincrementaldecoder("utf-8")()
    plain = True
    try:
        while piece := source.read(PIECE):
            if not plain or not piece.isascii():
                plain = False
                strict.decode(piece)
        strict.decode(b"", True)
    except UnicodeDecodeError:
        return Encoding(_likelier(source), 0, proven=False), False
    return Encoding("utf-8", 0, proven=True), plain


def _likelier(source: IO[bytes]) -> str:
    """Where neither holds for the whole text: which of the two more of its lines are.

    Single letters prove nothing: three of 홍길동 in CP949 make two whole letters of UTF-8.
    """
    source.seek(0)
    lines = islice((line for line in source if not line.isascii()), _LINES_TRIED)
    tried = [(_is(line, "utf-8"), _is(line, "cp949")) for line in lines]
    return "utf-8" if sum(one for one, _ in tried) >= sum(other for _, other in tried) else "cp949"


def _is(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True

"""Holds the rows of a file against their contract: which are accepted, which are not and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import polars as pl

from data.broken_rows import BrokenRow, BrokenRows
from data.contract import Column, Contract
from data.letters import Letters, letters_of
from data.parsers import Words, normalised
from data.repetitions import Flags, Numbers, Texts, occurring_again, repeated


class ReasonCode(StrEnum):
    """Why a row was not accepted."""

    SHORT_ROW = "short_row"
    LONG_ROW = "long_row"
    OPEN_QUOTE = "open_quote"
    BAD_BYTES = "bad_bytes"
    TOTAL_ROW = "total_row"
    FAILED_FORMULA = "failed_formula"
    LOST_DIGITS = "lost_digits"
    UNRECKONED_FORMULA = "unreckoned_formula"
    OPEN_MARK = "open_mark"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    NOT_UNIQUE = "not_unique"
    UNKNOWN_KEY = "unknown_key"
    SAME_LINE = "same_line"
    TAKEN_KEY = "taken_key"
    IN_ANOTHER_PART = "in_another_part"


@dataclass(frozen=True)
class Reason:
    """One reason, in words that name columns and limits and never a cell."""

    code: ReasonCode
    column: str  # the header in the file; "" for the row as a whole
    words: Words

    def as_row(self) -> dict[str, str]:
        return {
            "code": self.code.value,
            "column": self.column,
            "ko": self.words["ko"],
            "en": self.words["en"],
        }


REASONS = pl.List(pl.Struct(dict.fromkeys(("code", "column", "ko", "en"), pl.String)))
REFUSED = {"_row": pl.Int64(), "reasons": REASONS}
"""Rows that are not accepted: the line, and all reasons."""


@dataclass(frozen=True)
class Judged:
    """What became of the rows of a table.

    `accepted` has the canonical columns, vault columns and natural identities included, and `_row`;
    `refused` has the line and all reasons of every other row that is no exact duplicate. `doubts` has
    their identity columns and `_row`, null where a cell is empty or cannot be read, or the line is no row.
    """

    accepted: pl.DataFrame
    doubts: pl.DataFrame
    refused: pl.DataFrame
    duplicates: int
    repaired: Mapping[str, int] = field(default_factory=dict)  # headers: cells with zeros put back in front

    def take(self) -> list[pl.DataFrame]:
        """`accepted` and `doubts`, which are empty from then on."""
        frames = [self.accepted, self.doubts]
        object.__setattr__(self, "accepted", self.accepted.clear())
        object.__setattr__(self, "doubts", self.doubts.clear())
        return frames


def refusals(rows: Iterable[tuple[int, Iterable[Reason]]]) -> pl.DataFrame:
    """A frame of refused rows."""
    listed = [{"_row": line, "reasons": [one.as_row() for one in reasons]} for line, reasons in rows]
    return pl.DataFrame(listed, schema=REFUSED)


def _all_for(lines: pl.Series, reason: Reason) -> pl.DataFrame:
    """A frame of rows that are all refused for one reason."""
    reasons = pl.Series("reasons", [[reason.as_row()]], dtype=REASONS)
    return pl.DataFrame({"_row": lines.cast(pl.Int64), "reasons": reasons.new_from_index(0, len(lines))})


def merge_refusals(first: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    """Both, by line; a line in both has the reasons of both."""
    if first.is_empty() or second.is_empty():
        return second if first.is_empty() else first
    together = pl.concat([first, second])
    if together["_row"].is_unique().all():
        return together.sort("_row")
    return (
        together.group_by("_row")
        .agg(pl.col("reasons").explode(empty_as_null=False))
        .sort("_row")
        .select(*REFUSED)
    )


def count_reasons(refused: pl.DataFrame) -> dict[str, int]:
    """Rows per reason, the most frequent first; a row with two reasons counts for both."""
    one = pl.col("reasons").struct
    named = (
        refused.select(pl.col("reasons").explode(empty_as_null=False))
        .select(column=one.field("column"), code=one.field("code"))
        .group_by("column", "code")
        .len()
    )
    counts = {f"{column}: {code}" if column else code: number for column, code, number in named.rows()}
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


_BROKEN = {  # by what the reader calls them
    "short_row": ("칸이 머리글보다 적습니다", "the row has fewer cells than the header"),
    "long_row": ("칸이 머리글보다 많습니다", "the row has more cells than the header"),
    "open_quote": (
        "따옴표가 닫히지 않았거나 칸 안에 있습니다",
        "a quote is left open or stands inside a cell",
    ),
    "bad_bytes": ("글자로 읽을 수 없는 바이트가 있습니다", "there are bytes that are no text"),
    "total_row": ("합계 행입니다", "this is a row of totals"),
    "failed_formula": ("수식 오류가 있는 칸이 있습니다", "a formula in the row has failed"),
    "lost_digits": (
        "15자리가 넘는 수가 숫자로 저장되어 뒷자리가 사라졌습니다",
        "a number of more than 15 digits was saved as a number, so its last digits are lost",
    ),
    "unreckoned_formula": (
        "계산된 값이 없는 수식이 있습니다",
        "a formula in the row has no value: the workbook was never reckoned",
    ),
    "open_mark": (
        "닫히지 않은 < 기호가 있어 칸의 글이 잘렸습니다",
        "a < that is not closed cuts off what a cell says",
    ),
}


def broken_refusals(broken: BrokenRows) -> pl.DataFrame:
    """Lines that are no rows, each refused for what it is instead."""
    reasons = [Reason(ReasonCode(why), "", {"ko": ko, "en": en}) for why, (ko, en) in _BROKEN.items()]
    told = pl.Series([[one.as_row()] for one in reasons], dtype=REASONS)
    named = pl.DataFrame({"why": list(_BROKEN), "reasons": told})
    return broken.frame().join(named, on="why", how="left", maintain_order="left").select(*REFUSED)


Parts = Callable[[], Iterable[pl.DataFrame]]
"""Gives all rows of a file, `_row` and raw text under its headers, in pieces; as often as it is asked."""


def judge(contract: Contract, parts: Parts, broken: Iterable[BrokenRow] = ()) -> Judged:
    """Exact duplicates leave first, then every row is parsed and meets every check.

    A key that occurs in rows that differ is quarantined with all of its rows: nothing says which is right.
    Only values are held for the whole file, its text piece by piece.
    """
    checks = list(_checks(contract))
    read = [_read(contract, part, checks) for part in parts()]
    read = read or [_read(contract, _no_rows(contract), checks)]
    again = _repeated(contract, read, parts)
    twice = _not_unique(contract, read, again)
    told = merge_refusals(_failing(read, again, checks), twice)
    kept, gone = _divided(read, again, told["_row"])
    no_rows = broken_refusals(BrokenRows.of(broken))
    repaired = {header: int(kept[name].sum()) for header, name in _padded(contract).items()}
    return Judged(
        kept.drop(_padded(contract).values()),
        _doubts(contract, no_rows, gone),
        merge_refusals(no_rows, told),
        duplicates=int(again.sum()) + sum(one.repeated for one in read),
        repaired={header: count for header, count in repaired.items() if count},
    )


def _padded(contract: Contract) -> dict[str, str]:
    """Headers whose cells may lack zeros in front, and the columns that say in which rows they did."""
    return {one.in_file: f"_padded {one.name}" for one in contract.columns if one.parser.pads}


def _no_rows(contract: Contract) -> pl.DataFrame:
    return pl.DataFrame(schema={"_row": pl.Int64, **{one.in_file: pl.String for one in contract.columns}})


@dataclass
class _Piece:
    """A piece of a file. The digests find repetitions in this process alone and are never kept."""

    values: pl.DataFrame
    repeated: int  # rows that a row above them in this piece says; nothing else is kept of them
    failing: pl.DataFrame  # of the rows that fail a check, which ones
    digests: Numbers  # of a row's text
    keys: Numbers  # digests of what tells rows apart, where nothing of it is empty
    keyed: Flags


def _read(contract: Contract, part: pl.DataFrame, checks: Sequence[tuple[Reason, pl.Expr]]) -> _Piece:
    letters = {one.in_file: letters_of(part[one.in_file]) for one in contract.columns}
    texts, digests, count = _once(_texts(contract, part, letters))
    parsed = _parsed(contract, texts, letters)
    flags = parsed.select("_row", *(failing.alias(str(at)) for at, (_, failing) in enumerate(checks)))
    values = parsed.select(*(one.name for one in contract.columns), *_constants(contract), "_row")
    short = [
        (texts[one.in_file].str.len_chars() < one.parser.pads).fill_null(False).alias(f"_padded {one.name}")
        for one in contract.columns
        if one.parser.pads
    ]
    return _Piece(
        values.with_columns(short),
        count,
        flags.filter(pl.any_horizontal(pl.exclude("_row"))),
        digests,
        *_keys(values.select(_key(contract))),
    )


def _once(texts: pl.DataFrame) -> tuple[pl.DataFrame, Numbers, int]:
    """The rows without those that repeat one above them, their digests, and how many repeat one."""
    cells = texts.drop("_row")
    digests = cells.hash_rows().to_numpy()
    again = repeated(digests, [cells.height], lambda: [cells.filter])
    count = int(again.sum())
    return (texts.filter(~again), digests[~again], count) if count else (texts, digests, 0)


def _keys(key: pl.DataFrame) -> tuple[Numbers, Flags]:
    if not key.width:
        return np.empty(0, np.uint64), np.empty(0, bool)
    whole = key.select(pl.all_horizontal(pl.all().is_not_null())).to_series()
    return key.hash_rows().to_numpy(), whole.to_numpy()


def _key(contract: Contract) -> list[str]:
    return [one.name for one in contract.columns if one.name in contract.unique]


def _repeated(contract: Contract, read: Sequence[_Piece], parts: Parts) -> Flags:
    """Rows whose text, column by column, stood in the file before."""
    sizes = [one.values.height for one in read]
    digests = np.concatenate([one.digests for one in read])
    several = lambda: (_texts_in(contract, *one) for one in zip(read, parts(), strict=False))  # noqa: E731
    return repeated(digests, sizes, several)


def _texts_in(contract: Contract, piece: _Piece, part: pl.DataFrame) -> Texts:
    def texts(chosen: Flags) -> pl.DataFrame:
        lines = piece.values["_row"].filter(chosen)
        rows = part.filter(pl.col("_row").cast(pl.Int64).is_in(lines.implode()))
        return _texts(contract, rows, {}).drop("_row")

    return texts


def _not_unique(contract: Contract, read: Sequence[_Piece], again: Flags) -> pl.DataFrame:
    """Rows that have their whole key in common with others."""
    names = _key(contract)
    if not names:
        return refusals(())
    keyed = np.flatnonzero(np.concatenate([one.keyed for one in read]) & ~again)
    suspects = np.zeros(len(again), bool)
    suspects[keyed[occurring_again(np.concatenate([one.keys for one in read])[keyed])]] = True
    rows = _chosen(read, suspects).select(*names, "_row")
    key = pl.col(names[0]) if len(names) == 1 else pl.struct(names)
    headers = ", ".join(contract.column(name).in_file for name in names)
    words = {
        "ko": f"같은 {headers}의 행이 서로 다릅니다",
        "en": f"other rows with the same {headers} say something else",
    }
    return _all_for(rows.filter(key.is_duplicated())["_row"], Reason(ReasonCode.NOT_UNIQUE, headers, words))


def _chosen(read: Sequence[_Piece], chosen: Flags) -> pl.DataFrame:
    ends = np.cumsum([0, *(one.values.height for one in read)])
    pieces = [one.values.filter(chosen[at:end]) for one, at, end in zip(read, ends, ends[1:], strict=False)]
    return pl.concat(pieces)


def _failing(read: Sequence[_Piece], again: Flags, checks: Sequence[tuple[Reason, pl.Expr]]) -> pl.DataFrame:
    failing = pl.concat(one.failing for one in read)
    repeats = _chosen(read, again)["_row"]
    if len(repeats):
        failing = failing.filter(~pl.col("_row").is_in(repeats.implode()))
    return _with_reasons(failing, [reason for reason, _ in checks])


def _divided(read: list[_Piece], again: Flags, refused: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that are neither refused nor repetitions, and those that are refused. Takes `read` over."""
    kept, gone, at, lines = [], [], 0, refused.to_numpy()
    for one in read:
        rows = one.values["_row"].to_numpy()
        low, high = np.searchsorted(lines, [rows[0], rows[-1] + 1]) if len(rows) else (0, 0)
        refusing = np.isin(rows, lines[low:high])
        repeats = again[at : at + len(rows)]
        at += len(rows)
        gone.append(one.values.filter(refusing))
        kept.append(one.values.filter(~(refusing | repeats)))
        one.values = kept[-1]
    return pl.concat(kept), pl.concat(gone)


def _with_reasons(bad: pl.DataFrame, reasons: Sequence[Reason]) -> pl.DataFrame:
    """Rows by the checks they fail; rows that fail the same ones share their list of reasons."""
    if bad.is_empty():
        return refusals(())
    flags = [str(at) for at in range(len(reasons))]
    patterns = bad.select(flags).unique()
    told = [
        [one.as_row() for one, fails in zip(reasons, row, strict=True) if fails] for row in patterns.rows()
    ]
    named = patterns.with_columns(reasons=pl.Series(told, dtype=REASONS))
    return bad.join(named, on=flags, how="left", maintain_order="left").select(*REFUSED)


def _doubts(contract: Contract, no_rows: pl.DataFrame, failing: pl.DataFrame) -> pl.DataFrame:
    """Of the rows that are not accepted, broken lines included, what says whom they may be about."""
    known = failing.select(*(one.name for one in contract.identities), "_row")
    return pl.concat([known, no_rows.select("_row")], how="diagonal").sort("_row")


def _texts(contract: Contract, cells: pl.DataFrame, letters: Mapping[str, Letters]) -> pl.DataFrame:
    """Normalised text; what the letters of a column do not need is skipped."""
    texts = (
        normalised(pl.col(one.in_file), letters.get(one.in_file) or letters_of(cells[one.in_file]))
        for one in contract.columns
    )
    return cells.select(pl.col("_row").cast(pl.Int64), *texts)


def _parsed(contract: Contract, texts: pl.DataFrame, letters: Mapping[str, Letters]) -> pl.DataFrame:
    """Per column its value under the canonical name and whether its text could be read, `ok name`."""
    headers = {one.name: one.in_file for one in contract.columns}
    values, valid = [], []
    for one in contract.columns:
        picker = pl.col(headers[one.parser.by]) if one.parser.by else None
        cell, known = pl.col(one.in_file), letters[one.in_file]
        values.append(one.parser.value(cell, picker, letters=known).alias(f"value {one.name}"))
        valid.append(one.parser.valid(cell, picker, letters=known).alias(f"ok {one.name}"))
    named = {f"value {one.name}": one.name for one in contract.columns}
    return texts.lazy().select("_row", *values, *valid).rename(named).collect()


def _checks(contract: Contract) -> Iterator[tuple[Reason, pl.Expr]]:
    """Every check of a contract and the expression that is true where a row fails it; never null."""
    for column in contract.columns:
        yield from _column_checks(column)
    for column in contract.columns:
        if column.name in contract.unique and not column.required:
            yield _missing(column)


def _column_checks(column: Column) -> Iterator[tuple[Reason, pl.Expr]]:
    value, readable = pl.col(column.name), pl.col(f"ok {column.name}")
    wanted = column.parser.words
    yield (
        _reason(ReasonCode.UNREADABLE, column, f"형식: {wanted['ko']}", f"is not {wanted['en']}"),
        ~readable,
    )
    if column.required:
        yield _missing(column)
    if column.minimum is not None:
        ko, en = f"{column.minimum}보다 작습니다", f"is below {column.minimum}"
        yield _reason(ReasonCode.TOO_SMALL, column, ko, en), (value < column.minimum).fill_null(False)
    if column.maximum is not None:
        ko, en = f"{column.maximum}보다 큽니다", f"is above {column.maximum}"
        yield _reason(ReasonCode.TOO_LARGE, column, ko, en), (value > column.maximum).fill_null(False)


def _missing(column: Column) -> tuple[Reason, pl.Expr]:
    """An empty cell where none may be: in a required column, or in one that tells rows apart."""
    empty = pl.col(column.name).is_null() & pl.col(f"ok {column.name}")
    return _reason(ReasonCode.MISSING, column, "비어 있습니다", "is empty"), empty


def _reason(code: ReasonCode, column: Column, ko: str, en: str) -> Reason:
    return Reason(code, column.in_file, {"ko": f"{column.in_file}: {ko}", "en": f"{column.in_file} {en}"})


def _constants(contract: Contract) -> list[pl.Expr]:
    return [
        pl.lit(value, dtype=pl.Int64 if type(value) is int else None).alias(name)
        for name, value in contract.constants.items()
    ]

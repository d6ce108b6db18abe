"""Holds the rows of a file against their contract: which are accepted, which are not and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import polars as pl

from data.contract import Column, Contract
from data.parsers import Words, is_ascii, normalised
from data.reading import BrokenRow


class ReasonCode(StrEnum):
    """Why a row was not accepted."""

    SHORT_ROW = "short_row"
    LONG_ROW = "long_row"
    OPEN_QUOTE = "open_quote"
    BAD_BYTES = "bad_bytes"
    TOTAL_ROW = "total_row"
    FAILED_FORMULA = "failed_formula"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    NOT_UNIQUE = "not_unique"
    UNKNOWN_KEY = "unknown_key"
    SAME_LINE = "same_line"
    TAKEN_KEY = "taken_key"


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
}


def _broken(why: str) -> Reason:
    ko, en = _BROKEN[why]
    return Reason(ReasonCode(why), "", {"ko": ko, "en": en})


Parts = Callable[[], Iterable[pl.DataFrame]]
"""Gives all rows of a file, `_row` and raw text under its headers, in pieces; as often as it is asked."""


def judge(contract: Contract, parts: Parts, broken: Iterable[BrokenRow] = ()) -> Judged:
    """Exact duplicates leave first, then every row is parsed and meets every check.

    A key that occurs in rows that differ is quarantined with all of its rows: nothing says which is right.
    Only values are held for the whole file, its text piece by piece.
    """
    checks = list(_checks(contract))
    read = [_read(contract, part, checks) for part in parts()] or [
        _read(contract, _no_rows(contract), checks)
    ]
    rows, failing = (pl.concat(frames) for frames in zip(*read, strict=True))
    repeated = _repeated(contract, rows, parts)
    rows = rows.drop(_DIGEST)
    if len(repeated):
        rows, failing = (one.filter(~pl.col("_row").is_in(repeated.implode())) for one in (rows, failing))
    told = merge_refusals(
        _with_reasons(failing, [reason for reason, _ in checks]), _not_unique(contract, rows)
    )
    gone = rows.filter(pl.col("_row").is_in(told["_row"].implode())) if told.height else rows.clear()
    if told.height:
        rows = rows.filter(~pl.col("_row").is_in(told["_row"].implode()))
    no_rows = refusals((row.line, (_broken(row.why.value),)) for row in broken)
    repaired = {header: int(rows[name].sum()) for header, name in _padded(contract).items()}
    return Judged(
        rows.drop(_padded(contract).values()),
        _doubts(contract, no_rows, gone),
        merge_refusals(no_rows, told),
        duplicates=len(repeated),
        repaired={header: count for header, count in repaired.items() if count},
    )


def _padded(contract: Contract) -> dict[str, str]:
    """Headers whose cells may lack zeros in front, and the columns that say in which rows they did."""
    return {one.in_file: f"_padded {one.name}" for one in contract.columns if one.parser.pads}


def _no_rows(contract: Contract) -> pl.DataFrame:
    return pl.DataFrame(schema={"_row": pl.Int64, **{one.in_file: pl.String for one in contract.columns}})


_DIGEST = "_digest"  # of a row's text, to find repetitions; of this process alone, never kept


def _read(
    contract: Contract, part: pl.DataFrame, checks: Sequence[tuple[Reason, pl.Expr]]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The values of a piece, and of the rows that fail a check which ones."""
    texts = _texts(contract, part)
    digest = texts.drop("_row").hash_rows().alias(_DIGEST)
    parsed = _parsed(contract, texts)
    flags = parsed.select("_row", *(failing.alias(str(at)) for at, (_, failing) in enumerate(checks)))
    values = parsed.select(*(one.name for one in contract.columns), *_constants(contract), "_row")
    short = [
        (texts[one.in_file].str.len_chars() < one.parser.pads).fill_null(False).alias(f"_padded {one.name}")
        for one in contract.columns
        if one.parser.pads
    ]
    return values.with_columns(digest, *short), flags.filter(pl.any_horizontal(pl.exclude("_row")))


def _repeated(contract: Contract, rows: pl.DataFrame, parts: Parts) -> pl.Series:
    """The lines of rows whose text, column by column, stood in the file before."""
    alike = rows.select("_row", _DIGEST).filter(pl.col(_DIGEST).is_duplicated()).select("_row")
    if alike.is_empty():
        return alike["_row"]
    texts = pl.concat(_texts(contract, part.join(alike, on="_row", how="semi")) for part in parts())
    first = texts.unique(pl.exclude("_row"), keep="first", maintain_order=True)
    return texts.join(first, on="_row", how="anti")["_row"]


def _not_unique(contract: Contract, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows that have their whole key in common with others."""
    keys = [one for one in contract.columns if one.name in contract.unique]
    if not keys:
        return refusals(())
    names = [one.name for one in keys]
    key = pl.col(names[0]) if len(names) == 1 else pl.struct(names)
    several = key.is_duplicated() & pl.all_horizontal(pl.col(name).is_not_null() for name in names)
    headers = ", ".join(one.in_file for one in keys)
    words = {
        "ko": f"같은 {headers}의 행이 서로 다릅니다",
        "en": f"other rows with the same {headers} say something else",
    }
    lines = rows.filter(several)["_row"]
    return refusals((line, (Reason(ReasonCode.NOT_UNIQUE, headers, words),)) for line in lines)


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


def _texts(contract: Contract, cells: pl.DataFrame) -> pl.DataFrame:
    """Normalised text; columns in plain ASCII skip what only other letters need."""
    texts = (normalised(pl.col(one.in_file), cells[one.in_file]) for one in contract.columns)
    return cells.select(pl.col("_row").cast(pl.Int64), *texts)


def _parsed(contract: Contract, texts: pl.DataFrame) -> pl.DataFrame:
    """Per column its value under the canonical name and whether its text could be read, `ok name`."""
    headers = {one.name: one.in_file for one in contract.columns}
    values, valid = [], []
    for one in contract.columns:
        picker = pl.col(headers[one.parser.by]) if one.parser.by else None
        cell = pl.col(one.in_file)
        ascii = is_ascii(texts[one.in_file])
        values.append(one.parser.value(cell, picker, ascii=ascii).alias(f"value {one.name}"))
        valid.append(one.parser.valid(cell, picker, ascii=ascii).alias(f"ok {one.name}"))
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

"""Reads the office's file of decisions; every row is granted, refused, undecided or not taken in."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from data.errors import ContractBroken

COLUMNS = (
    "reference",
    "record_id",
    "programme",
    "outcome",
    "amount",
    "decided_on",
    "decided_by",
    "reason",
)
TELLING_APART = ("period", "entitlement_id")
"""Columns that may be missing, or empty, where a record has one finding in its application."""
_DAY = re.compile(r"(\d{4})([-./])(\d{1,2})\2(\d{1,2})|(\d{4})(\d\d)(\d\d)", re.ASCII)
_AMOUNT = re.compile(r"\d{1,15}|\d{1,3}(?:,\d{3}){1,4}", re.ASCII)
NOBODY = frozenset({"", "auto", "automatic", "system", "자동", "시스템"})


class Verdict(StrEnum):
    """What becomes of one row of the file."""

    GRANTED = "granted"
    REFUSED = "refused"
    UNDECIDED = "undecided"  # the outcome is left empty: it comes with a later file
    UNKNOWN_REFERENCE = "unknown_reference"
    UNKNOWN_RECORD = "unknown_record"  # the application holds no such record under that programme
    AMBIGUOUS = "ambiguous"  # the application holds several findings that the row may mean
    REPEATED = "repeated"  # the same finding stands in the file more than once
    ALREADY_DECIDED = "already_decided"  # released: the citizen has been told
    BAD_OUTCOME = "bad_outcome"
    BAD_AMOUNT = "bad_amount"
    BAD_DATE = "bad_date"
    NO_PERSON = "no_person"  # a refusal is decided by a person
    NO_REASON = "no_reason"  # a refusal gives its reason

    @property
    def is_taken_in(self) -> bool:
        return self in {Verdict.GRANTED, Verdict.REFUSED}

    @property
    def is_problem(self) -> bool:
        return not self.is_taken_in and self is not Verdict.UNDECIDED

    @property
    def words(self) -> str:
        """What is wrong with the row, for whoever mends the file."""
        return _WORDS.get(self, self.value)


_WORDS = {
    Verdict.UNKNOWN_REFERENCE: "there is no application with this reference",
    Verdict.UNKNOWN_RECORD: "the application holds no such record under this programme and period",
    Verdict.AMBIGUOUS: "the application holds several findings of this record; fill in period, or"
    " entitlement_id, as `owed applications export` gives them",
    Verdict.REPEATED: "another row of the file decides the same finding",
    Verdict.ALREADY_DECIDED: "its decision was released before",
    Verdict.BAD_OUTCOME: "outcome is neither granted nor refused",
    Verdict.BAD_AMOUNT: "amount is no whole number above 0, or a refusal has one",
    Verdict.BAD_DATE: "decided_on is no day, lies ahead, or comes before the application",
    Verdict.NO_PERSON: "a refusal names in decided_by the person who decided it",
    Verdict.NO_REASON: "a refusal gives its reason",
}


@dataclass(frozen=True)
class DecisionRow:
    """One row as it stands in the file, every cell stripped text; `line` is its line there."""

    line: int
    reference: str
    record_id: str
    programme: str
    outcome: str
    amount: str
    decided_on: str
    decided_by: str
    reason: str
    period: str = ""
    entitlement_id: str = ""


def read_rows(raw: bytes, *, where: str) -> list[DecisionRow]:
    """The rows of a CSV file in UTF-8 or CP949, as Korean spreadsheets save it.

    Raises ContractBroken when it is neither, or a column is missing. Other columns are passed over, so the
    file of `owed applications export` can be filled in and handed back.
    """
    # polars comes along with it, which the portal must not load
    from data.spreadsheets import plain_cell

    reader = csv.DictReader(io.StringIO(_decoded(raw, where), newline=""), strict=True)
    try:
        header = reader.fieldnames or ()
        _require_columns(header, where)
        names = [*COLUMNS, *(name for name in TELLING_APART if name in header)]
        return [
            DecisionRow(
                line=reader.line_num, **{name: plain_cell((row[name] or "").strip()) for name in names}
            )
            for row in reader
        ]
    except csv.Error as error:
        raise ContractBroken(
            f"The file of decisions is not CSV: {error}.", where=f"{where}, line {reader.line_num}"
        ) from error


def _require_columns(header: Sequence[str], where: str) -> None:
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise ContractBroken(
            f"The file of decisions lacks the columns {', '.join(missing)}.",
            where=where,
            mend=f"its first line must name {', '.join(COLUMNS)}",
        )


def judge(row: DecisionRow, *, today: date) -> Verdict:
    """What the row says by itself, before anybody asks whether it fits an application."""
    if not row.outcome:
        return Verdict.UNDECIDED
    if row.outcome not in {"granted", "refused"}:
        return Verdict.BAD_OUTCOME
    decided_on = read_day(row.decided_on)
    if decided_on is None or decided_on > today:
        return Verdict.BAD_DATE
    amount = read_amount(row.amount)
    if row.outcome == "granted":
        return Verdict.GRANTED if amount else Verdict.BAD_AMOUNT
    if row.amount and amount != 0:
        return Verdict.BAD_AMOUNT
    if _is_nobody(row.decided_by):
        return Verdict.NO_PERSON
    return Verdict.REFUSED if _says_something(row.reason) else Verdict.NO_REASON


def _is_nobody(clerk: str) -> bool:
    return not _says_something(clerk) or unicodedata.normalize("NFKC", clerk).casefold() in NOBODY


def _says_something(text: str) -> bool:
    """A dash or a point fills a cell and says nothing."""
    return any(char.isalnum() for char in text)


def read_day(text: str) -> date | None:
    """Year, month and day in this order; digits alone only where there are eight: no day reads two ways."""
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    year, _, month, day = match.groups()[:4] if match[1] else (match[5], "", match[6], match[7])
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def read_amount(text: str) -> int | None:
    """A whole number of the currency's smallest unit, plain or with every separator of thousands in place.

    25,01 is a slip of the hand or another country's comma: it is no amount. Nor is what no column holds.
    """
    return int(text.replace(",", "")) if _AMOUNT.fullmatch(text) else None


def count(verdicts: Sequence[Verdict]) -> Mapping[Verdict, int]:
    """How many rows ended in each verdict; the counts add up to the rows of the file."""
    return {one: verdicts.count(one) for one in Verdict if one in verdicts}


def _decoded(raw: bytes, where: str) -> str:
    for encoding in ("utf-8-sig", "cp949"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ContractBroken(
        "The file of decisions is neither UTF-8 nor CP949.",
        where=where,
        mend="save it from the spreadsheet as CSV in UTF-8",
    )

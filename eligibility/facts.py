"""Facts: what a pack declares about a unit, once, and where in the registers each comes from.

A pack's `facts.py` reads like this:

    car = Lookup("vehicles", keys={"vehicle": "vehicle"})            # at most one row per unit
    payments = Rows("payments", keys={"bill": "bill"}, seen_from="paid_on")   # any number of rows

    vehicle = Unit(
        "vehicle", register="bills", id="bill", asset="vehicle", period="tax_year",
        where={"kind": "annual"}, seen_from="billed_on",
        label={"ko": "자동차", "en": "vehicle"},
        facts=(
            Fact("engine_cc", FactType.INT, unit="cc", label={"ko": "배기량", "en": "engine size"},
                 source=car.value("engine_cc")),
            Fact("prepaid_amount", FactType.MONEY, unit="KRW", label={...},
                 source=payments.total("vehicle_tax"), when_absent=0),
            Fact("birth_date", FactType.DATE, label={...}, source=column("birth_date"),
                 sensitivity=Sensitivity.PERSONAL),
        ),
    )

Null means unknown, everywhere. A cell is unknown when its register is missing, when a key of the unit is
null, when the cell is blank (unless the fact says what a blank means: `when_blank`), and when no row is
there, unless the register is complete and the fact says what no row means: `when_absent`.
Only rows of the unit's own group (its household) are ever joined, however the buckets are cut.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

import polars as pl

from eligibility.logic import UNKNOWN_TRUTH, choose
from eligibility.terms import Kind, Op, PackMistake, Term, make

Words = Mapping[str, str]
"""The same words in each language a citizen may read: at least `ko` and `en`."""

LANGUAGES = ("ko", "en")
UNKNOWN = None
MONEY_LIMIT = 10**13
"""Numbers beyond this, either way, are not believed: the fact is unknown, so no sum can overflow."""
DAYS_BELIEVED = (date(1880, 1, 1), date(2200, 12, 31))
"""Days before or after are fillers such as 1001-01-01 or 9999-12-31: the fact is unknown."""
FINDINGS_OF = "findings of "


class FactType(StrEnum):
    """What kind of value a fact holds, and with it the Polars type it is kept in."""

    INT = "int"
    MONEY = "money"
    TEXT = "text"
    DATE = "date"
    BOOL = "bool"

    @property
    def dtype(self) -> pl.DataType:
        return _DTYPES[self]()

    @property
    def kind(self) -> Kind:
        return _KINDS[self]

    @property
    def is_number(self) -> bool:
        return self in (FactType.INT, FactType.MONEY)


_DTYPES: dict[FactType, type[pl.DataType]] = {
    FactType.INT: pl.Int64,
    FactType.MONEY: pl.Int64,
    FactType.TEXT: pl.String,
    FactType.DATE: pl.Date,
    FactType.BOOL: pl.Boolean,
}
_KINDS: dict[FactType, Kind] = {
    FactType.INT: Kind.NUMBER,
    FactType.MONEY: Kind.NUMBER,
    FactType.TEXT: Kind.TEXT,
    FactType.DATE: Kind.DAY,
    FactType.BOOL: Kind.TRUTH,
}


class Sensitivity(StrEnum):
    """How carefully a fact is shown."""

    ORDINARY = "ordinary"  # a tax bill, an engine size
    PERSONAL = "personal"  # a birth date, an income
    SPECIAL = "special"  # health, disability, protection


Value = int | str | date | bool | None


class Fields:
    """`row.paid_on` is the column of that name, as a term. `_named` has those that were asked for.

    `kinds` says what columns hold, where that is known: then a text is not reckoned with.
    """

    def __init__(self, prefix: str = "", *, kinds: Mapping[str, Kind] | None = None) -> None:
        self._prefix, self._kinds = prefix, kinds or {}
        self._named: list[str] = []

    def __getattr__(self, name: str) -> Term:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._named:
            self._named.append(name)
        return make(Op.COLUMN, self._kinds.get(name, Kind.ANY), param=self._prefix + name)


Match = Callable[[Fields, Fields], Term]
"""`where=lambda unit, row: row.acquired_on <= unit.billed_on`: base column of the unit, column of the row."""

Condition = Callable[[Fields], Term]


class How(StrEnum):
    """How one value comes out of the row or rows that belong to a unit."""

    VALUE = "value"
    PRESENT = "present"
    EXISTS = "exists"
    COUNT = "count"
    TOTAL = "total"
    ANY = "any"
    EARLIEST = "earliest"
    LATEST = "latest"
    LAST = "last"
    LAST_PRESENT = "last_present"

    @property
    def is_truth(self) -> bool:
        """It gives true or false, whatever the column holds."""
        return self in (How.PRESENT, How.EXISTS, How.ANY, How.LAST_PRESENT)


@dataclass(frozen=True)
class Lookup:
    """At most one row of another register per unit, found by keys (unit's column -> register's column).

    Two rows for one unit end the scan with an error that names the register and the keys.
    `seen_from` is the column with the day from which a row is known, `known_from` says so for single cells
    (column -> column with the day): as of an earlier day the row is not there, the cell blank. `seen_until`
    is the column with the last day of what the row tells, blank where it goes on: as of a later day the row
    is not there.
    """

    register: str
    keys: Mapping[str, str]
    seen_from: str | None = None
    seen_until: str | None = None
    known_from: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str) -> Source:
        """The row's cell."""
        return Source(How.VALUE, relation=self, column=name)

    def present(self, name: str) -> Source:
        """BOOL: the cell is filled (true) or blank in a row that is there (false)."""
        return Source(How.PRESENT, relation=self, column=name)

    def exists(self) -> Source:
        """BOOL: there is such a row. Say `when_absent=False` for a register whose silence means no."""
        return Source(How.EXISTS, relation=self)


@dataclass(frozen=True)
class Rows:
    """Any number of rows of another register per unit; no keys means all rows of the unit's group.

    `where(unit, row)` keeps the rows that matter. Where it is null for a row, it cannot be told whether
    the row belongs, and every value taken from these rows is unknown; a cell whose blank means something
    is asked for with `blank(row.ended_on)`. `seen_from`, `seen_until` and `known_from` as in Lookup.
    `programme` is set where the rows are the findings of that programme; `findings_of` makes such.
    """

    register: str
    keys: Mapping[str, str] = field(default_factory=dict)
    where: Match | None = None
    seen_from: str | None = None
    seen_until: str | None = None
    known_from: Mapping[str, str] = field(default_factory=dict)
    programme: str | None = None

    def count(self) -> Source:
        return Source(How.COUNT, relation=self)

    def exists(self) -> Source:
        """BOOL: there is at least one such row."""
        return Source(How.EXISTS, relation=self)

    def total(self, name: str) -> Source:
        """The sum; unknown as soon as one cell is."""
        return Source(How.TOTAL, relation=self, column=name)

    def any(self, condition: Condition) -> Source:
        """BOOL, Kleene: true when it holds for one row, unknown when an unknown cell might make it hold."""
        return Source(How.ANY, relation=self, condition=condition)

    def earliest(self, name: str) -> Source:
        return Source(How.EARLIEST, relation=self, column=name)

    def latest(self, name: str) -> Source:
        return Source(How.LATEST, relation=self, column=name)

    def last(self, name: str, *, by: str) -> Source:
        """The cell of the row with the greatest `by`; unknown when rows tie and differ."""
        return Source(How.LAST, relation=self, column=name, by=by)

    def last_present(self, name: str, *, by: str) -> Source:
        """BOOL: that cell is filled (true) or blank (false)."""
        return Source(How.LAST_PRESENT, relation=self, column=name, by=by)


@dataclass(frozen=True)
class Source:
    """Where a fact comes from. Made by `column`, `present`, `Lookup` and `Rows`, never by hand."""

    how: How
    relation: Lookup | Rows | None = None
    column: str | None = None
    by: str | None = None
    condition: Condition | None = None


def findings_of(programme: str, *, keys: Mapping[str, str]) -> Rows:
    """What this scan finds of another programme in the unit's group: how one benefit opens or bars another.

    `keys` are columns of the unit against `subject_id`, `unit_id` or `asset_id` of the finding. A finding
    that is unknown makes what is taken from these rows unknown; so does a scan in which that programme
    cannot run, and no finding where it may have lacked the row: its own register is partial, or a row in
    quarantine may be about the unit. An amount that is a lower bound or a ceiling is unknown. Give facts from
    them `when_absent=False` (or 0).
    """

    def surely(unit: Fields, row: Fields) -> Term:
        del unit
        return choose(row.status == "entitled", True, UNKNOWN_TRUTH)

    return Rows(FINDINGS_OF + programme, keys=keys, where=surely, programme=programme)


def column(name: str) -> Source:
    """A column of the unit's own register."""
    return Source(How.VALUE, column=name)


def present(name: str) -> Source:
    """BOOL: a column of the unit's own register is filled (true) or blank (false)."""
    return Source(How.PRESENT, column=name)


@dataclass(frozen=True)
class Fact:
    """One declared value about a unit.

    `unit` is the unit of measure (KRW, cc, USD). `when_absent` is what no row means in a complete
    register, `when_blank` what a blank cell means; both default to unknown. `unknown_when` lists values by
    which the register says it does not know (such as an age of 0). `about` says whose fact it is: of
    another person's facts only conclusions are ever shown. `question` is what to ask when it is unknown.
    `values` says coded values in words, each by the code as it is written.
    """

    name: str
    type: FactType
    label: Words
    source: Source
    unit: str = ""
    when_absent: Value = UNKNOWN
    when_blank: Value = UNKNOWN
    unknown_when: tuple[int | str, ...] = ()
    sensitivity: Sensitivity = Sensitivity.ORDINARY
    about: Literal["self", "other"] = "self"
    question: Words | None = None
    values: Mapping[str, Words] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.name.isidentifier() or self.name.startswith("_"):
            raise PackMistake(f"fact {self.name!r}: a fact's name is a plain word")
        check_words(self.label, f"the label of fact {self.name}")
        if self.question is not None:
            check_words(self.question, f"the question of fact {self.name}")
        for value, words in self.values.items():
            check_words(words, f"the value {value} of fact {self.name}")
        for meaning in (self.when_absent, self.when_blank):
            if meaning is not None and not _fits(meaning, self.type):
                raise PackMistake(f"fact {self.name}: {meaning!r} is not a {self.type.value}")
        if (self.source.how.is_truth and self.type is not FactType.BOOL) or (
            self.source.how in (How.COUNT, How.TOTAL) and not self.type.is_number
        ):
            raise PackMistake(f"fact {self.name}: {self.source.how.value} does not give a {self.type.value}")

    def register(self, unit: Unit) -> str:
        """The register it is read from."""
        return self.source.relation.register if self.source.relation else unit.register

    @property
    def term(self) -> Term:
        """The fact as rules read it."""
        return make(Op.FACT, self.type.kind, param=self.name, span=(-MONEY_LIMIT, MONEY_LIMIT))

    @property
    def opened_by(self) -> str | None:
        """The programme whose finding the fact is, if it is one."""
        return self.source.relation.programme if isinstance(self.source.relation, Rows) else None


@dataclass(frozen=True)
class Unit:
    """What one finding is about: each row of `register` for which every column in `where` has its value.

    `id` names the column that identifies the unit, `asset` the thing it is about (a vehicle) if any,
    `period` the column with the year or period of the finding. Identity columns hold random ids.
    """

    name: str
    register: str
    id: str
    label: Words
    facts: tuple[Fact, ...]
    asset: str | None = None
    period: str | None = None
    where: Mapping[str, int | str | bool] = field(default_factory=dict)
    seen_from: str | None = None
    known_from: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_words(self.label, f"the label of unit {self.name}")
        names = [fact.name for fact in self.facts]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise PackMistake(f"unit {self.name}: declared twice: {', '.join(twice)}")

    def fact(self, name: str) -> Fact | None:
        return next((fact for fact in self.facts if fact.name == name), None)

    @property
    def registers(self) -> tuple[str, ...]:
        """Every register it reads, its own first; findings of other programmes are none."""
        read = {fact.register(self) for fact in self.facts if fact.opened_by is None}
        others = read - {self.register}
        return (self.register, *sorted(others))


def check_words(words: Words, what: str) -> None:
    """Raises PackMistake unless the words are there in every language."""
    missing = [lang for lang in LANGUAGES if not words.get(lang)]
    if missing:
        raise PackMistake(f"{what} is missing in {', '.join(missing)}")


def _fits(value: Value, kind: FactType) -> bool:
    expected = {
        FactType.INT: int,
        FactType.MONEY: int,
        FactType.TEXT: str,
        FactType.DATE: date,
        FactType.BOOL: bool,
    }[kind]
    return isinstance(value, expected) and (isinstance(value, bool) == (kind is FactType.BOOL))

"""Relations: what the rows of other registers say about each unit of one bucket."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from data.errors import BadSettings, Failed
from eligibility.conditions import belongs, holds, kinds_in, naming
from eligibility.doubts import DOUBTED, RIVALLED, doubt_about
from eligibility.facts import DAYS_BELIEVED, MONEY_LIMIT, Fact, FactType, Fields, How, Lookup, Rows, Unit
from eligibility.lowering import lower
from eligibility.placing import Placed, perhaps_elsewhere

ENGINE: Final = (
    "in-memory"  # a bucket fits; the streaming engine costs half as much again on tables of its size
)
UNIT_ROW = "_unit_row"
_UNIT_SIDE = "unit."


@dataclass(frozen=True)
class Register:
    """One register's rows in one bucket. No frame: the register is missing, everything in it unknown.

    `doubts` has the ids, null where unreadable, and `_group` of the rows of the whole register that are in
    quarantine: for a unit that one of them may be about, the register is not complete. `placed` says how rows
    whose group another register names came to lie where they do.
    """

    frame: pl.LazyFrame | None
    complete: bool
    doubts: pl.DataFrame | None = None
    placed: Placed | None = None


def seen(seen_from: str | None, as_of: date, *, until: str | None = None) -> list[pl.Expr]:
    """The rows that are known on a day, and that still hold on it."""
    known = [] if seen_from is None else [pl.col(seen_from).is_null() | (pl.col(seen_from) <= as_of)]
    return known if until is None else [*known, pl.col(until).is_null() | (pl.col(until) >= as_of)]


def known(known_from: Mapping[str, str], as_of: date) -> list[pl.Expr]:
    """The cells that are known on a day, the others blank."""
    return [
        pl.when(pl.col(day).is_null() | (pl.col(day) <= as_of)).then(pl.col(name)).alias(name)
        for name, day in known_from.items()
    ]


def days_of(noted: Unit | Lookup | Rows) -> list[str]:
    """The columns that say since when something is known."""
    limits = (noted.seen_from, None if isinstance(noted, Unit) else noted.seen_until)
    return [*noted.known_from.values(), *(one for one in limits if one is not None)]


def cell(fact: Fact) -> pl.Expr:
    """The fact's cell in one row: null when unknown, its declared meaning when blank."""
    raw = pl.col(str(fact.source.column))
    unknown = raw.is_in(list(fact.unknown_when)) if fact.unknown_when else pl.lit(False)
    if fact.source.how in (How.PRESENT, How.LAST_PRESENT):
        return pl.when(unknown.fill_null(False)).then(None).otherwise(raw.is_not_null())
    known = raw if fact.when_blank is None else raw.fill_null(pl.lit(fact.when_blank))
    return pl.when(unknown.fill_null(False)).then(None).otherwise(known)


def typed(unit: Unit, fact: Fact, value: pl.Expr, schema: Mapping[str, pl.DataType]) -> pl.Expr:
    """The value in the fact's own type; a number beyond belief is unknown. Raises BadSettings."""
    kind = schema[str(fact.source.column)]
    expected = fact.type.dtype
    if fact.source.how not in (How.PRESENT, How.LAST_PRESENT) and kind != expected:
        if not (fact.type.is_number and kind.is_integer()):
            raise BadSettings(
                f"Fact {fact.name} is a {fact.type.value}, but its column holds {kind}.",
                where=f"unit {unit.name}, register {fact.register(unit)}, column {fact.source.column}",
                mend="declare the fact with the type that the contract's parser gives",
            )
    cast = value if kind == expected else value.cast(expected, strict=False)  # an error would quote a cell
    if fact.type is FactType.DATE and fact.source.how is not How.PRESENT:
        return pl.when(cast.is_between(*DAYS_BELIEVED)).then(cast)
    if not fact.type.is_number:
        return cast
    return pl.when(cast.is_between(-MONEY_LIMIT, MONEY_LIMIT)).then(cast)


def relations_of(facts: Iterable[Fact]) -> list[Lookup | Rows]:
    """Every way in which the facts are read from rows beside the unit's own."""
    found: list[Lookup | Rows] = []
    for fact in facts:
        relation = fact.source.relation
        if relation is not None and not any(relation is other for other in found):
            found.append(relation)
    return found


def unit_columns(relation: Lookup | Rows) -> list[str]:
    """The columns of the unit's own register by which its rows are found."""
    asked = Fields()
    belongs(relation, asked, Fields())
    return [*relation.keys, *asked._named]


def related(
    unit: Unit,
    base: pl.DataFrame,
    relation: Lookup | Rows,
    *,
    registers: Mapping[str, Register],
    facts: Iterable[Fact],
    as_of: date,
) -> pl.LazyFrame:
    """Those of the facts that come from one relation, one row per row of `base` and in its order."""
    facts = [fact for fact in facts if fact.source.relation is relation]
    register = registers.get(relation.register)
    if register is None or register.frame is None:
        nothing = [pl.lit(None, dtype=fact.type.dtype).alias(fact.name) for fact in facts]
        return base.lazy().select(UNIT_ROW).with_columns(nothing).drop(UNIT_ROW)
    needed = [fact.source.column for fact in facts if fact.source.column] + list(relation.keys.values())
    needed += [fact.source.by for fact in facts if fact.source.by] + days_of(relation)
    check_columns(unit, relation.register, register.frame.collect_schema().names(), needed)
    check_columns(unit, unit.register, base.columns, relation.keys)
    in_force = seen(relation.seen_from, as_of, until=relation.seen_until)
    rows = register.frame.filter(*in_force).with_columns(known(relation.known_from, as_of))
    find = _look_up if isinstance(relation, Lookup) else _gather
    found = find(unit, base, relation, rows, facts)  # type: ignore[arg-type]
    own = registers.get(unit.register)
    elsewhere = perhaps_elsewhere(
        unit, base, relation, own=None if own is None else own.placed, theirs=register.placed
    )
    wholeness = _wholeness(base, relation, register, elsewhere)
    return _with_absence(base, relation, found, facts, wholeness)


def _wholeness(
    base: pl.DataFrame, relation: Lookup | Rows, register: Register, elsewhere: pl.Series | None
) -> list[pl.Expr | pl.Series]:
    """Per unit `_whole`, whether all rows about it are there, and `_rivalled`, whether one surely is not."""
    if register.doubts is None and elsewhere is None:
        return [pl.lit(register.complete).alias("_whole"), pl.lit(False).alias(RIVALLED)]
    whole = pl.repeat(register.complete, base.height, eager=True)
    rivalled = pl.repeat(False, base.height, eager=True)
    if register.doubts is not None:
        doubt = doubt_about(base, relation, register.doubts)
        whole, rivalled = whole & ~doubt[DOUBTED], doubt[RIVALLED]
    if elsewhere is not None:
        whole = whole & ~elsewhere
    return [whole.alias("_whole"), rivalled.alias(RIVALLED)]


def _look_up(
    unit: Unit, base: pl.DataFrame, relation: Lookup, rows: pl.LazyFrame, facts: list[Fact]
) -> pl.LazyFrame:
    """`UNIT_ROW`, `_found` and the facts of the one row that each unit may have."""
    schema = rows.collect_schema()
    values = [
        pl.lit(True).alias(fact.name)
        if fact.source.how is How.EXISTS
        else typed(unit, fact, cell(fact), schema).alias(fact.name)
        for fact in facts
    ]
    theirs = rows.select("_group", *_right_keys(relation), *values, _found=pl.lit(True))
    joined = _keys(base, relation).join(
        theirs, left_on=_left_names(relation), right_on=_right_names(relation), how="inner"
    )
    found = joined.select(UNIT_ROW, "_found", *(fact.name for fact in facts)).collect(engine=ENGINE)
    if found[UNIT_ROW].is_duplicated().any():
        raise Failed(
            "A register has several rows where one may be.",
            where=f"unit {unit.name}: register {relation.register}, keys {', '.join(relation.keys.values())}",
            mend="make the keys unique in its contract, or read the register with Rows",
        )
    return found.lazy()


def _keys(base: pl.DataFrame, relation: Lookup | Rows, extra: Collection[str] = ()) -> pl.LazyFrame:
    """The unit's side of a join: its keys under names that no register has."""
    keys = [pl.col(name).alias(f"_left.{name}") for name in relation.keys]
    others = [pl.col(name).alias(_UNIT_SIDE + name) for name in extra]
    return base.lazy().select(UNIT_ROW, "_group", *keys, *others)


def _right_keys(relation: Lookup | Rows) -> list[pl.Expr]:
    return [pl.col(name).alias(f"_right.{name}") for name in relation.keys.values()]


def _left_names(relation: Lookup | Rows) -> list[str]:
    return ["_group", *(f"_left.{name}" for name in relation.keys)]


def _right_names(relation: Lookup | Rows) -> list[str]:
    return ["_group", *(f"_right.{name}" for name in relation.keys.values())]


def _gather(
    unit: Unit, base: pl.DataFrame, relation: Rows, rows: pl.LazyFrame, facts: list[Fact]
) -> pl.LazyFrame:
    """`UNIT_ROW`, `_found` and the facts reckoned over all rows of each unit that has some."""
    schema = rows.collect_schema()
    unit_side, row_side = Fields(_UNIT_SIDE, kinds=kinds_in(base.schema)), Fields(kinds=kinds_in(schema))
    with naming(unit, facts, relation.where):
        which = belongs(relation, unit_side, row_side)
    check_columns(unit, unit.register, base.columns, unit_side._named)
    check_columns(unit, relation.register, schema.names(), row_side._named)
    joined = (
        _keys(base, relation, unit_side._named)
        .join(
            rows.with_columns(_right_keys(relation)),
            left_on=_left_names(relation),
            right_on=_right_names(relation),
            how="inner",
        )
        .with_columns(_belongs=pl.lit(True) if which is None else lower(which))
        .filter(pl.col("_belongs").fill_null(True))
    )
    tops = sorted({fact.source.by for fact in facts if fact.source.by})
    prepared = joined.with_columns(
        (pl.col(by) == pl.col(by).max().over(UNIT_ROW)).alias(f"_top.{by}") for by in tops
    ).select(UNIT_ROW, "_belongs", *_prepared(unit, facts, schema), *(f"_top.{by}" for by in tops))
    aggregated = prepared.group_by(UNIT_ROW).agg(
        pl.lit(True).first().alias("_found"),
        pl.col("_belongs").is_null().any().alias("_unsure"),
        *(one for fact in facts for one in _aggregates(fact)),
    )
    return aggregated.select(UNIT_ROW, "_found", *(_finished(fact).alias(fact.name) for fact in facts))


def _prepared(unit: Unit, facts: list[Fact], schema: Mapping[str, pl.DataType]) -> list[pl.Expr]:
    """One cell per fact and row; for the last row, only the cells of rows with the greatest `by`."""
    cells: list[pl.Expr] = []
    for fact in facts:
        by = fact.source.by
        with naming(unit, [fact], fact.source.condition):
            asked = holds(fact, Fields(kinds=kinds_in(schema)))
        if asked is not None:
            cells.append(lower(asked).alias(fact.name))
        elif fact.source.column is not None:
            cells.append(typed(unit, fact, cell(fact), schema).alias(fact.name))
        if by is not None:
            cells.append(pl.col(by).is_null().alias(f"{fact.name}.undated"))
    return cells


def _aggregates(fact: Fact) -> list[pl.Expr]:
    name, how = fact.name, fact.source.how
    cell = pl.col(name)
    if how is How.COUNT:
        return [pl.len().cast(pl.Int64).alias(name)]
    if how is How.EXISTS:
        return [pl.col("_belongs").any(ignore_nulls=False).alias(name)]
    if how is How.ANY:
        return [(cell & pl.col("_belongs")).any(ignore_nulls=False).alias(name)]
    unknown = cell.is_null().any().alias(f"{name}.unknown")
    if how is How.TOTAL:
        return [cell.cast(pl.Int128).sum().alias(name), unknown]  # no number of rows can overflow it
    if how is How.EARLIEST:
        return [cell.min().alias(name), unknown]
    if how is How.LATEST:
        return [cell.max().alias(name), unknown]
    top = pl.col(f"_top.{fact.source.by}")
    masked = pl.when(top).then(cell)
    return [
        masked.min().alias(name),
        masked.max().alias(f"{name}.max"),
        ((top & cell.is_null()).any() | pl.col(f"{name}.undated").any()).alias(f"{name}.unknown"),
    ]


def _finished(fact: Fact) -> pl.Expr:
    name, how = fact.name, fact.source.how
    if how in (How.ANY, How.EXISTS):
        return pl.col(name)
    sure = ~pl.col("_unsure")
    if how is not How.COUNT:
        sure &= ~pl.col(f"{name}.unknown")
    if how in (How.LAST, How.LAST_PRESENT):
        sure &= pl.col(name) == pl.col(f"{name}.max")
    if how is How.TOTAL:
        sure &= pl.col(name).is_between(-MONEY_LIMIT, MONEY_LIMIT)
        return pl.when(sure).then(pl.col(name)).cast(pl.Int64)
    return pl.when(sure).then(pl.col(name))


def _with_absence(
    base: pl.DataFrame,
    relation: Lookup | Rows,
    found: pl.LazyFrame,
    facts: list[Fact],
    wholeness: list[pl.Expr | pl.Series],
) -> pl.LazyFrame:
    """What was found per unit, in the order of `base`, and what it means where nothing was found."""
    keyed = pl.all_horizontal(pl.col(_left_names(relation)).is_not_null())
    sheet = _keys(base, relation).with_columns(*wholeness, _keyed=keyed)
    joined = sheet.join(found, on=UNIT_ROW, how="left", maintain_order="left")
    there = pl.col("_found").fill_null(False)
    return joined.select(
        pl.when(there)
        .then(pl.when("_whole").then(pl.col(fact.name)).otherwise(_in_part(fact)))
        .when(pl.col("_keyed") & pl.col("_whole"))
        .then(pl.lit(fact.when_absent, dtype=fact.type.dtype))
        .alias(fact.name)
        for fact in facts
    )


def _in_part(fact: Fact) -> pl.Expr:
    """What rows of a register that is not complete still prove: one row, and that something is there.

    Where one row may stand and stands, a row in quarantine is another's, unless it names the same keys.
    """
    value = pl.col(fact.name)
    if fact.source.how in (How.ANY, How.EXISTS):
        return pl.when(value).then(value)
    if isinstance(fact.source.relation, Lookup):
        return pl.when(~pl.col(RIVALLED)).then(value)
    return pl.lit(None, dtype=fact.type.dtype)


def check_columns(unit: Unit, register: str, there: Collection[str], named: Collection[str]) -> None:
    missing = sorted({name for name in named if name not in there})
    if missing:
        raise BadSettings(
            f"Unit {unit.name} reads a column that the register does not have: {', '.join(missing)}.",
            where=f"register {register}",
            mend="mend the pack's facts.py or the register's contract",
        )

"""How a fact comes about for one unit, row by row in plain Python: the judge of relations and sheets.

It reads what packs declare, and shares nothing with the fast engine of how that is worked out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from data.errors import Failed
from eligibility.conditions import belongs, holds
from eligibility.facts import DAYS_BELIEVED, MONEY_LIMIT, Fact, FactType, Fields, How, Lookup, Rows, Unit
from eligibility.reckoning import reckon

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Through:
    """Rows whose `column` was looked up in the `key` of another register, which may have `gaps`: of each row
    that it lacks, `_key` and `_group`, None where unreadable. `homes` has both of those that are there."""

    column: str
    register: str
    key: str
    whole: bool
    gaps: Sequence[Row] = ()
    homes: Sequence[Row] | None = None


@dataclass(frozen=True)
class Table:
    """One register's rows in one bucket, `_group` in each. No rows: it is missing, everything in it unknown.

    `doubts` are the ids and `_group`, None where unreadable, of its rows that are in quarantine. `placed`
    says how the groups were found where another register names them.
    """

    rows: Sequence[Row] | None
    complete: bool = True
    doubts: Sequence[Row] = ()
    placed: Through | None = None

    @cached_property
    def by_group(self) -> dict[Any, list[Row]]:
        """The rows of each group: only those are ever looked at together."""
        groups: dict[Any, list[Row]] = {}
        for row in self.rows or ():
            groups.setdefault(row["_group"], []).append(row)
        return groups


def units_of(unit: Unit, table: Table, as_of: date) -> list[Row]:
    """The rows of a unit's own register that are units, as they are known."""
    chosen = [
        row for row in table.rows or () if all(row[name] == value for name, value in unit.where.items())
    ]
    return [_known(row, unit, as_of) for row in chosen if _is_seen(row, unit, as_of)]


def fact_of(
    fact: Fact, row: Row, table: Table, as_of: date, *, unit: Unit | None = None, own: Through | None = None
) -> Any:
    """What a fact is for one unit, `table` being the one that it is read from; None is unknown. `own` is how
    the unit's row itself came to lie in its group."""
    relation = fact.source.relation
    if relation is None:
        return _cell(fact, row)
    if table.rows is None:
        return None
    doubted, rivalled = _doubt(relation, row, table.doubts)
    apart = unit is not None and _may_lie_apart(relation, row, unit, own=own, theirs=table.placed)
    is_whole = table.complete and not doubted and not apart
    rows = _rows_of(relation, row, table.by_group.get(row["_group"], []), as_of)
    if not rows:
        is_keyed = all(row[name] is not None for name in ("_group", *relation.keys))
        return fact.when_absent if is_keyed and is_whole else None
    value = _looked_up(fact, rows) if isinstance(relation, Lookup) else _gathered(fact, rows)
    if is_whole:
        return value
    if fact.source.how in (How.ANY, How.EXISTS):
        return True if value else None
    return value if isinstance(relation, Lookup) and not rivalled else None


def _is_seen(row: Row, noted: Unit | Lookup | Rows, as_of: date) -> bool:
    since = row[noted.seen_from] if noted.seen_from else None
    until = row[noted.seen_until] if not isinstance(noted, Unit) and noted.seen_until else None
    return (since is None or since <= as_of) and (until is None or until >= as_of)


def _known(row: Row, noted: Unit | Lookup | Rows, as_of: date) -> Row:
    """The row with the cells blank that became known only later."""
    later = [name for name, day in noted.known_from.items() if row[day] is not None and row[day] > as_of]
    return {**row, **dict.fromkeys(later)}


def _rows_of(relation: Lookup | Rows, unit: Row, rows: Sequence[Row], as_of: date) -> list[tuple[Row, Any]]:
    """The rows, out of those of its group, that belong to a unit (true) or may belong (None)."""
    condition = belongs(relation, Fields("unit."), Fields())
    of_unit = {f"unit.{name}": value for name, value in unit.items()}
    found = []
    for raw in rows:
        row = _known(raw, relation, as_of)
        if _is_seen(raw, relation, as_of) and _same_keys(relation, unit, row):
            its_own = True if condition is None else reckon(condition, {**row, **of_unit})
            if its_own is not False:
                found.append((row, its_own))
    return found


def _same_keys(relation: Lookup | Rows, unit: Row, row: Row) -> bool:
    """Unknown keys are never the same, not even two of them."""
    keys = {"_group": "_group", **relation.keys}
    return all(unit[ours] is not None and unit[ours] == row[theirs] for ours, theirs in keys.items())


def _doubt(relation: Lookup | Rows, unit: Row, doubts: Sequence[Row]) -> tuple[bool, bool]:
    """Whether a row in quarantine may be about the unit, and whether one names all its keys."""
    keys = {"_group": "_group", **relation.keys}
    doubted = rivalled = False
    for doubt in doubts:
        readable = [ours for ours, theirs in keys.items() if doubt.get(theirs) is not None]
        if all(unit[ours] == doubt[keys[ours]] for ours in readable):
            doubted = True
            rivalled |= bool(readable) and set(relation.keys) <= set(readable)
    return doubted, rivalled


def _may_lie_apart(
    relation: Lookup | Rows, row: Row, unit: Unit, *, own: Through | None, theirs: Through | None
) -> bool:
    """Whether rows about the unit may lie in another group, since a register that names groups has a gap, or
    since they name their group by somebody who need not be of the unit's.

    Not where both name one person, in the same way: then they lie together, if not with a household.
    """
    by_one_person = any(
        _is_the_person(relation, unit, keys, own=own, theirs=theirs) for keys in relation.keys.items()
    )
    if by_one_person or (theirs is None and own is None):
        return False
    by_another = theirs is not None and bool(relation.keys) and not _is_at_home(relation, row, theirs)
    elsewhere = theirs is not None and not theirs.whole
    return elsewhere or by_another or _is_alone_by_a_gap(row, own)


def _is_at_home(relation: Lookup | Rows, row: Row, theirs: Through) -> bool:
    """Whoever the rows of the relation lie with is of the unit's own group."""
    for ours, others in relation.keys.items():
        if others == theirs.column:
            home = {"_key": row[ours], "_group": row["_group"]}
            return row[ours] is not None and (row[ours] == row["_group"] or home in (theirs.homes or ()))
    return False


def _is_the_person(
    relation: Lookup | Rows,
    unit: Unit,
    keys: tuple[str, str],
    *,
    own: Through | None,
    theirs: Through | None,
) -> bool:
    """Whether a key is what both sides, or the one that is looked up, have their group by."""
    ours, others = keys
    by_unit = theirs is not None and (theirs.register, theirs.key, theirs.column)
    if by_unit == (unit.register, ours, others):
        return True
    if own is None:
        return False
    if theirs is None:
        return (relation.register, others, ours) == (own.register, own.key, own.column)
    same = (own.register, own.key) == (theirs.register, theirs.key)
    return same and (ours, others) == (own.column, theirs.column)


def _is_alone_by_a_gap(row: Row, own: Through | None) -> bool:
    """The unit lies by itself, and the register may only lack the row that would say with whom."""
    if own is None or row["_group"] != row[own.column]:
        return False
    return not own.whole or any(one["_key"] in (None, row[own.column]) for one in own.gaps)


def _cell(fact: Fact, row: Row) -> Any:
    raw = row[str(fact.source.column)]
    if raw is not None and raw in fact.unknown_when:
        return None
    if fact.source.how in (How.PRESENT, How.LAST_PRESENT):
        return raw is not None
    return _believed(fact, fact.when_blank if raw is None else raw)


def _believed(fact: Fact, value: Any) -> Any:
    """None instead of a number or a day that cannot be true."""
    if value is None or fact.type in (FactType.TEXT, FactType.BOOL):
        return value
    low, high = DAYS_BELIEVED if fact.type is FactType.DATE else (-MONEY_LIMIT, MONEY_LIMIT)
    return value if low <= value <= high else None


def _looked_up(fact: Fact, rows: Sequence[tuple[Row, Any]]) -> Any:
    if len(rows) > 1:
        raise Failed("A register has several rows where one may be.", where=f"fact {fact.name}")
    return True if fact.source.how is How.EXISTS else _cell(fact, rows[0][0])


def _gathered(fact: Fact, rows: Sequence[tuple[Row, Any]]) -> Any:
    """One value out of the rows of a unit, of which there is at least one."""
    how, truths = fact.source.how, [belongs for _, belongs in rows]
    if how is How.EXISTS:
        return _some(truths)
    condition = holds(fact, Fields())
    if condition is not None:
        return _some([_both(belongs, reckon(condition, row)) for row, belongs in rows])
    if None in truths:
        return None
    return len(rows) if how is How.COUNT else _combined(fact, [row for row, _ in rows])


def _combined(fact: Fact, rows: Sequence[Row]) -> Any:
    how, by = fact.source.how, fact.source.by
    if by is not None:
        days = [row[by] for row in rows]
        if None in days:
            return None
        rows = [row for row in rows if row[by] == max(days)]
    cells = [_cell(fact, row) for row in rows]
    if None in cells:
        return None
    if how is How.TOTAL:
        return _believed(fact, sum(cells))
    if by is not None:
        return cells[0] if len(set(cells)) == 1 else None
    return min(cells) if how is How.EARLIEST else max(cells)


def _some(truths: Sequence[Any]) -> bool | None:
    return True if True in truths else None if None in truths else False


def _both(one: Any, other: Any) -> bool | None:
    return False if False in (one, other) else None if None in (one, other) else True

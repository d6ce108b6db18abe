"""Facts near those that a programme's stories tell of: where a rule turns, and where facts are odd."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st

from data.contract import Contract
from eligibility.compiler import Compiled
from eligibility.facts import DAYS_BELIEVED, MONEY_LIMIT, Fact, FactType
from eligibility.pack import Pack
from eligibility.programmes import Programme
from eligibility.stories import Story, stories_of

CHANGED_AT_MOST = 4
ODD_DAYS = (DAYS_BELIEVED[0], date(1899, 12, 31), date(1960, 2, 29), date(2024, 2, 29), DAYS_BELIEVED[1])


class Case(NamedTuple):
    """A programme compiled for a story's day, and what is taken as the facts of one unit."""

    compiled: Compiled
    facts: dict[str, Any]


_STORIES: dict[str, list[Story]] = {}
_COMPILED: dict[tuple[str, date], Compiled] = {}


def stories_in(pack: Pack) -> list[Story]:
    """The pack's stories, read once."""
    if pack.sha256 not in _STORIES:
        _STORIES[pack.sha256] = stories_of(pack)
    return _STORIES[pack.sha256]


def stories_about(pack: Pack, programme: Programme) -> list[Story]:
    return [story for story in stories_in(pack) if story.programme == programme.id]


@st.composite
def cases(
    draw: st.DrawFn, pack: Pack, programme: Programme, *, told: Callable[[Story], bool] = lambda story: True
) -> Case:
    """The facts of a story, one of those `told`, with some of them changed."""
    stories = stories_about(pack, programme)
    story = draw(st.sampled_from([one for one in stories if told(one)]))
    unit = pack.unit_of(programme)
    changed = draw(
        st.lists(st.sampled_from(unit.facts), max_size=CHANGED_AT_MOST, unique_by=lambda one: one.name)
    )
    values = {fact.name: draw(_value(fact, stories, pack)) for fact in changed}
    facts = {fact.name: story.facts.get(fact.name) for fact in unit.facts} | values
    return Case(_compiled(pack, programme, story.as_of), facts)


@st.composite
def two_values(draw: st.DrawFn, pack: Pack, programme: Programme, name: str) -> tuple[Any, Any]:
    """Two different values that a fact may have, the lower one first."""
    fact = next(one for one in pack.unit_of(programme).facts if one.name == name)
    values = _value(fact, stories_about(pack, programme), pack)
    low, high = sorted(draw(st.lists(values, min_size=2, max_size=2, unique=True)))
    return low, high


def _compiled(pack: Pack, programme: Programme, as_of: date) -> Compiled:
    """Compiled once for each day."""
    key = (programme.id, as_of)
    if key not in _COMPILED:
        _COMPILED[key] = pack.compile(programme, as_of)
    return _COMPILED[key]


def _value(fact: Fact, stories: Sequence[Story], pack: Pack) -> st.SearchStrategy[Any]:
    told = sorted({story.facts[fact.name] for story in stories if fact.name in story.facts})
    if fact.type is FactType.BOOL:
        return st.booleans()
    if fact.type is FactType.TEXT:
        return st.sampled_from([*told, "something else"])
    if fact.type is FactType.DATE:
        near = {day + timedelta(days=by) for day in told for by in (-1, 0, 1)}
        return st.sampled_from([*sorted(near), *ODD_DAYS])
    low, high = _bounds(fact, pack)
    near = {number + by for number in told for by in (-1, 0, 1)} | {low, high}
    return st.sampled_from(sorted(number for number in near if low <= number <= high)) | st.integers(
        low, high
    )


def _bounds(fact: Fact, pack: Pack) -> tuple[int, int]:
    """What the contract lets a register hold; nothing negative where it says nothing."""
    found = [_column_bounds(fact, one) for one in pack.contracts.values()]
    return next((bounds for bounds in found if bounds), (0, MONEY_LIMIT))


def _column_bounds(fact: Fact, contract: Contract) -> tuple[int, int] | None:
    relation = fact.source.relation
    if relation is not None and relation.register != contract.register:
        return None
    for column in contract.columns:
        if column.name == fact.source.column and isinstance(column.minimum, int):
            return column.minimum, column.maximum if isinstance(column.maximum, int) else MONEY_LIMIT
    return None

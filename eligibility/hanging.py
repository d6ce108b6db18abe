"""On what an unknown value still hangs: facts, rates without a value, records that cannot be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from eligibility.rates import Rate
from eligibility.reckoning import reckon
from eligibility.terms import Op, Term, facts_in

_BY = {Op.DIVIDE: 1, Op.REMAINDER: 1, Op.SHARE: 2, Op.SHARE_HALF_UP: 2}  # which argument it is divided by
_FACTORS = {Op.DIVIDE: 1, Op.REMAINDER: 1}  # which arguments make the value 0 when they are; else two


def open_facts(one: Term, facts: Mapping[str, Any]) -> set[str]:
    """The unknown facts on which the value of an unknown term still hangs; empty when no fact settles it.

    A fact that stands in a way not taken, or beside what is decided without it, is left out.
    """
    memo: dict[int, Any] = {}

    def hanging(term: Term) -> set[str]:
        if reckon(term, facts, memo) is not None:
            return set()
        if term.op is Op.FACT:
            return {str(term.param)}
        return {name for arg in _taken(term, facts, memo) for name in hanging(arg)}

    return hanging(one)


def rates_without_value(one: Term, facts: Mapping[str, Any]) -> set[tuple[str, date]]:
    """Rates that an unknown term surely needs, with the day on which they have no value."""
    picked = ((end, reckon(end.args[0], facts)) for end in _dead_ends(one, facts) if end.op in _RATES)
    return {(end.param.name, day) for end, day in picked if _has_no_value(end.param, day)}


def impossible_facts(one: Term, facts: Mapping[str, Any]) -> set[str]:
    """Known facts that make an unknown term unknown: one divides by them, or they name no day or number."""
    return {name for end in _dead_ends(one, facts) for name in _culprits(end, facts)}


_RATES = (Op.RATE, Op.CHOICE)


def _dead_ends(one: Term, facts: Mapping[str, Any]) -> Iterator[Term]:
    """What is unknown though all it is reckoned from is known, but for a way that may not be taken."""
    memo: dict[int, Any] = {}
    seen: set[int] = set()

    def ends(term: Term) -> Iterator[Term]:
        if id(term) in seen or reckon(term, facts, memo) is not None or term.op in (Op.FACT, Op.UNKNOWN):
            return
        seen.add(id(term))
        args = [arg for arg in _taken(term, facts, memo) if reckon(arg, facts, memo) is None]
        if not args:
            yield term
        is_open = term.op in (Op.CHOOSE, Op.CHOICE) and reckon(term.args[0], facts, memo) is None
        for arg in args[:1] if is_open else args:  # which way it goes is known first
            yield from ends(arg)

    return ends(one)


def _taken(term: Term, facts: Mapping[str, Any], memo: dict[int, Any]) -> tuple[Term, ...]:
    """The arguments of a term that have a say in its value."""
    if term.op not in (Op.CHOOSE, Op.CHOICE) or (way := reckon(term.args[0], facts, memo)) is None:
        return term.args
    if term.op is Op.CHOOSE:
        return (term.args[1] if way else term.args[2],)
    dated = term.param.on(way)
    return () if dated is None else (term.args[1 + term.param.options.index(dated.choice)],)


def _culprits(end: Term, facts: Mapping[str, Any]) -> set[str]:
    if end.op in _RATES and _has_no_value(end.param, reckon(end.args[0], facts)):
        return set()
    divisor = end.args[_BY[end.op]] if end.op in _BY else None
    if divisor is not None and reckon(divisor, facts) == 0:
        return _that_make_it_nought(divisor, facts)
    return set(facts_in([end]))


def _that_make_it_nought(term: Term, facts: Mapping[str, Any]) -> set[str]:
    """The facts through which a value is 0: of a product those of the factor that is."""
    args = _taken(term, facts, {}) if term.op is Op.CHOOSE else term.args[: _FACTORS.get(term.op, 2)]
    nought = [arg for arg in args if reckon(arg, facts) == 0 and arg.op is not Op.CONSTANT]
    is_sum = term.op in (Op.ADD, Op.SUBTRACT) and len(nought) < len(args)
    if is_sum or not nought:
        return set(facts_in([term]))
    return {name for arg in nought for name in _that_make_it_nought(arg, facts)}


def _has_no_value(rate: Rate, day: date) -> bool:
    return rate.on(day) is None

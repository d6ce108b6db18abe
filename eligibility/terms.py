"""Terms: what rules are made of. A term says how a value is reckoned; engines reckon it.

Every term keeps unknown unknown. `+ - *` and comparisons are unknown as soon as one side is; `&`, `|` and
`~` are Kleene's (false and unknown is false, true or unknown is true). A number that does not fit 64 bits
is unknown. There are no fractions: a float is refused where it appears, and so is Python's own `if`, `and`,
`or` and `in` over a term, which would decide once for all rows. While rules run a term has no hash and no
text either.

Equal terms are one object, so what several rules share is reckoned once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from enum import StrEnum
from typing import Any, Final, NoReturn
from weakref import WeakValueDictionary

INT64: Final = (-(2**63), 2**63 - 1)
Span = tuple[int, int]
"""The least and the greatest number that a term can be."""


class PackMistake(ValueError):
    """An author's mistake in a pack. Loading the pack reports it to the operator with file and name."""


_RULES_RUN: ContextVar[bool] = ContextVar("rules run", default=False)


@contextmanager
def rules_run() -> Iterator[None]:
    """Within it terms are values of records: neither a set, a table nor a text takes one, since it would be
    the term and not what the record says. The engine itself may keep terms in tables.
    """
    before = _RULES_RUN.set(True)
    try:
        yield
    finally:
        _RULES_RUN.reset(before)


class Kind(StrEnum):
    """What a term gives."""

    NUMBER = "number"
    TEXT = "text"
    DAY = "day"
    TRUTH = "truth"
    ANY = "any"  # a column of a register, whose contract says what it holds


class Op(StrEnum):
    """How a term's value comes from those of its arguments."""

    FACT = "fact"
    COLUMN = "column"
    CONSTANT = "constant"
    UNKNOWN = "unknown"
    BLANK = "blank"
    ADD = "add"
    SUBTRACT = "subtract"
    MULTIPLY = "multiply"
    DIVIDE = "divide"
    REMAINDER = "remainder"
    SHARE = "share"
    SHARE_HALF_UP = "share_half_up"
    LEAST = "least"
    GREATEST = "greatest"
    EQUAL = "equal"
    LESS = "less"
    AT_MOST = "at_most"
    ONE_OF = "one_of"
    ALL = "all"
    ANY = "any"
    NOT = "not"
    PASSES = "passes"
    CHOOSE = "choose"
    DAY = "day"
    YEAR = "year"
    MONTH = "month"
    DAY_OF_MONTH = "day_of_month"
    DAYS_BETWEEN = "days_between"
    DAYS_AFTER = "days_after"
    MONTHS_AFTER = "months_after"
    RATE = "rate"
    CHOICE = "choice"


class Term:
    """One node. `param` is what is not a term: a name, a constant, a rate. `span` bounds numbers.

    `is_fixed`: it reads no fact and gives the same for every unit.
    """

    __slots__ = ("__weakref__", "args", "is_fixed", "kind", "op", "param", "span")
    op: Op
    args: tuple[Term, ...]
    param: Any
    kind: Kind
    span: Span
    is_fixed: bool

    def __add__(self, other: Value) -> Term:
        return _reckoned(Op.ADD, self, other)

    def __radd__(self, other: Value) -> Term:
        return _reckoned(Op.ADD, other, self)

    def __sub__(self, other: Value) -> Term:
        return _reckoned(Op.SUBTRACT, self, other)

    def __rsub__(self, other: Value) -> Term:
        return _reckoned(Op.SUBTRACT, other, self)

    def __mul__(self, other: Value) -> Term:
        return _reckoned(Op.MULTIPLY, self, other)

    def __rmul__(self, other: Value) -> Term:
        return _reckoned(Op.MULTIPLY, other, self)

    def __floordiv__(self, other: Value) -> Term:
        return _reckoned(Op.DIVIDE, self, other)

    def __mod__(self, other: Value) -> Term:
        return _reckoned(Op.REMAINDER, self, other)

    def __neg__(self) -> Term:
        return _reckoned(Op.SUBTRACT, 0, self)

    def __eq__(self, other: object) -> Term:  # type: ignore[override]
        return _compared(Op.EQUAL, self, other)

    def __ne__(self, other: object) -> Term:  # type: ignore[override]
        return ~_compared(Op.EQUAL, self, other)

    def __lt__(self, other: Value) -> Term:
        return _compared(Op.LESS, self, other)

    def __le__(self, other: Value) -> Term:
        return _compared(Op.AT_MOST, self, other)

    def __gt__(self, other: Value) -> Term:
        return _compared(Op.LESS, other, self)

    def __ge__(self, other: Value) -> Term:
        return _compared(Op.AT_MOST, other, self)

    def __and__(self, other: Value) -> Term:
        return make(Op.ALL, Kind.TRUTH, truth(self), truth(other))

    def __or__(self, other: Value) -> Term:
        return make(Op.ANY, Kind.TRUTH, truth(self), truth(other))

    def __invert__(self) -> Term:
        return make(Op.NOT, Kind.TRUTH, truth(self))

    def __bool__(self) -> NoReturn:
        raise PackMistake("a rule cannot ask a value by if, and, or, not or in; use choose, all_of, any_of")

    def __truediv__(self, other: object) -> NoReturn:
        raise PackMistake("/ gives fractions; use share, share_half_up or //")

    def __hash__(self) -> int:
        if _RULES_RUN.get():
            raise PackMistake(
                "a rule cannot look a value up in a set or a table; use one_of, choose, r.keyed"
            )
        return object.__hash__(self)

    def __str__(self) -> str:
        if _RULES_RUN.get():
            raise PackMistake("a rule cannot make a text of a value; compare the value itself")
        return repr(self)

    def __repr__(self) -> str:
        inside = [repr(self.param)] if self.param is not None else []
        return f"{self.op.value}({', '.join([*inside, *map(repr, self.args)])})"


Value = Term | int | str | date | bool
"""What helpers take: a term, or a plain value that becomes one."""

_KNOWN: WeakValueDictionary[tuple[Any, ...], Term] = WeakValueDictionary()


def make(op: Op, kind: Kind, *args: Term, param: Any = None, span: Span = INT64) -> Term:
    """The one term of this form. A span is cut to 64 bits: what does not fit them is unknown."""
    key = (op, kind, type(param), param, span, *(id(one) for one in args))
    found = _KNOWN.get(key)
    if found is None:
        found = Term()
        found.op, found.kind, found.args, found.param = op, kind, args, param
        found.is_fixed = op not in (Op.FACT, Op.COLUMN) and all(one.is_fixed for one in args)
        found.span = (max(span[0], INT64[0]), min(span[1], INT64[1]))
        _KNOWN[key] = found
    return found


def term(value: object) -> Term:
    """The value as a term. Raises PackMistake for what no rule may hold, such as a fraction."""
    if isinstance(value, Term):
        return value
    if isinstance(value, bool):
        return make(Op.CONSTANT, Kind.TRUTH, param=value)
    if isinstance(value, int):
        if not INT64[0] <= value <= INT64[1]:
            raise PackMistake(f"{value} does not fit 64 bits")
        return make(Op.CONSTANT, Kind.NUMBER, param=value, span=(value, value))
    if type(value) is date:
        return make(Op.CONSTANT, Kind.DAY, param=value)
    if isinstance(value, str):
        return make(Op.CONSTANT, Kind.TEXT, param=value)
    raise PackMistake(f"{value!r} is no whole number, text, day or truth")


def number(value: object) -> Term:
    """The value as a term that gives a number. Raises PackMistake when it gives something else."""
    return _of(Kind.NUMBER, value)


def day(value: object) -> Term:
    return _of(Kind.DAY, value)


def truth(value: object) -> Term:
    return _of(Kind.TRUTH, value)


def _of(kind: Kind, value: object) -> Term:
    found = term(value)
    if found.kind not in (kind, Kind.ANY):
        raise PackMistake(f"a {found.kind.value} stands where a {kind.value} is needed: {found!r}")
    return found


def same_kind(values: Sequence[object]) -> tuple[Kind, tuple[Term, ...]]:
    """The values as terms, and the one kind they have. Raises PackMistake when they differ."""
    terms = tuple(term(value) for value in values)
    kinds = {one.kind for one in terms} - {Kind.ANY} or {Kind.ANY}
    if len(kinds) > 1:
        raise PackMistake(f"{' and '.join(sorted(kinds))} cannot be compared or mixed: {terms!r}")
    return kinds.pop(), terms


def unknown(kind: Kind) -> Term:
    """A value that no record knows."""
    return make(Op.UNKNOWN, kind, span=(0, 0))


def union(*spans: Span) -> Span:
    return min(low for low, _ in spans), max(high for _, high in spans)


def _reckoned(op: Op, one: object, other: object) -> Term:
    a, b = number(one), number(other)
    return make(op, Kind.NUMBER, a, b, span=_SPANS[op](a.span, b.span))


def _compared(op: Op, one: object, other: object) -> Term:
    kind, terms = same_kind((one, other))
    if op is not Op.EQUAL and kind in (Kind.TEXT, Kind.TRUTH):
        raise PackMistake(f"{kind.value}s have no order")
    return make(op, Kind.TRUTH, *terms)


def _products(one: Span, other: Span) -> Span:
    corners = [a * b for a in one for b in other]
    return min(corners), max(corners)


def _quotients(one: Span, other: Span) -> Span:
    """Division brings no number farther from zero, but for the one that dropping a fraction may add."""
    del other
    largest = max(abs(one[0]), abs(one[1])) + 1
    return -largest, largest


def _remainders(one: Span, other: Span) -> Span:
    del one
    largest = max(abs(other[0]), abs(other[1]))
    return -largest, largest


_SPANS: Final[dict[Op, Callable[[Span, Span], Span]]] = {
    Op.ADD: lambda a, b: (a[0] + b[0], a[1] + b[1]),
    Op.SUBTRACT: lambda a, b: (a[0] - b[1], a[1] - b[0]),
    Op.MULTIPLY: _products,
    Op.DIVIDE: _quotients,
    Op.REMAINDER: _remainders,
}


def fits(span: Span) -> bool:
    """Every number of the span fits 64 bits."""
    return INT64[0] <= span[0] and span[1] <= INT64[1]


def raw_span(one: Term) -> Span:
    """The span before it is cut to 64 bits: whether reckoning in 64 bits could overflow."""
    if one.op in _SPANS:
        return _SPANS[one.op](one.args[0].span, one.args[1].span)
    return one.span


def walk(roots: Sequence[Term]) -> Iterator[Term]:
    """Every term below the roots, each once, arguments before what is made of them."""
    seen: set[int] = set()
    for root in roots:
        yield from _below(root, seen)


def _below(one: Term, seen: set[int]) -> Iterator[Term]:
    if id(one) in seen:
        return
    seen.add(id(one))
    for arg in one.args:
        yield from _below(arg, seen)
    yield one


def rebuilt(root: Term, change: Callable[[Term], Term]) -> Term:
    """The term made anew from the facts up, each part as `change` gives it; itself when nothing changes."""
    made: dict[int, Term] = {}
    for each in walk([root]):
        args = tuple(made[id(arg)] for arg in each.args)
        same = all(arg is before for arg, before in zip(args, each.args, strict=True))
        made[id(each)] = change(
            each if same else make(each.op, each.kind, *args, param=each.param, span=each.span)
        )
    return made[id(root)]


def with_facts(one: Term, values: Mapping[str, Value]) -> Term:
    """The same term where facts are what `values` says of them by name; itself when it reads none of them."""

    def known(each: Term) -> Term:
        return term(values[each.param]) if each.op is Op.FACT and each.param in values else each

    return rebuilt(one, known)


def facts_in(roots: Sequence[Term]) -> tuple[str, ...]:
    """The names of the facts that the terms read, in the order in which they stand there."""
    return tuple(str(one.param) for one in walk(roots) if one.op is Op.FACT)

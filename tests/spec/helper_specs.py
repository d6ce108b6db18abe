"""What each helper of rules gives: what it is given in columns, what it gives in the column `=`."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from eligibility import logic
from eligibility.terms import Kind, Op, Term, make

COLUMNS: dict[str, Any] = {
    **dict.fromkeys("abc", int), **dict.fromkeys("pq", bool), **dict.fromkeys("de", date), "s": str,
}  # fmt: skip
_KINDS = {int: Kind.NUMBER, bool: Kind.TRUTH, date: Kind.DAY, str: Kind.TEXT}
A, B, C, P, Q, D, E, S = (make(Op.FACT, _KINDS[kind], param=name) for name, kind in COLUMNS.items())


class HelperSpec(NamedTuple):
    """One helper over a table; `gives` is the type of the column `=`."""

    helper: str
    term: Term
    gives: Any
    table: str


def _numbers(helper: str, term: Term, table: str) -> HelperSpec:
    return HelperSpec(helper, term, int, table)


def _truths(helper: str, term: Term, table: str) -> HelperSpec:
    return HelperSpec(helper, term, bool, table)


def _days(helper: str, term: Term, table: str) -> HelperSpec:
    return HelperSpec(helper, term, date, table)


BRANCHES = [
    _numbers(
        "choose",
        logic.choose(P, A, B),
        """
        p   | a | b | =
        yes | 1 | 2 | 1
        no  | 1 | 2 | 2
            | 1 | 2 |
            | 1 | 1 |
        yes |   | 2 |
        yes | 1 |   | 1
        """,
    ),
    _truths(
        "one_of",
        logic.one_of(S, "car", "van"),
        """
        s    | =
        car  | yes
        bike | no
             |
        """,
    ),
    _truths(
        "between",
        logic.between(A, B, 10),
        """
        a  | b | =
        1  | 1 | yes
        10 | 1 | yes
        0  | 1 | no
        11 |   | no
        5  |   |
           | 1 |
        """,
    ),
    _truths(
        "all_of",
        logic.all_of(P, Q),
        """
        p   | q   | =
        yes | yes | yes
        yes | no  | no
        yes |     |
        no  |     | no
            |     |
        """,
    ),
    _truths(
        "any_of",
        logic.any_of(P, Q),
        """
        p   | q   | =
        no  | no  | no
        yes | no  | yes
        no  |     |
        yes |     | yes
            |     |
        """,
    ),
    _truths(
        "passes",
        logic.passes(A, B, C),
        """
        a  | b | c | =
        10 | 6 | 5 | yes
        10 | 5 | 5 | no
        10 | 11 |  | yes
        10 | 9 |   |
           | 9 | 9 |
        """,
    ),
]

NUMBERS = [
    _numbers(
        "total",
        logic.total(A, B, C),
        """
        a | b | c | =
        1 | 2 | 3 | 6
        1 |   | 3 |
        9223372036854775807 | 1 | 0 |
        9223372036854775807 | 1 | -1 |
        """,
    ),
    _numbers("lesser", logic.lesser(A, B), "a | b | =\n 1 | 2 | 1\n 1 | | \n | 2 |"),
    _numbers("greater", logic.greater(A, B), "a | b | =\n 1 | 2 | 2\n 1 | | \n | 2 |"),
    _numbers("at_least", logic.at_least(A, 0), "a | =\n -1 | 0\n 5 | 5\n |"),
    _numbers("at_most", logic.at_most(A, 9), "a | =\n 10 | 9\n 5 | 5\n |"),
    _numbers(
        "share",
        logic.share(A, B, C),
        """
        a       | b   | c   | =
        100     | 1   | 3   | 33
        -100    | 1   | 3   | -34
        381690  | 184 | 365 | 192413
        1       | 1   | 0   |
        9223372036854775807 | 3 | 3 | 9223372036854775807
        9223372036854775807 | 3 | 2 |
                | 1   | 3   |
        """,
    ),
    _numbers(
        "share_half_up",
        logic.share_half_up(A, B, 2),
        """
        a  | b | =
        1  | 1 | 1
        3  | 1 | 2
        -1 | 1 | 0
        4  | 1 | 2
           | 1 |
        """,
    ),
    _numbers("floor_to", logic.floor_to(A, 100), "a | =\n 199 | 100\n 200 | 200\n -1 | -100\n |"),
    _numbers("floor10", logic.floor10(A), "a | =\n 1239 | 1230\n |"),
    _numbers("ceil_to", logic.ceil_to(A, 100), "a | =\n 101 | 200\n 200 | 200\n -1 | 0\n |"),
]

DAYS = [
    _days(
        "day",
        logic.day(A, B, C),
        """
        a    | b  | c  | =
        2024 | 2  | 29 | 2024-02-29
        2023 | 2  | 29 |
        1900 | 2  | 29 |
        1896 | 2  | 29 | 1896-02-29
        2026 | 13 | 1  |
        2026 | 4  | 31 |
        0    | 1  | 1  |
        10000 | 1 | 1  |
             | 1  | 1  |
        """,
    ),
    _numbers("year_of", logic.year_of(D), "d | =\n 1899-12-31 | 1899\n 2024-02-29 | 2024\n |"),
    _numbers("month_of", logic.month_of(D), "d | =\n 2024-02-29 | 2\n |"),
    _numbers("day_of_month", logic.day_of_month(D), "d | =\n 2024-02-29 | 29\n |"),
    _days("first_day", logic.first_day(A), "a | =\n 2026 | 2026-01-01\n 0 |\n |"),
    _days("last_day", logic.last_day(A), "a | =\n 2026 | 2026-12-31\n |"),
    _days("first_of_month", logic.first_of_month(D), "d | =\n 2024-02-29 | 2024-02-01\n |"),
    _numbers(
        "days_between",
        logic.days_between(D, E),
        """
        d          | e          | =
        2024-02-28 | 2024-03-01 | 2
        2026-02-28 | 2026-03-01 | 1
        2026-03-01 | 2026-02-28 | -1
        1899-12-31 | 1900-01-01 | 1
                   | 2026-01-01 |
        """,
    ),
    _numbers(
        "days_in_year", logic.days_in_year(A), "a | =\n 2024 | 366\n 2026 | 365\n 1900 | 365\n 2000 | 366\n |"
    ),
    _days(
        "days_after",
        logic.days_after(D, A),
        """
        d          | a   | =
        2024-02-28 | 1   | 2024-02-29
        2024-03-01 | -1  | 2024-02-29
        2024-02-29 | 366 | 2025-03-01
        9999-12-31 | 1   |
        2024-01-01 |     |
        """,
    ),
    _days(
        "months_after",
        logic.months_after(D, A),
        """
        d          | a   | =
        2024-01-31 | 1   | 2024-02-29
        2023-01-31 | 1   | 2023-02-28
        2024-02-29 | 12  | 2025-02-28
        2024-02-29 | -1  | 2024-01-29
        2026-12-15 | 1   | 2027-01-15
        0001-01-15 | -1  |
        2024-01-01 |     |
        """,
    ),
    _days(
        "years_after",
        logic.years_after(D, A),
        """
        d          | a  | =
        2024-02-29 | 1  | 2025-02-28
        2024-02-29 | 4  | 2028-02-29
        2021-07-01 | 5  | 2026-07-01
                   | 5  |
        """,
    ),
    _days(
        "end_of_period",
        logic.end_of_period(D, A),
        """
        d          | a  | =
        2027-02-28 | 5  | 2032-02-29
        2028-02-28 | 4  | 2032-02-28
        2028-02-28 | 3  | 2031-02-28
        2028-02-29 | 3  | 2031-02-28
        2028-02-29 | 4  | 2032-02-29
        2021-07-01 | 5  | 2026-07-01
        2021-12-31 | 5  | 2026-12-31
                   | 5  |
        """,
    ),
    _truths(
        "in_time",
        logic.in_time(D, E, may_move=A),
        """
        d          | e          | a | =
        2028-04-15 | 2028-04-15 | 4 | yes
        2028-04-16 | 2028-04-15 | 4 |
        2028-04-19 | 2028-04-15 | 4 |
        2028-04-20 | 2028-04-15 | 4 | no
        2028-04-15 | 2028-04-15 |   | yes
        2028-04-16 |            | 4 |
        """,
    ),
    _numbers(
        "age_on",
        logic.age_on(D, E),
        """
        d          | e          | =
        2000-02-29 | 2018-02-28 | 17
        2000-02-29 | 2018-03-01 | 18
        2000-02-29 | 2020-02-29 | 20
        1899-12-31 | 2026-12-30 | 126
        2026-01-01 | 2025-12-31 | -1
                   | 2026-01-01 |
        """,
    ),
    _days(
        "earlier", logic.earlier(D, E), "d | e | =\n 2026-01-01 | 2026-01-02 | 2026-01-01\n | 2026-01-02 |"
    ),
    _days("later", logic.later(D, E), "d | e | =\n 2026-01-01 | 2026-01-02 | 2026-01-02\n | 2026-01-02 |"),
]

HELPERS = [*BRANCHES, *NUMBERS, *DAYS]

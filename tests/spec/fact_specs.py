"""How each kind of fact comes about: registers as tables in, the fact as the column `=` of the units."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from eligibility.facts import FactType, Lookup, Rows, Source, column, present
from eligibility.logic import blank

INT, MONEY, TEXT = FactType.INT, FactType.MONEY, FactType.TEXT
DATE, BOOL = FactType.DATE, FactType.BOOL

UNITS = {"id": str, "key": str, "n": int, "day": date, "seen": date, "word": str, "ok": bool, "_group": str}
OTHER = {"key": str, "v": int, "on": date, "until": date, "word": str, "ok": bool, "_group": str}
AS_OF = date(2026, 9, 1)

one = Lookup("other", keys={"key": "key"})
many = Rows("other", keys={"key": "key"})


class Spec(NamedTuple):
    """One way a fact comes about. `other` None: that register was never delivered."""

    title: str
    source: Source
    type: FactType
    units: str
    other: str | None = "key | v"
    complete: bool = True
    doubts: str | None = None
    fact: Mapping[str, Any] = {}
    unit: Mapping[str, Any] = {}


TWO = """
    key | v | on         | word
    a   | 3 | 2026-01-01 | early
    a   | 4 | 2026-02-01 | late
"""
ONE_UNIT = "id | key | =\n 1 | a | "


def of_one_unit(expected: object) -> str:
    return ONE_UNIT + ("" if expected is None else str(expected))


OWN = [
    Spec("a column of the unit's own register", column("n"), INT, "id | n | =\n 1 | 7 | 7\n 2 | |"),
    Spec(
        "a value by which the register says that it does not know",
        column("n"),
        INT,
        "id | n | =\n 1 | 0 |\n 2 | 1 | 1\n 3 | |",
        fact={"unknown_when": (0,)},
    ),
    Spec(
        "a blank cell that means something",
        column("n"),
        INT,
        "id | n | =\n 1 | | 5\n 2 | 1 | 1",
        fact={"when_blank": 5},
    ),
    Spec(
        "a cell that is filled or blank",
        present("n"),
        BOOL,
        "id | n | =\n 1 | 7 | yes\n 2 | | no",
    ),
    Spec(
        "a cell by which the register says that it does not know is neither filled nor blank",
        present("n"),
        BOOL,
        "id | n | =\n 1 | 0 |\n 2 | | no",
        fact={"unknown_when": (0,)},
    ),
    Spec(
        "a number beyond belief",
        column("n"),
        MONEY,
        """
        id | n               | =
        1  | 10000000000000  | 10000000000000
        2  | 10000000000001  |
        3  | -10000000000001 |
        4  | -5              | -5
        """,
    ),
    Spec(
        "a day beyond belief",
        column("day"),
        DATE,
        """
        id | day        | =
        1  | 1879-12-31 |
        2  | 1880-01-01 | 1880-01-01
        3  | 1899-12-31 | 1899-12-31
        4  | 2024-02-29 | 2024-02-29
        5  | 2200-12-31 | 2200-12-31
        6  | 9999-12-31 |
        7  | 0001-01-01 |
        """,
    ),
    Spec(
        "only rows with the named value are units",
        column("n"),
        INT,
        "id | n | word | =\n 2 | 2 | car | 2",
        unit={"where": {"word": "car"}},
    ),
    Spec(
        "a row without the named value is no unit",
        column("n"),
        INT,
        "id | n | word | =\n 1 | 1 | bus | never\n 2 | 2 | car | 2\n 3 | 3 | | never",
        unit={"where": {"word": "car"}},
    ),
    Spec(
        "a row from after the as-of date is no unit, one without a day is",
        column("n"),
        INT,
        "id | n | seen | =\n 1 | 1 | 2026-09-01 | 1\n 2 | 2 | 2026-09-02 | never\n 3 | 3 | | 3",
        unit={"seen_from": "seen"},
    ),
    Spec(
        "a cell that becomes known after the as-of date is blank",
        column("n"),
        INT,
        "id | n | seen | =\n 1 | 1 | 2026-09-01 | 1\n 2 | 2 | 2026-09-02 | \n 3 | 3 | | 3",
        unit={"known_from": {"n": "seen"}},
    ),
]

LOOKED_UP = [
    Spec("the one row's cell", one.value("v"), INT, of_one_unit(3), "key | v\n a | 3\n b | 4"),
    Spec("the one row's blank cell", one.value("v"), INT, of_one_unit(None), "key | v\n a |"),
    Spec(
        "the one row's blank cell that means something",
        one.value("v"),
        INT,
        of_one_unit(5),
        "key | v\n a |",
        fact={"when_blank": 5, "when_absent": 0},
    ),
    Spec("no row, of which nothing is said", one.value("v"), INT, of_one_unit(None)),
    Spec(
        "no row in a complete register",
        one.value("v"),
        INT,
        of_one_unit(0),
        fact={"when_absent": 0},
    ),
    Spec(
        "no row in a register that is not complete",
        one.value("v"),
        INT,
        of_one_unit(None),
        complete=False,
        fact={"when_absent": 0},
    ),
    Spec(
        "the one row of a register that is not complete",
        one.value("v"),
        INT,
        of_one_unit(3),
        "key | v\n a | 3",
        complete=False,
    ),
    Spec(
        "a register that was never delivered",
        one.value("v"),
        INT,
        of_one_unit(None),
        None,
        fact={"when_absent": 0},
    ),
    Spec(
        "a unit without a key is nobody's, though a row has none either",
        one.value("v"),
        INT,
        "id | key | =\n 1 | |",
        "key | v\n | 3",
        fact={"when_absent": 0},
    ),
    Spec(
        "units without a group are not one group",
        one.value("v"),
        INT,
        "_group | id | key | =\n | 1 | a |",
        "_group | key | v\n | a | 3",
        fact={"when_absent": 0},
    ),
    Spec(
        "a row of another group",
        one.value("v"),
        INT,
        of_one_unit(0),
        "_group | key | v\n other | a | 3",
        fact={"when_absent": 0},
    ),
    Spec("whether there is such a row: there is", one.exists(), BOOL, of_one_unit("yes"), "key | v\n a |"),
    Spec(
        "whether there is such a row: there is none",
        one.exists(),
        BOOL,
        of_one_unit("no"),
        fact={"when_absent": False},
    ),
    Spec("a cell that is filled", one.present("v"), BOOL, of_one_unit("yes"), "key | v\n a | 3"),
    Spec("a cell that is blank", one.present("v"), BOOL, of_one_unit("no"), "key | v\n a |"),
    Spec(
        "a row from after the as-of date",
        Lookup("other", keys={"key": "key"}, seen_from="on").value("v"),
        INT,
        of_one_unit(3),
        "key | v | on\n a | 3 | 2026-09-01\n a | 4 | 2026-09-02",
    ),
    Spec(
        "a row that tells of a time that is over",
        Lookup("other", keys={"key": "key"}, seen_until="until").value("v"),
        INT,
        of_one_unit(3),
        "key | v | until\n a | 3 | 2026-09-01\n a | 4 | 2026-08-31",
    ),
    Spec(
        "a row that tells of what goes on",
        Lookup("other", keys={"key": "key"}, seen_until="until").value("v"),
        INT,
        of_one_unit(3),
        "key | v | until\n a | 3 | ",
    ),
    Spec(
        "the one row beside a row in quarantine of the same keys",
        one.value("v"),
        INT,
        of_one_unit(None),
        "key | v\n a | 3",
        doubts="key\n a",
    ),
    Spec(
        "the one row beside a row in quarantine whose key cannot be read",
        one.value("v"),
        INT,
        of_one_unit(3),
        "_group | key | v\n h | a | 3",
        doubts="_group | key\n h |",
    ),
    Spec(
        "no row, and one in quarantine that may be it",
        one.value("v"),
        INT,
        of_one_unit(None),
        doubts="key | _group\n | h",
        fact={"when_absent": 0},
    ),
    Spec(
        "no row, and one in quarantine that is another's",
        one.value("v"),
        INT,
        of_one_unit(0),
        doubts="key | _group\n b | h",
        fact={"when_absent": 0},
    ),
]

GATHERED = [
    Spec("how many rows", many.count(), INT, of_one_unit(2), TWO),
    Spec("how many rows: none", many.count(), INT, of_one_unit(0), fact={"when_absent": 0}),
    Spec("all rows of the group", Rows("other").count(), INT, of_one_unit(2), TWO),
    Spec("whether there is a row", many.exists(), BOOL, of_one_unit("yes"), TWO),
    Spec("the sum", many.total("v"), MONEY, of_one_unit(7), TWO),
    Spec("the sum with an unknown cell", many.total("v"), MONEY, of_one_unit(None), "key | v\n a | 3\n a |"),
    Spec(
        "the sum with a blank that means nought",
        many.total("v"),
        MONEY,
        of_one_unit(3),
        "key | v\n a | 3\n a |",
        fact={"when_blank": 0},
    ),
    Spec(
        "a sum beyond belief, of cells none of which is",
        many.total("v"),
        MONEY,
        of_one_unit(None),
        "key | v\n a | 9000000000000\n a | 9000000000000",
    ),
    Spec("the earliest day", many.earliest("on"), DATE, of_one_unit("2026-01-01"), TWO),
    Spec("the latest day", many.latest("on"), DATE, of_one_unit("2026-02-01"), TWO),
    Spec("the latest day, one unknown", many.latest("on"), DATE, of_one_unit(None), TWO + "    a | 5 | | x"),
    Spec("the last row's cell", many.last("word", by="on"), TEXT, of_one_unit("late"), TWO),
    Spec(
        "the last row's blank cell",
        many.last("word", by="on"),
        TEXT,
        of_one_unit(None),
        TWO.replace("late", ""),
    ),
    Spec(
        "whether the last row's cell is filled",
        many.last_present("word", by="on"),
        BOOL,
        of_one_unit("yes"),
        TWO,
    ),
    Spec(
        "whether the last row's cell is filled: it is blank",
        many.last_present("word", by="on"),
        BOOL,
        of_one_unit("no"),
        TWO.replace("late", ""),
    ),
    Spec(
        "the last row where one has no day",
        many.last("v", by="on"),
        INT,
        of_one_unit(None),
        TWO + "    a | 5 | | x",
    ),
    Spec(
        "the last row where two tie and differ",
        many.last("v", by="on"),
        INT,
        of_one_unit(None),
        "key | v | on\n a | 1 | 2026-01-01\n a | 2 | 2026-01-01",
    ),
    Spec(
        "the last row where two tie and agree",
        many.last("v", by="on"),
        INT,
        of_one_unit(1),
        "key | v | on\n a | 1 | 2026-01-01\n a | 1 | 2026-01-01",
    ),
    Spec("whether it holds for one row", many.any(lambda row: row.v > 3), BOOL, of_one_unit("yes"), TWO),
    Spec(
        "whether it holds for one row: for none",
        many.any(lambda row: row.v > 9),
        BOOL,
        of_one_unit("no"),
        TWO,
    ),
    Spec(
        "whether it holds for one row, when another is unknown",
        many.any(lambda row: row.v > 3),
        BOOL,
        of_one_unit("yes"),
        "key | v\n a | 5\n a |",
    ),
    Spec(
        "whether it holds for one row, when it may hold for one",
        many.any(lambda row: row.v > 3),
        BOOL,
        of_one_unit(None),
        "key | v\n a | 1\n a |",
    ),
]

larger = Rows("other", keys={"key": "key"}, where=lambda unit, row: row.v > unit.n)
going_on = Rows(
    "other", keys={"key": "key"}, where=lambda unit, row: blank(row.until) | (row.until >= unit.day)
)
CHOSEN = [
    Spec(
        "rows chosen by what the unit says", larger.total("v"), INT, "id | key | n | =\n 1 | a | 3 | 4", TWO
    ),
    Spec(
        "rows of which it cannot be told whether they matter",
        larger.total("v"),
        INT,
        "id | key | n | =\n 1 | a | | ",
        TWO,
        fact={"when_absent": 0},
    ),
    Spec(
        "whether there is a row that matters, when it cannot be told",
        larger.exists(),
        BOOL,
        "id | key | n | =\n 1 | a | |\n 2 | a | 3 | yes",
        TWO,
    ),
    Spec(
        "a condition of rows that only may matter",
        larger.any(lambda row: row.word == "late"),
        BOOL,
        "id | key | n | =\n 1 | a | |",
        TWO,
    ),
    Spec(
        "a condition that no row fulfils, whether it matters or not",
        larger.any(lambda row: row.word == "never"),
        BOOL,
        "id | key | n | =\n 1 | a | | no",
        TWO,
    ),
    Spec(
        "rows none of which matters are as absent",
        larger.total("v"),
        INT,
        "id | key | n | =\n 1 | a | 9 | 0",
        TWO,
        fact={"when_absent": 0},
    ),
    Spec(
        "a blank cell that means that it goes on",
        going_on.count(),
        INT,
        "id | key | day | =\n 1 | a | 2026-05-01 | 2",
        "key | until\n a |\n a | 2026-05-01\n a | 2026-04-30",
    ),
    Spec(
        "rows from after the as-of date",
        Rows("other", keys={"key": "key"}, seen_from="on").total("v"),
        INT,
        of_one_unit(3),
        "key | v | on\n a | 3 | 2026-09-01\n a | 4 | 2026-09-02",
    ),
    Spec(
        "rows that tell of a time that is over",
        Rows("other", keys={"key": "key"}, seen_until="until").total("v"),
        INT,
        of_one_unit(3),
        "key | v | until\n a | 3 | 2026-09-01\n a | 4 | 2026-08-31",
    ),
    Spec(
        "a cell known after the as-of date, and the condition that reads it",
        Rows(
            "other",
            keys={"key": "key"},
            where=lambda unit, row: blank(row.until),
            known_from={"until": "until"},
        ).count(),
        INT,
        of_one_unit(2),
        "key | until\n a | 2026-09-02\n a |\n a | 2026-09-01",
    ),
]

IN_PART = [
    Spec(f"{what} of a register that is not complete", source, kind, of_one_unit(found), TWO, complete=False)
    for what, source, kind, found in (
        ("how many rows", many.count(), INT, None),
        ("the sum", many.total("v"), MONEY, None),
        ("the last row's cell", many.last("v", by="on"), INT, None),
        ("a row that is there", many.exists(), BOOL, "yes"),
        ("a condition that holds", many.any(lambda row: row.v > 3), BOOL, "yes"),
        ("a condition that holds for no row", many.any(lambda row: row.v > 9), BOOL, None),
    )
] + [
    Spec(
        "rows beside one in quarantine that may be the unit's",
        many.count(), INT, of_one_unit(None), TWO, doubts="key | _group\n a | \n",
    ),
    Spec(
        "rows beside one in quarantine of another key",
        many.count(), INT, of_one_unit(2), TWO, doubts="key | _group\n b | h",
    ),
    Spec(
        "rows of a group beside one in quarantine of another",
        Rows("other").count(), INT, of_one_unit(2), TWO, doubts="key | _group\n | elsewhere",
    ),
    Spec(
        "rows of a group beside one in quarantine that may be anybody's",
        Rows("other").count(), INT, of_one_unit(None), TWO, doubts="key | _group\n | ",
    ),
]  # fmt: skip

SPECS = {
    "of the unit": OWN,
    "looked up": LOOKED_UP,
    "gathered": GATHERED,
    "chosen": CHOSEN,
    "in part": IN_PART,
}

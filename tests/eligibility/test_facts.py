"""One row per unit: what is joined, aggregated, absent, blank, not yet known."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from data.errors import BadSettings, Failed
from eligibility.facts import Fact, FactType, Lookup, Rows, Source, Unit, column, present
from eligibility.relations import Register
from eligibility.sheets import build_sheet
from eligibility.terms import PackMistake
from tests.eligibility.toypack import AS_OF, register

WORDS = {"ko": "가", "en": "a"}
BASE = {"id": pl.String, "key": pl.String, "n": pl.Int64, "day": pl.Date}
OTHER = {"key": pl.String, "v": pl.Int64, "on": pl.Date, "word": pl.String}
DAY = timedelta(days=1)
D1, D2, LATER = date(2026, 1, 1), date(2026, 2, 1), date(2026, 12, 1)
other = Lookup("other", keys={"key": "key"})
many = Rows("other", keys={"key": "key"})


def fact(source: Source, kind: FactType = FactType.INT, **options: Any) -> Fact:
    return Fact("x", kind, label=WORDS, source=source, **options)


def value(one: Fact, base: list[dict[str, Any]], rows: Register | None = None, **unit: Any) -> list[Any]:
    """The fact's column over a unit of its own."""
    of = Unit("u", register="base", id="id", label=WORDS, facts=(one,), **unit)
    registers = {"base": register(base, BASE)} | ({} if rows is None else {"other": rows})
    sheet = build_sheet(of, registers, AS_OF, recipients=[], wanted=[one.name for one in of.facts])
    assert sheet is not None
    return sheet["x"].to_list()


def others(*rows: dict[str, Any], complete: bool = True) -> Register:
    return register(list(rows), OTHER, complete=complete)


ONE = [{"id": "1", "key": "k"}]
TWO = [{"key": "k", "v": 3, "on": D1, "word": "a"}, {"key": "k", "v": 4, "on": D2, "word": "b"}]


def test_a_column_of_the_units_own_register_is_the_fact() -> None:
    assert [7, None] == value(fact(column("n")), [{"id": "1", "n": 7}, {"id": "2"}])


def test_a_value_by_which_the_register_says_it_does_not_know_is_unknown() -> None:
    assert [None, 1] == value(
        fact(column("n"), unknown_when=(0,)), [{"id": "1", "n": 0}, {"id": "2", "n": 1}]
    )


def test_a_blank_cell_is_what_the_fact_says_it_means() -> None:
    assert [5] == value(fact(column("n"), when_blank=5), [{"id": "1"}])


def test_a_number_beyond_belief_is_unknown() -> None:
    assert [None] == value(fact(column("n")), [{"id": "1", "n": 10**15}])


def test_a_filled_cell_is_present_and_a_blank_one_is_not() -> None:
    assert [True, False] == value(fact(present("n"), FactType.BOOL), [{"id": "1", "n": 1}, {"id": "2"}])


def test_only_rows_with_the_named_value_are_units() -> None:
    assert [2] == value(fact(column("n")), [{"id": "1", "n": 1}, {"id": "2", "n": 2}], where={"n": 2})


def test_a_row_from_after_the_as_of_date_is_not_a_unit() -> None:
    rows = [{"id": "1", "n": 1, "day": D1}, {"id": "2", "n": 2, "day": LATER}]
    assert [1] == value(fact(column("n")), rows, seen_from="day")


@pytest.mark.parametrize(("last_day", "there"), [(AS_OF, True), (AS_OF - DAY, False), (None, True)])
def test_a_row_holds_up_to_its_last_day_or_goes_on(last_day: date | None, there: bool) -> None:
    spells = Rows("other", keys={"key": "key"}, seen_until="on")
    found = fact(spells.exists(), FactType.BOOL, when_absent=False)
    assert [there] == value(found, ONE, others({"key": "k", "on": last_day}))


def test_a_cell_that_is_known_only_later_is_blank() -> None:
    rows = [{"id": "1", "n": 1, "day": D1}, {"id": "2", "n": 2, "day": LATER}]
    assert [1, None] == value(fact(column("n")), rows, known_from={"n": "day"})


def test_a_looked_up_row_gives_its_cell() -> None:
    assert [3] == value(fact(other.value("v")), ONE, others({"key": "k", "v": 3}))


def test_no_row_in_a_complete_register_means_what_the_fact_says() -> None:
    assert [0] == value(fact(other.value("v"), when_absent=0), ONE, others())


@pytest.mark.parametrize("rows", [None, others(complete=False)])
def test_no_row_in_a_missing_or_partial_register_is_unknown(rows: Register | None) -> None:
    assert [None] == value(fact(other.value("v"), when_absent=0), ONE, rows)


def test_no_row_for_a_unit_whose_key_is_unknown_is_unknown() -> None:
    assert [None] == value(fact(other.value("v"), when_absent=0), [{"id": "1"}], others())


def test_a_row_of_another_group_is_never_joined() -> None:
    stranger = others({"_group": "elsewhere", "key": "k", "v": 3})
    assert [None] == value(fact(other.value("v")), ONE, stranger)


def test_two_rows_where_one_may_be_are_refused_without_naming_anybody() -> None:
    with pytest.raises(Failed) as error:
        value(fact(other.value("v")), ONE, others(*TWO))
    assert "unit u: register other, keys key" == error.value.where


@pytest.mark.parametrize(
    ("source", "kind", "expected"),
    [
        (many.count(), FactType.INT, 2),
        (many.total("v"), FactType.INT, 7),
        (many.earliest("on"), FactType.DATE, D1),
        (many.latest("on"), FactType.DATE, D2),
        (many.last("word", by="on"), FactType.TEXT, "b"),
        (many.last_present("word", by="on"), FactType.BOOL, True),
        (many.exists(), FactType.BOOL, True),
        (many.any(lambda row: row.v > 3), FactType.BOOL, True),
        (many.any(lambda row: row.v > 9), FactType.BOOL, False),
    ],
)
def test_rows_are_reckoned_into_one_value(source: Source, kind: FactType, expected: object) -> None:
    assert [expected] == value(fact(source, kind), ONE, others(*TWO))


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        (many.total("v"), FactType.INT),
        (many.earliest("v"), FactType.INT),
        (many.latest("v"), FactType.INT),
        (many.last("v", by="on"), FactType.INT),
        (many.any(lambda row: row.v > 3), FactType.BOOL),
    ],
)
def test_an_unknown_cell_makes_the_value_unknown(source: Source, kind: FactType) -> None:
    rows = others({"key": "k", "v": 1, "on": D1}, {"key": "k", "on": D2})
    assert [None] == value(fact(source, kind), ONE, rows)


def test_one_row_that_holds_is_enough_though_another_is_unknown() -> None:
    rows = others({"key": "k", "v": 5}, {"key": "k"})
    assert [True] == value(fact(many.any(lambda row: row.v > 3), FactType.BOOL), ONE, rows)


@pytest.mark.parametrize(
    ("source", "kind", "expected"),
    [
        (many.count(), FactType.INT, None),
        (many.total("v"), FactType.INT, None),
        (many.last("v", by="on"), FactType.INT, None),
        (many.exists(), FactType.BOOL, True),
        (many.any(lambda row: row.v > 9), FactType.BOOL, None),
    ],
)
def test_a_partial_register_proves_only_what_is_there(
    source: Source, kind: FactType, expected: object
) -> None:
    assert [expected] == value(fact(source, kind), ONE, others(*TWO, complete=False))


def test_rows_that_tie_and_differ_give_no_last_value() -> None:
    rows = others({"key": "k", "v": 1, "on": D1}, {"key": "k", "v": 2, "on": D1})
    assert [None] == value(fact(many.last("v", by="on")), ONE, rows)


def test_where_keeps_the_rows_that_matter_and_may_look_at_the_unit() -> None:
    chosen = Rows("other", keys={"key": "key"}, where=lambda unit, row: row.v > unit.n)
    assert [4] == value(fact(chosen.total("v")), [{"id": "1", "key": "k", "n": 3}], others(*TWO))


def test_rows_that_may_or_may_not_matter_make_the_value_unknown() -> None:
    chosen = Rows("other", keys={"key": "key"}, where=lambda unit, row: row.v > unit.n)
    assert [None] == value(fact(chosen.total("v"), when_absent=0), ONE, others(*TWO))


def test_rows_none_of_which_matters_are_as_absent() -> None:
    chosen = Rows("other", keys={"key": "key"}, where=lambda unit, row: row.v > 9)
    assert [0] == value(fact(chosen.total("v"), when_absent=0), ONE, others(*TWO))


def test_rows_of_the_same_name_on_both_sides_are_told_apart() -> None:
    chosen = Rows("base", keys={"key": "key"}, where=lambda unit, row: row.id != unit.id)
    rows = [{"id": "1", "key": "k"}, {"id": "2", "key": "k"}, {"id": "3", "key": "l"}]
    assert [1, 1, 0] == value(fact(chosen.count(), when_absent=0), rows)


def test_without_keys_all_rows_of_the_group_belong() -> None:
    assert [2] == value(fact(Rows("other").count()), ONE, others(*TWO, {"_group": "elsewhere"}))


def test_a_missing_unit_register_has_no_sheet() -> None:
    of = Unit("u", register="base", id="id", label=WORDS, facts=())
    assert build_sheet(of, {}, AS_OF, recipients=[], wanted=[]) is None


def test_a_column_the_register_does_not_have_is_named() -> None:
    with pytest.raises(BadSettings, match="does not have: w"):
        value(fact(other.value("w")), ONE, others())


def test_a_fact_of_another_type_than_its_column_is_refused() -> None:
    with pytest.raises(BadSettings, match="Fact x is a date"):
        value(fact(column("n"), FactType.DATE), ONE)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: fact(column("n"), when_absent="none"),
        lambda: fact(many.exists()),
        lambda: Fact("x", FactType.INT, label={"ko": "가"}, source=column("n")),
        lambda: Unit("u", register="r", id="id", label=WORDS, facts=(fact(column("n")), fact(column("n")))),
    ],
)
def test_a_declaration_that_cannot_be_right_is_a_pack_mistake(wrong: Any) -> None:
    with pytest.raises(PackMistake):
        wrong()


def in_quarantine(rows: Register, *doubts: dict[str, Any]) -> Register:
    """The same register, with rows in quarantine of which only ids are known."""
    kept = pl.DataFrame(doubts, schema={"key": pl.String, "_group": pl.String})
    return Register(rows.frame, complete=True, doubts=kept)


@pytest.mark.parametrize(
    ("doubt", "found"),
    [
        ({"key": "k"}, [None]),  # two rows where one may stand: nothing says which is right
        ({"key": None}, [3]),  # another's, since the one row stands
        ({"key": "other"}, [3]),
    ],
)
def test_the_one_row_that_stands_is_doubted_only_by_a_row_of_the_same_keys(
    doubt: dict[str, Any], found: list[int | None]
) -> None:
    assert found == value(fact(other.value("v")), ONE, in_quarantine(others(TWO[0]), doubt))


@pytest.mark.parametrize(
    ("doubt", "found"),
    [
        ({"key": None}, [None]),
        ({"key": "k"}, [None]),
        ({"key": None, "_group": "h"}, [None]),
        ({"key": "k", "_group": "elsewhere"}, [0]),
        ({"key": "other"}, [0]),
    ],
)
def test_no_row_means_something_where_no_quarantined_row_can_be_the_units(
    doubt: dict[str, Any], found: list[int | None]
) -> None:
    one = fact(many.total("v"), when_absent=0)
    assert found == value(one, ONE, in_quarantine(others(), doubt))


@pytest.mark.parametrize(("group", "found"), [("h", [None]), ("elsewhere", [2]), (None, [None])])
def test_a_quarantined_row_casts_doubt_on_its_group_or_on_all(
    group: str | None, found: list[int | None]
) -> None:
    household = Rows("other")
    doubt = in_quarantine(others(*TWO), {"_group": group})
    assert found == value(fact(household.count()), ONE, doubt)


def test_a_row_that_is_seen_stays_seen_beside_rows_in_quarantine() -> None:
    doubt = in_quarantine(others(*TWO), {"key": "k"})
    assert [True] == value(fact(many.exists(), FactType.BOOL), ONE, doubt)


def test_a_key_that_is_no_id_is_not_kept_and_may_be_any() -> None:
    by_number = Rows("other", keys={"key": "key", "n": "v"})
    doubt = in_quarantine(others(*TWO), {"key": "k"})
    assert [None] == value(fact(by_number.count(), when_absent=0), [{"id": "1", "key": "k", "n": 9}], doubt)

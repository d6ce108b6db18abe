"""What a finding says beside its status and amount, cell by cell, on the fast engine and on the plain one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import polars as pl
import pytest

from eligibility.compiler import Compiled, compile_programme
from eligibility.facts import Fact, FactType, Unit, column, findings_of
from eligibility.logic import days_after, years_after
from eligibility.programmes import FactsOf, Programme
from eligibility.ratefiles import read_rates
from eligibility.rates import RatesOn
from eligibility.relations import Register
from eligibility.terms import Term
from tests.eligibility.judged import by_frames, by_rows
from tests.eligibility.toypack import RATES

AS_OF = date(2026, 9, 1)
SINCE = date(2026, 7, 1)
Engine = Callable[[Mapping[str, Register], Mapping[str, Compiled], date], list[dict[str, Any]]]
Cells = dict[str, list[Any]]


def words(text: str) -> dict[str, str]:
    return {"ko": text, "en": text}


def number(name: str) -> Fact:
    return Fact(name, FactType.MONEY, unit="KRW", label=words(name), source=column(name))


help_found = findings_of("toy/help", keys={"owner": "subject_id"})
home = Unit(
    "home",
    register="homes",
    id="home",
    label=words("home"),
    facts=(
        *map(number, ("fee", "bonus", "debt", "grant", "help")),
        Fact("since", FactType.DATE, label=words("since"), source=column("since")),
        Fact("has_pass", FactType.BOOL, label=words("has a pass"), source=column("has_pass")),
        Fact(
            "help_is_found", FactType.BOOL, label=words("help"), source=help_found.exists(), when_absent=False
        ),
    ),
)


def programme_of(name: str, **options: Any) -> Programme:
    given = {"unit": "home", "recipient": "owner", "rates": "toy.toml", "law": "§1", "currency": "KRW"}
    return Programme(f"toy/{name}", **given | options, authority=words("city"), title=words(name))


refund = programme_of("refund", instead_of=("toy/grant",))
grant, helping = programme_of("grant"), programme_of("help")
discount = programme_of("discount")


@refund.criterion(law="§1", label=words("paid"))
def paid(f: FactsOf, r: RatesOn, on: Term) -> Term:
    return f.fee > 0


@refund.amount_part(law="§2", label=words("fee"))
def of_the_fee(f: FactsOf, r: RatesOn, on: Term) -> Term:
    return f.fee


@refund.amount_part(law="§3", label=words("bonus"), may_add=True)
def of_the_bonus(f: FactsOf, r: RatesOn, on: Term) -> Term:
    return f.bonus


@refund.offset(law="§4")
def arrears(f: FactsOf, r: RatesOn, on: Term) -> Term:
    return f.debt


@refund.accrual(rate="interest", law="§5")
def interest_from(f: FactsOf, r: RatesOn, on: Term) -> Term:
    return days_after(f.since, 1)


@refund.claim(law="§6")
def window(f: FactsOf, r: RatesOn, on: Term) -> tuple[Term, Term]:
    return f.since, years_after(f.since, 5)


@grant.criterion(law="§7", label=words("granted"))
def some_grant(f: FactsOf, r: RatesOn, on: Term) -> Term:
    return f.grant > 0


@helping.criterion(law="§8", label=words("helped"))
def some_help(f: FactsOf, r: RatesOn, on: Term) -> Term:
    return f.help > 0


@discount.criterion(law="§9", label=words("helped or with a pass"))
def opened(f: FactsOf, r: RatesOn, on: Term) -> Term:
    return f.help_is_found | f.has_pass


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Compiled]:
    rates = tmp_path_factory.mktemp("rates") / "toy.toml"
    rates.write_text(RATES, "utf-8")
    book = read_rates(rates)
    return {
        one.id: compile_programme(one, home, book, version="1", as_of=AS_OF)
        for one in (refund, grant, helping, discount)
    }


NOTHING = {"fee": 0, "bonus": 0, "debt": 0, "grant": 0, "help": 0, "since": SINCE, "has_pass": False}
TYPES: dict[str, Any] = {
    **dict.fromkeys(("_group", "home", "owner"), pl.String),
    **dict.fromkeys(("fee", "bonus", "debt", "grant", "help"), pl.Int64),
    **{"since": pl.Date, "has_pass": pl.Boolean},
}


@pytest.fixture(params=[by_frames, by_rows], ids=["polars", "plain"])
def said(request: pytest.FixtureRequest, compiled: dict[str, Compiled]) -> Callable[..., list[Any]]:
    """One column of a programme's findings for homes with these facts, in their order."""
    engine: Engine = request.param

    def ask(programme: str, name: str, *homes: dict[str, Any]) -> list[Any]:
        rows = [
            NOTHING | {"_group": f"g{at}", "home": f"h{at}", "owner": f"o{at}"} | one
            for at, one in enumerate(homes)
        ]
        register = Register(pl.DataFrame(rows, schema=TYPES).lazy(), complete=True)
        found = [
            one
            for one in engine({"homes": register}, compiled, AS_OF)
            if one["programme"] == f"toy/{programme}"
        ]
        return [one[name] for one in sorted(found, key=lambda one: str(one["unit_id"]))]

    return ask


Said = Callable[..., list[Any]]


def test_an_amount_is_a_lower_bound_only_while_a_part_that_may_add_is_unknown(said: Said) -> None:
    homes = [{"fee": 10, "bonus": bonus} for bonus in (5, None, 0)]
    assert (said("refund", "at_least", *homes), said("refund", "amount", *homes)) == (
        [False, True, False],
        [15, 10, 10],
    )


def test_an_amount_without_a_part_that_may_add_is_no_lower_bound(said: Said) -> None:
    assert said("grant", "at_least", {"grant": 1}, {"grant": None}) == [False, False]


def test_arrears_take_the_whole_amount_at_most(said: Said) -> None:
    homes = [{"fee": 10, "debt": debt} for debt in (0, 4, 10, 11, None)]
    assert said("refund", "offset", *homes) == [0, 4, 10, 10, None]


def test_nothing_is_set_off_where_no_arrears_are_asked_for(said: Said) -> None:
    assert said("grant", "offset", {"grant": 1, "debt": 5}) == [0]


def test_interest_and_claim_begin_and_end_by_the_facts(said: Said) -> None:
    homes = [{"fee": 1, "since": day} for day in (SINCE, date(2025, 12, 31), None)]
    columns = ("accrues_from", "claim_from", "claim_by")
    assert [said("refund", name, *homes) for name in columns] == [
        [date(2026, 7, 2), date(2026, 1, 1), None],
        [SINCE, date(2025, 12, 31), None],
        [date(2031, 7, 1), date(2030, 12, 31), None],
    ]


def test_a_programme_without_a_claim_or_interest_has_no_days(said: Said) -> None:
    assert [said("grant", name, {"grant": 1}) for name in ("accrues_from", "claim_from", "claim_by")] == [
        [None]
    ] * 3


def test_of_two_that_are_found_beside_each_other_each_names_the_other(said: Said) -> None:
    homes = [{"fee": 1, "grant": 1}, {"fee": 1}, {"fee": 1, "grant": None}, {"grant": 1}]
    assert (said("refund", "instead_of", *homes), said("grant", "instead_of", *homes)) == (
        [["toy/grant"], [], []],
        [["toy/refund"], ["toy/refund"], []],
    )


def test_what_another_household_or_person_gets_is_no_alternative(said: Said) -> None:
    same = {"_group": "g", "owner": "o"}
    homes = [same | {"fee": 1}, same | {"grant": 1, "_group": "h"}, same | {"grant": 1, "owner": "p"}]
    assert said("refund", "instead_of", *homes) == [[]]


def test_a_finding_that_opens_another_must_be_granted_first_unless_something_else_opens_it(
    said: Said,
) -> None:
    homes = [{"help": 1}, {"help": 1, "has_pass": True}, {"has_pass": True}, {"help": 1, "has_pass": None}]
    assert said("discount", "after", *homes) == [["toy/help"], [], [], ["toy/help"]]


def test_what_no_finding_opens_comes_after_nothing(said: Said) -> None:
    assert said("grant", "after", {"grant": 1, "help": 1}) == [[]]

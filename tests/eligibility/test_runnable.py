"""What a scan refuses to judge is not judged by an explanation or for a change of law either."""

from __future__ import annotations

from datetime import timedelta

import pytest

from data.errors import Failed
from eligibility.commands import diff, explain, scan
from eligibility.explain import explain as explain_subject
from eligibility.explain import explain_entitlements
from tests.eligibility.city import FEES, REFUND, City, no_bar
from tests.eligibility.openedpack import add_to_toy_pack
from tests.eligibility.test_commands import document, run
from tests.eligibility.test_lacking import deliver_without_last
from tests.eligibility.test_other_registers import OTHER, deliver_dogs
from tests.eligibility.toypack import AS_OF

LAWS = ("--law", "2026-07-01", "--against", "2026-06-30")
BONUS, COMFORT = "toy/bonus", "toy/comfort"
LACKING = {REFUND: {"fees": ["given_up_on"]}}


def without_days(city: City) -> None:
    """The fees came without the day on which they were given up, and their clerk accepted it."""
    city.deliver_all(without=["fees"])
    deliver_without_last(city, "fees", FEES)


@pytest.fixture
def town(city: City) -> City:
    """A city with a bonus for who gets a refund, and a comfort for who gets none."""
    add_to_toy_pack(city.folder / "packs" / "toy")
    city.reload()
    return city


def test_what_cannot_run_without_a_column_is_refused_alike_by_all_that_judges(city: City) -> None:
    without_days(city)
    for command in ((scan,), (explain, REFUND, "F2"), (diff, *LAWS)):
        refused = str(run(city, *command, code=1).exception)
        assert f"{REFUND} cannot run: it was accepted to take in fees without given_up_on" in refused


def test_an_explanation_drops_what_it_only_reads_and_what_cannot_run(town: City) -> None:
    without_days(town)
    scanned = town.scan()
    found = {row["entitlement_id"]: row for row in scanned.findings().collect().iter_rows(named=True)}
    told = explain_entitlements(
        town.workspace, town.engine, town.packs, run=scanned, entitlement_ids=list(found), showing=no_bar
    )
    again = [
        one.status
        for row in found.values()
        for one in explain_subject(
            town.workspace, town.engine, town.packs,
            programme=row["programme"], subject=row["subject_id"], as_of=AS_OF, showing=no_bar,
        )
    ]  # fmt: skip
    assert (["unknown"] * 10, ["unknown"] * 10) == ([one.status for one in told], again)


def test_an_explanation_without_the_register_of_its_unit_is_refused(town: City) -> None:
    town.deliver_all(without=["fees"])
    with pytest.raises(Failed, match="The register fees has not been taken in"):
        explain_subject(
            town.workspace, town.engine, town.packs,
            programme=REFUND, subject="0" * 32, as_of=AS_OF, showing=no_bar,
        )  # fmt: skip


def test_a_change_of_law_names_what_cannot_run_without_a_column(town: City) -> None:
    without_days(town)
    told = document(town, diff, *LAWS)
    assert ([BONUS, COMFORT], [REFUND], LACKING) == (
        sorted(told["programmes"]),
        told["not_run"],
        told["lacking"],
    )
    said = run(town, diff, *LAWS).stdout
    assert f"  {REFUND}: not run, fees was taken in without given_up_on, and a blank there has" in said


def test_a_change_of_law_names_what_was_asked_and_lacks_its_register(town: City) -> None:
    town.deliver_all(without=["fees"])
    asked = ("--programme", REFUND, "--programme", COMFORT)
    told = document(town, diff, *LAWS, *asked)
    assert ([COMFORT], [REFUND], {}) == (list(told["programmes"]), told["not_run"], told["lacking"])
    assert f"  {REFUND}: not run, its register has not been taken in" in run(town, diff, *LAWS, *asked).stdout


def test_a_stale_register_that_nobody_reads_stops_no_change_of_law(delivered: City) -> None:
    deliver_dogs(delivered, OTHER.replace("[[column]]", 'group = { column = "dog" }\n[[column]]', 1))
    delivered.now += timedelta(days=20)
    assert [REFUND] == list(document(delivered, diff, *LAWS)["programmes"])
    delivered.now += timedelta(days=1000)
    run(delivered, diff, *LAWS, code=12)


def test_a_register_that_is_read_needs_a_group_for_all_that_judges(delivered: City) -> None:
    path = delivered.folder / "packs" / "toy" / "contracts" / "paid.toml"
    lines = [one for one in path.read_text("utf-8").splitlines() if not one.startswith("group")]
    path.write_text("\n".join(lines), "utf-8")
    delivered.reload()
    for command in ((scan,), (explain, REFUND, "F2"), (diff, *LAWS)):
        assert "paid names no group" in str(run(delivered, *command, code=2).exception)

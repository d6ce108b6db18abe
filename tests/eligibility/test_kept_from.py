"""A programme that a contract no longer names reads the register in no command, not in the scan alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from data.errors import BadSettings
from eligibility.commands import diff, explain, scan
from eligibility.explain import explain_entitlements
from tests.eligibility.city import REFUND, City, cells, no_bar
from tests.eligibility.test_commands import run

LAWS = ("--law", "2026-07-01", "--against", "2026-06-30")


def take_away(city: City, register: str = "paid") -> None:
    """The contract of a register is for another programme now."""
    path = city.folder / "packs" / "toy" / "contracts" / f"{register}.toml"
    path.write_text(path.read_text("utf-8").replace(f'programmes = ["{REFUND}"]', "programmes = []"), "utf-8")
    city.reload()


@pytest.mark.parametrize("register", ["people", "fees", "paid"])
def test_what_a_contract_keeps_from_a_programme_no_command_reads_for_it(
    delivered: City, register: str
) -> None:
    run(delivered, diff, *LAWS)
    run(delivered, explain, REFUND, "F2")
    take_away(delivered, register)
    for command in ((diff, *LAWS), (explain, REFUND, "F2"), (scan,)):
        refused = run(delivered, *command, code=2)
        assert f"{REFUND} may not read {register}." in str(refused.exception)


def test_nothing_is_sealed_for_a_plan_of_what_a_contract_keeps_from_its_programme(delivered: City) -> None:
    made = delivered.scan()
    ids = cells(made)["entitlement_id"].to_list()
    take_away(delivered)
    with pytest.raises(BadSettings, match="may not read paid"):
        list(
            explain_entitlements(
                delivered.workspace, delivered.engine, delivered.packs,
                run=made, entitlement_ids=ids, showing=no_bar,
            )
        )  # fmt: skip


def test_laws_are_not_compared_on_registers_that_are_too_old_and_somebody_is_still_told_why(
    delivered: City,
) -> None:
    delivered.now += timedelta(days=100)
    assert "Too old on" in str(run(delivered, diff, *LAWS, code=12).exception)
    run(delivered, explain, REFUND, "F2")

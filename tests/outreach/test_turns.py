"""Under a ceiling those come first whom waiting costs something first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from data.store.engine import open_engine, reading
from outreach.filling import fill_outbox
from outreach.plans import find_plan
from outreach.terms import read_terms
from tests.outreach.town import Town

LAST = (
    "SELECT f.entitlement_id FROM invitation_finding f JOIN invitation i USING (invitation_id)"
    " ORDER BY i.invitation_id DESC LIMIT 3"
)


def asked(town: Town, query: str) -> list[Any]:
    engine = open_engine(town.workspace.store_url)
    with reading(engine) as connection:
        rows = [row[0] for row in connection.exec_driver_sql(query)]
    engine.dispose()
    return rows


@pytest.fixture
def approved(town: Town) -> tuple[Town, list[str]]:
    """A plan of which three messages may leave a day; and three findings whose ids come last."""
    town.fill_in(messages_per_day=3)
    town.plan()
    town.approve()
    return town, asked(town, LAST)


def close(town: Town, findings: list[str], day: str | None) -> None:
    for one in findings:
        town.execute("UPDATE entitlement SET claim_by = ? WHERE entitlement_id = ?", day, one)


OF_MESSAGES = (
    "SELECT f.entitlement_id FROM message m JOIN invitation_finding f USING (invitation_id) WHERE {}"
    " ORDER BY m.rowid"
)


def test_a_day_with_a_ceiling_goes_to_those_whose_claims_end_first(approved: tuple[Town, list[str]]) -> None:
    town, soon = approved
    close(town, soon, "2026-09-20")
    town.work()
    left = asked(town, OF_MESSAGES.format("m.state = 'accepted'"))
    assert set(soon) == set(left)


def test_the_next_day_goes_on_in_the_same_order(approved: tuple[Town, list[str]]) -> None:
    town, later = approved
    everybody = asked(town, "SELECT entitlement_id FROM entitlement")
    first = [one for one in asked(town, LAST.replace("DESC", "ASC")) if one not in later]
    close(town, everybody, None)
    close(town, first, "2026-09-20")
    close(town, later, "2026-09-21")
    town.work()
    town.clock.forward(days=1)
    town.work()
    left = asked(town, OF_MESSAGES.format("m.state = 'accepted'"))
    assert {*first, *later} == set(left)


def test_who_loses_a_month_each_month_comes_before_those_whose_claims_never_end(
    approved: tuple[Town, list[str]],
) -> None:
    town, monthly = approved
    close(town, asked(town, "SELECT entitlement_id FROM entitlement"), None)
    for one in monthly:
        town.execute("UPDATE entitlement SET programme = 'kr/monthly' WHERE entitlement_id = ?", one)
    engine = open_engine(town.workspace.store_url)
    with reading(engine) as connection:
        plan = find_plan(connection, "car-tax")
    lost = {"id": "kr/monthly", "particulars": {"months_lost": True}}
    made = replace(plan, document={**plan.document, "programmes": [*plan.document["programmes"], lost]})
    now = datetime(2026, 9, 8, 0, 30, tzinfo=UTC)
    fill_outbox(engine, made, read_terms(plan.document), clock=lambda: now)
    engine.dispose()
    assert set(monthly) == set(asked(town, OF_MESSAGES.format("true"))[:3])

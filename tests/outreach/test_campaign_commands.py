"""From a campaign to the outbox through the commands: a second person signs exactly what is sent."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from data.errors import BadSettings, Failed, OperatorError, Refused
from tests.channels.provider import FakeTwilio
from tests.outreach.town import OPEN_RATES, REFUND, Town


def told(town: Town) -> list[dict[str, Any]]:
    return [json.loads(path.read_text("utf-8")) for path in town.workspace.outbox.glob("*.json")]


def test_everybody_found_is_in_exactly_one_line(town: Town) -> None:
    plan = town.plan()
    found = town.run("scan", "--as-of", "2026-09-08")["programmes"][REFUND]["entitled"]
    assert found == sum(line["people"] for line in plan["lines"].values())


def test_an_approved_plan_is_sent_and_a_second_run_sends_nothing(town: Town) -> None:
    people = town.plan()["lines"]["to_tell"]["people"]
    town.approve()
    first, second = town.work(), town.work()
    assert (people, people, {}) == (len(told(town)), first["states"]["accepted"], second["states"])


def test_nothing_leaves_before_another_person_signed(planned: Town) -> None:
    planned.work()
    assert [] == told(planned)


def test_who_was_told_is_not_told_again_by_the_next_plan(town: Town) -> None:
    people = town.plan()["lines"]["to_tell"]["people"]
    town.approve()
    town.work()
    lines = town.plan()["lines"]
    assert (0, people) == (lines["to_tell"]["people"], lines["already_told"]["people"])


def test_a_dry_run_plans_the_same_and_writes_nothing(town: Town) -> None:
    dry = town.run("campaign", "plan", "car-tax", "--as", "author", "--dry-run")
    plan = town.plan()
    assert (dry["lines"], 1) == (plan["lines"], plan["plan"])


def test_a_new_plan_voids_the_one_that_waited(town: Town) -> None:
    town.plan()
    town.plan()
    with pytest.raises(Refused, match="void"):
        town.approve(number=1)


def test_the_author_cannot_approve(planned: Town) -> None:
    with pytest.raises(Refused, match="author"):
        planned.approve(approver="author")


def test_a_revoked_key_cannot_approve(planned: Town) -> None:
    planned.execute("UPDATE operator_key SET revoked_at = 1 WHERE name = 'approver'")
    with pytest.raises(Refused, match="revoked"):
        planned.approve()


def test_another_persons_key_file_does_not_sign_for_the_approver(planned: Town) -> None:
    for kind in ("pem", "passphrase"):
        shutil.copy(planned.root / f"author.{kind}", planned.root / f"approver.{kind}")
    with pytest.raises(Refused, match="does not hold the key of approver"):
        planned.approve()


def test_two_keys_of_one_account_are_unproven(planned: Town) -> None:
    assert (False, False) == (planned.approve()["proven"], planned.show()["proven"])


def _template(town: Town) -> None:
    path = next((town.plan_folder / "templates").rglob("invitation.ko.text.j2"))
    path.write_text(path.read_text("utf-8") + "!", "utf-8")


def _new_template(town: Town) -> None:
    (town.plan_folder / "templates" / "more.j2").write_text("", "utf-8")


def _plan_file(town: Town) -> None:
    path = town.plan_folder / "plan.json"
    path.write_text(path.read_text("utf-8").replace('"days":30', '"days":31'), "utf-8")


def _document(town: Town) -> None:
    town.execute("UPDATE plan SET document = replace(document, '\"days\":30', '\"days\":31')")


def _line(town: Town) -> None:
    town.execute("UPDATE plan_person SET line = 'minor' WHERE rowid = 1")


def _invitation(town: Town) -> None:
    town.execute("UPDATE invitation SET address_mac = 'another' WHERE rowid = 1")


def _strange_invitation(town: Town) -> None:
    """One more invitation, for somebody who has no line in the plan."""
    columns = "wrapped_key, sealed, channel, address_mac, check_mac, created_at"
    town.execute(
        f"INSERT INTO invitation (invitation_id, plan_id, subject_id, household_id, {columns})"
        f" SELECT 'i', plan_id, 'another', household_id, {columns} FROM invitation LIMIT 1"
    )


def _findings(town: Town) -> None:
    town.execute("UPDATE invitation_finding SET revision = 2 WHERE rowid = 1")


def _page(town: Town) -> None:
    path = town.plan_folder / "plan.html"
    path.write_text(path.read_text("utf-8").replace("지방세기본법 제60조", "another law"), "utf-8")


def _linked_templates(town: Town) -> None:
    elsewhere = town.root / "elsewhere"
    elsewhere.mkdir()
    (town.plan_folder / "templates" / "strange").symlink_to(elsewhere)


def _author(town: Town) -> None:
    town.execute("UPDATE plan SET author = 'nobody', author_account = 'another'")


def _unproven(town: Town) -> None:
    with town.workspace.settings_file.open("a", encoding="utf-8") as file:
        file.write("\n[approval]\nallow_unproven = true\n")


def _channel(town: Town) -> None:
    path = town.workspace.settings_file
    path.write_text(
        path.read_text("utf-8").replace("[channel.file]", '[channel.file]\naddress = "sms"'), "utf-8"
    )


def _portal(town: Town) -> None:
    path = town.workspace.settings_file
    path.write_text(path.read_text("utf-8").replace("127.0.0.1:8080", "127.0.0.1:9090"), "utf-8")


def _pack(town: Town) -> None:
    path = town.workspace.settings_file
    other = town.root / "kr"
    shutil.copytree(Path(__file__).resolve().parents[2] / "eligibility" / "packs" / "kr", other)
    (other / "vehicle_tax.toml").write_text("# amended\n", "utf-8")
    path.write_text(
        path.read_text("utf-8").replace('name = "kr"', f'name = "kr"\nfolder = "{other}"'), "utf-8"
    )


def _campaign(town: Town) -> None:
    town.fill_in(legal_basis="another law")


CHANGES = [
    *(_template, _new_template, _linked_templates, _plan_file, _page, _document, _author),
    *(_line, _invitation, _strange_invitation, _findings, _channel, _unproven, _portal, _pack),
]


@pytest.mark.parametrize("change", [*CHANGES, _campaign])
def test_any_change_voids_a_plan_that_waits(planned: Town, change: Callable[[Town], None]) -> None:
    change(planned)
    with pytest.raises(Refused, match="no longer is what was planned"):
        planned.approve()
    assert "void" == planned.show()["state"]


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_keeps_an_approved_plan_from_being_sent(
    planned: Town, change: Callable[[Town], None]
) -> None:
    planned.approve()
    change(planned)
    with pytest.raises(Refused):
        planned.work()
    assert [] == told(planned)


def test_an_author_whose_name_was_changed_in_the_store_still_cannot_approve(planned: Town) -> None:
    _author(planned)
    with pytest.raises(Refused):
        planned.approve(approver="author")


def test_a_variable_does_not_make_two_accounts_of_one(planned: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "another")
    (planned.root / "second.passphrase").write_text("another passphrase\n", "utf-8")
    planned.run(
        *("keys", "new", "second", "--out", planned.root / "second.pem"),
        *("--passphrase-file", planned.root / "second.passphrase"),
    )
    assert not planned.approve(approver="second")["proven"]


def test_a_signature_over_another_plan_does_not_hold(planned: Town) -> None:
    planned.approve()
    planned.execute("UPDATE plan SET signature = replace(signature, substr(signature, 1, 1), 'x')")
    with pytest.raises(Refused, match="signature"):
        planned.work()


def test_a_key_revoked_after_approval_sends_nothing(planned: Town) -> None:
    planned.approve()
    planned.execute("UPDATE operator_key SET revoked_at = 1 WHERE name = 'approver'")
    with pytest.raises(Refused, match="revoked"):
        planned.work()
    assert [] == told(planned)


def test_an_unproven_plan_leaves_no_machine(town: Town) -> None:
    with FakeTwilio() as provider:
        town.environment |= provider.environment
        settings = [f"{name} = {json.dumps(value)}" for name, value in provider.settings().items()]
        with town.workspace.settings_file.open("a", encoding="utf-8") as file:
            file.write("\n".join(["", "[channel.twilio]", *settings, ""]))
        town.fill_in(channels=["twilio"])
        town.plan()
        town.approve()
        with pytest.raises(Refused, match="unproven"):
            town.work()
    assert [] == provider.calls


def test_a_paused_plan_stands_still_until_it_is_approved_again(planned: Town) -> None:
    planned.approve()
    planned.run("campaign", "pause", "car-tax", "--as", "author")
    planned.work()
    paused = len(told(planned))
    planned.approve()
    planned.work()
    assert (0, True) == (paused, len(told(planned)) > 0)


def test_at_night_nothing_leaves(planned: Town) -> None:
    planned.approve()
    planned.clock.forward(hours=12)
    assert ({}, []) == (planned.work()["states"], told(planned))


def test_the_store_holds_no_name_and_no_number(planned: Town) -> None:
    planned.approve()
    planned.work()
    store = (
        planned.workspace.store_file.read_bytes()
        + planned.workspace.store_file.with_suffix(".sqlite-wal").read_bytes()
    )
    assert [] == [one["to"] for one in told(planned) if one["to"].encode() in store]


def test_the_plans_page_says_who_what_and_how_much(town: Town) -> None:
    plan = town.plan()
    page = (town.plan_folder / "plan.html").read_text("utf-8")
    assert (True, True, True) == (plan["sha256"] in page, "지방세기본법 제60조" in page, REFUND in page)


@pytest.mark.parametrize(
    ("settings", "error", "match"),
    [
        ({"legal_basis": " "}, Refused, "legal basis"),
        ({"contact_mode": "code"}, Refused, "not built"),
        ({"contact_mode": "pigeon"}, BadSettings, "contact_mode"),
        ({"programmes": ["us/eitc"]}, Failed, "did not run us/eitc"),
        ({"programmes": ["kr/nothing"]}, OperatorError, "kr/nothing"),
        ({"languages": ["fr"]}, BadSettings, "fr"),
        ({"channels": ["twilio"]}, BadSettings, "twilio is not switched on"),
        ({"accept_unconfirmed": ["kr/vehicle_tax_refund:nothing"]}, BadSettings, "no unconfirmed rate"),
        ({"messages": 0}, BadSettings, "1 or more"),
        ({"days": 10**12}, BadSettings, "links.days"),
    ],
)
def test_a_campaign_that_cannot_be_planned_is_refused_with_its_setting(
    town: Town, settings: dict[str, Any], error: type[OperatorError], match: str
) -> None:
    town.fill_in(**settings)
    with pytest.raises(error, match=match):
        town.plan()


def test_a_day_that_no_calendar_ends_is_refused(town: Town) -> None:
    text = town.campaign_file.read_text("utf-8")
    town.campaign_file.write_text(text.replace("until = 2027-09-08", "until = 9999-12-31"), "utf-8")
    with pytest.raises(BadSettings, match="beyond the year"):
        town.plan()


def test_amounts_on_rates_nobody_confirmed_are_not_told(town: Town) -> None:
    town.fill_in(accept_unconfirmed=OPEN_RATES[1:])
    plan = town.plan()
    assert (0, [OPEN_RATES[0]]) == (plan["lines"]["to_tell"]["people"], list(plan["open_rates"]))


def test_a_ceiling_keeps_the_rest_for_another_campaign(town: Town) -> None:
    town.fill_in(messages=1)
    lines = town.plan()["lines"]
    assert (1, True) == (lines["to_tell"]["people"], lines["over_ceiling"]["people"] > 0)


@pytest.mark.parametrize("name", ["../out", "a/b", "A", "", ".hidden", "x" * 64, "a b"])
def test_a_campaigns_name_is_no_path(town: Town, name: str) -> None:
    with pytest.raises(BadSettings, match="name"):
        town.run("campaign", "new", name, "--programme", REFUND)


def test_work_on_a_sunday_says_that_messages_wait_for_monday(town: Town) -> None:
    people = town.plan()["lines"]["to_tell"]["people"]
    town.approve()
    town.clock.now = datetime(2026, 9, 13, 3, 0, tzinfo=UTC)
    dry = town.run("work", "--once", "--dry-run")["due"]
    monday = "2026-09-13T23:00:00+00:00"  # eight in the morning in Korea
    assert [(people, monday)] == [(one["messages"], one["first"].replace(" ", "T")) for one in dry]
    assert {"messages": people, "first": monday} == town.work()["waiting"]

"""An explanation says why, why not, or what is not known, and agrees with the scan."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from data.errors import Failed
from data.vault import Vault
from eligibility.explain import explain, explain_entitlements
from eligibility.explanation import Explanation
from eligibility.identify import means_of, subject_of, subject_of_national_id
from eligibility.words import Speaker
from tests.eligibility.city import PAID, REFUND, City, cells, no_bar
from tests.eligibility.toypack import AS_OF


def explained(city: City, person: str) -> Explanation:
    """The one explanation for a person of the toy city."""
    pack, programme = city.packs.find(REFUND)
    with Vault.open(city.workspace) as vault:
        means = means_of(programme, pack.unit_of(programme), city.packs.contracts, delivery=None)
        subject = subject_of_national_id(means, person, vault)
    (only,) = explain(
        city.workspace,
        city.engine,
        city.packs,
        programme=REFUND,
        subject=subject,
        as_of=AS_OF,
        showing=no_bar,
    )
    return only


def truths(one: Explanation) -> dict[str, bool | None]:
    return {str(criterion["name"]): criterion["value"] for criterion in one.criteria}


def test_who_is_entitled_is_told_the_amount_its_parts_and_the_days(delivered: City) -> None:
    one = explained(delivered, "P2")
    assert ("entitled", 5_000, {"fee_part": 4_000, "youth_part": 1_000}, "2031-06-30", "2026-07-01", 310) == (
        one.status,
        one.amount,
        {part["name"]: part["amount"] for part in one.parts},
        one.claim_by,
        (one.accrual or {})["from"],
        (one.accrual or {})["rate_bp"],
    )


def test_who_is_not_entitled_is_told_which_criterion_is_not_met(delivered: City) -> None:
    one = explained(delivered, "P3")
    criteria = {"fee_was_paid": True, "given_up_in_the_year": False}
    assert ("not_entitled", criteria, None, 0, None) == (
        one.status,
        truths(one),
        one.amount,
        len(one.parts),
        one.claim_by,
    )


def test_what_would_settle_an_unknown_finding_is_named(delivered: City) -> None:
    one = explained(delivered, "P4")
    assert ("unknown", ["birth_date"]) == (one.status, one.missing)


def test_a_fact_names_its_register_and_the_day_of_its_extract(delivered: City) -> None:
    facts = {fact["name"]: fact for fact in explained(delivered, "P1").facts}
    assert ("paid", "2026-09-04", 12_340, False) == tuple(
        facts["paid"][key] for key in ("register", "extracted_on", "value", "sensitive")
    )
    assert facts["birth_date"]["sensitive"]


def test_a_rate_names_its_value_since_when_and_whether_it_is_confirmed(delivered: City) -> None:
    rates = {rate["name"]: rate for rate in explained(delivered, "P1").rates}
    expected = [("bonus", 1000, "2020-01-01", False), ("interest", 310, "2026-08-01", True),
                ("share_back", 50, "2026-07-01", True)]  # fmt: skip
    assert expected == [
        (name, one["value"], one["since"], one["confirmed"]) for name, one in sorted(rates.items())
    ]


def test_a_person_without_such_a_record_has_nothing_to_explain(delivered: City) -> None:
    found = explain(
        delivered.workspace,
        delivered.engine,
        delivered.packs,
        programme=REFUND,
        subject="0" * 32,
        as_of=AS_OF,
        showing=no_bar,
    )
    assert [] == found


def test_every_finding_of_a_run_is_explained_as_the_scan_saw_it(delivered: City) -> None:
    run = delivered.scan()
    findings = {row["entitlement_id"]: row for row in cells(run).iter_rows(named=True)}
    told = list(
        explain_entitlements(
            delivered.workspace,
            delivered.engine,
            delivered.packs,
            run=run,
            entitlement_ids=list(findings),
            showing=no_bar,
        )
    )
    assert {key: (row["status"], row["amount"], row["unit_id"]) for key, row in findings.items()} == {
        str(one.entitlement_id): (one.status, one.amount, one.unit_id) for one in told
    }


def test_findings_of_a_run_before_a_new_delivery_are_not_explained(delivered: City) -> None:
    run = delivered.scan()
    delivered.deliver("paid", PAID | {"9": "P3,F3,1,2026-01-11"})
    with pytest.raises(Failed, match="registers changed after the scan"):
        list(
            explain_entitlements(
                delivered.workspace,
                delivered.engine,
                delivered.packs,
                run=run,
                entitlement_ids=[],
                showing=no_bar,
            )
        )


def test_findings_of_a_run_before_a_waiver_are_not_explained(city: City) -> None:
    city.deliver_all(without=["paid"])
    city.deliver("paid", PAID | {"합계": ",,42340,"})
    run = city.scan()
    city.waive("paid", 7)
    with pytest.raises(Failed, match="waived of the rows in quarantine changed after the scan"):
        list(
            explain_entitlements(
                city.workspace, city.engine, city.packs, run=run, entitlement_ids=[], showing=no_bar
            )
        )


def test_a_record_id_of_the_office_finds_the_unit(delivered: City) -> None:
    pack, programme = delivered.packs.find(REFUND)
    means = means_of(programme, pack.unit_of(programme), delivered.packs.contracts, delivery=None)
    with Vault.open(delivered.workspace) as vault:
        found = {subject_of(means, given, vault) for given in ("F2", "A-2")}
    row = cells(delivered.scan()).filter(pl.col("amount") == 5_000).row(0, named=True)
    assert {row["unit_id"], row["asset_id"]} == found


@pytest.mark.parametrize(
    ("lang", "person", "lines"),
    [
        (
            "en",
            "P2",
            [
                "Space refund (2026, as of 1 September 2026): entitled",
                "The amount is KRW 5,000 for 2026, reckoned with rates that nobody has confirmed.",
            ],
        ),
        (
            "ko",
            "P2",
            [
                "자리 환급 (2026년, 2026년 9월 1일 기준): 받을 수 있습니다",
                "금액은 2026년분 5,000원입니다(확인되지 않은 기준으로 계산).",
            ],
        ),
        ("en", "P4", ["What would settle it: birth date."]),
        (
            "ko",
            "P3",
            ["  [미충족] 그해에 반납함 (Ordinance §2)", "  요금: 10,000원 (자리 요금, 2026년 9월 3일 자료)"],
        ),
    ],
)
def test_an_explanation_is_said_in_words(delivered: City, lang: str, person: str, lines: list[str]) -> None:
    titles = {one.register: one.title for one in delivered.packs.contracts.values()}
    said = list(Speaker(lang, titles).lines(explained(delivered, person)))
    assert lines == [line for line in said if line in lines]


def test_an_explanation_is_a_json_document(delivered: City) -> None:
    import json

    document: dict[str, Any] = explained(delivered, "P2").as_document()
    assert document == json.loads(json.dumps(document))

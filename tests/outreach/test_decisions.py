from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data.errors import ContractBroken, Refused
from data.store.engine import reading, writing
from data.store.tables import application, decision, decision_batch, message, operator_key
from outreach.applications import Confirmation, find_application, submit
from outreach.decision_files import COLUMNS, DecisionRow, Verdict, count, judge, read_rows
from outreach.decision_releases import PURPOSE, Decision, release, released_decisions, signed_sha256
from outreach.decisions import judge_rows, take_in
from outreach.operators import find_operator
from tests.outreach.decided import decide, filled_in, release_batch, signer, take_in_rows
from tests.outreach.invited import KEY, NOW, Invited, finding, invite, new_store, sealed

TODAY = date(2026, 7, 6)
ROW = DecisionRow(
    line=2,
    reference="AB2CD3EF",
    record_id="BILL-1",
    programme="kr/vehicle_tax_refund",
    outcome="granted",
    amount="250,130",
    decided_on="2026-07-06",
    decided_by="31",
    reason="",
)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return new_store(tmp_path)


def apply(engine: Engine, invited: Invited | None = None) -> Invited:
    invited = invited or invite(engine)
    with writing(engine) as connection:
        submit(
            connection,
            KEY,
            invitation_id=invited.invitation_id,
            confirmation=Confirmation(language="ko"),
            now=NOW,
        )
    return invited


def told(engine: Engine, invited: Invited) -> list[Decision]:
    """What the person's status page would show."""
    with reading(engine) as connection:
        applied = find_application(connection, invited.invitation_id, invited.sealed)
        assert applied
        return list(
            released_decisions(
                connection,
                KEY,
                application_id=applied.application_id,
                invitation_id=invited.invitation_id,
            ).values()
        )


def verdicts(engine: Engine, rows: list[DecisionRow]) -> list[Verdict]:
    with reading(engine) as connection:
        return [one.verdict for one in judge_rows(connection, KEY, rows, today=TODAY)]


# --- the file ---------------------------------------------------------------------------------------


def csv_of(*rows: str) -> str:
    return "\r\n".join([",".join(COLUMNS), *rows])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_a_file_is_read_in_the_encodings_of_korean_offices(encoding: str) -> None:
    raw = csv_of("AB2CD3EF,BILL-1,kr/vehicle_tax_refund,refused,,2026-07-06,31,이미 환급했습니다").encode(
        encoding
    )
    assert [row.reason for row in read_rows(raw, where="x.csv")] == ["이미 환급했습니다"]


def test_an_id_comes_back_without_the_mark_that_kept_it_whole() -> None:
    raw = csv_of("AB2CD3EF,'0012,kr/vehicle_tax_refund,granted,1,2026-07-06,31,").encode()
    assert [row.record_id for row in read_rows(raw, where="x.csv")] == ["0012"]


def test_a_file_without_a_column_names_it() -> None:
    with pytest.raises(ContractBroken, match="lacks the columns reason"):
        read_rows(b"reference,record_id,programme,outcome,amount,decided_on,decided_by\n", where="x.csv")


@pytest.mark.parametrize("raw", [b"\xff\xff\xff", b'"' + csv_of("a").encode()])
def test_a_file_that_cannot_be_read_breaks_its_contract(raw: bytes) -> None:
    with pytest.raises(ContractBroken):
        read_rows(raw, where="x.csv")


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, Verdict.GRANTED),
        ({"decided_on": "2026.07.06"}, Verdict.GRANTED),
        ({"decided_by": ""}, Verdict.GRANTED),
        ({"outcome": ""}, Verdict.UNDECIDED),
        ({"outcome": "yes"}, Verdict.BAD_OUTCOME),
        ({"amount": ""}, Verdict.BAD_AMOUNT),
        ({"amount": "0"}, Verdict.BAD_AMOUNT),
        ({"amount": "12.5"}, Verdict.BAD_AMOUNT),
        ({"amount": "-3"}, Verdict.BAD_AMOUNT),
        ({"amount": "２５"}, Verdict.BAD_AMOUNT),
        ({"decided_on": "2026-07-07"}, Verdict.BAD_DATE),
        ({"decided_on": "06/07/2026"}, Verdict.BAD_DATE),
        ({"decided_on": ""}, Verdict.BAD_DATE),
        ({"decided_on": "2026.7.6"}, Verdict.GRANTED),
        ({"decided_on": "20260706"}, Verdict.GRANTED),
        ({"decided_on": "2026111"}, Verdict.BAD_DATE),
        ({"decided_on": "2026-07.06"}, Verdict.BAD_DATE),
        ({"decided_on": "2026-02-30"}, Verdict.BAD_DATE),
        ({"amount": "25,013,0"}, Verdict.BAD_AMOUNT),
        ({"amount": "250,13"}, Verdict.BAD_AMOUNT),
        ({"amount": "9" * 20}, Verdict.BAD_AMOUNT),
        ({"amount": "9" * 5000}, Verdict.BAD_AMOUNT),
        ({"outcome": "refused", "amount": "", "reason": "-"}, Verdict.NO_REASON),
        ({"outcome": "refused", "amount": "", "reason": "paid", "decided_by": "-"}, Verdict.NO_PERSON),
        ({"outcome": "refused", "amount": "", "reason": "paid", "decided_by": "ＡＵＴＯ"}, Verdict.NO_PERSON),
        ({"outcome": "refused", "amount": "", "reason": "paid already"}, Verdict.REFUSED),
        ({"outcome": "refused", "amount": "0", "reason": "paid already"}, Verdict.REFUSED),
        ({"outcome": "refused", "amount": "5", "reason": "paid already"}, Verdict.BAD_AMOUNT),
        ({"outcome": "refused", "amount": ""}, Verdict.NO_REASON),
        ({"outcome": "refused", "amount": "", "reason": "x", "decided_by": ""}, Verdict.NO_PERSON),
        ({"outcome": "refused", "amount": "", "reason": "x", "decided_by": "자동"}, Verdict.NO_PERSON),
    ],
)
def test_a_row_says_by_itself_what_it_decides(changes: dict[str, str], verdict: Verdict) -> None:
    assert judge(replace(ROW, **changes), today=TODAY) is verdict  # type: ignore[arg-type]


# --- fitting applications -----------------------------------------------------------------------------


def test_every_row_ends_in_one_verdict(engine: Engine) -> None:
    apply(engine)
    good = filled_in(engine, amount=250130)[0]
    rows = [
        good,
        replace(good, reference="ZZ9ZZ9ZZ"),
        replace(good, record_id="BILL-OTHER"),
        replace(good, record_id="", programme="kr/other"),
    ]
    assert verdicts(engine, rows) == [
        Verdict.GRANTED,
        Verdict.UNKNOWN_REFERENCE,
        Verdict.UNKNOWN_RECORD,
        Verdict.UNKNOWN_RECORD,
    ]


def test_a_finding_that_stands_twice_in_a_file_is_not_taken_in(engine: Engine) -> None:
    apply(engine)
    good = filled_in(engine, amount=250130)[0]
    assert verdicts(engine, [good, replace(good, amount="1")]) == [Verdict.REPEATED] * 2


def test_what_was_released_since_a_file_was_judged_stays_as_it_was_told(engine: Engine) -> None:
    invited = apply(engine)
    rows = filled_in(engine, outcome="refused", reason="paid already")
    with reading(engine) as connection:
        judged = judge_rows(connection, KEY, rows, today=TODAY)
    decide(engine, outcome="granted", amount=250130)
    with writing(engine) as connection:
        take_in(connection, KEY, judged, sha256="a" * 64, operator="lee", now=NOW)
    assert [(one.outcome, one.amount) for one in told(engine, invited)] == [("granted", 250130)]


def test_a_reference_in_small_letters_names_the_same_application(engine: Engine) -> None:
    apply(engine)
    good = filled_in(engine, amount=250130)[0]
    small = replace(good, reference=good.reference.lower())
    assert (verdicts(engine, [small]), verdicts(engine, [good, small])) == (
        [Verdict.GRANTED],
        [Verdict.REPEATED] * 2,
    )


def test_nothing_is_decided_before_it_is_applied_for(engine: Engine) -> None:
    apply(engine)
    good = filled_in(engine, amount=250130)[0]
    days = ("2026-07-05", "2026-07-04", "0001-01-01")
    assert [verdicts(engine, [replace(good, decided_on=day)]) for day in days] == [
        [Verdict.GRANTED],
        [Verdict.BAD_DATE],
        [Verdict.BAD_DATE],
    ]


def test_what_was_released_cannot_be_decided_again(engine: Engine) -> None:
    apply(engine)
    again = filled_in(engine, amount=1)
    decide(engine, outcome="granted", amount=250130)
    assert verdicts(engine, again) == [Verdict.ALREADY_DECIDED]


def test_the_counts_add_up_to_the_rows(engine: Engine) -> None:
    rows = [ROW, replace(ROW, outcome=""), replace(ROW, amount="x")]
    found = verdicts(engine, rows)
    assert sum(count(found).values()) == len(rows)


def test_a_record_of_another_persons_application_is_unknown_under_this_reference(engine: Engine) -> None:
    apply(engine)
    apply(engine)
    first, second = filled_in(engine, amount=1)
    assert verdicts(engine, [replace(first, record_id=second.record_id)]) == [Verdict.UNKNOWN_RECORD]


def two_years_of_one_farm(engine: Engine) -> list[DecisionRow]:
    """An application for two findings of one record, as a clerk hands it back: 2025, then 2026."""
    years = [
        replace(finding(digit * 32, period=year), record_id="FARM-1")
        for digit, year in (("1", "2025"), ("2", "2026"))
    ]
    apply(engine, invite(engine, content=sealed(findings=tuple(years))))
    return filled_in(engine, amount=250130)


def meant(engine: Engine, row: DecisionRow) -> tuple[Verdict, str]:
    with reading(engine) as connection:
        (judged,) = judge_rows(connection, KEY, [row], today=TODAY)
    return judged.verdict, judged.entitlement_id[:1]


def test_two_years_of_one_record_are_decided_each_by_itself(engine: Engine) -> None:
    assert verdicts(engine, two_years_of_one_farm(engine)) == [Verdict.GRANTED] * 2


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"period": "2026"}, (Verdict.GRANTED, "2")),
        ({"entitlement_id": "2" * 32}, (Verdict.GRANTED, "2")),
        ({"period": "2025", "entitlement_id": "2" * 32}, (Verdict.UNKNOWN_RECORD, "")),
        ({"period": "2024"}, (Verdict.UNKNOWN_RECORD, "")),
        ({}, (Verdict.AMBIGUOUS, "")),
    ],
)
def test_a_row_decides_the_period_or_finding_it_names(
    engine: Engine, said: dict[str, str], expected: tuple[Verdict, str]
) -> None:
    row = two_years_of_one_farm(engine)[0]
    assert meant(engine, replace(row, **{"period": "", "entitlement_id": ""} | said)) == expected  # type: ignore[arg-type]


def test_one_year_named_in_two_ways_is_repeated(engine: Engine) -> None:
    row = two_years_of_one_farm(engine)[0]
    twice = [replace(row, period=""), replace(row, entitlement_id="")]
    assert verdicts(engine, twice) == [Verdict.REPEATED] * 2


def test_a_period_that_is_a_day_is_read_however_a_spreadsheet_writes_it(engine: Engine) -> None:
    apply(engine, invite(engine, content=sealed(findings=(finding("1" * 32, period="2026-03-01"),))))
    row = filled_in(engine, amount=250130)[0]
    assert verdicts(engine, [replace(row, period="2026.3.1")]) == [Verdict.GRANTED]


def test_every_verdict_that_is_a_problem_has_words() -> None:
    assert [one for one in Verdict if one.is_problem and one.words == one.value] == []


# --- taking in and releasing --------------------------------------------------------------------------


def test_what_is_taken_in_is_told_to_nobody(engine: Engine) -> None:
    invited = apply(engine)
    decide(engine, outcome="granted", amount=250130, released=False)
    with reading(engine) as connection:
        notices = connection.scalars(select(message.c.kind).where(message.c.kind == "notice")).all()
    assert (told(engine, invited), notices) == ([], [])


def test_a_release_by_another_person_tells_it(engine: Engine) -> None:
    invited = apply(engine)
    decide(engine, outcome="granted", amount=240000)
    assert [(one.outcome, one.amount) for one in told(engine, invited)] == [("granted", 240000)]


def test_a_refusal_comes_with_its_reason_unsealed_for_the_person(engine: Engine) -> None:
    invited = apply(engine)
    decide(engine, outcome="refused", reason="연납이 없습니다")
    assert [(one.outcome, one.reason) for one in told(engine, invited)] == [("refused", "연납이 없습니다")]


def test_a_reason_lies_sealed_in_the_store(engine: Engine) -> None:
    apply(engine)
    decide(engine, outcome="refused", reason="연납이 없습니다")
    with reading(engine) as connection:
        kept = connection.execute(select(decision.c.sealed_reason)).scalar_one()
    assert "연납".encode() not in kept


def test_a_release_sends_each_application_one_notice(engine: Engine) -> None:
    two = (finding("1" * 32), finding("2" * 32))
    apply(engine, invite(engine, content=sealed(findings=two)))
    apply(engine)
    batch_id = take_in_rows(engine, filled_in(engine, amount=250130))
    assert release_batch(engine, batch_id).notices == 2


def test_the_person_who_took_it_in_may_not_release_it(engine: Engine) -> None:
    invited = apply(engine)
    rows = filled_in(engine, amount=250130)
    with writing(engine) as connection:
        key = signer(connection, "kim")
    batch_id = take_in_rows(engine, rows, operator="kim")
    with writing(engine) as connection, pytest.raises(Refused, match="another person"):
        release(connection, batch_id=batch_id, name="kim", signer=key, now=NOW)
    assert told(engine, invited) == []


def test_a_release_under_another_persons_name_is_refused(engine: Engine) -> None:
    apply(engine)
    rows = filled_in(engine, amount=250130)
    with writing(engine) as connection:
        key = signer(connection, "kim")
        signer(connection, "park")
    batch_id = take_in_rows(engine, rows, operator="kim")
    with writing(engine) as connection, pytest.raises(Refused, match="not the one of park"):
        release(connection, batch_id=batch_id, name="park", signer=key, now=NOW)


def test_a_batch_is_released_once(engine: Engine) -> None:
    apply(engine)
    batch_id = decide(engine, outcome="granted", amount=250130)
    with pytest.raises(Refused, match="released already"):
        release_batch(engine, batch_id)


def test_a_release_is_signed_by_its_second_person(engine: Engine) -> None:
    apply(engine)
    batch_id = decide(engine, outcome="granted", amount=250130)
    with reading(engine) as connection:
        batch = connection.execute(select(decision_batch)).one()
        operator = find_operator(connection, batch.released_by)
        assert operator
        assert operator.signed(PURPOSE, signed_sha256(connection, batch_id), batch.signature)


def test_a_decision_changed_after_its_release_no_longer_fits_the_signature(engine: Engine) -> None:
    apply(engine)
    batch_id = decide(engine, outcome="granted", amount=250130)
    with writing(engine) as connection:
        before = signed_sha256(connection, batch_id)
        connection.execute(decision.update().values(amount=1))
        assert signed_sha256(connection, batch_id) != before


def test_a_mended_file_replaces_what_was_not_released(engine: Engine) -> None:
    invited = apply(engine)
    wrong = decide(engine, outcome="granted", amount=1, released=False)
    decide(engine, outcome="granted", amount=250130)
    with pytest.raises(Refused, match="Nothing is left"):
        release_batch(engine, wrong)
    assert [one.amount for one in told(engine, invited)] == [250130]


def test_a_file_in_which_nothing_holds_is_not_taken_in(engine: Engine) -> None:
    apply(engine)
    with pytest.raises(Refused, match="No row"):
        take_in_rows(engine, filled_in(engine, outcome="perhaps"))
    with reading(engine) as connection:
        assert connection.execute(select(decision_batch)).all() == []


def test_who_is_no_operator_takes_nothing_in(engine: Engine) -> None:
    apply(engine)
    rows = filled_in(engine, amount=250130)
    with writing(engine) as connection, pytest.raises(Refused, match="no operator"):
        judged = judge_rows(connection, KEY, rows, today=TODAY)
        take_in(connection, KEY, judged, sha256="0" * 64, operator="nobody", now=NOW)


def test_a_reference_in_small_letters_is_the_same_one(engine: Engine) -> None:
    apply(engine)
    with reading(engine) as connection:
        reference = connection.execute(select(application.c.reference)).scalar_one()
    row = replace(filled_in(engine, amount=250130)[0], reference=reference.lower())
    assert verdicts(engine, [row]) == [Verdict.GRANTED]


def test_one_key_under_two_names_is_one_person(engine: Engine) -> None:
    apply(engine)
    with writing(engine) as connection:
        lee = signer(connection, "lee")
        values = {"name": "park", "public_key": lee.public_key, "account": "1000", "created_at": 0}
        connection.execute(operator_key.insert(), values)
    batch_id = take_in_rows(engine, filled_in(engine, amount=250130))
    with writing(engine) as connection, pytest.raises(Refused, match="by another person"):
        release(connection, batch_id=batch_id, name="park", signer=lee, now=NOW)


def test_what_was_decided_is_not_handed_to_the_office_again(engine: Engine) -> None:
    apply(engine)
    decide(engine, outcome="granted", amount=250130)
    assert filled_in(engine) == []

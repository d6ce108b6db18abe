"""A reason is kept where nothing can be taken out again, so it names nobody."""

from __future__ import annotations

import pytest

from data.errors import BadSettings, Refused
from data.gates import Gate, Gates
from data.reasons import reason_of
from data.waiver import prepare, waive
from tests.data.delivering import NOW, Office, person


@pytest.mark.parametrize(
    "number",
    ["900101-1234567", "9001011234567", "900101 1234567", "９００１０１－１２３４５６７", "900101–1234567"],
)
def test_a_reason_with_a_national_id_is_refused(number: str) -> None:
    with pytest.raises(BadSettings, match="thirteen digits") as refused:
        Gates([Gate.JUMP], f"ask 홍길동 {number}")
    assert number not in str(refused.value)


@pytest.mark.parametrize(
    "words",
    ["lines 1200345 and 900101", "document 2026-1234-5678", "12345678901234", "see 20261122-68649e97"],
)
def test_other_numbers_may_stand_in_a_reason(words: str) -> None:
    assert words == reason_of(f" {words}\n")


def test_a_waiver_takes_no_national_id(office: Office) -> None:
    made = office.people(person(1), person(2, born="x"))
    with pytest.raises(BadSettings, match="thirteen digits"):
        prepare(
            office.workspace,
            office.engine,
            made.batch_id,
            lines=(),
            every=True,
            reason="totals of 900101-1234567",
        )


def test_rows_of_a_delivery_that_no_longer_stands_are_not_waived(office: Office) -> None:
    made = office.people(person(1), person(2, born="x"))
    office.people(person(1), person(2))
    with pytest.raises(Refused, match="has taken the place"):
        waive(
            office.workspace,
            office.engine,
            made.batch_id,
            every=True,
            reason="totals",
            operator="kim",
            now=NOW,
        )

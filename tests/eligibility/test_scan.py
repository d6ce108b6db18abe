"""A scan finds the entitled and the unknown, the same ones however it is cut."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from data.errors import BadSettings, Failed
from data.keys import KeyUse
from eligibility import scan as scanning
from eligibility.runs import Run
from tests.eligibility.city import FEES, NOW, PAID, PEOPLE, REFUND, City, cells, make_city, no_bar
from tests.eligibility.toypack import AS_OF


def counts(run: Run) -> tuple[int, int, int]:
    entry = run.programmes[REFUND]
    return entry["entitled"], entry["unknown"], entry["amount"]


def test_a_scan_finds_who_is_entitled_and_of_whom_it_cannot_be_told(delivered: City) -> None:
    # P1 6,170; P2 4,000 and the bonus; of P4 the bonus is unknown; P3 and P5 are not entitled
    assert (2, 1, 11_170) == counts(delivered.scan())


def test_a_finding_holds_its_parts_days_and_masks(delivered: City) -> None:
    row = cells(delivered.scan()).filter(pl.col("amount") == 6170).row(0, named=True)
    found = {name: str(row[name]) for name in ("status", "met", "unknown", "parts", "claim_by", "period")}
    assert {
        "status": "entitled",
        "met": "3",
        "unknown": "0",
        "parts": "[6170, 0]",
        "claim_by": "2031-07-01",
        "period": "2026",
    } == found


def test_a_fact_from_a_register_that_was_never_delivered_is_unknown(city: City) -> None:
    city.deliver_all(without=["paid"])
    assert (0, 4, 0) == counts(city.scan())


def test_what_happens_after_the_as_of_date_is_not_seen(delivered: City) -> None:
    assert (1, 0, 5_000) == counts(delivered.scan(date(2026, 6, 30)))


def test_number_of_buckets_and_order_of_rows_change_no_cell(tmp_path: Path) -> None:
    one, many = make_city(tmp_path / "one", buckets=1), make_city(tmp_path / "many", buckets=7)
    for city, turned in ((one, False), (many, True)):
        for register, rows in (("people", PEOPLE), ("fees", FEES), ("paid", PAID)):
            items = list(rows.items())
            city.deliver(register, dict(reversed(items) if turned else items))
    # ids are random in each city, so the cells are compared without them
    nameless = [cells(city.scan()).select(pl.exclude("^.*_id$")).sort("facts_hash") for city in (one, many)]
    assert nameless[0].equals(nameless[1])


def test_the_same_inputs_are_the_same_run_and_the_same_cells(delivered: City) -> None:
    first = delivered.scan()
    assert (first.run_id, cells(first).to_dicts()) == (
        delivered.scan().run_id,
        cells(delivered.scan()).to_dicts(),
    )


def test_a_scan_that_was_cut_short_goes_on_where_it_stopped(delivered: City) -> None:
    whole = delivered.scan()
    before = cells(whole)
    kept = (whole.folder / "0.parquet").stat().st_mtime_ns
    (whole.folder / "2.parquet").unlink()
    (whole.folder / "manifest.json").unlink()
    again = delivered.scan()
    assert (before.to_dicts(), kept) == (
        cells(again).to_dicts(),
        (again.folder / "0.parquet").stat().st_mtime_ns,
    )


def test_a_scan_opens_no_vault(delivered: City) -> None:
    for use in (KeyUse.VAULT, KeyUse.INDEX):
        delivered.workspace.keys().path(use).unlink()
    assert 3 == cells(delivered.scan()).height


def test_findings_lie_encrypted_and_bound_to_their_bucket(delivered: City) -> None:
    run = delivered.scan()
    for path in run.folder.glob("*.parquet"):
        assert b"PARE" == path.read_bytes()[:4]  # the mark of an encrypted footer
        assert 0o600 == path.stat().st_mode & 0o777


def test_a_findings_file_that_was_changed_is_refused(delivered: City) -> None:
    run = delivered.scan()
    (run.folder / "1.parquet").write_bytes((run.folder / "0.parquet").read_bytes())
    with pytest.raises(Failed, match="changed after the scan"):
        run.findings()


def test_the_manifest_says_what_decided_the_rows(delivered: City) -> None:
    document = json.loads((delivered.scan().folder / "manifest.json").read_text("utf-8"))
    entry = document["programmes"][REFUND]
    assert (
        "2026-09-01",
        ["fees", "paid", "people"],
        ["fee_was_paid", "given_up_in_the_year"],
        ["bonus"],
        4,
    ) == (
        document["as_of"],
        sorted(document["registers"]),
        entry["criteria"],
        entry["unconfirmed_rates"],
        len(document["outputs"]),
    )


def test_a_programme_whose_register_is_missing_does_not_run(city: City) -> None:
    city.deliver_all(without=["fees"])
    with pytest.raises(Failed, match="of no programme"):
        city.scan()


def test_a_scan_without_any_register_says_what_to_do(city: City) -> None:
    with pytest.raises(Failed, match="No register has been taken in"):
        city.scan()


def test_an_unknown_programme_is_named_with_its_nearest(city: City) -> None:
    with pytest.raises(BadSettings) as error:
        scanning.scan(
            city.workspace,
            city.engine,
            city.packs,
            as_of=AS_OF,
            now=NOW,
            showing=no_bar,
            programmes=["toy/space_refnd"],
        )
    assert "toy/space_refund" in str(error.value.mend)


def test_a_run_that_does_not_exist_is_refused(city: City) -> None:
    with pytest.raises(BadSettings, match="no finished scan"):
        Run.open(city.workspace, "20260901-none", engine=city.engine)


def test_who_has_no_row_where_rows_are_in_quarantine_is_unknown_and_not_refused(city: City) -> None:
    city.deliver_all(without=["paid"])
    city.deliver("paid", {**PAID, "6": "P5,F5,ten thousand,2026-01-10"})
    # of P5 the payment cannot be read: without it they would not be entitled
    assert (2, 2, 11_170) == counts(city.scan())


@pytest.mark.parametrize(
    ("quarantined", "found"),
    [
        ("P1,0000000000000001,ten,2026-01-11", (1, 2, 5_000)),  # of P1 more may have been paid than is seen
        ("P2,F2,ten,2026-01-11", (1, 2, 6_170)),  # of P2 a second payment
        ("P5,,ten,2026-01-10", (0, 4, 0)),  # whose bill cannot be told: P5 may have paid anybody's
        (",F5,ten,2026-01-10", (2, 2, 11_170)),  # whose payer cannot be told: the bill is P5's
        ("P1,F99,ten,2026-01-10", (2, 1, 11_170)),  # of another bill
        (",,ten,2026-01-10", (0, 4, 0)),  # it may be anybody's
        ("only this", (0, 4, 0)),
        ("P5,F5,10000,2026-01-10,and more", (0, 4, 0)),
    ],
)
@pytest.mark.parametrize("buckets", [1, 4, 7])
def test_a_row_in_quarantine_makes_unknown_only_whom_it_may_be_about(
    tmp_path: Path, quarantined: str, found: tuple[int, int, int], buckets: int
) -> None:
    city = make_city(tmp_path, buckets=buckets)
    city.deliver_all(without=["paid"])
    city.deliver("paid", {**PAID, "6": quarantined})
    assert found == counts(city.scan())


def test_a_row_in_quarantine_is_not_held_against_the_one_row_that_stands(city: City) -> None:
    city.deliver("people", {**PEOPLE, "": "H9,1990-01-01"})
    city.deliver_all(without=["people"])
    # the birth dates that are known stay so; a quarantined row without a number is another's
    assert (2, 1, 11_170) == counts(city.scan())


def test_a_line_of_totals_casts_doubt_on_all_until_it_is_waived(city: City) -> None:
    city.deliver_all(without=["paid"])
    city.deliver("paid", {**PAID, "합계": ",,42340,"})
    before = city.scan()
    city.waive("paid", 7)
    after = city.scan()
    assert ((0, 4, 0), (2, 1, 11_170)) == (counts(before), counts(after))
    assert (False, {}) == (before.run_id == after.run_id, after.manifest["doubts"])


def test_each_waiver_makes_another_run_and_none_the_same(city: City) -> None:
    city.deliver_all(without=["paid"])
    city.deliver("paid", {**PAID, "합계": ",,42340,", "소계": ",,42340,"})
    runs = [city.scan().run_id, city.scan().run_id]
    for row in (7, 8):
        city.waive("paid", row)
        runs.append(city.scan().run_id)
    assert (True, 3) == (runs[0] == runs[1], len(set(runs)))


def test_a_quarantined_row_of_the_units_own_register_makes_no_unit(city: City) -> None:
    city.deliver_all(without=["fees"])
    city.deliver("fees", {**FEES, "F7": "P5,A-7,2026,weekly,10000,2026-07-06"})
    assert (2, 1, 11_170) == counts(city.scan())


def test_who_is_not_in_the_register_of_people_is_found_all_the_same(city: City) -> None:
    city.deliver("people", {who: rest for who, rest in PEOPLE.items() if who != "P1"})
    city.deliver("fees", FEES)
    city.deliver("paid", PAID)
    # P1 has moved away: the refund is found, only the birth date and with it the bonus is unknown
    assert (1, 2, 5_000) == counts(city.scan())

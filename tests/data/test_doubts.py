"""Of a row in quarantine is kept whom it may be about, and nothing else."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from data.keys import KeyUse
from data.registers import current, doubts, waived
from data.rowfiles import DOUBTS, context, doubts_path
from data.waiver import waive
from tests.data.delivering import NOW, Office, person


def test_whom_a_quarantined_row_may_be_about_is_kept_under_ids_and_nothing_else(office: Office) -> None:
    office.people(person(1), person(2, born="x"), "only this", person(3))
    delivery = current(office.workspace, office.engine)["residents"]
    kept = doubts(office.workspace, delivery)
    assert kept is not None
    assert ["resident", "household", "_row"] == kept.columns
    assert [(True, 3), (None, 4)] == kept.select(_id(pl.col("resident")), "_row").rows()
    assert kept["household"][0] == office.accepted("residents")["household"][0]


def _id(cell: pl.Expr) -> pl.Expr:
    return cell.str.contains("^[0-9a-f]{32}$")


def test_who_is_accepted_later_has_the_id_of_their_quarantined_row(office: Office) -> None:
    office.people(person(1), person(2, born="x"))
    kept = doubts(office.workspace, current(office.workspace, office.engine)["residents"])
    office.people(person(1), person(2))
    assert kept is not None
    assert kept["resident"][0] == office.accepted("residents").filter(pl.col("_row") == 3)["resident"][0]


def test_a_delivery_without_quarantined_rows_has_no_doubts(office: Office) -> None:
    office.people(person(1), person(2))
    delivery = current(office.workspace, office.engine)["residents"]
    assert doubts(office.workspace, delivery) is None
    assert [] == list(office.workspace.registers.rglob("*.doubts.parquet"))


def test_doubts_are_encrypted_and_open_in_their_own_place_alone(office: Office) -> None:
    office.people(person(1), person(2, born="x"))
    delivery = current(office.workspace, office.engine)["residents"]
    path = doubts_path(office.workspace, "residents", delivery.batch_id)
    assert (b"PARE", 0o600) == (path.read_bytes()[:4], path.stat().st_mode & 0o777)
    with pytest.raises(pl.exceptions.PolarsError):
        opened(office, path, delivery.batch_id)
    assert 1 == opened(office, path, delivery.batch_id + DOUBTS).height


def opened(office: Office, path: Path, name: str) -> pl.DataFrame:
    key = office.workspace.key(KeyUse.REGISTERS)
    decryption = pl.ParquetDecryptionProperties(footer_key=key, aad_prefix=context("residents", name))
    return pl.read_parquet(path, decryption=decryption)


def test_of_a_delivery_whose_doubts_are_lost_nothing_can_be_read(office: Office) -> None:
    office.people(person(1), person(2, born="x"))
    delivery = current(office.workspace, office.engine)["residents"]
    doubts_path(office.workspace, "residents", delivery.batch_id).unlink()
    kept = doubts(office.workspace, delivery)
    assert kept is not None
    assert [{"_row": None}] == kept.to_dicts()


def test_a_delivery_whose_rows_are_all_waived_has_no_doubts_but_unseen_rows(office: Office) -> None:
    made = office.people(person(1), person(2), "only this", person(3, born="x"))
    for line in (4, 5):
        waive(
            office.workspace, office.engine, made.batch_id,
            lines=[line], reason="totals", operator="kim", now=NOW,
        )  # fmt: skip
    delivery = current(office.workspace, office.engine)["residents"]
    unseen = waived(office.workspace, delivery)
    assert unseen is not None
    assert (None, [4, 5], 2) == (
        doubts(office.workspace, delivery),
        unseen["_row"].to_list(),
        delivery.waived,
    )

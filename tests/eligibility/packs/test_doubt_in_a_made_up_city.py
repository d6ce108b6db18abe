"""A row in quarantine of the made-up city makes unknown whom it may be about, and nobody else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl

from data.commandline import SilentProgress
from data.intake import take_in
from data.store.schema import open_store
from data.vault import Vault
from tests.eligibility.packs.test_made_up_city import AS_OF, NOW, City, take_in_city

REFUND = "kr/vehicle_tax_refund"


def refunds(city: City) -> dict[str, str]:
    """What was found of each bill."""
    found = city.run().findings().filter(pl.col("programme") == REFUND)
    return dict(found.select("unit_id", "status").collect().iter_rows())


def entitled_by_a_sale(city: City) -> dict[str, str]:
    """Bill, vehicle and payer of one who is entitled because the vehicle was sold."""
    sold = pl.concat(
        [frame for bucket in range(3) if (frame := city.ground().layout.read(bucket, "vehicles")) is not None]
    ).filter(pl.col("end_reason") == "transferred")
    found = city.run().findings().filter(pl.col("programme") == REFUND, pl.col("status") == "entitled")
    both = found.join(sold, left_on=["asset_id", "subject_id"], right_on=["vehicle", "owner"], how="semi")
    row = both.select("unit_id", "asset_id", "subject_id").sort("unit_id").collect().row(0, named=True)
    return {name: str(value) for name, value in row.items()}


def deliver_consent_unread(city: City, folder: Path, chosen: dict[str, str]) -> None:
    """The register of consent once more, with an answer of the chosen one that cannot be read."""
    with Vault.open(city.workspace) as vault:
        (plate,) = vault.natural("vehicle", [chosen["asset_id"]]).values()
        (payer,) = vault.natural("person", [chosen["subject_id"]]).values()
    rows = pl.read_csv(folder / "files" / "passed_prepayments.csv", infer_schema=False)
    dirty = {"자동차등록번호": plate, "양도인주민등록번호": payer, "과세연도": "2026", "승계동의": "?"}
    file = folder / "again.csv"
    pl.concat([rows, pl.DataFrame([dirty])], how="diagonal").write_csv(file)
    take_in(
        city.workspace,
        open_store(city.workspace),
        replace(city.packs.contracts["kr/passed_prepayments"], max_quarantined=0.5),  # it has few rows
        file,
        extracted_on=AS_OF,
        now=NOW,
        progress=SilentProgress(),
    )


def test_an_answer_that_cannot_be_read_makes_only_that_vehicles_owner_unknown(tmp_path: Path) -> None:
    city = take_in_city(tmp_path)
    before, chosen = refunds(city), entitled_by_a_sale(city)

    deliver_consent_unread(city, tmp_path, chosen)

    assert before | {chosen["unit_id"]: "unknown"} == refunds(city)

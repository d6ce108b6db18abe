"""A made-up city's registers, from CSV files to findings, against both programmes written by hand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from bench.hand_written import scan_by_hand
from data.commandline import Progress, SilentProgress
from data.contracts import load_contracts
from data.intake import take_in
from data.samples import US_TAX_UNITS
from data.setup import Authority, make_workspace
from data.store.schema import open_store
from data.synth.headers import CONTRACTS
from data.synth.registers import make
from data.workspace import Workspace
from eligibility.explain import explain_entitlements
from eligibility.ground import Ground, stand_on
from eligibility.pack import Packs, load_packs
from eligibility.runs import Run
from eligibility.scan import scan
from tests.eligibility.packs.verdicts import PACKS

AS_OF = date(2026, 9, 14)
NOW = datetime(2026, 9, 14, 1, 0, tzinfo=UTC)
OF_VEHICLES = ("residents", "households", "vehicles", "bills", "payments", "passed_prepayments")
RARE = {"kr/employment_retention", "us/livestock_forage"}  # too rare for a city of 3,000


@contextmanager
def silently(label: str, total: int) -> Iterator[Progress]:
    """Shows nothing."""
    del label, total
    yield SilentProgress()


@dataclass(frozen=True)
class City:
    """A workspace into which a made-up city's registers were taken."""

    workspace: Workspace

    @property
    def packs(self) -> Packs:
        return load_packs(self.workspace.settings(), PACKS)

    def run(self) -> Run:
        engine = open_store(self.workspace)
        return scan(self.workspace, engine, self.packs, as_of=AS_OF, now=NOW, showing=silently)

    def ground(self) -> Ground:
        return stand_on(self.workspace, open_store(self.workspace), self.packs, silently)


def take_in_city(
    folder: Path, registers: Collection[str] = OF_VEHICLES, *, before: Callable[[Path], None] | None = None
) -> City:
    """Make a city of 3,000 residents and take in some of its registers; `before` may change the files."""
    authority = Authority("가온시", "Gaon City", "02-0000-0120", "http://127.0.0.1:8080")
    workspace = make_workspace(
        folder / "workspace", authority, packs=("kr", "us"), built_in_packs=PACKS, buckets=3
    )
    make(folder / "files", residents=3000, seed=7, as_of=AS_OF, tax_year=2026)
    if before is not None:
        before(folder / "files")
    contracts = load_contracts([PACKS / "kr" / "contracts", PACKS / "us" / "contracts"])
    files = {CONTRACTS[name]: folder / "files" / f"{name}.csv" for name in registers}
    for name, file in (files | {"us/tax_units": US_TAX_UNITS}).items():
        take_in(
            workspace,
            open_store(workspace),
            contracts[name],
            file,
            extracted_on=AS_OF,
            now=NOW,
            progress=SilentProgress(),
        )
    return City(workspace)


def in_our_form(run: Run, programme_id: str, parts: tuple[str, ...]) -> pl.DataFrame:
    """A run's findings of one programme as the hand-written ones stand."""
    cells = [pl.col("parts").list.get(number).alias(name) for number, name in enumerate(parts)]
    found = run.findings().filter(pl.col("programme") == programme_id)
    return found.select("unit_id", "status", *cells, "amount").sort("unit_id").collect()


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return take_in_city(tmp_path_factory.mktemp("city"), tuple(CONTRACTS))


@pytest.fixture(scope="module")
def silent_city(tmp_path_factory: pytest.TempPathFactory) -> City:
    """Nobody handed over who agreed to pass a prepayment on."""
    return take_in_city(tmp_path_factory.mktemp("silent"), OF_VEHICLES[:-1])


def by_hand(city: City, folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Refunds and credits as the hand-written programmes find them in the same buckets."""
    scan_by_hand(city.ground().layout, AS_OF, folder)
    refunds, credits = (pl.read_parquet(folder / f"{pack}-*.parquet") for pack in ("kr", "us"))
    return refunds.sort("unit_id"), credits.sort("unit_id")


@pytest.mark.parametrize("name", ["city", "silent_city"])
def test_every_cell_of_a_scan_is_the_hand_written_one(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    city: City = request.getfixturevalue(name)
    run = city.run()

    refunds, credits = by_hand(city, tmp_path)

    assert (
        refunds.equals(in_our_form(run, "kr/vehicle_tax_refund", ("vehicle_tax", "education_tax"))),
        credits.equals(in_our_form(run, "us/eitc", ("credit",))),
    ) == (True, True)


def test_a_made_up_city_owes_something_under_every_programme(city: City) -> None:
    found = {name for name, entry in city.run().programmes.items() if entry["entitled"] > 0}

    assert found - RARE == {programme.id for _, programme in city.packs} - RARE


def test_every_finding_is_explained_as_it_was_found(city: City) -> None:
    run, engine = city.run(), open_store(city.workspace)
    told = ("entitlement_id", "period", "status", "amount", "at_least", "offset", "after")
    found = run.findings().filter(pl.col("programme") != "us/eitc").select(told).collect()

    explained = explain_entitlements(
        city.workspace, engine, city.packs, run=run, entitlement_ids=found["entitlement_id"].to_list(),
        showing=silently,
    )  # fmt: skip

    documents = [one.as_document() for one in explained]
    assert sorted([tuple(one[name] for name in told) for one in documents]) == sorted(found.rows())


def test_without_the_register_of_consent_a_sale_is_unknown_and_a_scrapping_is_not(silent_city: City) -> None:
    entry = silent_city.run().programmes["kr/vehicle_tax_refund"]

    assert (entry["entitled"] > 0, entry["unknown"] > 0) == (True, True)

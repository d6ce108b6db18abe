"""Intake against the truth: every broken row that a contract can see is found, and no other row is."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from data.checks import ReasonCode, judge
from data.contracts import load_contracts, read_contract
from data.digests import file_sha256
from data.synth.dirt import TRUTH, soil
from data.synth.headers import HEADERS
from data.synth.stains import Outcome
from tests.data.made_up import PACKS, Verdict, contract_file, made, verdict

RESIDENTS = 6_000
SHARE = 0.25
KINDS = {
    "bad_byte": Outcome.QUARANTINED,
    "bad_date": Outcome.QUARANTINED,
    "beyond_bounds": Outcome.QUARANTINED,
    "control_character": Outcome.QUARANTINED,
    "digit_short": Outcome.QUARANTINED,
    "duplicate_key": Outcome.QUARANTINED,
    "letters_in_number": Outcome.QUARANTINED,
    "long_row": Outcome.QUARANTINED,
    "missing_required": Outcome.QUARANTINED,
    "short_row": Outcome.QUARANTINED,
    "stray_quote": Outcome.QUARANTINED,
    "swapped_columns": Outcome.QUARANTINED,
    "unknown_code": Outcome.QUARANTINED,
    "exact_duplicate": Outcome.DUPLICATE,
    "commas": Outcome.MENDED,
    "dash": Outcome.MENDED,
    "decomposed": Outcome.MENDED,
    "full_width": Outcome.MENDED,
    "spaces": Outcome.MENDED,
    "mojibake": Outcome.UNDETECTABLE,
    "swapped_alike": Outcome.UNDETECTABLE,
    "wrong_code": Outcome.UNDETECTABLE,
    "wrong_day": Outcome.UNDETECTABLE,
    "wrong_number": Outcome.UNDETECTABLE,
    "wrong_person": Outcome.UNDETECTABLE,
}
CODES = {
    "bad_byte": ReasonCode.BAD_BYTES,
    "bad_date": ReasonCode.UNREADABLE,
    "control_character": ReasonCode.UNREADABLE,
    "digit_short": ReasonCode.UNREADABLE,
    "duplicate_key": ReasonCode.NOT_UNIQUE,
    "letters_in_number": ReasonCode.UNREADABLE,
    "long_row": ReasonCode.LONG_ROW,
    "missing_required": ReasonCode.MISSING,
    "short_row": ReasonCode.SHORT_ROW,
    "stray_quote": ReasonCode.OPEN_QUOTE,
    "swapped_columns": ReasonCode.UNREADABLE,
    "unknown_code": ReasonCode.UNREADABLE,
}


@dataclass(frozen=True)
class Told:
    """What the truth table says of one line, and what was made of the register it stands in."""

    line: int
    kind: str
    column: str
    outcome: Outcome


@dataclass(frozen=True)
class Soiled:
    truth: dict[str, list[Told]]
    dirty: dict[str, Verdict]
    clean: dict[str, pl.DataFrame]
    counted: Counter[str]

    def lines(self, register: str, outcome: Outcome) -> set[int]:
        return {one.line for one in self.truth[register] if one.outcome is outcome}


@pytest.fixture(scope="module")
def soiled(tmp_path_factory: pytest.TempPathFactory) -> Soiled:
    folder = tmp_path_factory.mktemp("soiled")
    made(folder, residents=RESIDENTS)
    clean = {register: accepted_of(folder, register) for register in HEADERS}
    counted = soiling(folder)
    truth: dict[str, list[Told]] = {register: [] for register in HEADERS}
    with (folder / TRUTH).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            told = Told(int(row["line"]), row["kind"], row["column"], Outcome(row["outcome"]))
            truth[row["register"]].append(told)
    return Soiled(truth, {register: verdict(folder, register) for register in HEADERS}, clean, counted)


def accepted_of(folder: Path, register: str) -> pl.DataFrame:
    """What the contract makes of a clean file; it needs no reader of broken ones."""
    cells = pl.read_csv(folder / f"{register}.csv", infer_schema=False).with_row_index("_row", offset=2)
    return judge(read_contract(contract_file(register)), lambda: [cells.cast({"_row": pl.Int64})]).accepted


def soiling(folder: Path) -> Counter[str]:
    contracts = load_contracts(sorted(PACKS.glob("*/contracts")))
    return soil(folder, contracts, share=SHARE, seed=3)


each_register = pytest.mark.parametrize("register", HEADERS)


def test_every_kind_of_dirt_occurs_and_is_known_for_what_becomes_of_it(soiled: Soiled) -> None:
    told = {one.kind: one.outcome for rows in soiled.truth.values() for one in rows}
    assert told == KINDS


@each_register
def test_quarantine_holds_every_row_that_the_contract_can_see_and_no_other(
    register: str, soiled: Soiled
) -> None:
    assert set(soiled.dirty[register].refused) == soiled.lines(register, Outcome.QUARANTINED)


@each_register
def test_exact_duplicates_are_those_that_were_made(register: str, soiled: Soiled) -> None:
    made_twice = soiled.lines(register, Outcome.DUPLICATE)
    assert soiled.dirty[register].duplicates == len(made_twice)


@each_register
def test_no_row_is_lost(register: str, soiled: Soiled) -> None:
    found = soiled.dirty[register]
    assert found.rows_in == found.accepted.height + len(found.refused) + found.duplicates


@each_register
def test_a_row_in_quarantine_says_what_was_done_to_it(register: str, soiled: Soiled) -> None:
    reasons = soiled.dirty[register].refused
    silent = [
        one
        for one in soiled.truth[register]
        if one.kind in CODES and CODES[one.kind].value not in reasons[one.line]
    ]
    assert silent == []


@each_register
def test_a_row_is_accepted_as_if_clean_unless_it_is_wrong_in_a_way_nobody_sees(
    register: str, soiled: Soiled
) -> None:
    accepted = soiled.dirty[register].accepted
    wrong = pl.col("_row").is_in(list(soiled.lines(register, Outcome.UNDETECTABLE)))
    columns = [name for name in accepted.columns if name != "_row"]
    clean = soiled.clean[register]
    strangers = accepted.join(clean, on=columns, how="anti", nulls_equal=True)
    assert strangers["_row"].to_list() == accepted.filter(wrong)["_row"].to_list()


def test_what_nobody_sees_is_counted(soiled: Soiled) -> None:
    undetectable = sum(soiled.counted[kind] for kind, one in KINDS.items() if one is Outcome.UNDETECTABLE)
    told = sum(len(soiled.lines(register, Outcome.UNDETECTABLE)) for register in HEADERS)
    assert undetectable == told > 100


def test_the_share_is_kept(soiled: Soiled) -> None:
    rows = sum(one.height for one in soiled.clean.values())
    second_rows = soiled.counted["duplicate_key"] / 2
    assert abs((soiled.counted.total() - second_rows) / rows - SHARE) < 0.01


def test_the_same_seed_breaks_the_same_rows(tmp_path: Path) -> None:
    for name in ("one", "two"):
        made(tmp_path / name, residents=500)
        soiling(tmp_path / name)
    digests = [[file_sha256(path) for path in sorted((tmp_path / name).iterdir())] for name in ("one", "two")]
    assert digests[0] == digests[1]

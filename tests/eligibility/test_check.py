"""The packs that Owed brings are sound."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import eligibility
from eligibility.check import check
from eligibility.pack import Packs, load_pack
from eligibility.stories import stories_of, tell
from tests.eligibility.toypack import RATES, RULES, write_toy_pack

BUILT_IN = Path(eligibility.__file__).parent / "packs"
NAMES = sorted(path.name for path in BUILT_IN.iterdir() if (path / "facts.py").is_file())


@pytest.mark.parametrize("name", NAMES)
def test_a_pack_that_owed_brings_has_no_problem(name: str) -> None:
    packs = Packs((load_pack(name, BUILT_IN / name),))
    assert [] == [remark for remark in check(packs, date(2026, 11, 21)) if remark.problem]


@pytest.mark.parametrize("name", NAMES)
def test_the_stories_of_a_pack_that_owed_brings_hold(name: str) -> None:
    pack = load_pack(name, BUILT_IN / name)
    told = tell(Packs((pack,)), stories_of(pack))
    assert (True, {}) == (bool(told), {one.name: lines for one, lines in told.items() if lines})


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (
            'source=person.value("birth_date")',
            'source=person.value("birthday")',
            "reads people.birthday, which no contract gives",
        ),
        (
            'source=payments.total("amount"), when_absent=0',
            'source=findings_of("toy/space_refund", keys={"fee": "unit_id"}).total("amount"), when_absent=0',
            "Programmes open each other in a circle: toy/space_refund.",
        ),
        (
            'source=payments.total("amount"), when_absent=0',
            'source=findings_of("toy/nothing", keys={"fee": "unit_id"}).total("amount"), when_absent=0',
            "No programme is called toy/nothing.",
        ),
    ],
)
def test_what_a_pack_reads_and_nobody_gives_is_found_before_a_scan(
    tmp_path: Path, old: str, new: str, what: str
) -> None:
    folder = write_toy_pack(tmp_path / "toy")
    facts = folder.joinpath("facts.py").read_text("utf-8").replace("Lookup,", "Lookup, findings_of,", 1)
    folder.joinpath("facts.py").write_text(facts.replace(old, new), "utf-8")
    remarks = check(Packs((load_pack("toy", folder),)), date(2026, 9, 1))
    assert [what] == [one.what for one in remarks if one.what == what and one.problem]


def test_a_right_to_nothing_is_found_before_a_scan(tmp_path: Path) -> None:
    folder = write_toy_pack(tmp_path / "toy", rules=RULES.replace("f.paid >= f.fee", "f.paid >= 0"))
    problems = [
        one.what for one in check(Packs((load_pack("toy", folder),)), date(2026, 9, 1)) if one.problem
    ]
    assert "entitled to nothing where paid is 0: let a criterion say when something is due" in problems


def test_money_that_a_contract_lets_fall_without_end_is_found_before_a_scan(tmp_path: Path) -> None:
    folder = write_toy_pack(tmp_path / "toy")
    contract = folder / "contracts" / "paid.toml"
    contract.write_text(contract.read_text("utf-8").replace("min = 0\n", ""), "utf-8")
    problems = [
        one.what for one in check(Packs((load_pack("toy", folder),)), date(2026, 9, 1)) if one.problem
    ]
    assert "reads paid.amount, money that a contract lets fall without end: give it a `min`" in problems


@pytest.mark.parametrize("other", ["toy/no_such", "toy/space_refund"])
def test_a_programme_that_stands_instead_of_nobody_is_found_before_a_scan(tmp_path: Path, other: str) -> None:
    rules = RULES.replace('currency="KRW",', f'currency="KRW", instead_of=("{other}",),')
    packs = Packs((load_pack("toy", write_toy_pack(tmp_path / "toy", rules=rules)),))
    problems = [one.what for one in check(packs, date(2026, 9, 1)) if one.problem]
    assert f"stands instead of {other}, and no pack has another programme of that name" in problems


def test_a_later_value_that_only_its_table_confirms_is_no_more_than_a_note(tmp_path: Path) -> None:
    rates = RATES.replace("value = 50 }", "value = 50 }, { since = 2027-01-01, value = 30 }")
    pack = load_pack("toy", write_toy_pack(tmp_path / "toy", rates=rates))
    what = (
        'rate share_back since 2027-01-01: only its table is confirmed, by "the city council";'
        " let the value say who confirmed it"
    )
    assert [False] == [one.problem for one in check(Packs((pack,)), date(2026, 9, 1)) if one.what == what]

"""A file that says the same millions of times takes no more of the machine than what it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from data import memory
from data.errors import ContractBroken, QuarantineOverLimit
from data.quarantine import read_quarantine, refused_deliveries
from tests.data.delivering import Office, person

ROOT = Path(__file__).resolve().parents[2]
ROW = "7777777777777,Hong,2024-01-01,12\n"
JUDGING = """
import resource, sys
from pathlib import Path
from data.checks import judge
from data.contracts import read_contract
from data.reading import read_table
contract = read_contract(Path(sys.argv[1]))
table = read_table(Path(sys.argv[2]), [one.in_file for one in contract.columns])
judged = judge(contract, table.parts, table.broken)
print(judged.accepted.height, judged.duplicates, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
CONTRACT = """\
name = "made/up"
register = "up"
title = { ko = "가", en = "Up" }
source = "made up"
legal_basis = "made up"
programmes = ["made/up"]
max_age_days = 60
max_quarantined = 0.1
complete = true
unique = ["number"]
""" + "".join(
    f'[[column]]\nname = "{name}"\nin_file = "{name}"\nparser = "{parser}"\n'
    for name, parser in (("number", "pad:13"), ("name", "text"), ("day", "date:iso"), ("amount", "int"))
)


def judged(folder: Path, times: int) -> tuple[int, int, int]:
    """Accepted rows, duplicates, and the peak memory in kB of a process that judges a row so many times."""
    (folder / "up.toml").write_text(CONTRACT, "utf-8")
    with (folder / "up.csv").open("w") as file:
        file.write("number,name,day,amount\n")
        file.writelines(ROW * 10_000 for _ in range(times // 10_000))
    finished = subprocess.run(
        [sys.executable, "-c", JUDGING, str(folder / "up.toml"), str(folder / "up.csv")],
        cwd=ROOT, check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    accepted, duplicates, peak = map(int, finished.stdout.split())
    return accepted, duplicates, peak


def test_a_row_that_is_there_two_million_times_costs_little_more_than_once(tmp_path: Path) -> None:
    few, many = judged(tmp_path, 10_000), judged(tmp_path, 2_000_000)

    assert ((1, 9_999), (1, 1_999_999)) == (few[:2], many[:2])
    assert many[2] - few[2] < 150_000


def test_of_a_file_of_lines_that_are_no_rows_only_the_first_are_kept(office: Office) -> None:
    with pytest.raises(QuarantineOverLimit, match=r"60000 of 60000 rows .* among the first 50,000"):
        office.people(*["x"] * 60_000)

    (name,) = refused_deliveries(office.workspace)
    rows = read_quarantine(office.workspace, name)
    assert (50_000, "x", "short_row") == (rows.height, rows["raw"][-1], rows["reasons"][-1][0]["code"])


def test_a_table_for_which_there_is_no_memory_is_refused_with_the_setting_and_the_remedy(
    office: Office,
) -> None:
    settings = office.workspace.settings_file
    settings.write_text(settings.read_text("utf-8") + "[intake.limits]\nintake_mib = 1\n", "utf-8")
    with pytest.raises(ContractBroken, match="1 are allowed by intake") as caught:
        office.people(*(person(at) for at in range(1, 9_000)))
    assert "in parts" in str(caught.value)
    assert 1 == office.people(person(1)).accepted


def test_what_is_free_is_the_limit_where_none_is_set(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free_bytes", lambda: 2000)
    with pytest.raises(ContractBroken, match="0 are free"):
        office.people(person(1))

"""Bad input gets a sentence that says what, where and how to mend it, an exit code, and no traceback."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

import cli
from data.digests import folder_sha256
from data.errors import Locked
from data.store import engine
from data.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
DAY = "2026-11-10"


def owed(town: Path, *words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli", "-w", str(town), *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace `town` that has taken in residents, beside its files in `incoming`."""
    folder = tmp_path_factory.mktemp("bad")
    steps = [
        owed(folder / "town", "init"),
        owed(folder / "town", "synth", folder / "incoming", "--residents", 300, "--as-of", DAY),
        owed(folder / "town", "intake", "kr/residents", folder / "incoming" / "residents.csv"),
    ]
    assert [0, 0, 0] == [step.returncode for step in steps]
    return folder


def lines(folder: Path) -> list[str]:
    return (folder / "incoming" / "bills.csv").read_text("utf-8").splitlines()


def without_a_column(folder: Path) -> Path:
    return written(folder, "\n".join(line.split(",", 1)[1] for line in lines(folder)).encode())


def no_text(folder: Path) -> Path:
    return written(folder, bytes(range(256)) * 40)


def every_date_wrong(folder: Path) -> Path:
    head, *rows = lines(folder)
    return written(folder, "\n".join([head, *(f"{row.rsplit(',', 1)[0]},20261399" for row in rows)]).encode())


def nothing(folder: Path) -> Path:
    return written(folder, b"")


def not_there(folder: Path) -> Path:
    return folder / "incoming" / "nothing.csv"


def written(folder: Path, content: bytes) -> Path:
    path = folder / "incoming" / "broken.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("file", "code"),
    [(without_a_column, 11), (no_text, 11), (every_date_wrong, 10), (nothing, 11), (not_there, 2)],
)
def test_a_file_that_is_not_what_it_should_be(made: Path, file: Callable[[Path], Path], code: int) -> None:
    before = owed(made / "town", "registers", "list", "--json").stdout
    done = owed(made / "town", "intake", "kr/bills", file(made))
    after = owed(made / "town", "registers", "list", "--json").stdout
    assert (code, False, before) == (done.returncode, "Traceback" in done.stderr, after), done.stderr


@pytest.mark.parametrize(("day", "code"), [("2020-01-01", 12), ("2999-01-01", 2), ("10.11.2026", 2)])
def test_an_extract_of_a_day_that_cannot_be_used(made: Path, day: str, code: int) -> None:
    file = made / "incoming" / "bills.csv"
    done = owed(made / "town", "intake", "kr/bills", file, "--extracted-on", day)
    assert (code, False) == (done.returncode, "Traceback" in done.stderr), done.stderr


def test_a_second_intake_beside_one_that_runs(made: Path) -> None:
    with Workspace.open(made / "town").lock("intake"):
        done = owed(made / "town", "intake", "kr/bills", made / "incoming" / "bills.csv")
    assert (13, False, True) == (done.returncode, "Traceback" in done.stderr, "wait" in done.stderr)


def test_a_store_that_another_process_holds(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.01)
    with closing(sqlite3.connect(made / "town" / "owed.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        file = made / "incoming" / "bills.csv"
        done = CliRunner().invoke(cli.owed, ["-w", str(made / "town"), "intake", "kr/bills", str(file)])
    assert (Locked, 13) == (type(done.exception), Locked.exit_code), done.exception


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("intake", "kr/unknown", "README.md"), 2, "kr/residents"),
        (("scan", "--programme", "kr/vehicle_refund"), 2, "kr/vehicle_tax_refund"),
        (("explain", "kr/unknown", "1"), 2, "owed programmes list"),
        (("explain", "kr/vehicle_tax_refund", "nobody"), 2, "record id"),
        (("campaign", "plan", "nothing", "--as", "author"), 1, "campaign"),
        (("campaign", "new", "../escape", "--programme", "kr/vehicle_tax_refund"), 2, "letters"),
        (("report", "nothing"), 1, "plan"),
        (("diff",), 2, "owed scan"),
        (("decisions", "import", "nothing.csv", "--as", "author"), 2, ""),
        (("outbox", "show", "nothing"), 1, "outbox list"),
        (("cases", "show", "nothing"), 2, ""),
    ],
)
def test_a_command_that_asks_for_what_is_not_there(
    made: Path, words: tuple[str, ...], code: int, says: str
) -> None:
    done = owed(made / "town", *words)
    assert (code, False, True) == (done.returncode, "Traceback" in done.stderr, says in done.stderr), (
        done.stderr
    )


def test_a_rate_file_that_does_not_parse_is_named(made: Path, tmp_path: Path) -> None:
    town, pack = tmp_path / "town", tmp_path / "kr"
    shutil.copytree(ROOT / "eligibility" / "packs" / "kr", pack, ignore=shutil.ignore_patterns("__pycache__"))
    rates = pack / "vehicle_tax.toml"
    rates.write_text(rates.read_text("utf-8") + "\n[broken\n", "utf-8")
    owed(town, "init", "--pack", "kr")
    settings = town / "owed.toml"
    text = settings.read_text("utf-8")
    old = folder_sha256(ROOT / "eligibility" / "packs" / "kr")
    named = text.replace(f'sha256 = "{old}"', f'folder = "{pack}"\nsha256 = "{folder_sha256(pack)}"')
    settings.write_text(named, "utf-8")
    done = owed(town, "programmes", "list")
    assert (2, False, True) == (done.returncode, "Traceback" in done.stderr, rates.name in done.stderr), (
        done.stderr
    )

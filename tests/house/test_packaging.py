"""What is shipped: the application, its templates, packs and samples; nothing that was once a register."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOP_LEVEL = {"cli", "data", "eligibility", "channels", "templates", "outreach", "portal"}
DATA_FILES = re.compile(r".*\.(csv|csv\.gz|parquet|sqlite|xlsx?|jsonl|gz|zip)$")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    out = tmp_path_factory.mktemp("wheel")
    script = f"import hatchling.build as b; b.build_wheel({str(out)!r})"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(next(out.glob("*.whl"))) as archive:
        return archive.namelist()


def test_the_wheel_holds_the_rooms_and_its_own_metadata(wheel: list[str]) -> None:
    tops = {name.split("/")[0].removesuffix(".py") for name in wheel if ".dist-info" not in name}
    assert TOP_LEVEL == tops


def test_the_only_data_in_the_wheel_are_the_samples(wheel: list[str]) -> None:
    stray = [
        name
        for name in wheel
        if DATA_FILES.match(name) and not name.startswith(("data/samples/", "channels/codes/"))
    ]
    assert [] == stray


@pytest.mark.parametrize(
    "needed",
    [
        "templates/static/owed.css",
        "eligibility/packs/kr/contracts/residents.toml",
        "eligibility/packs/us/contracts/tax_units.toml",
        "data/store/migrations/env.py",
        "data/samples/README.md",
    ],
)
def test_the_wheel_brings_what_the_rooms_read(wheel: list[str], needed: str) -> None:
    assert needed in wheel


def test_no_other_installed_distribution_owns_one_of_our_names() -> None:
    owners = importlib.metadata.packages_distributions()
    assert {name: {"owed"} for name in TOP_LEVEL if name in owners} == {
        name: set(owners[name]) for name in TOP_LEVEL if name in owners
    }


def test_the_lock_is_hashed_and_names_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    pinned = re.findall(r"^[a-z0-9-]+(?:\[.*\])?==", lock, re.M)
    hashed = re.findall(r"^[a-z0-9-]+(?:\[.*\])?==.*\\\n\s+--hash=sha256:", lock, re.M)
    assert (len(pinned), False) == (len(hashed), "://" in lock)

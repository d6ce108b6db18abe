"""Whatever happened to a file of findings: it is refused, and the scan that the words name writes it anew."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from data.errors import Failed
from data.keys import KeyUse
from eligibility.commands import diff, findings, scan
from eligibility.runs import MANIFEST, BucketFiles, Run
from tests.eligibility.city import PAID, REFUND, City, cells
from tests.eligibility.test_commands import document, run

AS_OF = ("--as-of", "2026-09-01")
BUCKETS = range(4)
Damage = Callable[[Path], None]


def cut(path: Path) -> None:
    whole = path.read_bytes()
    _write(path, whole[: min(300, len(whole) // 2)])


def flip(path: Path) -> None:
    """Another bit in the middle, where the rows are."""
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 3] ^= 1
    _write(path, bytes(raw))


def swap(path: Path) -> None:
    """Another bucket's file."""
    other = path.with_name(f"{(int(path.stem) + 1) % 4}{path.suffix}")
    _write(path, other.read_bytes())


def empty(path: Path) -> None:
    _write(path, b"")


def _write(path: Path, content: bytes) -> None:
    path.unlink()  # what another run shares stays as it is
    path.write_bytes(content)


DAMAGES = [cut, flip, swap, empty]


def newest(city: City) -> Run:
    return Run.newest(city.workspace, city.engine)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_refused_and_the_scan_that_is_named_mends_it(
    delivered: City, damage: Damage
) -> None:
    run(delivered, scan, *AS_OF)
    before = cells(newest(delivered)).to_dicts()
    for bucket in BUCKETS:
        damage(newest(delivered).folder / f"{bucket}.parquet")
    with pytest.raises(Failed, match="missing or was changed") as error:
        newest(delivered).findings()
    told = document(delivered, scan, *AS_OF)
    assert ("`owed scan --as-of 2026-09-01`" in str(error.value.mend), 0) == (
        True,
        told["buckets"]["skipped"],
    )
    assert before == cells(newest(delivered)).to_dicts()
    run(delivered, diff)
    run(delivered, findings, "export", REFUND, str(delivered.folder / "out.csv"))


@pytest.mark.parametrize("suffix", ["parquet", "tally"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_what_a_scan_without_an_end_left_damaged_is_written_anew(
    delivered: City, damage: Damage, suffix: str
) -> None:
    first = delivered.scan()
    before = cells(first).to_dicts()
    (first.folder / MANIFEST).unlink()
    damage(first.folder / f"1.{suffix}")
    again = delivered.scan()
    assert again.done is not None
    assert (3, before) == (again.done.skipped, cells(again).to_dicts())


@pytest.mark.parametrize("finished", [False, True])
def test_another_runs_file_is_not_taken_for_this_ones(delivered: City, finished: bool) -> None:
    first = delivered.scan()
    delivered.deliver("paid", PAID | {number: f"P{number},F{number},1,2026-01-11" for number in "23456"})
    second = delivered.scan()
    before, changed = cells(second).to_dicts(), 0
    if not finished:
        (second.folder / MANIFEST).unlink()
    for bucket in BUCKETS:
        there, path = (one.folder / f"{bucket}.parquet" for one in (first, second))
        if not path.samefile(there):
            changed += 1
            path.unlink()
            shutil.copy(there, path)
    again = delivered.scan()
    assert again.done is not None
    assert (True, 4 - changed, before) == (changed > 0, again.done.skipped, cells(again).to_dicts())


@pytest.mark.parametrize("suffix", ["parquet", "tally"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_nothing_damaged_is_taken_over_from_an_earlier_run(
    delivered: City, damage: Damage, suffix: str
) -> None:
    first = delivered.scan()
    for bucket in BUCKETS:
        damage(first.folder / f"{bucket}.{suffix}")
    delivered.deliver("paid", PAID | {"9": "P3,F3,1,2026-01-11"})
    second = delivered.scan()
    assert second.done is not None
    assert (0, 3) == (second.done.skipped, cells(second).height)


def test_every_bit_of_the_rows_is_proven_by_reading_them(delivered: City) -> None:
    made = delivered.scan()
    key = delivered.workspace.key(KeyUse.FINDINGS)
    sizes = {bucket: made.findings(buckets=[bucket]).collect().height for bucket in BUCKETS}
    bucket = max(sizes, key=lambda one: sizes[one])
    files = BucketFiles(made.folder, bucket, made.manifest["inputs"][bucket], key)
    raw, rows = files.findings_path.read_bytes(), made.findings(buckets=[bucket]).collect()
    believed = []
    for at in range(0, len(raw), 37):
        _write(files.findings_path, raw[:at] + bytes([raw[at] ^ 0x10]) + raw[at + 1 :])
        if files.hold(None):
            believed.append(pl.read_parquet(files.findings_path, decryption=_opened(files)).equals(rows))
    assert [] == [one for one in believed if not one]


def _opened(files: BucketFiles) -> pl.ParquetDecryptionProperties:
    return pl.ParquetDecryptionProperties(footer_key=files.key, aad_prefix=files.sealed.context)


@pytest.mark.parametrize("damage", [cut, flip, empty])
def test_damaged_doubts_are_written_anew(delivered: City, damage: Damage) -> None:
    delivered.deliver("paid", PAID | {"6": "P2,F2,ten,2026-01-11"})
    before = cells(delivered.scan())
    kept = [*(delivered.workspace.registers / "buckets").glob("*/doubts/*.parquet")]
    for path in kept:
        damage(path)
    again = cells(delivered.scan())
    assert (True, True) == (bool(kept), before.equals(again))

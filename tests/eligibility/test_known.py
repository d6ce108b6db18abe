"""The file of what is known is believed only where every piece of it opens; else the store says it anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from data.commandline import SilentProgress
from data.keys import KeyUse
from data.store.engine import reading
from eligibility.known import Snapshots, folder_of
from eligibility.resealing import SealedFindings
from tests.eligibility.made_runs import OTHER, Desk, finding, make_desk

APART = 61  # bytes between two bits that are tried; a page of the smallest column is longer


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """What is known of three, two with something that stands beside it."""
    made = make_desk(tmp_path)
    made.diff(finding("a"), finding("b", 5, after=[OTHER]), finding("c", 7, instead_of=[OTHER]))
    yield made
    made.engine.dispose()


def snapshot(desk: Desk) -> Path:
    (only,) = folder_of(desk.workspace).glob("*.parquet")
    return only


def known(desk: Desk) -> pl.DataFrame:
    with reading(desk.engine) as connection:
        return Snapshots(desk.workspace).known(connection).sort("id").collect()


def with_another_bit(whole: bytes, at: int) -> bytes:
    return whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]


def test_whichever_bit_of_it_changed_what_is_known_is_the_same(desk: Desk) -> None:
    path, before = snapshot(desk), known(desk)
    whole = path.read_bytes()
    for at in range(0, len(whole), APART):
        path.write_bytes(with_another_bit(whole, at))
        assert before.equals(known(desk)), at


def test_a_diff_after_a_changed_bit_says_what_it_would_have_said(desk: Desk) -> None:
    path = snapshot(desk)
    whole = path.read_bytes()
    path.write_bytes(with_another_bit(whole, len(whole) // 4))
    assert {"changed": 1, "ended": 1, "unchanged": 1} == desk.diff(finding("a"), finding("b", 6))
    assert path != snapshot(desk)


def test_a_damaged_one_goes_when_the_key_is_rotated(desk: Desk) -> None:
    path = snapshot(desk)
    whole = path.read_bytes()
    path.write_bytes(with_another_bit(whole, len(whole) // 4))
    old, new = desk.workspace.key(KeyUse.FINDINGS), bytes(32)
    SealedFindings(desk.workspace, desk.engine, "kim", desk.now).seal_again(old, new, SilentProgress())
    assert [] == list(folder_of(desk.workspace).iterdir())

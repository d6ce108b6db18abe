"""A rotation of a key tells nobody, loses nothing whenever it is killed, and leaves the old key nothing."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

import cli
from data import audit
from data.buckets import remove_layouts
from data.digests import document_sha256
from data.errors import BadSettings, Failed, Locked, Refused
from data.holdings import holding_of
from data.keys import KeyUse, key_id
from data.quarantine import read_quarantine, sealed_quarantine
from data.registers import current, doubts, scan
from data.rowfiles import sealed_rows
from data.sealed_files import SealedFile
from data.store.engine import reading
from data.store.tables import audit_entry, scan_run
from data.vault import Vault, sealed_in_vault
from eligibility.explain import explain
from eligibility.known import KNOWN, Snapshots, folder_of, sealed_snapshot
from eligibility.missed import read_missed
from eligibility.runs import MANIFEST, BucketFiles, Run, read_manifest
from tests.eligibility.city import FEES, PAID, PEOPLE, REFUND, City, cells, copied, no_bar
from tests.eligibility.toypack import AS_OF

ROOT = Path(__file__).resolve().parents[2]
ROTATED = [KeyUse.INDEX, KeyUse.REGISTERS, KeyUse.FINDINGS, KeyUse.QUARANTINE, KeyUse.VAULT]
BROKEN = {"F9": "P3,A-9,2026,yearly,much,"}  # an amount that cannot be read: this row is in quarantine


@pytest.fixture(scope="session")
def _compared(_taken_in: City, tmp_path_factory: pytest.TempPathFactory) -> City:
    """Rows in quarantine, two scans that share buckets, and what is known since the last of them."""
    city = copied(_taken_in, tmp_path_factory.mktemp("compared"))
    city.diff()
    city.deliver("fees", FEES | BROKEN)
    city.deliver("paid", PAID | {"6": "P5,F5,10000,2026-01-10"})
    city.diff()
    city.engine.dispose()
    return city


@pytest.fixture
def compared(_compared: City, tmp_path: Path) -> Iterator[City]:
    city = copied(_compared, tmp_path)
    yield city
    city.engine.dispose()


def owed(city: City, *words: str) -> Result:
    return CliRunner().invoke(cli.owed, ["-w", str(city.workspace.root), *words])


def rotate(city: City, *uses: KeyUse) -> None:
    for use in uses:
        done = owed(city, "keys", "rotate", use.value, "--yes")
        assert 0 == done.exit_code, done.output


def contents(city: City) -> dict[str, Any]:
    """All that can be read in a workspace, with every key."""
    workspace, registers = city.workspace, current(city.workspace, city.engine)
    with Vault.open(workspace) as vault:
        ids = {kind: vault.ids(kind, [*PEOPLE, *FEES]) for kind in ("person", "fee")}
        naturals = vault.natural("person", [one for one in ids["person"] if one])
    with reading(city.engine) as connection:
        known = Snapshots(workspace).known(connection).select(list(KNOWN)).sort("id").collect()
    subject = ids["person"][0] or ""
    why = explain(
        workspace, city.engine, city.packs, programme=REFUND, subject=subject, as_of=AS_OF, showing=no_bar
    )  # fmt: skip
    return {
        "why": [one.as_document() for one in why],
        "rows": {name: scan(workspace, one).collect().rows() for name, one in registers.items()},
        "doubts": {
            name: found.rows()
            for name, one in registers.items()
            if (found := doubts(workspace, one)) is not None
        },
        "quarantine": {
            one.stem: read_quarantine(workspace, one.stem).rows()
            for one in workspace.quarantine.glob("*.parquet")
        },
        "ids": (ids, naturals),
        "findings": {
            one.name: cells(Run.open(workspace, one.name, engine=city.engine)).rows() for one in runs(city)
        },
        "known": known.rows(),
    }


def runs(city: City) -> list[Path]:
    return sorted(city.workspace.findings.glob("2*"))


def sealed_under(city: City, use: KeyUse) -> list[SealedFile]:
    """Every Parquet file that a key sealed."""
    workspace = city.workspace
    match use:
        case KeyUse.REGISTERS:
            return [sealed_rows(one) for one in workspace.registers.glob("*/*.parquet")]
        case KeyUse.QUARANTINE:
            return [sealed_quarantine(one) for one in workspace.quarantine.glob("*.parquet")]
        case KeyUse.VAULT:
            return [sealed_in_vault(workspace.vault, one) for one in workspace.vault.rglob("*.parquet")]
    snapshots = [sealed_snapshot(one) for one in folder_of(workspace).glob("*.parquet")]
    return snapshots + [files.sealed for files in bucket_files(city, b"")]


def bucket_files(city: City, key: bytes) -> list[BucketFiles]:
    return [
        BucketFiles(folder, bucket, decided, key)
        for folder in runs(city)
        for bucket, decided in enumerate((read_manifest(folder) or {})["inputs"])
    ]


def entries(city: City, action: str) -> list[str]:
    with reading(city.engine) as connection:
        assert audit.verify(connection, city.workspace.key(KeyUse.AUDIT)).whole
        rows = select(audit_entry.c.ref).where(audit_entry.c.action == action)
        return list(connection.execute(rows).scalars())


# --- nobody is told ---------------------------------------------------------------------------------


def test_a_rotation_of_every_key_tells_nobody(compared: City) -> None:
    before, entitled = contents(compared), compared.entitlements()
    rotate(compared, *ROTATED)
    assert before == contents(compared)
    told = compared.diff()
    assert ({"unchanged"}, entitled) == ({*told}, compared.entitlements())


def test_the_next_delivery_of_the_same_people_after_a_rotation_tells_nobody(compared: City) -> None:
    before, entitled = contents(compared), compared.entitlements()
    rotate(compared, *ROTATED)
    compared.deliver("people", dict(reversed(PEOPLE.items())))
    compared.deliver("fees", dict(reversed((FEES | BROKEN).items())))
    told, after = compared.diff(), contents(compared)
    assert ({"unchanged"}, entitled) == ({*told}, compared.entitlements())
    assert before["ids"] == after["ids"]


def test_a_scan_after_a_rotation_of_the_registers_finds_the_same_cells(compared: City) -> None:
    before = Run.newest(compared.workspace, compared.engine)
    rotate(compared, KeyUse.REGISTERS)
    assert [] == list((compared.workspace.registers / "buckets").iterdir())
    again = compared.scan()
    assert (True, True) == (before.run_id != again.run_id, cells(before).equals(cells(again)))


def test_a_scan_after_a_rotation_of_the_findings_takes_every_bucket_over(compared: City) -> None:
    rotate(compared, KeyUse.FINDINGS)
    done = compared.scan().done
    assert done is not None
    assert (0, 4) == (done.buckets, done.skipped)


# --- the old key --------------------------------------------------------------------------------------


@pytest.mark.parametrize("use", [one for one in ROTATED if one is not KeyUse.INDEX])
def test_the_old_key_opens_nothing(compared: City, use: KeyUse) -> None:
    old = compared.workspace.key(use)
    rotate(compared, use)
    new = compared.workspace.key(use)
    files = sealed_under(compared, use)
    assert ([], files) == (
        [one.path for one in files if one.key_of([old])],
        [one for one in files if one.key_of([new])],
    )
    assert (True, []) == (bool(files), compared.workspace.keys().rotating())


def test_the_old_key_opens_no_tally(compared: City) -> None:
    old = compared.workspace.key(KeyUse.FINDINGS)
    rotate(compared, KeyUse.FINDINGS)
    new = compared.workspace.key(KeyUse.FINDINGS)
    assert all(files.tally() for files in bucket_files(compared, new))
    for files in bucket_files(compared, old):
        with pytest.raises(Failed, match="does not open"):
            files.tally()


def test_whom_rows_in_quarantine_may_be_about_is_known_under_the_new_key_alone(compared: City) -> None:
    folder, old = runs(compared)[0], compared.workspace.key(KeyUse.FINDINGS)
    before = read_missed(folder, old)
    rotate(compared, KeyUse.FINDINGS)
    new = compared.workspace.key(KeyUse.FINDINGS)
    assert (None, before) == (read_missed(folder, old), read_missed(folder, new))
    assert before is not None


def test_the_old_index_key_finds_nobody(compared: City) -> None:
    text = compared.workspace.keys().path(KeyUse.INDEX).read_text()
    rotate(compared, KeyUse.INDEX)
    compared.workspace.keys().path(KeyUse.INDEX).write_text(text)
    with Vault.open(compared.workspace) as vault:
        assert {None} == set(vault.ids("person", [*PEOPLE]))


# --- what names the files -----------------------------------------------------------------------------


def test_the_store_names_the_successor_of_a_manifest_and_the_record_both(compared: City) -> None:
    rotate(compared, KeyUse.FINDINGS)
    with reading(compared.engine) as connection:
        named = dict(connection.execute(select(scan_run.c.run_id, scan_run.c.manifest_sha256)).all())
    found = {one.name: document_sha256(read_manifest(one)) for one in runs(compared)}
    assert (found, sorted(found)) == (named, sorted(entries(compared, "manifest succeeded")))


def test_findings_that_were_changed_are_not_sealed_as_if_they_were_right(compared: City) -> None:
    key = compared.workspace.key(KeyUse.FINDINGS)
    file = bucket_files(compared, key)[0].sealed
    file.seal_again(key, key)  # as somebody with the key would
    with pytest.raises(Failed, match="does not open") as failed:
        raise owed(compared, "keys", "rotate", "findings", "--yes").exception or AssertionError
    assert (str(file.path), []) == (failed.value.where, compared.workspace.keys().rotating())


def test_buckets_that_runs_share_stay_shared(compared: City) -> None:
    compared.deliver("paid", PAID | {"7": "P5,F5,1,2026-01-11"})
    compared.scan()
    shared = sorted(one.findings_path.stat().st_nlink for one in bucket_files(compared, b""))
    rotate(compared, KeyUse.FINDINGS)
    after = sorted(one.findings_path.stat().st_nlink for one in bucket_files(compared, b""))
    assert (True, shared) == (shared[-1] > 1, after)


def test_what_a_scan_that_did_not_end_had_found_is_removed_and_nothing_else(compared: City) -> None:
    folder = compared.workspace.findings / "20260901-cut"
    folder.mkdir()
    (folder / "0.parquet").write_bytes(b"PAR1")
    (folder / "notes.txt").write_text("mine")
    rotate(compared, KeyUse.FINDINGS)
    assert ["notes.txt"] == [one.name for one in folder.iterdir()]


# --- killed -------------------------------------------------------------------------------------------


def killed(city: City, use: KeyUse, before: str) -> int:
    words = [sys.executable, "-m", "tests.eligibility.killed_rotation", str(city.workspace.root)]
    return subprocess.run([*words, use.value, before], cwd=ROOT, check=False).returncode


# Of each use, before which file it dies: each time it goes on where it was killed the time before.
POINTS = {
    KeyUse.INDEX: ["1", "2", "end"],
    KeyUse.REGISTERS: ["2", "3", "end"],
    KeyUse.QUARANTINE: ["2", "end"],
    KeyUse.VAULT: ["3", "2", "end"],
    KeyUse.FINDINGS: ["2", "4", "4", "1", "2", "5", "end"],
}


@pytest.mark.parametrize("use", POINTS)
def test_a_rotation_that_is_killed_leaves_all_readable_and_is_finished_by_the_next(
    compared: City, use: KeyUse
) -> None:
    before, old = contents(compared), compared.workspace.key(use)
    for point in POINTS[use]:
        assert -signal.SIGKILL == killed(compared, use, point)
        assert before == contents(compared), point
    rotate(compared, use)
    assert (before, []) == (contents(compared), compared.workspace.keys().rotating())
    assert [key_id(compared.workspace.key(use))] == entries(compared, "key rotated")
    assert old != compared.workspace.key(use)
    left = [one for one in compared.workspace.root.rglob(".*") if one.suffix in (".part", ".next")]
    assert [] == left
    assert {"unchanged"} == {*compared.diff()}


def test_while_a_rotation_has_not_ended_nothing_is_written_under_the_old_key(compared: City) -> None:
    killed(compared, KeyUse.REGISTERS, "3")
    for work in (compared.scan, lambda: compared.deliver("people", PEOPLE)):
        with pytest.raises(Locked, match="rotation of the registers key"):
            work()
    with pytest.raises(Locked, match="registers"):
        raise owed(compared, "keys", "rotate", "vault", "--yes").exception or AssertionError
    assert "owed keys rotate registers" in owed(compared, "keys", "list").output


def test_a_layout_that_is_half_removed_is_none(compared: City, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Path] = []

    def killed_at(folder: Path) -> None:
        begun.append(folder)
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "rmtree", killed_at)
    with pytest.raises(KeyboardInterrupt):
        remove_layouts(compared.workspace)
    assert [False] == [(folder / "layout.json").exists() for folder in begun]


# --- the command ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["intake", "scan", "diff", "campaign", "buckets"])
def test_a_rotation_waits_for_other_work(compared: City, name: str) -> None:
    with compared.workspace.lock(name), pytest.raises(Locked, match=name):
        raise owed(compared, "keys", "rotate", "registers", "--yes").exception or AssertionError
    assert [] == compared.workspace.keys().rotating()


@pytest.mark.parametrize("use", [KeyUse.AUDIT, KeyUse.INVITATIONS])
def test_a_key_under_which_hashes_stay_is_refused_with_the_reason(compared: City, use: KeyUse) -> None:
    before = compared.workspace.key(use)
    with pytest.raises(Refused, match="is not rotated"):
        raise owed(compared, "keys", "rotate", use.value, "--yes").exception or AssertionError
    assert before == compared.workspace.key(use)


def test_a_dry_run_and_one_where_nobody_can_be_asked_change_nothing(compared: City) -> None:
    folder = compared.workspace.root
    before = {one: os.stat(one).st_mtime_ns for one in folder.rglob("*") if one.suffix != ".sqlite-shm"}
    shown = owed(compared, "keys", "rotate", "findings", "--dry-run")
    refused = owed(compared, "keys", "rotate", "findings")
    after = {one: os.stat(one).st_mtime_ns for one in before}
    assert (0, 2, before) == (shown.exit_code, refused.exit_code, after)


def test_a_file_that_opens_under_no_key_stops_a_rotation_before_it_begins(compared: City) -> None:
    path = next(compared.workspace.quarantine.glob("*.parquet"))
    path.write_bytes(secrets.token_bytes(100))
    with pytest.raises(Failed, match="does not open"):
        raise owed(compared, "keys", "rotate", "quarantine", "--yes").exception or AssertionError
    assert [] == compared.workspace.keys().rotating()


def test_a_next_key_that_others_can_read_is_refused(compared: City) -> None:
    path = compared.workspace.keys().next_path(KeyUse.VAULT)
    path.write_text(secrets.token_hex(32))
    path.chmod(0o644)
    with pytest.raises(BadSettings, match="other accounts"):
        Vault.open(compared.workspace)


def test_an_identity_that_another_index_key_named_stops_a_rotation(compared: City) -> None:
    with pytest.raises(Failed, match="does not open"):
        holding_of(compared.workspace, KeyUse.INDEX).survey([secrets.token_bytes(32)])


def test_a_manifest_that_is_lost_stops_a_rotation(compared: City) -> None:
    (runs(compared)[0] / MANIFEST).unlink()
    with pytest.raises(Failed, match="manifest"):
        raise owed(compared, "keys", "rotate", "findings", "--yes").exception or AssertionError

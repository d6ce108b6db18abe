"""What is taken in under a digest is what has that digest; what has no end is not waited for."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data import reading
from data.errors import ContractBroken
from data.formats.confinement import open_confined
from data.gates import Gate
from data.registers import current
from data.store.engine import reading as asked
from data.store.tables import batch
from tests.data.delivering import PEOPLE, PEOPLE_HEADER, Office, person

LINES = [PEOPLE_HEADER, *(person(at) for at in range(1, 9))]


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def changed_back(path: Path) -> None:
    """Other bytes of the same length, under the same times."""
    then = path.stat()
    path.write_bytes(path.read_bytes().replace(b"alive", b"alibi"))
    os.utime(path, ns=(then.st_atime_ns, then.st_mtime_ns))


def another_in_its_place(path: Path) -> None:
    other = path.with_name("other")
    other.write_text("\n".join(LINES[:3]), "utf-8")
    other.rename(path)


def when_read(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None], *, after: bool) -> None:
    """Act on the file just before, or after, the process that opens files has gone through it."""

    def opened(*args: Any, **named: Any) -> Any:
        if after:
            found = open_confined(*args, **named)
            act()
            return found
        act()
        return open_confined(*args, **named)

    monkeypatch.setattr(reading, "open_confined", opened)


def batches(office: Office) -> int:
    with asked(office.engine) as connection:
        return len(connection.execute(batch.select()).all())


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("change", [cut_short, changed_back])
def test_a_file_that_changes_while_it_is_read_is_no_batch(
    office: Office, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None], after: bool
) -> None:
    path = office.file(LINES)
    when_read(monkeypatch, lambda: change(path), after=after)
    with pytest.raises(ContractBroken, match="changed while it was read"):
        office.take_in(office.contract(PEOPLE), path)
    assert (0, {}) == (batches(office), office_registers(office))


def office_registers(office: Office) -> dict[str, object]:
    return dict(current(office.workspace, office.engine))


def test_a_file_that_took_the_place_of_another_before_it_is_read_is_no_batch(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = office.file(LINES)
    contract = office.contract(PEOPLE)
    real = reading._opened

    def opened(*args: Any, **named: Any) -> Any:
        another_in_its_place(path)
        return real(*args, **named)

    monkeypatch.setattr(reading, "_opened", opened)
    with pytest.raises(ContractBroken, match="changed while it was read"):
        office.take_in(contract, path)
    assert 0 == batches(office)


def test_a_file_that_changes_is_no_batch_either_when_it_lacks_a_column(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = office.file(LINES)
    contract = office.contract(PEOPLE + '[[column]]\nname = "note"\nin_file = "비고"\nparser = "text"\n')
    when_read(monkeypatch, lambda: cut_short(path) if path.stat().st_size > 300 else None, after=True)
    with pytest.raises(ContractBroken, match="changed while it was read"):
        office.take_in(contract, path, accept=[Gate.COLUMNS], reason="the export has no such column")
    assert 0 == batches(office)


def test_the_whole_file_is_taken_in_after_the_refusal(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = office.file(LINES)
    whole = path.read_bytes()
    with monkeypatch.context() as patch:
        when_read(patch, lambda: cut_short(path), after=False)
        with pytest.raises(ContractBroken):
            office.take_in(office.contract(PEOPLE), path)
    path.write_bytes(whole)
    taken = office.take_in(office.contract(PEOPLE), path)
    assert (False, 8) == (taken.already, taken.accepted)


@pytest.mark.parametrize("after", [False, True])
def test_a_mended_sheet_that_changes_while_it_is_read_mends_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    rows = [person(at, born="2023" if at < 4 else "20230101") for at in range(1, 9)]
    delivered = office.people(*rows).batch_id
    path = office.saved([row | {"생년월일": "20230101"} for row in office.sheet(delivered)])
    when_read(monkeypatch, lambda: cut_short(path), after=after)
    with pytest.raises(ContractBroken, match="changed while it was read"):
        office.retry(office.contract(PEOPLE), delivered, path)
    assert (1, 3) == (batches(office), office.chain(delivered).open)


def test_what_has_no_end_is_refused_at_once(office: Office, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    began = time.monotonic()
    for path in (pipe, Path("/dev/zero")):
        with pytest.raises(ContractBroken, match="a pipe, a device or a socket"):
            office.take_in(office.contract(PEOPLE), path)
        with pytest.raises(ContractBroken, match="a pipe, a device or a socket"):
            reading.headers_of(path)
    assert time.monotonic() - began < 5


def test_a_folder_that_is_no_table_is_not_looked_through(office: Office, tmp_path: Path) -> None:
    (tmp_path / "folder" / "below").mkdir(parents=True)
    (tmp_path / "folder" / "below" / "link").symlink_to("/")  # whoever looks there says so
    with pytest.raises(ContractBroken, match="The folder is no table"):
        office.take_in(office.contract(PEOPLE), tmp_path / "folder")

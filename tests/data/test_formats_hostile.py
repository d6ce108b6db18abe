"""A file that would exhaust, escape or hide ends in a clear refusal, and whoever opened it lives on."""

from __future__ import annotations

import gzip
import io
import os
import signal
import subprocess
import sys
import time
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from data.errors import BadSettings, ContractBroken
from data.formats import confinement
from data.formats.limits import USUAL, Limits, limits_of
from data.formats.shape import Shape
from data.reading import read_table
from tests.data.filing import as_csv, workbook, zipped

HEADERS = ("a", "b")
GOOD = as_csv([HEADERS, ("1", "2")]).encode()


def read(folder: Path, content: bytes, limits: Limits = USUAL) -> None:
    path = folder / "delivery"
    path.write_bytes(content)
    read_table(path, HEADERS, limits=limits, folder=folder)


def far_cell() -> bytes:
    """A workbook of little more than a kilobyte with a cell in the last row and the last column."""
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1"><v>1</v></c></row>'
        '<row r="1048575"><c r="XFD1048575"><v>1</v></c></row></sheetData></worksheet>'
    )
    return repacked(workbook([HEADERS, ("1", "2")]), "xl/worksheets/sheet2.xml", lambda _: sheet.encode())


def repacked(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w") as new:
        for part in old.namelist():
            new.writestr(part, change(old.read(part)) if part == name else old.read(part))
    return file.getvalue()


def archive(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name in names:
            made.writestr(name, GOOD)
    return file.getvalue()


def twice(name: str) -> bytes:
    """An archive with two files of one name, as no tool warns of."""
    with warnings.catch_warnings(action="ignore", category=UserWarning):
        return archive(name, name)


def with_password() -> bytes:
    content = bytearray(archive("a.csv"))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + at] |= 1
    return bytes(content)


SMALL = Limits(unpacked_mib=4)


@pytest.mark.parametrize(
    ("content", "limits", "told"),
    [
        (far_cell(), USUAL, "within 4,096 MiB of memory"),
        (gzip.compress(b"a,b\n" + b"1,2\n" * 2_000_000), SMALL, "unpacks to more than 4 MiB"),
        (zipped(b"a,b\n" + b"1,2\n" * 2_000_000), SMALL, "unpacks to more than 4 MiB"),
        (b"a,b\n" + b"1,2\n" * 11, Limits(rows=10), "more than 10 rows"),
        (gzip.compress(b"a,b\n" + b"1" * 200_000_000), USUAL, "more than 400 times its size"),
        (
            repacked(workbook([HEADERS]), "docProps/app.xml", lambda _: b" " * 6_000_000),
            SMALL,
            "unpacks to more than the limits",
        ),
        (b"a,b\n" + b"1,2\n" * 400_000, Limits(unpacked_mib=1), "larger than"),
        (gzip.compress(gzip.compress(GOOD)), USUAL, "another archive"),
        (zipped(archive("a.csv")), USUAL, "another archive"),
        (zipped(gzip.compress(GOOD)), USUAL, "another archive"),
        (archive("../a.csv"), USUAL, "leads out of it"),
        (archive("/etc/passwd"), USUAL, "leads out of it"),
        (archive("..\\a.csv"), USUAL, "leads out of it"),
        (archive("C:a.csv"), USUAL, "leads out of it"),
        (archive(), USUAL, "holds 0 files"),
        (twice("a.csv"), USUAL, "2 files of the same name"),
        (archive("."), USUAL, "without a name"),
        (with_password(), USUAL, "has a password"),
        (archive("a.csv")[:-10], USUAL, "damaged"),
        (
            repacked(
                workbook([HEADERS]),
                "xl/workbook.xml",
                lambda part: part.replace(b"<workbook", b'<!DOCTYPE x [<!ENTITY a "b">]><workbook', 1),
            ),
            USUAL,
            "letters of its own",
        ),
        (
            repacked(
                workbook([HEADERS]),
                "xl/workbook.xml",
                lambda part: part.replace(b"<workbook", b" " * 5_000 + b"<!DOCTYPE x><workbook", 1),
            ),
            USUAL,
            "letters of its own",
        ),
        (
            repacked(
                workbook([HEADERS, ("x", "2")]),
                "xl/sharedStrings.xml",
                lambda part: part.replace(
                    b"<sst", b" " * 5_000 + b'<!DOCTYPE x [<!ENTITY a "b">]><sst', 1
                ).replace(b">x<", b">&a;<"),
            ),
            USUAL,
            "damaged",
        ),
        (b"a,b\n" + b"x" * 70_000_000, USUAL, "more than 64 MiB"),
        (b"<table>" + b"<tr><td>a<td>b" + b"<tr" + b"x" * 5_000_000, USUAL, "more than 4 MiB"),
    ],
)
def test_a_file_that_goes_beyond_is_refused(
    tmp_path: Path, content: bytes, limits: Limits, told: str
) -> None:
    with pytest.raises(ContractBroken, match=told):
        read(tmp_path, content, limits)
    assert ["delivery"] == os.listdir(tmp_path)


def test_a_member_that_is_there_twice_is_refused_by_name_too(tmp_path: Path) -> None:
    path = tmp_path / "delivery"
    path.write_bytes(twice("a.csv"))
    with pytest.raises(ContractBroken, match="2 files of the same name"):
        read_table(path, HEADERS, shape=Shape(member="a.csv"))


def test_a_file_that_takes_too_long_is_refused(tmp_path: Path) -> None:
    content = b"<table><tr><td>a<td>b" + b"<tr><td>1<td>2" * 3_000_000
    with pytest.raises(ContractBroken, match="longer than 1 seconds"):
        read(tmp_path, content, Limits(seconds=1))


def test_a_file_that_takes_too_much_of_the_processor_is_refused(tmp_path: Path) -> None:
    content = b"<table><tr><td>a<td>b" + b"<tr><td>1<td>2" * 3_000_000
    with pytest.raises(ContractBroken, match="more than 1 seconds of processor time"):
        read(tmp_path, content, Limits(processor_seconds=1))


def test_memory_that_is_not_there_is_told(tmp_path: Path) -> None:
    content = b"a,b\n" + b"1,2\n" * 12_000_000  # beyond 400 MiB; to start at all takes less than 350
    with pytest.raises(ContractBroken, match="375 MiB of memory"):
        read(tmp_path, content, Limits(memory_mib=375))


def test_a_process_that_breaks_down_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confinement, "_COMMAND", (sys.executable, "-c", "import os; os.abort()"))
    with pytest.raises(ContractBroken, match="could not be opened"):
        read(tmp_path, GOOD)


def test_whoever_opens_a_file_has_nothing_of_our_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OWED_SECRET", "s")
    script = "import os, json, sys; print(json.dumps({'refused': ' '.join(sorted(os.environ))}))"
    monkeypatch.setattr(confinement, "_COMMAND", (sys.executable, "-c", script))
    with pytest.raises(ContractBroken) as caught:
        read(tmp_path, GOOD)
    assert "OWED" not in caught.value.what and "PYTHONPATH" in caught.value.what


def test_when_the_parent_is_killed_nothing_goes_on_and_nothing_is_left(tmp_path: Path) -> None:
    delivery, folder = tmp_path / "delivery", tmp_path / "folder"
    folder.mkdir()
    delivery.write_bytes(b"<table><tr><td>a<td>b" + b"<tr><td>1<td>2" * 3_000_000)
    script = (
        "import sys; from pathlib import Path; from data.reading import read_table;"
        f"read_table(Path({str(delivery)!r}), ['a', 'b'], folder=Path({str(folder)!r}))"
    )
    root = Path(__file__).resolve().parents[2]
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=root)
    child = _wait_for_child(parent.pid)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert ([], True) == (os.listdir(folder), _ends(child))


def _wait_for_child(parent: int) -> int:
    for _ in range(600):
        found = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        if found:
            time.sleep(0.5)  # well into its work
            return int(found[0])
        time.sleep(0.05)
    raise AssertionError("no child was started")


def _ends(child: int) -> bool:
    for _ in range(200):
        if not Path(f"/proc/{child}").exists():
            return True
        time.sleep(0.05)
    return False


def test_no_cell_stands_in_a_refusal(tmp_path: Path) -> None:
    secret = "9001010000001"
    for content in (
        f"{secret},홍길동\n".encode(),
        f"<table><tr><td>{secret}</table>".encode(),
        workbook([(secret, "x")]),
        zipped(f"{secret},x\n".encode()),
    ):
        with pytest.raises(ContractBroken) as caught:
            read(tmp_path, content)
        assert secret not in str(caught.value)


@pytest.mark.parametrize("table", [{"memory": 1}, {"memory_mib": 100}, {"seconds": "9"}, {"seconds": True}])
def test_a_limit_that_means_nothing_is_refused(table: dict[str, object]) -> None:
    with pytest.raises(BadSettings, match="limit"):
        limits_of(table)

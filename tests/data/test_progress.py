"""Whoever waits for a large file hears how many rows have been read and checked."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from data.formats import confinement
from data.formats.shape import PLAIN
from data.intake import STEPS, take_in
from data.reading import read_table
from tests.data.delivering import NOW, PEOPLE, PEOPLE_HEADER, TODAY, Office, person


@dataclass
class Heard:
    steps: int = 0
    counts: list[tuple[str, int]] = field(default_factory=list)

    def advance(self, steps: int = 1) -> None:
        self.steps += steps

    def rows(self, done: str, count: int) -> None:
        self.counts.append((done, count))


def test_an_intake_tells_how_many_rows_it_has_read_and_checked(office: Office) -> None:
    heard = Heard()
    take_in(
        office.workspace, office.engine, office.contract(PEOPLE),
        office.file([PEOPLE_HEADER, person(1), person(2), person(2)]),
        extracted_on=TODAY, now=NOW, progress=heard,
    )  # fmt: skip
    told = [one for at, one in enumerate(heard.counts) if one not in heard.counts[:at] and one[1]]
    assert (STEPS, [("read", 3), ("checked", 3)]) == (heard.steps, told)


def test_rows_are_counted_while_the_file_is_still_being_read(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confinement, "TICK", 0.02)
    path = office.file([PEOPLE_HEADER, *(person(who) for who in range(400_000))])
    heard: list[int] = []
    table = read_table(path, PEOPLE_HEADER.split(","), shape=PLAIN, watch=heard.append)
    on_the_way = [count for count in heard if 0 < count < table.rows_in]
    assert (400_000, True, sorted(heard)) == (table.rows_in, len(on_the_way) > 0, heard)

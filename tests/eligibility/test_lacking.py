"""What a scan makes of a register that an operator accepted without one of its columns."""

from __future__ import annotations

import pytest

from data.commandline import SilentProgress
from data.errors import Failed
from data.gates import Gate
from data.intake import take_in
from eligibility.runs import Run
from tests.eligibility.city import FEES, HEADERS, PEOPLE, REFUND, City


def deliver_without_last(city: City, register: str, rows: dict[str, str]) -> None:
    """The register without its last column, which its clerk accepted."""
    lines = [HEADERS[register], *(f"{key},{rest}" for key, rest in rows.items())]
    file = city.folder / f"{register}-lacking.csv"
    file.write_text("".join(line.rpartition(",")[0] + "\n" for line in lines), "utf-8")
    take_in(
        city.workspace,
        city.engine,
        city.packs.contracts[f"toy/{register}"],
        file,
        extracted_on=city.now.date(),
        now=city.now,
        progress=SilentProgress(),
        accept=[Gate.COLUMNS],
        reason="the office has no such column",
    )


def counts(run: Run) -> tuple[int, int]:
    return run.programmes[REFUND]["entitled"], run.programmes[REFUND]["unknown"]


def test_what_a_column_that_is_not_there_would_say_is_unknown(city: City) -> None:
    city.deliver_all(without=["people"])
    deliver_without_last(city, "people", PEOPLE)
    run = city.scan()  # nobody's birth date is known, so nobody's bonus is
    assert ((0, 3), ["birth_date"]) == (counts(run), run.manifest["registers"]["people"]["lacking"])


def test_a_programme_to_which_a_blank_means_something_does_not_run_without_the_column(city: City) -> None:
    city.deliver_all(without=["fees"])
    deliver_without_last(city, "fees", FEES)
    with pytest.raises(Failed, match="fees without given_up_on"):
        city.scan()

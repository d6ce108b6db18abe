"""Whatever registers hold, both engines, any order of rows and any number of buckets give the same cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from data.errors import Failed
from eligibility.compiler import Compiled
from eligibility.pack import Pack, load_pack
from tests.eligibility.any_registers import Tables, as_ofs, bucket_of, registers_of, shuffled
from tests.eligibility.judged import by_frames, by_rows
from tests.eligibility.openedpack import write_opened_pack
from tests.eligibility.packs.verdicts import PACKS, built_in
from tests.eligibility.toypack import write_toy_pack

Findings = list[dict[str, Any]]
Engine = Callable[[Tables, Mapping[str, Compiled], date], Findings]
BUILT_IN = sorted(folder.name for folder in PACKS.iterdir() if any(folder.glob("*.py")))
BOUNDED = settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return load_pack("toy", write_toy_pack(tmp_path_factory.mktemp("packs") / "toy"))


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return load_pack("toy", write_opened_pack(tmp_path_factory.mktemp("packs") / "toy"))


@pytest.fixture(scope="module", params=["toy", "opened", *BUILT_IN])
def pack(request: pytest.FixtureRequest, toy: Pack, opened: Pack) -> Pack:
    made = {"toy": toy, "opened": opened}
    return made.get(request.param) or built_in(request.param)


RULES: dict[tuple[str, date], dict[str, Compiled]] = {}


def rules_of(pack: Pack, as_of: date) -> dict[str, Compiled]:
    """Every programme of the pack, compiled once for a day."""
    key = (pack.sha256, as_of)
    if key not in RULES:
        RULES[key] = {name: pack.compile(one, as_of) for name, one in pack.programmes.items()}
    return RULES[key]


def found(engine: Engine, tables: Tables, rules: Mapping[str, Compiled], as_of: date) -> Findings | str:
    """The findings, or what is refused."""
    try:
        return engine(tables, rules, as_of)
    except Failed as error:
        return type(error).__name__


@BOUNDED
@given(data=st.data())
def test_the_fast_engine_finds_what_the_plain_one_finds(pack: Pack, data: st.DataObject) -> None:
    as_of = data.draw(as_ofs(pack))
    rules = rules_of(pack, as_of)
    tables = data.draw(registers_of(pack, rules))
    assert found(by_rows, tables, rules, as_of) == found(by_frames, tables, rules, as_of)


@BOUNDED
@given(data=st.data())
def test_neither_the_order_of_rows_nor_the_number_of_buckets_changes_a_cell(
    pack: Pack, data: st.DataObject
) -> None:
    as_of = data.draw(as_ofs(pack))
    rules = rules_of(pack, as_of)
    tables = data.draw(registers_of(pack, rules))
    count, seed = data.draw(st.sampled_from([1, 2, 3])), data.draw(st.integers(0, 2**16))

    def elsewise(tables: Tables, rules: Mapping[str, Compiled], as_of: date) -> Findings:
        mixed = shuffled(tables, seed)
        parts = [by_frames(bucket_of(mixed, number, count), rules, as_of) for number in range(count)]
        return [row for part in parts for row in part]

    whole = found(by_frames, tables, rules, as_of)
    assume(not isinstance(whole, str))  # two rows that are one unit are refused only where they lie together
    assert in_order(whole) == in_order(found(elsewise, tables, rules, as_of))


def in_order(findings: Findings | str) -> Findings | str:
    return findings if isinstance(findings, str) else sorted(findings, key=str)

"""A cell by which a row is a unit, is told apart, is found or has its group is never blank in silence."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from data.errors import BadSettings, Failed
from eligibility.check import check
from eligibility.pack import Packs, load_pack
from tests.eligibility.city import FEES, PAID, City
from tests.eligibility.toypack import CONTRACTS, write_toy_pack

TODAY, FIRST = date(2026, 9, 1), "0000000000000001"
COLUMNS = [
    ("fees", "kind", "it says which rows are a space"),
    ("fees", "fee", "it tells one space from another"),
    ("fees", "place", "it tells one space from another"),
    ("fees", "year", "it tells one space from another"),
    ("fees", "payer", "it says whom the space entitles"),
    ("fees", "payer", "a row of fees has its group by it"),
    ("paid", "fee", "the fact paid finds its rows by it"),
    ("people", "person", "the fact birth_date finds its rows by it"),
    ("people", "person", "a row of fees has its group by it"),
    ("people", "household", "a row of fees has its group by it"),
    ("people", "household", "a row of people has its group by it"),
]


def may_be_blank(folder: Path, register: str, column: str) -> Path:
    """A toy pack in whose contract of a register one column is not required."""
    file = folder / "contracts" / f"{register}.toml"
    head, table, rest = file.read_text("utf-8").partition(f'name = "{column}"\n')
    own, mark, others = rest.partition("[[column]]")
    file.write_text(head + table + own.replace("required = true\n", "") + mark + others, "utf-8")
    return folder


def problems(folder: Path) -> list[str]:
    remarks = check(Packs((load_pack("toy", folder),)), TODAY)
    return [one.what for one in remarks if one.problem and "may be blank" in one.what]


@pytest.mark.parametrize(("register", "column", "what_for"), COLUMNS)
def test_a_column_whose_blank_would_say_no_must_be_required(
    tmp_path: Path, register: str, column: str, what_for: str
) -> None:
    folder = may_be_blank(write_toy_pack(tmp_path / "toy"), register, column)
    (what,) = problems(folder)
    assert (f"{register}.{column} may be blank in toy/{register}: ", True) == (
        what[: what.index(": ") + 2],
        what_for in what.split(": ")[1].split("; ")
        and what.endswith(": set `required = true` for it in the contract of the pack toy"),
    )


def test_a_column_that_a_contract_gives_as_a_constant_is_never_blank(tmp_path: Path) -> None:
    folder = write_toy_pack(tmp_path / "toy")
    column = (
        '[[column]]\nname = "kind"\nin_file = "kind"\nparser = "one_of:yearly,monthly"\nrequired = true\n'
    )
    fees = CONTRACTS["fees"].replace(column, "") + '[constants]\nkind = "yearly"\n'
    (folder / "contracts" / "fees.toml").write_text(fees, "utf-8")
    assert ([], True) == (problems(folder), column in CONTRACTS["fees"])


def test_a_column_whose_blank_is_unknown_need_not_be_required(tmp_path: Path) -> None:
    assert ([], False) == (problems(write_toy_pack(tmp_path / "toy")), "required" in CONTRACTS["paid"][-120:])


def test_it_is_the_pack_of_the_contract_that_is_mended(tmp_path: Path) -> None:
    toy, other = (write_toy_pack(tmp_path / name) for name in ("toy", "other"))
    may_be_blank(other, "fees", "kind")
    for path in (*toy.glob("contracts/*.toml"), *other.glob("*.*")):
        path.unlink()
    packs = Packs((load_pack("toy", toy), load_pack("other", other)))
    found = [one for one in check(packs, TODAY) if "fees.kind may be blank" in one.what]
    assert [("toy/space_refund", "other")] == [(one.programme, one.pack) for one in found]


@pytest.mark.parametrize(("register", "column"), [("fees", "kind"), ("paid", "fee")])
def test_no_scan_relies_on_a_column_that_may_be_blank(delivered: City, register: str, column: str) -> None:
    may_be_blank(delivered.folder / "packs" / "toy", register, column)
    delivered.reload()
    with pytest.raises(BadSettings, match=f"{register}.{column} may be blank in toy/{register}") as error:
        delivered.scan()
    assert "required = true" in str(error.value.mend)


BLANKS = {
    "kind": ("fees", FEES | {FIRST: 'P1,A-1,2026,,"12,340",2026-07-01'}, "1 rows without kind"),
    "year": ("fees", FEES | {FIRST: 'P1,A-1,,yearly,"12,340",2026-07-01'}, "1 rows without year"),
    "fee": ("paid", PAID | {"1": "P1,,12340,2026-01-10"}, "1 rows without (fee|a group)"),
}


@pytest.mark.parametrize("column", BLANKS)
def test_no_scan_relies_on_blanks_that_came_before_they_were_refused(delivered: City, column: str) -> None:
    register, rows, what = BLANKS[column]
    folder = delivered.folder / "packs" / "toy"
    contract = folder / "contracts" / f"{register}.toml"
    strict = contract.read_text("utf-8")
    may_be_blank(folder, register, column)
    delivered.reload()
    delivered.deliver(register, rows)
    contract.write_text(strict, "utf-8")
    delivered.reload()
    with pytest.raises(Failed, match=f"The register {register} was taken in .* with .*{what}"):
        delivered.scan()


def test_a_register_without_blanks_that_came_before_serves_as_it_is(delivered: City) -> None:
    folder = delivered.folder / "packs" / "toy"
    contract = folder / "contracts" / "fees.toml"
    strict = contract.read_text("utf-8")
    may_be_blank(folder, "fees", "kind")
    delivered.reload()
    delivered.deliver("fees", FEES)
    contract.write_text(strict, "utf-8")
    delivered.reload()
    assert {"new": 2} == delivered.diff()

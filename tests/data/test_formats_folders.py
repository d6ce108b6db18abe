"""A table that is a folder is read as it stands: what is deleted stays deleted, what is elsewhere unread."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from pyiceberg.table import StaticTable

from data.errors import ContractBroken
from data.formats.shape import PLAIN, Shape
from data.reading import headers_of, read_table
from tests.data.tabling import (
    delete_by_place,
    delete_by_value,
    delete_by_vector,
    delta_table,
    iceberg_table,
    logged,
    vector,
    with_vector,
)

HEADERS = ("번호", "성명")
ROWS = [("0012", "뷁똠"), ("0100", "김 민서"), ("0200", ""), ("9999", "이<b>&amp;")]
TABLE = [HEADERS, *ROWS]
FORMS: dict[str, Callable[..., object]] = {"delta": delta_table, "iceberg": iceberg_table}


def read(folder: Path, shape: Shape = PLAIN, snapshot: str | None = None) -> list[tuple[str, str]]:
    cells = read_table(folder, HEADERS, shape=shape, snapshot=snapshot).cells
    return sorted(cells.select(HEADERS).rows())


def refusal(folder: Path, shape: Shape = PLAIN) -> str:
    with pytest.raises(ContractBroken) as caught:
        read(folder, shape)
    return caught.value.what


def counted(folder: Path) -> dict[str, int]:
    """What became of every row of the table's files; nothing is left over."""
    table = read_table(folder, HEADERS)
    told: dict[str, int] = table.reading["lines"]
    assert told["physical"] == told["before"] + told.get("deleted", 0) + table.rows_in
    assert table.rows_in == table.cells.height
    return told


@pytest.mark.parametrize("form", FORMS)
def test_a_table_gives_the_rows_of_all_its_commits(tmp_path: Path, form: str) -> None:
    FORMS[form](tmp_path, TABLE, commits=3)
    assert sorted(ROWS) == read(tmp_path)


@pytest.mark.parametrize("form", FORMS)
def test_rows_are_numbered_from_2_and_come_in_the_same_order_every_time(tmp_path: Path, form: str) -> None:
    FORMS[form](tmp_path / "one", TABLE, commits=3)
    shutil.copytree(tmp_path / "one", tmp_path / "other")
    first, second = (read_table(tmp_path / name, HEADERS).cells for name in ("one", "other"))
    assert (first.rows(), [2, 3, 4, 5]) == (second.rows(), first["_row"].to_list())


@pytest.mark.parametrize("form", FORMS)
def test_the_headers_of_a_table_are_its_columns(tmp_path: Path, form: str) -> None:
    FORMS[form](tmp_path, TABLE)
    assert list(HEADERS) == headers_of(tmp_path)


@pytest.mark.parametrize("form", FORMS)
def test_a_column_that_is_lacking_is_told(tmp_path: Path, form: str) -> None:
    FORMS[form](tmp_path, [("번호",), ("1",)])
    assert "The file lacks the column 성명." == refusal(tmp_path)


@pytest.mark.parametrize("form", FORMS)
def test_what_a_version_consists_of_has_one_digest_wherever_and_whenever_it_lies(
    tmp_path: Path, form: str
) -> None:
    FORMS[form](tmp_path / "one", TABLE)
    shutil.copytree(tmp_path / "one", tmp_path / "other")
    for path in (tmp_path / "other").rglob("*"):
        os.utime(path, (1, 1))
    digests = {read_table(tmp_path / name, HEADERS).sha256 for name in ("one", "other")}
    assert 1 == len(digests)


@pytest.mark.parametrize("form", FORMS)
def test_a_row_of_totals_is_told_apart(tmp_path: Path, form: str) -> None:
    FORMS[form](tmp_path, [*TABLE, ("합 계", "4")])
    shape = Shape(total_rows=("합계",), total_rows_expected=True)
    assert sorted(ROWS) == read(tmp_path, shape)


def test_a_version_that_is_named_is_the_one_that_is_read(tmp_path: Path) -> None:
    delta_table(tmp_path, TABLE, commits=2)
    first = read_table(tmp_path, HEADERS, snapshot="0")
    assert ([ROWS[0], ROWS[2]], "0") == (read(tmp_path, snapshot="0"), first.reading["snapshot"])


def test_a_snapshot_that_is_named_is_the_one_that_is_read(tmp_path: Path) -> None:
    table = iceberg_table(tmp_path, TABLE)
    named = str(table.metadata.current_snapshot_id)
    delete_by_place(table, [0])
    assert (sorted(ROWS[1:]), sorted(ROWS)) == (read(tmp_path), read(tmp_path, snapshot=named))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("snapshot", ["99", "-1", "x", "9" * 40])
def test_a_snapshot_that_is_not_there_is_refused(tmp_path: Path, form: str, snapshot: str) -> None:
    FORMS[form](tmp_path, TABLE)
    with pytest.raises(ContractBroken, match=r"no such|whole number"):
        read(tmp_path, snapshot=snapshot)


def test_a_file_has_no_snapshots(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("번호,성명\n", "utf-8")
    with pytest.raises(ContractBroken, match="no snapshots"):
        read(tmp_path / "a.csv", snapshot="1")


# --- what is deleted ---


def test_rows_that_a_deletion_vector_deletes_stay_deleted(tmp_path: Path) -> None:
    with_vector(delta_table(tmp_path, TABLE), [1, 3])
    assert ([ROWS[0], ROWS[2]], 2) == (read(tmp_path), counted(tmp_path)["deleted"])


def test_a_newer_deletion_vector_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    with_vector(with_vector(delta_table(tmp_path, TABLE, commits=2), [0], of=1), [0, 1], of=-1)
    assert [ROWS[0], ROWS[2]] == read(tmp_path)


def test_a_data_file_that_the_log_has_twice_is_refused(tmp_path: Path) -> None:
    """Once with its deleted rows and once with fewer of them: they would come back."""
    with_vector(with_vector(delta_table(tmp_path, TABLE), [0]), [0, 1], of=-1, again=True)
    assert "The table has a file twice." == refusal(tmp_path)


def test_deletion_vectors_that_a_checkpoint_holds_are_honoured(tmp_path: Path) -> None:
    with_vector(delta_table(tmp_path, TABLE), [0])
    DeltaTable(tmp_path).create_checkpoint()
    for page in (tmp_path / "_delta_log").glob("*.json"):
        page.unlink()
    assert sorted(ROWS[1:]) == read(tmp_path)


def test_rows_that_were_rewritten_away_do_not_come_back(tmp_path: Path) -> None:
    delta_table(tmp_path, TABLE)
    DeltaTable(tmp_path).delete("`번호` = '0100'")
    assert sorted([ROWS[0], *ROWS[2:]]) == read(tmp_path)


def test_deleting_rows_makes_another_delivery(tmp_path: Path) -> None:
    delta_table(tmp_path, TABLE)
    before = read_table(tmp_path, HEADERS).sha256
    with_vector(tmp_path, [1])
    assert before != read_table(tmp_path, HEADERS).sha256


def test_rows_that_a_position_delete_deletes_stay_deleted(tmp_path: Path) -> None:
    table = iceberg_table(tmp_path, TABLE)
    delete_by_place(table, [1, 3, 3])
    assert ([ROWS[0], ROWS[2]], 2) == (read(tmp_path), counted(tmp_path)["deleted"])


def test_a_delete_that_spells_the_address_in_another_way_counts_all_the_same(tmp_path: Path) -> None:
    table = iceberg_table(tmp_path, TABLE)
    target = next(iter(table.scan().plan_files())).file.file_path
    delete_by_place(table, [1, 3], named=target.replace("file:///", "file:/"))
    assert [ROWS[0], ROWS[2]] == read(tmp_path)


def test_rows_that_a_deletion_vector_of_iceberg_deletes_stay_deleted(tmp_path: Path) -> None:
    delete_by_vector(iceberg_table(tmp_path, TABLE), [1, 3])
    assert ([ROWS[0], ROWS[2]], 2) == (read(tmp_path), counted(tmp_path)["deleted"])


def test_a_deletion_vector_whose_checksum_does_not_hold_is_refused(tmp_path: Path) -> None:
    delete_by_vector(iceberg_table(tmp_path, TABLE), [1, 3], spoiled=True)
    assert "The Iceberg table is damaged, cut off or encrypted." == refusal(tmp_path)


def test_deletes_by_value_are_refused(tmp_path: Path) -> None:
    delete_by_value(iceberg_table(tmp_path, TABLE), "번호", "0100")
    assert "The table deletes rows by their values (equality deletes)." == refusal(tmp_path)


def test_a_vector_for_rows_that_are_not_there_is_refused(tmp_path: Path) -> None:
    with_vector(delta_table(tmp_path, TABLE), [9])
    assert "The Delta table is damaged, cut off or encrypted." == refusal(tmp_path)


def test_a_delete_of_a_row_that_is_not_there_is_refused(tmp_path: Path) -> None:
    delete_by_place(iceberg_table(tmp_path, TABLE), [9])
    assert "The table deletes rows that it does not have." == refusal(tmp_path)


# --- columns ---


def test_values_that_stand_in_the_log_are_cells_like_others(tmp_path: Path) -> None:
    days = pa.array([1, 2, None], pa.date32())
    table = pa.table({"번호": ["1", "2", "3"], "성명": ["a b/50%", "가", "c"], "d": days})
    write_deltalake(tmp_path, table, partition_by=["성명", "d"])
    shape = Shape(day_forms={"d": "%Y%m%d"})
    cells = read_table(tmp_path, ("번호", "성명", "d"), shape=shape).cells
    found = sorted(cells.drop("_row").rows())
    assert [("1", "a b/50%", "19700102"), ("2", "가", "19700103"), ("3", "c", "")] == found


def test_a_column_that_older_files_lack_is_empty_in_them(tmp_path: Path) -> None:
    write_deltalake(tmp_path, pa.table({"번호": ["1"]}))
    write_deltalake(tmp_path, pa.table({"번호": ["2"], "성명": ["b"]}), mode="append", schema_mode="merge")
    assert [("1", ""), ("2", "b")] == read(tmp_path)


def test_a_column_of_delta_that_was_renamed_is_read_under_its_new_name(tmp_path: Path) -> None:
    delta_table(tmp_path, [("old", "성명"), *ROWS])

    def renamed(action: dict[str, Any]) -> None:
        if "metaData" in action:
            schema = json.loads(action["metaData"]["schemaString"])
            for at, (field, name) in enumerate(zip(schema["fields"], HEADERS, strict=True), 1):
                mapped = {"delta.columnMapping.id": at, "delta.columnMapping.physicalName": field["name"]}
                field |= {"name": name, "metadata": mapped}
            action["metaData"]["schemaString"] = json.dumps(schema)
            action["metaData"]["configuration"] = {"delta.columnMapping.mode": "name"}
        if "protocol" in action:
            action["protocol"] |= {"minReaderVersion": 2, "minWriterVersion": 5}

    logged(tmp_path, renamed)
    assert sorted(ROWS) == read(tmp_path)


def test_a_column_of_iceberg_that_was_renamed_is_read_under_its_new_name(tmp_path: Path) -> None:
    table = iceberg_table(tmp_path, [("old", "성명"), *ROWS])
    with table.update_schema() as change:
        change.rename_column("old", "번호")
    assert sorted(ROWS) == read(tmp_path)


def test_no_cell_and_no_path_of_a_table_stands_in_a_refusal(tmp_path: Path) -> None:
    secret = "9001010000001"
    table = pa.table({"번호": [secret], "성명": ["x"]})
    write_deltalake(tmp_path, table, partition_by=["번호"])
    next(tmp_path.rglob("*.parquet")).unlink()
    with pytest.raises(ContractBroken) as caught:
        read(tmp_path)
    assert secret not in str(caught.value)


def test_a_vector_of_iceberg_is_what_the_package_reads_of_it(tmp_path: Path) -> None:
    delete_by_vector(iceberg_table(tmp_path, TABLE), [0, 2])
    page = max((tmp_path / "metadata").glob("*.metadata.json")).as_uri()
    found = StaticTable.from_metadata(page).scan().to_arrow()
    assert [ROWS[1], ROWS[3]] == list(zip(*found.to_pydict().values(), strict=True))


def test_a_vector_is_what_the_package_reads_of_it(tmp_path: Path) -> None:
    """Our tests write vectors by hand; here another reader says what they mean."""
    with_vector(delta_table(tmp_path, TABLE), [0, 2])
    masks = pa.table(DeltaTable(tmp_path).deletion_vectors())["selection_vector"].to_pylist()
    assert ([[False, True, False]], 2) == ([one[:3] for one in masks], vector([0, 2])["cardinality"])

"""A folder that is no table, or leads out of itself, is cut off or not understood, is refused in words."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from data.errors import ContractBroken
from data.formats.shape import Format, Shape
from tests.data.tabling import (
    adds,
    commit,
    delta_table,
    iceberg_table,
    logged,
    with_vector,
)
from tests.data.test_formats_folders import FORMS, ROWS, TABLE, read, refusal

OUTSIDE = "The table refers to a file outside its folder."


@pytest.mark.parametrize(
    "path", ["{}", "file://{}", "../{}", "%2e%2e/{}", "s3://bucket/x.parquet", "a/../../b"]
)
def test_a_delta_log_that_names_a_file_elsewhere_is_refused(tmp_path: Path, path: str) -> None:
    """The file is there, and would be read."""
    outside = delta_table(tmp_path / "outside", TABLE) / adds(tmp_path / "outside")[0]["path"]
    table = delta_table(tmp_path / "table", TABLE)

    def elsewhere(action: dict[str, Any]) -> None:
        if "add" in action:
            action["add"]["path"] = path.format(outside)

    logged(table, elsewhere)
    assert OUTSIDE == refusal(table)


@pytest.mark.parametrize(
    ("kind", "path"), [("p", "{}"), ("u", "../x" + "0" * 20), ("u", "a/../../x" + "0" * 20), ("x", "")]
)
def test_a_deletion_vector_elsewhere_is_refused(tmp_path: Path, kind: str, path: str) -> None:
    table = with_vector(delta_table(tmp_path / "table", TABLE), [1])

    def elsewhere(action: dict[str, Any]) -> None:
        if action.get("add", {}).get("deletionVector"):
            changed = {"storageType": kind, "pathOrInlineDv": path.format(tmp_path / "x.bin"), "offset": 1}
            action["add"]["deletionVector"] |= changed

    logged(table, elsewhere)
    assert OUTSIDE == refusal(table)


def test_a_checkpoint_that_leads_out_is_refused(tmp_path: Path) -> None:
    table = delta_table(tmp_path, TABLE)
    page = pa.table({"sidecar": [{"path": "../../x.parquet", "sizeInBytes": 1, "modificationTime": 1}]})
    parquet.write_table(page, table / "_delta_log" / "00000000000000000000.checkpoint.parquet")
    assert OUTSIDE == refusal(table)


def _readdressed(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    page = max((folder / "metadata").glob("*.metadata.json"))
    document = json.loads(page.read_text("utf-8"))
    change(document)
    page.write_text(json.dumps(document), "utf-8")


@pytest.mark.parametrize(
    "path", ["file://{}/metadata/x.avro", "{}/../x.avro", "s3://bucket/x.avro", "x.avro"]
)
def test_an_iceberg_page_that_names_a_file_elsewhere_is_refused(tmp_path: Path, path: str) -> None:
    iceberg_table(tmp_path / "table", TABLE)

    def elsewhere(document: dict[str, Any]) -> None:
        at = tmp_path / ("table" if ".." in path else "outside")
        document["snapshots"][-1]["manifest-list"] = path.format(at)

    _readdressed(tmp_path / "table", elsewhere)
    assert OUTSIDE == refusal(tmp_path / "table")


def test_a_table_that_calls_another_folder_its_own_finds_nothing_there(tmp_path: Path) -> None:
    """Its location is only a name: what it names is looked for in the folder that was delivered."""
    iceberg_table(tmp_path / "table", TABLE)
    shutil.copytree(tmp_path / "table", tmp_path / "copy")
    shutil.rmtree(tmp_path / "copy" / "data")
    assert "The table names a file that is not in its folder." == refusal(tmp_path / "copy")


@pytest.mark.parametrize("form", FORMS)
def test_a_link_in_the_folder_is_refused(tmp_path: Path, form: str) -> None:
    FORMS[form](tmp_path / "table", TABLE)
    data = next(path for path in (tmp_path / "table").rglob("*.parquet"))
    data.rename(tmp_path / "outside.parquet")
    data.symlink_to(tmp_path / "outside.parquet")
    assert "The folder holds a link, or something that is no file." == refusal(tmp_path / "table")


def test_a_pipe_in_the_folder_is_refused(tmp_path: Path) -> None:
    os.mkfifo(delta_table(tmp_path, TABLE) / "_delta_log" / "00000000000000000009.json")
    assert "The folder holds a link, or something that is no file." == refusal(tmp_path)


@pytest.mark.parametrize("form", FORMS)
def test_a_data_file_that_is_gone_is_refused(tmp_path: Path, form: str) -> None:
    FORMS[form](tmp_path, TABLE, commits=2)
    next(tmp_path.rglob("*.parquet")).unlink()
    assert "The table names a file that is not in its folder." == refusal(tmp_path)


@pytest.mark.parametrize("form", FORMS)
def test_a_data_file_that_was_exchanged_is_refused(tmp_path: Path, form: str) -> None:
    FORMS[form](tmp_path, TABLE)
    data = next(path for path in tmp_path.rglob("*.parquet"))
    parquet.write_table(pa.table({"번호": ["1"] * 9, "성명": ["x"] * 9}), data)
    assert "size" in refusal(tmp_path)


@pytest.mark.parametrize("feature", ["typeWidening", "누구"])
def test_a_feature_of_the_protocol_that_is_not_read_is_refused(tmp_path: Path, feature: str) -> None:
    table = delta_table(tmp_path, TABLE)
    names = [feature]
    protocol = {
        "minReaderVersion": 3,
        "minWriterVersion": 7,
        "readerFeatures": names,
        "writerFeatures": names,
    }
    commit(table, {"protocol": protocol})
    told = refusal(table)
    assert (True, False) == ("asks more" in told or "damaged" in told, "누구" in told)


def test_a_folder_that_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("번호,성명\n", "utf-8")
    assert "The folder is no table." == refusal(tmp_path)


def test_a_folder_that_is_both_needs_the_contract_to_say_which(tmp_path: Path) -> None:
    delta_table(tmp_path, TABLE)
    iceberg_table(tmp_path, TABLE[:3])
    told = refusal(tmp_path)
    assert ("both" in told, sorted(ROWS), sorted(ROWS[:2])) == (
        True,
        read(tmp_path, Shape(format=Format.DELTA)),
        read(tmp_path, Shape(format=Format.ICEBERG)),
    )


def test_a_contract_that_reads_a_file_takes_no_folder(tmp_path: Path) -> None:
    delta_table(tmp_path, TABLE)
    assert "no table of the kind" in refusal(tmp_path, Shape(format=Format.CSV))


@pytest.mark.parametrize(("form", "package"), [("delta", "deltalake"), ("iceberg", "pyiceberg")])
def test_without_its_extra_a_table_is_refused_by_the_extras_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, package: str
) -> None:
    from data.formats import confinement

    FORMS[form](tmp_path, TABLE)
    absent = f"import sys; sys.modules[{package!r}] = None; from data.formats.__main__ import main; main()"
    monkeypatch.setattr(confinement, "_COMMAND", (sys.executable, "-P", "-s", "-c", absent))
    with pytest.raises(ContractBroken) as caught:
        read(tmp_path)
    assert f'pip install "owed[{form}]"' == caught.value.mend

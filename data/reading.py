"""Opens a delivered file as a table of text in which every row still knows its line.

The file is opened by a process of its own (`data.formats`), under limits and without keys; what comes back is
a table and the lines it was read from, in files without a name. Decoding is strict: a letter that cannot be
read costs its row, it is never replaced.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

from data.broken_rows import BrokenRow
from data.contract import Contract
from data.errors import BadSettings, ContractBroken
from data.formats.broken import DIGEST_ALONE, HEADERS_ALONE, Broken, Unreadable
from data.formats.confinement import Opened, Watch, open_confined
from data.formats.limits import USUAL, Limits, limits_of
from data.formats.shape import PLAIN, Shape
from data.opening import open_delivery
from data.table import Lines, Mapped, Table
from data.workspace import Workspace

__all__ = ["Broken", "BrokenRow", "Table", "read_delivery", "read_table"]


def read_delivery(
    workspace: Workspace,
    contract: Contract,
    file: Path,
    *,
    snapshot: str | None = None,
    watch: Watch | None = None,
) -> Table:
    """A file, or a table's folder, as its contract reads it, under the workspace's limits.

    Its `sha256` is that of what was read. Raises ContractBroken, also where it changed meanwhile.
    """
    limits = limits_of(workspace.settings().table("intake.limits"))
    headers = [one.in_file for one in contract.columns]
    opened = _opened(
        file,
        headers,
        shape=contract.shape,
        limits=limits,
        folder=workspace.quarantine,
        snapshot=snapshot,
        watch=watch,
        hashed=True,
    )
    return table_of(opened, headers, str(file))


def read_database(
    workspace: Workspace, contract: Contract, name: str, environment: Mapping[str, str]
) -> Table:
    """What the contract's query finds in the database that `owed.toml` names `name`.

    Its address, which may hold a password, is taken from the environment variable that `owed.toml` names.
    Raises BadSettings, ContractBroken.
    """
    headers = [one.in_file for one in contract.columns]
    opened = _asked(workspace, contract, headers, name, environment)
    return table_of(opened, headers, f"database {name}")


def headers_in_database(
    workspace: Workspace, contract: Contract, name: str, environment: Mapping[str, str]
) -> list[str]:
    """The columns that the contract's query finds there. Raises BadSettings, ContractBroken."""
    opened = _asked(workspace, contract, HEADERS_ALONE, name, environment)
    with opened.table, opened.lines:
        return list(opened.answer["headers"])


def _asked(
    workspace: Workspace,
    contract: Contract,
    headers: Sequence[str],
    name: str,
    environment: Mapping[str, str],
) -> Opened:
    settings = workspace.settings()
    variable = settings.table(f"database.{name}").get("url_env")
    if not isinstance(variable, str) or not environment.get(variable):
        raise BadSettings(
            f"The address of the database {name} is not known.",
            where=f"database.{name}.url_env",
            mend="name an environment variable there, and put the address into it",
        )
    limits = limits_of(settings.table("intake.limits"))
    try:
        return open_confined(
            None,
            headers,
            contract.shape,
            limits=limits,
            folder=workspace.quarantine,
            url=_from_here(workspace, environment[variable]),
        )
    except Unreadable as error:
        raise _broken(error, f"database {name}") from error


def _from_here(workspace: Workspace, url: str) -> str:
    """An address; a SQLite file without a leading slash lies in the workspace, wherever a process works."""
    scheme, apart, place = url.partition(":///")
    if scheme.partition("+")[0] != "sqlite" or place.startswith("/") or not apart:
        return url
    return f"{scheme}:///{quote(str(workspace.root.resolve()))}/{place}"


def read_table(
    path: Path,
    headers: Sequence[str],
    *,
    shape: Shape = PLAIN,
    limits: Limits = USUAL,
    folder: Path | None = None,
    snapshot: str | None = None,
    watch: Watch | None = None,
) -> Table:
    """The columns `headers` of a file, or of the table that lies in the folder `path`, all as text.

    `folder` is where the table lies while it is in use; `snapshot` is which version of the table is read, the
    latest one if None. Raises ContractBroken, naming file and line but no cell, when the file is not what
    `shape` says, cannot be read as text, goes beyond a limit, lacks a header or has it twice, or when it
    changes meanwhile. The `sha256` of a file is that of what was read.
    """
    opened = _opened(
        path,
        headers,
        shape=shape,
        limits=limits,
        folder=folder,
        snapshot=snapshot,
        watch=watch,
        hashed=True,
    )
    return table_of(opened, headers, str(path))


def headers_of(
    path: Path,
    *,
    shape: Shape = PLAIN,
    limits: Limits = USUAL,
    folder: Path | None = None,
    snapshot: str | None = None,
) -> list[str]:
    """The headers of a file, as contracts name them, and no row of it; none where the form has no headers.

    Raises ContractBroken.
    """
    opened = _opened(path, HEADERS_ALONE, shape=shape, limits=limits, folder=folder, snapshot=snapshot)
    with opened.table, opened.lines:
        return list(opened.answer.get("headers", ()))


def table_sha256(workspace: Workspace, contract: Contract, path: Path, *, snapshot: str | None) -> str:
    """Of what the table in the folder `path` consists of, wherever the folder lies. Raises ContractBroken."""
    limits = limits_of(workspace.settings().table("intake.limits"))
    opened = _opened(
        path,
        DIGEST_ALONE,
        shape=contract.shape,
        limits=limits,
        folder=workspace.quarantine,
        snapshot=snapshot,
    )
    with opened.table, opened.lines:
        return str(opened.answer["sha256"])


def _opened(
    path: Path,
    headers: Sequence[str],
    *,
    shape: Shape,
    limits: Limits,
    folder: Path | None,
    snapshot: str | None,
    watch: Watch | None = None,
    hashed: bool = False,
) -> Opened:
    with open_delivery(path) as delivered:
        try:
            opened = open_confined(
                delivered.source, headers, shape, limits=limits, folder=folder, snapshot=snapshot, watch=watch
            )
        except Unreadable as error:
            raise _broken(error, str(path)) from error
        with ExitStack() as stack:
            stack.callback(opened.close)
            if hashed and not delivered.is_folder:
                opened.answer["sha256"] = delivered.sha256()
            stack.pop_all()
        return opened


def _broken(error: Unreadable, where: str) -> ContractBroken:
    at = f", line {error.line}" if error.line else ""
    return ContractBroken(error.what, where=f"{where}{at}", mend=error.mend)


def table_of(opened: Opened, headers: Sequence[str], where: str) -> Table:
    with opened.table, opened.lines:
        table = Table(tuple(headers), Mapped(opened.table), Lines(opened.lines, opened.answer), opened.answer)
    if table.rows_in != table.height + table.broken_count:
        raise ContractBroken(
            "The lines of the file and the rows read from it do not agree.", where=where, mend="report this"
        )
    return table

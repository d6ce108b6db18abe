"""Imports point down: no room knows a room above it, and two rooms know none of ours."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Each room and what of ours it may import besides itself.
MAY_IMPORT = {
    "channels": set(),
    "templates": set(),
    "data": set(),
    "eligibility": {"data"},
    "outreach": {"data", "eligibility", "channels", "templates"},
    "portal": {"data", "eligibility", "channels", "templates", "outreach"},
}
# A provider's or format's package is imported in one file, where its quirks are kept.
ONE_FILE = {
    "twilio": "channels/twilio.py",
    "aiohttp": "channels/twilio.py",
    "sendgrid": "channels/sendgrid.py",
    "python_http_client": "channels/sendgrid.py",
    "aiosmtplib": "channels/smtp.py",
    "uvicorn": "portal/server.py",
    "fastexcel": "data/formats/workbook.py",
    "psycopg": "data/formats/database.py",
    "deltalake": "data/formats/delta.py",
    "pyiceberg": "data/formats/iceberg.py",
}
ENVIRONMENT_READERS = {"cli.py", "portal/app.py"}
CLOCK_MAKERS = {"cli.py", "portal/app.py", "data/clock.py"}


def sources(room: str = ".") -> list[Path]:
    folders = [ROOT / room] if room != "." else [ROOT / name for name in MAY_IMPORT]
    files = [path for folder in folders for path in folder.rglob("*.py")]
    return [*files, ROOT / "cli.py"] if room == "." else files


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.split(".")[0])
    return names


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_a_room_imports_only_from_below(room: str) -> None:
    ours = set(MAY_IMPORT) | {"cli", "tests", "bench", "models"}
    allowed = MAY_IMPORT[room] | {room}
    wrong = {
        f"{relative(path)} imports {name}"
        for path in sources(room)
        for name in imported(path) & ours
        if name not in allowed
    }
    assert set() == wrong


@pytest.mark.parametrize(("package", "home"), sorted(ONE_FILE.items()))
def test_a_provider_is_imported_in_one_file(package: str, home: str) -> None:
    assert {home} == {relative(path) for path in sources() if package in imported(path)}


@cache
def calls(path: Path) -> set[str]:
    return {
        ast.unparse(node) for node in ast.walk(tree_of(path)) if isinstance(node, ast.Attribute | ast.Call)
    }


def test_only_the_two_entries_read_the_environment() -> None:
    readers = {
        relative(path) for path in sources() if calls(path) & {"os.environ", "os.getenv", "os.environ.get"}
    }
    assert readers <= ENVIRONMENT_READERS


def test_only_the_entries_make_a_clock() -> None:
    makers = {
        relative(path)
        for path in sources()
        if any(
            call.startswith(("datetime.now", "date.today", "time.time(", "datetime.utcnow"))
            for call in calls(path)
        )
    }
    assert makers <= CLOCK_MAKERS


def test_no_file_is_longer_than_one_can_hold_in_mind() -> None:
    long = {relative(path) for path in sources() if len(path.read_text("utf-8").splitlines()) > 400}
    assert set() == long


def test_no_room_prints() -> None:
    assert set() == {
        relative(path) for path in sources() if any(call.startswith("print(") for call in calls(path))
    }


def modules() -> dict[str, Path]:
    """Every module of ours by its dotted name; packages go by their own."""
    named = {relative(path).removesuffix(".py").replace("/", "."): path for path in sources()}
    return {name.removesuffix(".__init__"): path for name, path in named.items()}


def modules_imported(path: Path, known: Mapping[str, Path]) -> set[str]:
    """What a module imports of ours when it runs, inside functions too, but not only for a type checker."""
    found: set[str] = set()
    for node in _run(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            parts = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {one if one in known else node.module for one in parts}
    return found & set(known)


def _run(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield child
            yield from _run(child)


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """What is left once modules are taken away, again and again, that import none of the others, or that none
    of them imports; each with what it imports of them."""
    left = {name: others - {name} for name, others in graph.items()}
    while left:
        asked = set().union(*left.values())
        kept = {name: others & set(left) for name, others in left.items() if name in asked}
        kept = {name: others for name, others in kept.items() if others}
        if len(kept) == len(left):
            break
        left = kept
    return sorted([name, *sorted(others & set(left))] for name, others in left.items())


def test_no_modules_import_each_other_in_a_circle() -> None:
    known = modules()
    assert [] == circles({name: modules_imported(path, known) for name, path in known.items()})


def test_a_circle_of_modules_is_seen() -> None:
    graph: dict[str, set[str]] = {"a": {"b"}, "b": {"c", "e"}, "c": {"b"}, "d": {"d"}, "e": set()}
    assert [["b", "c"], ["c", "b"]] == circles(graph)

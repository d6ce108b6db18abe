"""Packs are written in the language of rules; what goes past it is named by file and line, and not run."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from data.errors import Refused
from data.setup import Authority, make_workspace
from eligibility.accepting import look_at
from eligibility.dialect import foreign_code
from tests.eligibility.toypack import RULES, write_toy_pack


def found(folder: Path, *lines: str) -> list[str]:
    (folder / "rules.py").write_text("\n".join(lines) + "\n", "utf-8")
    return [one.split(";")[0] for one in foreign_code(folder)]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("import polars as pl", "imports polars"),
        ("from pathlib import Path", "imports from pathlib"),
        ("from datetime import datetime", "imports datetime from datetime"),
        ("from dataclasses import sys", "imports sys from dataclasses"),
        ("from eligibility.facts import pl", "imports pl from eligibility.facts"),
        ("from eligibility.terms import make", "imports make from eligibility.terms"),
        ("from typing import get_type_hints", "imports get_type_hints from typing"),
        ("from functools import lru_cache", "imports lru_cache from functools"),
        ("from .. import eligibility", "imports from .."),
        ("from .facts import *", "imports *"),
        ("import functools", "imports functools"),
        ("SHARE = 0.5", "a number with a fraction"),
        ("TODAY = date.today()", ".today reads a clock"),
        ("X = eval('1')", "eval is not for rules"),
        ("X = open('/etc/hosts')", "open is not for rules"),
        ("X = isinstance(1, int)", "isinstance is not for rules"),
        ("X = getattr(date, 'to' + 'day')", "getattr is not for rules"),
        ("X = __import__('os')", "__import__ is Python's own"),
        ("X = date.__subclasses__", ".__subclasses__ is the inside of something"),
        ("X = '{0.x}'.format(date)", ".format makes a text of what it is given"),
        ("X = '%s' % date", "% makes a text of what it is given"),
        ("X = f'{date!r}'", "! in an f-string shows the inside of something"),
    ],
)
def test_code_that_is_no_rule_is_named(tmp_path: Path, line: str, what: str) -> None:
    named = found(tmp_path, "from datetime import date", line)
    assert [f"rules.py line 2: {what}"] == named[:1]


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        (["return f.returned_on is not None"], "rules.py line 3: `is` asks Python"),
        (["try:", "    bool(f.x)", "except ValueError:", "    return f.x"], "rules.py line 3: `try` hides"),
        (["match f.x:", "    case int():", "        return f.y"], "rules.py line 3: `match` asks Python"),
        (["with f.x:", "    return f.y"], "rules.py line 3: `with` is no part"),
        (["return True"], "rules.py line 2: back gives Python's True in line 3"),
        (["return 1"], "rules.py line 2: back gives Python's 1 in line 3"),
    ],
)
def test_a_rule_that_asks_python_and_not_the_records_is_named(
    tmp_path: Path, rule: list[str], what: str
) -> None:
    head = ['@programme.criterion(law="§1", label=WORDS)', "def back(f, r, on):"]
    (one,) = found(tmp_path, *head, *(f"    {line}" for line in rule))
    assert one.startswith(what)


def test_ordinary_rules_are_written_so(tmp_path: Path) -> None:
    lines = (
        "from functools import reduce",
        "from eligibility.facts import Fact, Words, column",
        "from eligibility.logic import UNKNOWN_TRUTH, any_of, choose",
        "LEVELS = ('D2', 'D3')",
        "def paid(f, r):",
        "    return any_of(*(f[f'{level.lower()}_months'] > 0 for level in LEVELS))",
    )
    assert [] == found(tmp_path, *lines)


def test_a_module_below_the_folder_is_refused_since_nothing_loads_it(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "rules.py").write_text("", "utf-8")
    assert [
        "more/rules.py line 1: lies below the pack's folder, where nothing is loaded; move it up or away"
    ] == list(foreign_code(tmp_path))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("# 보증금".encode("cp949"), "rules.py line 1: is not UTF-8; save it as UTF-8"),
        (
            b"# coding: utf-7\n# +AAo-import os+AAo-",
            "rules.py line 1: names the coding utf-7; a pack is UTF-8",
        ),
        (b"\n# vim: fileencoding=cp949 :\n", "rules.py line 2: names the coding cp949; a pack is UTF-8"),
        (b"x = 1\ndef (", "rules.py line 2: is not Python: "),
        (b"x = '\x00'", "rules.py line 1: is not Python: "),
    ],
)
def test_a_file_that_is_no_python_is_named(tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "rules.py").write_bytes(content)
    (one,) = foreign_code(tmp_path)
    assert one.startswith(what)


def test_a_pack_with_code_that_is_no_rule_is_refused_before_it_runs(tmp_path: Path) -> None:
    authority = Authority("가온시", "Gaon City", "02-0000-0120", "http://127.0.0.1:8080")
    workspace = make_workspace(tmp_path / "town", authority, packs=[], built_in_packs=tmp_path, buckets=1)
    ran = tmp_path / "ran"
    toy = write_toy_pack(tmp_path / "toy", rules=f"open({str(ran)!r}, 'w')\n{RULES}")
    with pytest.raises(Refused, match="holds code that is no rule; it was not run") as error:
        look_at(workspace, [str(toy)], tmp_path / "none", today=date(2026, 9, 1))
    assert (False, True) == (ran.exists(), "space.py line 1: open is not" in str(error.value.where))

"""Stories: a programme's examples, told in TOML beside it and held against the compiled rules.

    [[story]]
    name = "A 2000 cc car, prepaid in January, sold on 1 July 2026"
    programme = "kr/vehicle_tax_refund"
    as_of = 2026-07-02
    facts = { engine_cc = 2000, use = "private" }          # a fact left out is unknown
    finding = { status = "entitled", amount = 250130, parts = { vehicle_tax = 192410 } }
    source = "…"

`finding` may also hold `unknown` and `unmet` (names of criteria, all of them), `accrues_from`, `claim_from`
and `claim_by`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from data.errors import BadSettings
from eligibility.compiler import ENTITLED, NOT_ENTITLED, UNKNOWN, Compiled
from eligibility.facts import FactType, Unit
from eligibility.pack import Pack, Packs
from eligibility.plain import judge_unit
from eligibility.programmes import Programme

_KINDS: Mapping[str, tuple[type, str]] = {
    "name": (str, "a text"),
    "programme": (str, "a programme's id in quotes"),
    "as_of": (date, "a date, written 2026-01-01"),
    "facts": (dict, "a table of facts by name"),
    "finding": (dict, "a table of what the rules give"),
    "source": (str, "a text"),
}
KEYS = frozenset(_KINDS)
EXPECTED: Mapping[str, tuple[type, str]] = {
    "status": (str, f"{ENTITLED}, {NOT_ENTITLED} or {UNKNOWN}"),
    "parts": (dict, "a table of amounts by the names of parts"),
    **dict.fromkeys(("amount", "offset"), (int, "a whole number")),
    "at_least": (bool, "true or false"),
    **dict.fromkeys(("unknown", "unmet"), (list, "a list of criteria, each in quotes")),
    **dict.fromkeys(("accrues_from", "claim_from", "claim_by"), (date, "a date, written 2026-01-01")),
}
_FORM = "eligibility/stories.py shows the form"
_PYTHON_TYPES: dict[FactType, type] = {
    FactType.INT: int,
    FactType.MONEY: int,
    FactType.TEXT: str,
    FactType.DATE: date,
    FactType.BOOL: bool,
}


@dataclass(frozen=True, eq=False)
class Story:
    """One example: these facts as of that day give this finding."""

    name: str
    programme: str
    as_of: date
    facts: Mapping[str, Any]
    finding: Mapping[str, Any]
    source: str
    path: Path

    @property
    def where(self) -> str:
        return f"{self.path}: {self.name}"


def stories_of(pack: Pack) -> list[Story]:
    """Every story in a pack's folder, its contracts left out."""
    contracts = pack.folder / "contracts"
    paths = [path for path in sorted(pack.folder.rglob("*.toml")) if not path.is_relative_to(contracts)]
    return [story for path in paths for story in read_stories(path)]


def read_stories(path: Path) -> list[Story]:
    """The stories of a file, none when it holds none. Raises BadSettings naming the file and the story."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadSettings(f"The stories cannot be read: {error.strerror}.", where=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"The stories are not valid TOML: {error}.", where=str(path)) from error
    tables = document.get("story", [])
    if isinstance(tables, dict) and not KEYS & set(tables):  # a rate may be called so
        return []
    if not isinstance(tables, list):
        raise BadSettings("A story begins with [[story]].", where=f"{path} [story]", mend=_FORM)
    return [_story(path, table) for table in tables]


def _story(path: Path, table: Any) -> Story:
    if not isinstance(table, dict):
        raise BadSettings(f"A story is a table, not {table!r}.", where=f"{path} [[story]]", mend=_FORM)
    where = f"{path}: {table.get('name', 'a story without a name')}"
    wrong = sorted(KEYS ^ set(table))
    if wrong:
        what = f"The story has a missing or unknown key: {', '.join(wrong)}."
        raise BadSettings(what, where=where, mend=f"a story has {', '.join(sorted(KEYS))}")
    for key, (kind, said) in _KINDS.items():
        if type(table[key]) is not kind:
            raise BadSettings(f"`{key}` of a story is {said}, not {table[key]!r}.", where=where, mend=_FORM)
    _check_finding(where, table["finding"])
    return Story(path=path, **table)


def _check_finding(where: str, finding: Mapping[str, Any]) -> None:
    if not finding or finding.get("parts") == {}:
        raise BadSettings(
            "The story expects nothing and would always hold.",
            where=f"{where}, finding",
            mend='say what the rules give, such as finding = { status = "entitled", amount = 30000 }',
        )
    unknown = sorted(set(finding) - set(EXPECTED))
    if unknown:
        raise BadSettings(
            f"A finding has no {unknown[0]}.",
            where=where,
            mend=f"a story's finding may hold {', '.join(sorted(EXPECTED))}",
        )
    for key, value in finding.items():
        kind, said = EXPECTED[key]
        if type(value) is not kind or not _fits(key, value):
            raise BadSettings(
                f"`finding` says {key} = {value!r}; it is {said}.", where=where, mend="mend the story"
            )


def _fits(key: str, value: Any) -> bool:
    if key == "status":
        return value in (ENTITLED, NOT_ENTITLED, UNKNOWN)
    if key == "parts":
        return all(type(one) is int for one in value.values())
    return not isinstance(value, list) or all(isinstance(one, str) for one in value)


def tell(packs: Packs, stories: Iterable[Story], *, amended: bool = False) -> dict[Story, list[str]]:
    """Each story with the differences between what it says and what the rules give; none when it holds.

    A pack's own stories tell its own rates, or with `amended` those that another pack set in their place.
    """
    told: dict[Story, list[str]] = {}
    compiled: dict[tuple[str, date, bool], Compiled] = {}
    for story in stories:
        pack, programme = packs.find(story.programme)
        own = not amended and story.path.is_relative_to(pack.folder)
        pack = pack.unamended or pack if own else pack
        key = (story.programme, story.as_of, own)
        if key not in compiled:
            compiled[key] = pack.compile(programme, story.as_of)
        told[story] = _differences(story, programme, compiled[key])
    return told


def _differences(story: Story, programme: Programme, compiled: Compiled) -> list[str]:
    given = finding_for(compiled, _facts(story, compiled.unit))
    expected = dict(story.finding)
    lines = []
    for name in (*expected.get("unknown", ()), *expected.get("unmet", ())):
        if name not in given["criteria"]:
            raise BadSettings(f"{programme.id} has no criterion {name}.", where=story.where)
    for key, value in expected.items():
        found = {part: given["parts"].get(part) for part in value} if key == "parts" else given[key]
        if key in ("unknown", "unmet"):
            value, found = sorted(value), sorted(found)
        if value != found:
            lines.append(f"{key}: the story says {value}, the rules give {found}")
    return lines


def _facts(story: Story, unit: Unit) -> Mapping[str, Any]:
    for name, value in story.facts.items():
        fact = unit.fact(name)
        if fact is None:
            raise BadSettings(
                f"The story names a fact that unit {unit.name} does not have: {name}.",
                where=story.where,
                mend=f"its facts are {', '.join(one.name for one in unit.facts)}",
            )
        if type(value) is not _PYTHON_TYPES[fact.type]:
            raise BadSettings(f"{name} is a {fact.type.value}, not {value!r}.", where=story.where)
    return story.facts


def finding_for(compiled: Compiled, facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the rules give for made-up facts: status, criteria, amount, parts and days."""
    answer = judge_unit(compiled, {fact.name: facts.get(fact.name) for fact in compiled.unit.facts})
    return {**asdict(answer), "unknown": answer.unknown, "unmet": answer.unmet}

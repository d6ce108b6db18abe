"""Packs with as many programmes as wanted: the real ones, and copies of them under other names.

A copy has the same rules, facts and rates, and is compiled, judged and written like any other.
"""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from collections.abc import Mapping
from itertools import cycle
from pathlib import Path

from data.digests import folder_sha256
from data.workspace import PackSource
from eligibility.pack import load_pack

PACKS = Path(__file__).resolve().parents[1] / "eligibility" / "packs"
NAMES = ("kr", "us")
COPY = '''"""A copy, to measure many programmes."""

from __future__ import annotations

from copy import copy

from .{module} import programme as basis

programme = copy(basis)
programme.id = "{id}"
'''


def packs_with(folder: Path, wanted: int) -> list[PackSource]:
    """Copy the packs that Owed brings into `folder`, with copies of programmes until there are `wanted`."""
    modules = {name: _modules(name) for name in NAMES}
    real = [(name, programme) for name in NAMES for programme in modules[name]]
    copies: dict[tuple[str, str], list[str]] = defaultdict(list)
    for number, original in zip(range(wanted - len(real)), cycle(real), strict=False):
        copies[original].append(f"{original[0]}/made_{number}")
    for name in NAMES:
        shutil.copytree(PACKS / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        mine = {programme: made for (pack, programme), made in copies.items() if pack == name}
        _write_copies(folder / name, modules[name], mine)
    return [PackSource(name, folder / name, folder_sha256(folder / name)) for name in NAMES]


def _modules(name: str) -> dict[str, str]:
    """Each programme of a pack with the module that declares it."""
    declared = {}
    for path in sorted((PACKS / name).glob("*.py")):
        found = re.search(rf'^programme = Programme\(\s*"({name}/\w+)"', path.read_text("utf-8"), re.M)
        if found:
            declared[found[1]] = path.stem
    missing = set(load_pack(name, PACKS / name).programmes) - set(declared)
    assert not missing, f"no module declares {missing}"
    return declared


def _write_copies(folder: Path, modules: Mapping[str, str], copies: Mapping[str, list[str]]) -> None:
    for original, made in copies.items():
        for id_ in made:
            text = COPY.format(module=modules[original], id=id_)
            (folder / f"{id_.split('/')[1]}.py").write_text(text, "utf-8")
    for path in (folder / "contracts").glob("*.toml"):
        text = path.read_text("utf-8")
        for original, made in copies.items():
            named = ", ".join(f'"{one}"' for one in (original, *made))
            text = text.replace(f'"{original}"', named)
        path.write_text(text, "utf-8")

"""One demo, played once for every test that looks at what a whole run leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from portal.demo import play
from portal.server import listen
from portal.stage import Demo, prepare

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Played:
    """A finished demo and every line it said."""

    demo: Demo
    said: list[str]


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    root = tmp_path_factory.mktemp("demo") / "owed-demo"
    prepare(root)
    said: list[str] = []
    with listen("127.0.0.1", 0) as listener:
        demo = Demo(
            root=root,
            built_in_packs=ROOT / "eligibility" / "packs",
            residents=4_000,
            listener=listener,
            say=said.append,
        )
        play(demo)
        yield Played(demo, said)

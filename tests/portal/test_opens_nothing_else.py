from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from data.commandline import CommandContext
from data.keys import KeyUse
from data.setup import Authority, make_workspace
from data.store.engine import open_engine, reading
from data.store.tables import application
from data.workspace import Workspace
from portal.server import workspace_app
from tests.outreach.invited import invite
from tests.portal.visitor import PACKS, MovingClock, Visitor

FORBIDDEN = {
    "polars",
    "pyarrow",
    "eligibility",
    "data.vault",
    "data.registers",
    "data.buckets",
    "data.intake",
}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace in which only the settings, the store and one key are left."""
    made = make_workspace(
        tmp_path / "gaon",
        Authority(
            name_ko="가온시", name_en="Gaon City", phone="02-0000-0120", portal_url="http://127.0.0.1:8080"
        ),
        packs=("kr",),
        built_in_packs=PACKS,
        buckets=1,
    )
    invitations = made.key(KeyUse.INVITATIONS).hex()
    for path in sorted(made.root.rglob("*"), reverse=True):
        if path.is_dir():
            path.rmdir()
        elif path not in {made.settings_file, made.store_file}:
            path.unlink()
    key_file = made.keys().path(KeyUse.INVITATIONS)
    key_file.parent.mkdir(mode=0o700)
    key_file.touch(mode=0o600)
    key_file.write_text(invitations)
    return made


def test_the_portal_works_without_registers_findings_vault_or_any_other_key(workspace: Workspace) -> None:
    engine = open_engine(workspace.store_url)
    invited = invite(engine, key=workspace.key(KeyUse.INVITATIONS))
    context = CommandContext(workspace.root, {}, MovingClock(), PACKS)
    with Visitor(workspace_app(context), invited) as visitor:
        visitor.enter()
        visitor.post("/case")
        page = visitor.get("/submitted").text
    with reading(engine) as connection:
        assert connection.execute(select(application.c.reference)).scalar_one() in page
    engine.dispose()


def test_the_portal_loads_no_reader_of_registers_findings_or_vault() -> None:
    code = f"import sys, portal.app; print(sorted({FORBIDDEN!r} & set(sys.modules)))"
    root = Path(__file__).parents[2]
    ran = subprocess.run([sys.executable, "-c", code], cwd=root, check=True, capture_output=True, text=True)
    assert ran.stdout.strip() == "[]"

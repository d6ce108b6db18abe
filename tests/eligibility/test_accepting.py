"""A pack is taken into use by its digest, alone or together with others that changed."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from data.commandline import CommandContext
from data.errors import BadSettings, Refused
from data.setup import Authority, make_workspace
from data.store.schema import open_store
from data.workspace import Workspace
from eligibility.accepting import accept, look_at
from eligibility.commands import programmes
from eligibility.pack import load_packs
from tests.eligibility.test_boundaries import WHOLE
from tests.eligibility.toypack import FACTS, RATES, RULES, write_toy_pack

TODAY, NOW = date(2026, 9, 1), datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Two packs of an authority's own are in use: toy, and one just like it under another name."""
    authority = Authority("가온시", "Gaon City", "02-0000-0120", "http://127.0.0.1:8080")
    workspace = make_workspace(tmp_path / "town", authority, packs=[], built_in_packs=tmp_path, buckets=1)
    write_toy_pack(workspace.root / "toy", stories=WHOLE)
    other = write_toy_pack(
        workspace.root / "other",
        rules=RULES.replace("toy/", "other/"),
        stories=WHOLE.replace("toy/", "other/"),
    )
    for path in (other / "contracts").glob("*.toml"):
        path.write_text(path.read_text("utf-8").replace("toy/", "other/"), "utf-8")
    take_into_use(workspace, "toy", "other")
    return workspace


def take_into_use(workspace: Workspace, *names: str) -> None:
    given = [str(workspace.root / name) for name in names]
    for candidate in look_at(workspace, given, workspace.root, today=TODAY):
        accept(workspace, open_store(workspace), candidate.source, actor="kim", now=NOW)


def change(workspace: Workspace, *names: str) -> None:
    for name in names:
        (workspace.root / name / "facts.py").write_text(FACTS + "# read again\n", "utf-8")


def test_what_was_accepted_loads(workspace: Workspace) -> None:
    packs = load_packs(workspace.settings(), workspace.root)
    assert ["other/space_refund", "toy/space_refund"] == [programme.id for _, programme in packs]


def test_packs_that_changed_together_are_accepted_together(workspace: Workspace) -> None:
    change(workspace, "toy", "other")
    take_into_use(workspace, "toy", "other")
    assert 2 == len(load_packs(workspace.settings(), workspace.root).packs)


def test_of_two_folders_of_one_name_neither_is_taken(workspace: Workspace, tmp_path: Path) -> None:
    another = write_toy_pack(tmp_path / "elsewhere" / "toy", stories=WHOLE)
    with pytest.raises(BadSettings, match="Two of the packs have one name"):
        look_at(workspace, [str(workspace.root / "toy"), str(another)], workspace.root, today=TODAY)


def test_one_of_two_that_changed_is_refused_and_the_other_is_named(workspace: Workspace) -> None:
    change(workspace, "toy", "other")
    with pytest.raises(Refused, match="The pack other is not the one"):
        take_into_use(workspace, "toy")


def test_a_pack_that_moved_is_in_use_from_where_it_was_accepted(workspace: Workspace, tmp_path: Path) -> None:
    shutil.copytree(workspace.root / "toy", tmp_path / "elsewhere" / "toy")
    moved = tmp_path / "elsewhere" / "toy"
    (moved / "facts.py").write_text(FACTS + "# read again\n", "utf-8")
    (candidate,) = look_at(workspace, [str(moved)], workspace.root / "none", today=TODAY)
    left = accept(workspace, open_store(workspace), candidate.source, actor="kim", now=NOW)
    packs = {pack.name: pack.folder for pack in load_packs(workspace.settings(), workspace.root).packs}
    assert (str(workspace.root / "toy"), moved) == (left, packs["toy"])


def test_a_name_that_owed_brings_is_never_a_folder_of_the_directory_one_is_in(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_toy_pack(tmp_path / "brought" / "toy", stories=WHOLE)
    monkeypatch.chdir(workspace.root)
    found = [
        look_at(workspace, [one], tmp_path / "brought", today=TODAY)[0].source for one in ("toy", "./toy")
    ]
    assert [None, workspace.root / "toy"] == [one.folder for one in found]


def test_a_pack_goes_back_to_the_one_that_owed_brings(workspace: Workspace, tmp_path: Path) -> None:
    write_toy_pack(tmp_path / "brought" / "toy", stories=WHOLE)
    (candidate,) = look_at(workspace, ["toy"], tmp_path / "brought", today=TODAY)
    accept(workspace, open_store(workspace), candidate.source, actor="kim", now=NOW)
    assert [None] == [one.folder for one in workspace.settings().packs if one.name == "toy"]


def test_a_folder_without_a_pack_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    with pytest.raises(BadSettings, match="holds no pack"):
        look_at(workspace, [str(tmp_path / "nothing")], workspace.root, today=TODAY)


def test_a_block_that_is_written_otherwise_is_not_doubled(workspace: Workspace) -> None:
    text = workspace.settings_file.read_text("utf-8").replace('name = "toy"', "name = 'toy'")
    workspace.settings_file.write_text(text, "utf-8")
    change(workspace, "toy")
    with pytest.raises(BadSettings, match="The place of the pack toy was not found"):
        take_into_use(workspace, "toy")


def command(workspace: Workspace, *arguments: str) -> tuple[str, str]:
    """What it prints, and the error."""
    context = CommandContext(workspace.root, {}, lambda: NOW, workspace.root / "none")
    made = CliRunner().invoke(programmes, list(arguments), obj=context)
    return made.stdout, str(made.exception or "")


def not_in_use(folder: Path, *, amount: str) -> Path:
    """A pack that nobody has accepted yet, with a story's amount."""
    new = write_toy_pack(
        folder / "new",
        rules=RULES.replace("toy/", "new/"),
        stories=WHOLE.replace("toy/", "new/").replace("amount = 6170", f"amount = {amount}"),
    )
    for path in (new / "contracts").glob("*.toml"):
        path.write_text(path.read_text("utf-8").replace("toy/", "new/"), "utf-8")
    return new


def test_a_pack_whose_story_does_not_hold_is_refused_with_what_the_rules_give(
    workspace: Workspace, tmp_path: Path
) -> None:
    said, error = command(workspace, "accept", str(not_in_use(tmp_path, amount="6171")), "--yes")
    assert "grown-up: amount: the story says 6171, the rules give 6170" in said
    assert "The pack new has 1 problems" in error


@pytest.mark.parametrize("named", ["new", "new/stories.toml"])
def test_the_stories_of_a_folder_that_is_not_in_use_are_told(
    workspace: Workspace, tmp_path: Path, named: str
) -> None:
    not_in_use(tmp_path, amount="6171")
    said, error = command(workspace, "test", str(tmp_path / named))
    assert "amount: the story says 6171, the rules give 6170" in said
    assert "1 of 8 stories do not hold" in error


def test_the_stories_of_a_pack_in_use_that_changed_are_told_by_its_files_now(workspace: Workspace) -> None:
    change(workspace, "toy")
    said, _ = command(workspace, "test", str(workspace.root / "toy"))
    assert f"All 8 stories hold.\nNext: owed programmes accept {workspace.root}/toy\n" == said


def test_a_programme_is_shown_with_the_articles_of_its_days_and_until_when_a_rate_holds(
    workspace: Workspace,
) -> None:
    text = RATES.replace(
        "since = 2020-01-01, value = 200", "since = 2020-01-01, until = 2026-07-31, value = 200"
    )
    (workspace.root / "toy" / "space.toml").write_text(text, "utf-8")
    take_into_use(workspace, "toy")
    said, _ = command(workspace, "show", "toy/space_refund")
    assert ["(Ordinance §6)", "(Ordinance §5)"] == [
        line[-14:] for line in said.splitlines() if line.startswith(("  claimed", "  with interest"))
    ]
    assert "    interest: 200 bp since 2020-01-01 until 2026-07-31 (Ordinance §5)" in said.splitlines()

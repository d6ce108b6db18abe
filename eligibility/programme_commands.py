"""`owed programmes`: what the packs hold, whether it is sound, and whether its stories come true."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from data.commandline import CommandContext, Console, account, json_option, yes_option

if TYPE_CHECKING:
    from eligibility.accepting import Candidate
    from eligibility.pack import Packs
    from eligibility.stories import Story


def packs_of(ctx: CommandContext) -> Packs:
    """The packs that the workspace's settings name."""
    from eligibility.pack import load_packs

    return load_packs(ctx.workspace().settings(), ctx.built_in_packs)


@click.group()
def programmes() -> None:
    """The programmes, their rates and their stories."""


@programmes.command("list")
@json_option
@click.pass_obj
def list_(ctx: CommandContext, as_json: bool) -> None:
    """List every programme of the packs that owed.toml names."""
    from eligibility.programmes import describe

    console = Console(as_json=as_json)
    known = [describe(programme) for _, programme in packs_of(ctx)]
    for one in known:
        console.say(f"{one['id']}: {one['title']['en']} / {one['title']['ko']} ({one['law']})")
    console.document(known)
    console.next("owed programmes show ID")


@programmes.command()
@click.argument("programme")
@json_option
@click.pass_obj
def show(ctx: CommandContext, programme: str, as_json: bool) -> None:
    """Show PROGRAMME: its criteria, parts, rates, registers and assumptions, each with its article."""
    from eligibility.description import dated, describe_whole, paid

    console = Console(as_json=as_json)
    pack, chosen = packs_of(ctx).find(programme)
    described = describe_whole(pack, chosen)
    console.say(f"{chosen.id}: {chosen.title['en']} / {chosen.title['ko']}")
    console.say(f"  law: {chosen.law}; rule version {described['version']}")
    for line in paid(chosen):
        console.say(f"  {line}")
    for kind in ("criteria", "parts"):
        console.say(f"  {kind}:")
        for one in described[kind]:
            console.say(f"    {one['name']}: {one['label']['en']} ({one['law']})")
    console.say("  rates:")
    for rate in described["rates"]:
        for value in rate["values"]:
            console.say(f"    {rate['name']}: {dated(value, rate['unit'])}")
    console.say(f"  registers: {', '.join(described['registers'])}")
    for name, words in described["assumptions"].items():
        console.say(f"  assumes {name}: {words['en']}")
    console.document(described)
    console.next("owed programmes test")


@programmes.command()
@json_option
@click.pass_obj
def check(ctx: CommandContext, as_json: bool) -> None:
    """Look for unconfirmed rates, rates about to end, missing articles, and rules that could mistake
    unknown for no; code 1 when something must be mended."""
    from dataclasses import asdict

    from data.errors import Failed
    from eligibility.check import check as check_packs

    console = Console(as_json=as_json)
    packs = packs_of(ctx)
    today = ctx.today(ctx.workspace().settings().time_zone)
    remarks = check_packs(packs, today)
    for remark in remarks:
        console.say(f"{'problem' if remark.problem else 'note   '}  {remark.programme}: {remark.what}")
    console.document([asdict(remark) for remark in remarks])
    problems = sum(remark.problem for remark in remarks)
    if problems:
        raise Failed(f"{problems} problems in the packs.", mend="mend what the lines above name")
    console.say(f"No problems, {len(remarks)} notes.")
    console.next("owed programmes test")


@programmes.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True), required=False)
@json_option
@click.pass_obj
def test(ctx: CommandContext, path: Path | None, as_json: bool) -> None:
    """Hold the stories of the packs, or those of PATH, against the rules; code 1 when one does not hold.

    PATH is a file of stories or a pack's folder. A folder need not be in use, and a file in a pack's folder
    is told by the rules that lie beside it as they are now: naming either runs them.
    """
    from data.errors import Failed
    from eligibility.stories import tell

    console = Console(as_json=as_json)
    packs, stories = _stories_at(ctx, path)
    told = tell(packs, stories)
    for story, differences in told.items():
        for line in differences:
            console.say(f"{story.where}: {line}")
    failed = sum(bool(differences) for differences in told.values())
    console.document(
        [{"name": one.name, "file": str(one.path), "differences": lines} for one, lines in told.items()]
    )
    if failed or not stories:
        what = f"{failed} of {len(stories)} stories do not hold." if stories else "There are no stories."
        raise Failed(what, where=str(path or ""), mend="mend the rule, the rate or the story")
    console.say(f"All {len(stories)} stories hold.")
    console.next(f"owed programmes accept {quote(str(path))}" if path and path.is_dir() else "owed scan")


def _stories_at(ctx: CommandContext, path: Path | None) -> tuple[Packs, list[Story]]:
    """The stories that a path names, or all, and the packs by which they are told."""
    from eligibility.accepting import load_beside
    from eligibility.amending import FOLDER as AMENDS
    from eligibility.stories import read_stories, stories_of

    folder = path if path is None or path.is_dir() else path.parent
    if folder is None or (folder != path and not any(folder.glob("*.py")) and not (folder / AMENDS).is_dir()):
        packs = packs_of(ctx)
        every = [one for pack in packs.packs for one in stories_of(pack)]
        return packs, every if path is None else read_stories(path)
    packs, (source,) = load_beside(ctx.workspace(), [str(folder.resolve())], ctx.built_in_packs)
    if path is not None and path != folder:
        return packs, read_stories(path.resolve())
    return packs, [one for pack in packs.packs if pack.name == source.name for one in stories_of(pack)]


@programmes.command()
@click.argument("packs", nargs=-1, required=True)
@yes_option
@json_option
@click.pass_obj
def accept(ctx: CommandContext, packs: tuple[str, ...], *, yes: bool, as_json: bool) -> None:
    """Take PACKS, folders or names of packs that Owed brings, into use with their files as they are now.

    A name that Owed brings is Owed's own pack; a folder of the same name is given with a slash, ./kr.
    A pack is code that decides. Read it first: looking at it runs it. Packs are taken into use when their
    check finds no problem and all their stories hold; owed.toml then names their digests. Packs that
    changed together are named together.
    """
    from data.store.schema import open_store
    from eligibility.accepting import accept as write_down
    from eligibility.accepting import look_at

    console = Console(as_json=as_json)
    console.confirm(f"Has somebody read the files of {', '.join(packs)}? Going on runs their code.", yes=yes)
    workspace = ctx.workspace()
    today = ctx.today(workspace.settings().time_zone)
    candidates = look_at(workspace, packs, ctx.built_in_packs, today=today)
    for candidate in candidates:
        _refuse_if_unsound(console, candidate)
    for candidate in candidates:
        store = open_store(workspace)
        left = write_down(workspace, store, candidate.source, actor=account(), now=ctx.clock())
        names = ", ".join(candidate.programmes) or "no programme of its own"
        console.say(f"{candidate.source.name} is in use: {names}; {candidate.stories} stories hold.")
        if left:
            console.say(f"  it lies in {candidate.source.folder or 'Owed itself'} now; before: {left}")
    console.document([candidate.as_document() for candidate in candidates])
    console.next("owed programmes list")


def _refuse_if_unsound(console: Console, candidate: Candidate) -> None:
    from data.errors import Refused

    for remark in candidate.remarks:
        console.say(f"{'problem' if remark.problem else 'note   '}  {remark.programme}: {remark.what}")
    for story, lines in candidate.failing.items():
        for line in lines:
            console.say(f"problem  {story.where}: {line}")
    problems = sum(remark.problem for remark in candidate.remarks) + len(candidate.failing)
    if problems:
        raise Refused(
            f"The pack {candidate.source.name} has {problems} problems and is not taken into use.",
            where=str(candidate.source.folder or candidate.source.name),
            mend="mend what the lines above name",
        )

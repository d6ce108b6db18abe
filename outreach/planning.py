"""Makes a plan: decides everybody's line, seals the invitations, freezes all that decides, writes it down.

It needs the vault, the registers and the findings; afterwards sender and portal need none of them.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select

from channels.channel import Channel
from data.clock import Clock
from data.commandline import Progress
from data.digests import canonical_json, document_sha256
from data.files import write_text
from data.store.engine import reading, writing
from data.store.tables import scan_run
from data.workspace import Workspace
from eligibility.holds import acceptances, as_document
from eligibility.runs import Run
from outreach import consent, suppression
from outreach.campaigns import Campaign, plan_folder
from outreach.composing import Composer
from outreach.drafts import Draft
from outreach.found import Found, count_found, read_found, read_grants
from outreach.frozen import pack_digests, page_sha256
from outreach.gather import Letterhead
from outreach.listing import Line, Rules, cut, unusable_addresses
from outreach.people import People
from outreach.plan_document import Contents, plan_document
from outreach.plan_page import plan_view
from outreach.plans import list_digest
from outreach.samples import made_up_samples
from outreach.sealing import Explain, Sealer
from templates.render import Renderer

CHUNK = 5_000


@dataclass(frozen=True)
class Planner:
    """All that a plan is made from. `key` is the invitations key; `source` renders the current templates."""

    workspace: Workspace
    engine: Engine
    key: bytes
    built_in: Path
    clock: Clock
    campaign: Campaign
    run: Run
    people: People
    sealer: Sealer
    explain: Explain
    channels: Mapping[str, Channel]
    source: Renderer
    author: str
    account: str

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.workspace.settings().time_zone)

    def found(self) -> int:
        """How many open findings the campaign's programmes have: how much there is to do."""
        with reading(self.engine) as connection:
            return count_found(connection, self.campaign.programmes)

    def send_day(self, now: datetime) -> date:
        """The first day on which a message may leave."""
        return max(now.astimezone(self.zone).date(), self.campaign.times.send_from)

    def composer(self, renderer: Renderer, now: datetime) -> Composer:
        return Composer(
            campaign=self.campaign,
            channels=self.channels,
            people=self.people,
            sealer=self.sealer,
            explain=self.explain,
            renderer=renderer,
            letterhead=Letterhead.of_settings(self.workspace.settings()),
            buckets=self.run.manifest["buckets"],
            link_until=(now + timedelta(days=self.campaign.link_days)).date(),
        )


@dataclass(frozen=True)
class Made:
    """A plan that waits for approval, or what it would be: then it has no folder.

    `open_rates` are the rates nobody confirmed or accepted, with how many findings each kept back.
    """

    document: Mapping[str, Any]
    sha256: str
    folder: Path | None
    open_rates: Mapping[str, int]


def make_plan(planner: Planner, *, dry_run: bool, progress: Progress) -> Made:
    """Plan the campaign. With `dry_run` everything is decided and measured, and nothing is written.

    Raises Refused when a message does not fit its channel, or the cost could exceed the ceiling.
    """
    plan_id, now = secrets.token_hex(16), planner.clock()
    lines = _first(planner, _decide(planner, now, progress), plan_id, now)
    with _part_folder(planner) as part:
        templates = planner.source.freeze(part / "templates")
        composer = planner.composer(Renderer.frozen(part / "templates"), now)
        if dry_run:
            lines = composer.compose(lines, None, progress)
            document = _document(planner, _Frozen(composer, now, lines, templates), plan_id)
            return Made(document, "", None, composer.open_rates)
        draft = _begin(planner, plan_id)
        try:
            lines = composer.compose(lines, draft, progress)
            draft.write_lines(lines, {name: one.per for name, one in planner.sealer.words.items()})
            return _finish(planner, _Frozen(composer, now, lines, templates), draft, part)
        except BaseException:
            draft.discard()
            raise


def _begin(planner: Planner, plan_id: str) -> Draft:
    return Draft.begin(
        planner.engine,
        key=planner.key,
        clock=planner.clock,
        plan_id=plan_id,
        campaign=planner.campaign.name,
        author=planner.author,
        account=planner.account,
    )


@contextmanager
def _part_folder(planner: Planner) -> Iterator[Path]:
    """A folder beside the finished plans; what is in it goes when the block ends."""
    part = plan_folder(planner.workspace, planner.campaign.name, 0).with_name(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700, parents=True)
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)


# --- everybody's line -------------------------------------------------------------------------------


def _decide(planner: Planner, now: datetime, progress: Progress) -> list[Line]:
    lines: list[Line] = []
    today, campaign = now.astimezone(planner.zone).date(), planner.campaign
    with reading(planner.engine) as connection:
        rules = Rules(
            key=planner.key,
            channels={name: one.capabilities.address.value for name, one in planner.channels.items()},
            reachability=consent.read_reachability(connection),
            suppressed=suppression.read_list(connection),
            unusable=unusable_addresses(connection),
            granted=read_grants(connection, campaign.programmes),
            not_to_people=planner.sealer.not_to_people,
            with_first_day=planner.sealer.with_first_day,
            today=today,
            send_day=planner.send_day(now),
            before_claim_opens=campaign.before_claim_opens,
        )
        found = read_found(connection, campaign.programmes)
        while some := list(islice(found, CHUNK)):
            lines += _lines(planner, rules, some)
            progress.advance(len(some))
    return lines


def _first(planner: Planner, lines: Sequence[Line], plan_id: str, now: datetime) -> list[Line]:
    """The lines within the campaign's ceiling: first come those whom waiting costs something first."""
    return cut(
        lines,
        at_most=planner.campaign.ceilings.messages,
        plan_id=plan_id,
        months_lost=[name for name, one in planner.sealer.words.items() if one.months_lost],
        send_day=planner.send_day(now),
    )


def _lines(planner: Planner, rules: Rules, some: Sequence[Found]) -> list[Line]:
    people = planner.people.read([one.subject_id for one in some])
    return [rules.line(one, people.get(one.subject_id)) for one in some]


# --- writing it down --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Frozen:
    """What was decided and measured, ready to be written down."""

    composer: Composer
    now: datetime
    lines: list[Line]
    templates: Mapping[str, str]


def _document(
    planner: Planner, frozen: _Frozen, plan_id: str, *, number: int = 0, list_sha256: str = ""
) -> dict[str, Any]:
    with reading(planner.engine) as connection:
        manifest_sha256 = connection.execute(
            select(scan_run.c.manifest_sha256).where(scan_run.c.run_id == planner.run.run_id)
        ).scalar_one()
        held = [as_document(row) for row in acceptances(connection, planner.run.run_id)]
    contents = Contents(
        plan_id=plan_id,
        number=number,
        author=planner.author,
        author_account=planner.account,
        made_at=frozen.now,
        lines=frozen.lines,
        rates=frozen.composer.rates,
        measured=frozen.composer.measured,
        templates=frozen.templates,
        packs=pack_digests(planner.workspace.settings(), planner.built_in),
        list_sha256=list_sha256,
        accruals=frozen.composer.accruals,
        titles=planner.sealer.titles,
    )
    return plan_document(
        contents,
        workspace=planner.workspace,
        campaign=planner.campaign,
        run=planner.run,
        manifest_sha256=manifest_sha256,
        held=[one for one in held if one["programme"] in planner.campaign.programmes],
        words=planner.sealer.words,
        channels={name: one.capabilities for name, one in planner.channels.items()},
        telling=planner.people.telling,
    )


def _finish(planner: Planner, frozen: _Frozen, draft: Draft, part: Path) -> Made:
    with reading(planner.engine) as connection:
        digest = list_digest(connection, draft.plan_id)
    decided = _document(planner, frozen, draft.plan_id, number=draft.number, list_sha256=digest)
    document, page = _with_page(decided, _page(planner, frozen, decided))
    folder = plan_folder(planner.workspace, planner.campaign.name, draft.number)
    write_text(part / "plan.json", canonical_json(document) + "\n")
    write_text(part / "plan.html", page)
    shutil.rmtree(folder, ignore_errors=True)  # of a plan that a crash kept from being finished
    part.rename(folder)
    with writing(planner.engine) as connection:
        sha256 = draft.finish(connection, document)
    return Made(document, sha256, folder, frozen.composer.open_rates)


def _with_page(decided: Mapping[str, Any], page: str) -> tuple[dict[str, Any], str]:
    """The document with the digest of its own page, and the page with the document's: both are frozen."""
    before = document_sha256(decided)
    document = {**decided, "page_sha256": page_sha256(page, before)}
    return document, page.replace(before, document_sha256(document))


def _page(planner: Planner, frozen: _Frozen, document: Mapping[str, Any]) -> str:
    samples = made_up_samples(
        frozen.composer.renderer,
        frozen.composer.letterhead,
        document["programmes"],
        planner.channels,
        languages=planner.campaign.languages,
        on=frozen.now.astimezone(planner.zone),
        claim_by=planner.campaign.times.send_before + timedelta(days=365),
    )
    lang = planner.workspace.settings().languages[0]
    return planner.source.page("plan", plan_view(document, lang=lang, samples=list(samples)), lang)

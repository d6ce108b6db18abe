"""Makes a plan: decides everybody's line, seals the invitations, freezes all that decides, writes it down.

It needs the vault, the registers and the findings; afterwards sender and portal need none of them.
"""

from __future__ import annotations

import secrets
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select

from channels.channel import Channel
from data.clock import Clock
from data.commandline import Progress
from data.digests import canonical_json
from data.errors import Refused
from data.files import write_text
from data.store.engine import reading, writing
from data.store.tables import scan_run
from data.workspace import Workspace
from eligibility.runs import Run
from outreach import consent, suppression
from outreach.campaigns import Campaign, plan_folder
from outreach.drafts import Draft, Letter
from outreach.frozen import pack_digests
from outreach.gather import Letterhead, form_of, invitation_view
from outreach.invitations import Sealed
from outreach.listing import Found, Line, Rules, cut, read_found, unusable_addresses
from outreach.people import People
from outreach.plan_document import Contents, Measured, Rates, plan_document
from outreach.plan_page import plan_view
from outreach.plans import TO_TELL, NotTold, list_digest
from outreach.samples import MADE_UP_LINK, MADE_UP_STOP, made_up_samples
from outreach.sealing import Explain, Sealer, explain_all, rates_of
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


@dataclass(frozen=True)
class Made:
    """A plan that waits for approval, or what it would be: then it has no folder."""

    document: Mapping[str, Any]
    sha256: str
    folder: Path | None


def make_plan(planner: Planner, *, dry_run: bool, progress: Progress) -> Made:
    """Plan the campaign. With `dry_run` everything is decided and measured, and nothing is written.

    Raises Refused when a message does not fit its channel, or the cost could exceed the ceiling.
    """
    plan_id, now = secrets.token_hex(16), planner.clock()
    lines = cut(_decide(planner, now, progress), at_most=planner.campaign.ceilings.messages, plan_id=plan_id)
    with _part_folder(planner) as part:
        templates = planner.source.freeze(part / "templates")
        work = _Work(planner, Renderer.frozen(part / "templates"), now)
        if dry_run:
            lines = work.seal_all(lines, None, progress)
            return Made(_document(work, lines, templates, plan_id, 0, ""), "", None)
        draft = _begin(planner, plan_id)
        try:
            lines = work.seal_all(lines, draft, progress)
            draft.write_lines(lines)
            return _finish(work, draft, lines, templates, part)
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
    with reading(planner.engine) as connection:
        rules = Rules(
            key=planner.key,
            channels={name: one.capabilities.address.value for name, one in planner.channels.items()},
            reachability=consent.read_reachability(connection),
            suppressed=suppression.read_list(connection),
            unusable=unusable_addresses(connection),
            today=now.astimezone(planner.zone).date(),
        )
        found = read_found(connection, planner.campaign.programmes)
        while some := list(islice(found, CHUNK)):
            lines += _lines(planner, rules, some)
            progress.advance(len(some))
    return lines


def _lines(planner: Planner, rules: Rules, some: Sequence[Found]) -> list[Line]:
    people = planner.people.read([one.subject_id for one in some])
    return [rules.line(one, people.get(one.subject_id)) for one in some]


# --- the invitations --------------------------------------------------------------------------------


@dataclass
class _Work:
    """What is gathered while the invitations are made: rates, lengths, costs."""

    planner: Planner
    renderer: Renderer
    now: datetime
    rates: Rates = field(default_factory=Rates)
    measured: dict[str, Measured] = field(default_factory=lambda: defaultdict(Measured))
    misfits: int = 0

    def seal_all(self, lines: Sequence[Line], draft: Draft | None, progress: Progress) -> list[Line]:
        """Explain, measure and seal bucket by bucket; lines that rest on an open rate end there."""
        ended: dict[str, Line] = {}
        for bucket in _by_bucket(lines, self.planner.run.manifest["buckets"]):
            explained = explain_all(self.planner.explain, [one for line in bucket for one in line.tell])
            kept = [self._keep(line, explained) for line in bucket]
            ended |= {one.found.subject_id: one for one in kept}
            letters = self._letters([one for one in kept if one.line == TO_TELL], explained)
            if draft is not None:
                draft.seal(letters)
            progress.advance(len(bucket))
        self._refuse_excess()
        return [ended.get(one.found.subject_id, one) for one in lines]

    def _keep(self, line: Line, explained: Mapping[tuple[str, str], Mapping[str, Any]]) -> Line:
        """The line without findings whose amount rests on a rate that nobody confirmed or accepted."""
        tell = tuple(one for one in line.tell if self._rates_hold(explained[one.programme, one.unit_id]))
        return replace(line, tell=tell) if tell else line.ends(NotTold.RATE_UNCONFIRMED)

    def _rates_hold(self, explanation: Mapping[str, Any]) -> bool:
        accepted = self.planner.campaign.accept_unconfirmed
        rates = list(rates_of(explanation))
        if not all(rate["confirmed"] or name in accepted for name, rate in rates):
            return False
        for name, rate in rates:
            self.rates.add(name, rate)
        return True

    def _letters(
        self, lines: Sequence[Line], explained: Mapping[tuple[str, str], Mapping[str, Any]]
    ) -> list[Letter]:
        planner = self.planner
        people = planner.people.read([one.found.subject_id for one in lines])
        record_ids = planner.sealer.record_ids([one for line in lines for one in line.tell])
        letters = []
        for line in lines:
            channel = planner.channels[line.channel or ""]
            content = planner.sealer.content(
                people[line.found.subject_id],
                channel.capabilities.address.value,
                line.tell,
                explained=explained,
                record_ids=record_ids,
            )
            self._measure(channel, content)
            letters.append(Letter(line, content))
        return letters

    def _measure(self, channel: Channel, content: Sealed) -> None:
        """Count the message as it will be: a link and its day are as long as the real ones."""
        can, lang = channel.capabilities, content.language
        form = form_of(can.address.value)
        sender = Letterhead.of_settings(self.planner.workspace.settings()).sender(
            lang,
            check_number=content.check_number,
            link_id=MADE_UP_LINK,
            stop=MADE_UP_STOP if form == "email" else None,
        )
        until = (self.now + timedelta(days=self.planner.campaign.link_days)).date()
        view = invitation_view(content.findings, sender, lang=lang, link_until=until)
        length = channel.measure(self.renderer.message("invitation", form, lang, view).text)
        self.measured[can.name].add(length, can)
        self.misfits += not length.fits

    def _refuse_excess(self) -> None:
        if self.misfits:
            raise Refused(
                f"{self.misfits} messages do not fit their channel: too long, or with characters it lacks.",
                mend="shorten the templates, or use another channel",
            )
        cost, ceiling = (
            sum(one.bound() for one in self.measured.values()),
            self.planner.campaign.ceilings.cost,
        )
        if cost > ceiling:
            raise Refused(
                f"Sending may cost {cost}, which is above the ceiling of {ceiling}.",
                where="[ceilings] cost",
                mend="raise the ceiling, lower [ceilings] messages, or use a free channel",
            )


def _by_bucket(lines: Sequence[Line], buckets: int) -> Iterator[list[Line]]:
    """Those to tell, by the bucket their household lies in, so that each bucket is opened once."""
    groups: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        if line.line == TO_TELL:
            groups[int(line.found.household_id[:8], 16) % buckets].append(line)
    for bucket in sorted(groups):
        yield groups[bucket]


# --- writing it down --------------------------------------------------------------------------------


def _document(
    work: _Work,
    lines: list[Line],
    templates: Mapping[str, str],
    plan_id: str,
    number: int,
    list_sha256: str,
) -> dict[str, Any]:
    planner = work.planner
    with reading(planner.engine) as connection:
        manifest_sha256 = connection.execute(
            select(scan_run.c.manifest_sha256).where(scan_run.c.run_id == planner.run.run_id)
        ).scalar_one()
    contents = Contents(
        plan_id=plan_id,
        number=number,
        author=planner.author,
        author_account=planner.account,
        made_at=work.now,
        lines=lines,
        rates=work.rates,
        measured=work.measured,
        templates=templates,
        packs=pack_digests(planner.workspace.settings(), planner.built_in),
        list_sha256=list_sha256,
    )
    return plan_document(
        contents,
        workspace=planner.workspace,
        campaign=planner.campaign,
        run=planner.run,
        manifest_sha256=manifest_sha256,
        words=planner.sealer.words,
        channels={name: one.capabilities for name, one in planner.channels.items()},
    )


def _finish(work: _Work, draft: Draft, lines: list[Line], templates: Mapping[str, str], part: Path) -> Made:
    planner = work.planner
    with reading(planner.engine) as connection:
        digest = list_digest(connection, draft.plan_id)
    document = _document(work, lines, templates, draft.plan_id, draft.number, digest)
    folder = plan_folder(planner.workspace, planner.campaign.name, draft.number)
    write_text(part / "plan.json", canonical_json(document) + "\n")
    write_text(part / "plan.html", _page(work, document))
    shutil.rmtree(folder, ignore_errors=True)  # of a plan that a crash kept from being finished
    part.rename(folder)
    with writing(planner.engine) as connection:
        sha256 = draft.finish(connection, document)
    return Made(document, sha256, folder)


def _page(work: _Work, document: Mapping[str, Any]) -> str:
    planner, settings = work.planner, work.planner.workspace.settings()
    times = planner.campaign.times
    samples = made_up_samples(
        work.renderer,
        Letterhead.of_settings(settings),
        planner.sealer.words,
        planner.channels,
        languages=planner.campaign.languages,
        on=work.now.astimezone(planner.zone),
        claim_by=times.send_before + timedelta(days=365),
    )
    lang = settings.languages[0]
    return planner.source.page("plan", plan_view(document, lang=lang, samples=list(samples)), lang)

"""Composes the invitations of a plan: explains each finding, seals what is told, measures each message."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from typing import Any

from channels.channel import Channel
from data.commandline import Progress
from data.errors import Refused
from outreach.campaigns import Campaign
from outreach.drafts import Draft, Letter
from outreach.gather import Letterhead, form_of, invitation_view
from outreach.invitations import Sealed
from outreach.listing import Line
from outreach.people import People
from outreach.plan_document import Measured, Rates
from outreach.plans import TO_TELL, NotTold
from outreach.samples import MADE_UP_LINK, MADE_UP_STOP
from outreach.sealing import Explain, Explained, Sealer, check_explained, rates_of
from templates.render import Renderer


@dataclass
class Composer:
    """Goes through those to tell bucket by bucket, and keeps what the plan says of rates and costs.

    `link_until` is a day as long to write as the real one.
    """

    campaign: Campaign
    channels: Mapping[str, Channel]
    people: People
    sealer: Sealer
    explain: Explain
    renderer: Renderer
    letterhead: Letterhead
    buckets: int
    link_until: date
    rates: Rates = field(default_factory=Rates)
    measured: dict[str, Measured] = field(default_factory=lambda: defaultdict(Measured))
    open_rates: Counter[str] = field(default_factory=Counter)  # findings that each of them kept back
    accruals: dict[str, Mapping[str, Any]] = field(default_factory=dict)  # one of each programme's
    misfits: int = 0

    def compose(self, lines: Sequence[Line], draft: Draft | None, progress: Progress) -> list[Line]:
        """Seal into `draft`, or with None only measure; the lines, those that rest on an open rate ended.

        Raises Refused when a message does not fit its channel or the cost could exceed the ceiling, Failed
        when a finding is no longer what the scan found.
        """
        ended: dict[str, Line] = {}
        for told, explained in self._by_bucket([one for one in lines if one.line == TO_TELL]):
            kept = [self._keep(line, explained) for line in told]
            ended |= {one.found.subject_id: one for one in kept}
            letters = self._letters([one for one in kept if one.line == TO_TELL], explained)
            if draft is not None:
                draft.seal(letters)
            progress.advance(len(told))
        self._refuse_excess()
        return [ended.get(one.found.subject_id, one) for one in lines]

    def _by_bucket(self, told: Sequence[Line]) -> Iterator[tuple[list[Line], dict[str, dict[str, Any]]]]:
        """Those to tell with their explanations by entitlement id, one bucket in memory at a time."""
        waiting: dict[int, list[Line]] = defaultdict(list)
        for line in told:
            waiting[self._bucket(line.found.household_id)].append(line)
        ids = [one.entitlement_id for line in told for one in line.tell]
        stream: Iterator[Explained] = self.explain(ids) if ids else iter(())
        for bucket, group in groupby(stream, key=lambda one: self._bucket(one.household_id)):
            explained = {one.entitlement_id or "": one.as_document() for one in group}
            yield self._checked(waiting.pop(bucket, []), explained), explained
        for lines in waiting.values():
            self._checked(lines, {})

    def _bucket(self, household_id: str) -> int:
        return int(household_id[:8], 16) % self.buckets

    def _checked(self, lines: list[Line], explained: Mapping[str, Mapping[str, Any]]) -> list[Line]:
        for line in lines:
            for one in line.tell:
                check_explained(one, explained.get(one.entitlement_id))
        return lines

    def _keep(self, line: Line, explained: Mapping[str, Mapping[str, Any]]) -> Line:
        """The line without findings whose amount rests on a rate that nobody confirmed or accepted."""
        tell = tuple(one for one in line.tell if self._rates_hold(explained[one.entitlement_id]))
        return replace(line, tell=tell) if tell else line.ends(NotTold.RATE_UNCONFIRMED)

    def _rates_hold(self, explanation: Mapping[str, Any]) -> bool:
        rates = list(rates_of(explanation))
        accepted = self.campaign.accept_unconfirmed
        still_open = [name for name, rate in rates if not rate["confirmed"] and name not in accepted]
        self.open_rates.update(still_open)
        if still_open:
            return False
        for name, rate in rates:
            self.rates.add(name, rate)
        return True

    def _letters(self, lines: Sequence[Line], explained: Mapping[str, Mapping[str, Any]]) -> list[Letter]:
        people = self.people.read([one.found.subject_id for one in lines])
        record_ids = self.sealer.record_ids([one for line in lines for one in line.tell])
        letters = []
        for line in lines:
            told = [explained[one.entitlement_id] for one in line.tell]
            self.accruals |= {one["programme"]: one["accrual"] for one in told if one["accrual"]}
            channel = self.channels[line.channel or ""]
            content = self.sealer.content(
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
        """Count the message as it will be, with a made-up link of a real one's length."""
        can, lang = channel.capabilities, content.language
        form = form_of(can.address.value)
        stop = MADE_UP_STOP if form == "email" else None
        sender = self.letterhead.sender(
            lang, check_number=content.check_number, link_id=MADE_UP_LINK, stop=stop
        )
        view = invitation_view(content.findings, sender, lang=lang, link_until=self.link_until)
        length = channel.measure(self.renderer.message("invitation", form, lang, view).text)
        self.measured[can.name].add(length, can)
        self.misfits += not length.fits

    def _refuse_excess(self) -> None:
        if self.misfits:
            raise Refused(
                f"{self.misfits} messages do not fit their channel: too long, or with characters it lacks.",
                mend="shorten the templates, or use another channel",
            )
        cost, ceiling = sum(one.bound() for one in self.measured.values()), self.campaign.ceilings.cost
        if cost > ceiling:
            raise Refused(
                f"Sending may cost {cost}, which is above the ceiling of {ceiling}.",
                where="[ceilings] cost",
                mend="raise the ceiling, lower [ceilings] messages, or use a free channel",
            )

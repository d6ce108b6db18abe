"""The document of a plan: canonical JSON of all that decides what is sent to whom; its sha256 is signed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from channels.channel import Capabilities, Length
from data.digests import file_sha256
from data.registers import Delivery
from data.workspace import Settings, Workspace
from eligibility.runs import Run
from eligibility.unseen import nameless_of
from outreach.campaigns import Campaign, campaign_file
from outreach.frozen import account_sha256, allows_unproven
from outreach.listing import Line
from outreach.message import MessageKind
from outreach.particulars import Titles, particulars
from outreach.plans import LINES, TO_TELL
from outreach.sealing import ProgrammeWords
from outreach.terms import end_of

FORMAT = 1


@dataclass
class Measured:
    """What the messages of one channel come to. `dearest` is the cost of the longest one."""

    messages: int = 0
    parts: int = 0
    dearest: int = 0

    def add(self, length: Length, can: Capabilities) -> None:
        self.messages += 1
        self.parts += length.parts
        self.dearest = max(self.dearest, length.parts * can.part_cost)

    def bound(self) -> int:
        """The most that sending can cost: every message as dear as the dearest."""
        return self.messages * self.dearest


@dataclass
class Rates:
    """Every rate the findings rest on, once for each value, by `programme:rate`."""

    used: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def add(self, name: str, rate: Mapping[str, Any]) -> None:
        self.used[name, str(rate["since"])] = {
            **{key: rate[key] for key in ("label", "value", "unit", "names", "since", "law", "confirmed")},
            "name": name,
        }

    def of(self, programme: str) -> list[dict[str, Any]]:
        return [one for (name, _), one in sorted(self.used.items()) if name.rpartition(":")[0] == programme]


@dataclass(frozen=True)
class Contents:
    """What a plan freezes, gathered while it was made."""

    plan_id: str
    number: int
    author: str
    author_account: str
    made_at: datetime
    lines: list[Line]
    rates: Rates
    measured: Mapping[str, Measured]
    templates: Mapping[str, str]
    packs: Mapping[str, str]
    list_sha256: str
    accruals: Mapping[str, Mapping[str, Any]]
    titles: Titles


def plan_document(
    contents: Contents,
    *,
    workspace: Workspace,
    campaign: Campaign,
    run: Run,
    manifest_sha256: str,
    held: Sequence[Mapping[str, Any]],
    words: Mapping[str, ProgrammeWords],
    channels: Mapping[str, Capabilities],
    telling: Mapping[str, Delivery],
) -> dict[str, Any]:
    """The whole document; JSON values only, so that it reads back equal.

    `telling` is what is in force of the registers that say who is told and where.
    """
    settings = workspace.settings()
    return {
        **_heading(contents, campaign, settings),
        "campaign_sha256": file_sha256(campaign_file(workspace, campaign.name)),
        "run": {"id": run.run_id, "as_of": run.as_of.isoformat(), "manifest_sha256": manifest_sha256},
        "held": [dict(one) for one in held],
        "passed": _passed(run, campaign.programmes, telling),
        "nameless": _nameless(run, campaign.programmes),
        "packs": dict(contents.packs),
        "templates": dict(contents.templates),
        "programmes": [_programme(name, run, words[name], contents) for name in campaign.programmes],
        "channels": [_channel(name, can, contents, settings) for name, can in channels.items()],
        "lines": line_sums(contents.lines, words),
        "list": {"people": len(contents.lines), "sha256": contents.list_sha256},
        **_limits(campaign, ZoneInfo(settings.time_zone)),
    }


def _passed(run: Run, programmes: Sequence[str], telling: Mapping[str, Delivery]) -> list[dict[str, Any]]:
    """The gates that an operator let pass a register which these programmes read, or which says who is told.

    Of the latter the plan reads what is in force now, which may have come after the scan.
    """
    read = sorted({name for one in programmes for name in run.programmes[one]["registers"]})
    known = run.manifest["registers"]
    passed = [
        {"register": name, **one}
        for name in read
        for one in known.get(name, {"accepted_exceptions": ()})["accepted_exceptions"]
    ]
    for name, delivery in sorted(telling.items()):
        now = [{"register": name, **one.as_document()} for one in delivery.accepted_exceptions]
        passed += [one for one in now if one not in passed]
    return passed


def _nameless(run: Run, programmes: Sequence[str]) -> dict[str, int]:
    """By register that these programmes read, the rows in quarantine that may be about anybody."""
    read = {name for one in programmes for name in run.programmes[one]["registers"]}
    return {name: count for name, count in nameless_of(run).items() if name in read}


def _heading(contents: Contents, campaign: Campaign, settings: Settings) -> dict[str, Any]:
    """Whose plan it is, and what stands in every message."""
    return {
        "format": FORMAT,
        "plan_id": contents.plan_id,
        "campaign": campaign.name,
        "number": contents.number,
        "author": contents.author,
        "author_account": contents.author_account,
        "made_at": contents.made_at.isoformat(),
        "legal_basis": campaign.legal_basis,
        "contact_mode": campaign.contact_mode,
        "languages": list(campaign.languages),
        "accept_unconfirmed": list(campaign.accept_unconfirmed),
        "before_claim_opens": campaign.before_claim_opens,
        "agency": dict(settings.authority),
        "phone": settings.phone,
        "time_zone": settings.time_zone,
        "portal_url": settings.portal_url,
        "allow_unproven": allows_unproven(settings),
    }


def _limits(campaign: Campaign, zone: ZoneInfo) -> dict[str, Any]:
    """When, how much, and what the approval also covers."""
    return {
        "windows": _windows(campaign, zone),
        "ceilings": asdict(campaign.ceilings),
        "links": {"days": campaign.link_days},
        "standing": {
            "kinds": [kind.value for kind in MessageKind if kind.under_standing_approval],
            "per_day": campaign.standing.per_day,
            "until": campaign.standing.until.isoformat(),
        },
    }


def _windows(campaign: Campaign, zone: ZoneInfo) -> dict[str, Any]:
    times = campaign.times
    return {
        "send_from": datetime.combine(times.send_from, time(), zone).isoformat(),
        "send_before": end_of(times.send_before, zone).isoformat(),
        "quiet_from": times.quiet_from.isoformat(),
        "quiet_until": times.quiet_until.isoformat(),
        "country": times.country,
        "weekends": times.weekends,
        "holidays": times.holidays,
    }


def _programme(name: str, run: Run, words: ProgrammeWords, contents: Contents) -> dict[str, Any]:
    told = [one for line in contents.lines for one in line.tell if one.programme == name]
    entry = run.programmes[name]
    return {
        "id": name,
        "title": dict(words.title),
        "law": words.law,
        "currency": words.currency,
        "per": words.per,
        "rule_version": entry["version"],
        "people": len({one.subject_id for one in told}),
        "findings": len(told),
        "amount": sum(one.amount for one in told),
        "particulars": particulars(name, words, contents.lines, contents.titles),
        "accrual": contents.accruals.get(name),
        "rates": contents.rates.of(name),
        "assumptions": {key: dict(value) for key, value in entry["assumptions"].items()},
    }


def _channel(name: str, can: Capabilities, contents: Contents, settings: Settings) -> dict[str, Any]:
    measured = contents.measured.get(name, Measured())
    return {
        "name": name,
        "address": can.address.value,
        "sender": sender_of(settings, name),
        "account_sha256": account_sha256(settings, name),
        "local_only": can.local_only,
        "currency": can.currency,
        "part_cost": can.part_cost,
        "messages": measured.messages,
        "parts": measured.parts,
        "cost": measured.parts * can.part_cost,
        "dearest": measured.dearest,
    }


def sender_of(settings: Settings, channel: str) -> str:
    """Who a channel's messages come from, as its settings say; the file channel has no sender."""
    table = settings.table(f"channel.{channel}")
    return next((str(table[key]) for key in ("sender", "from", "messaging_service_sid") if key in table), "")


def line_sums(lines: Iterable[Line], words: Mapping[str, ProgrammeWords]) -> dict[str, dict[str, Any]]:
    """How many people ended in each line, with what sums by currency and per what they are paid, and on which
    days their claims open."""
    people: Counter[str] = Counter({TO_TELL: 0})
    amounts: dict[str, Counter[str]] = defaultdict(Counter)
    opens: dict[str, Counter[str]] = defaultdict(Counter)
    per = {name: one.per for name, one in words.items()}
    currency = next(iter({one.currency for one in words.values()}))  # a campaign has one
    for line in lines:
        people[line.line] += 1
        amounts[line.line].update(line.sums(per))
        if line.opens_on is not None:
            opens[line.line][line.opens_on.isoformat()] += 1
    return {
        name: {
            "people": people[name],
            "amount": {currency: dict(amounts[name])} if amounts[name] else {},
            "opens": dict(opens[name]),
        }
        for name in LINES
        if name in people
    }

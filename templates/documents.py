"""What the two documents for the authority need to be told: a plan to approve, a report to read.

A `line` is the word for where a person found ended: in a plan `to_tell`, or why not
(`outreach.plans.NotTold`); in a report `told`, `waiting`, or why not, which may also be what became of the
message. Its wording stands under `[lines]` in `templates/words/`. Costs and amounts are integers in the
currency's smallest unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

Sums = Mapping[str, Mapping[str, int]]
"""By currency and per what it is paid (once, day, week, month, year): sums that are never added up."""


@dataclass(frozen=True)
class Line:
    """How many people ended here and what they are owed in all.

    Of those who wait for their claim to open, `opens` says how many it does on which day.
    """

    name: str
    people: int
    amount: Sums
    opens: Mapping[date, int] = field(default_factory=dict)


@dataclass(frozen=True)
class PlanChannel:
    """One channel: `parts` is what the provider bills; a cost that is not known is None, never 0."""

    name: str
    sender: str
    messages: int
    parts: int
    cost: int | None
    currency: str


@dataclass(frozen=True)
class PlanRate:
    """One rate in words: its `value` is one line, or as many as its scale has."""

    name: str
    label: str
    value: tuple[str, ...]
    since: date
    law: str
    confirmed: bool


@dataclass(frozen=True)
class Particulars:
    """What an approver has to know of a programme's findings: how many of those told it concerns.

    `instead_of` counts by title; `after` says by title how many were found, and how many of these are told.
    `with_day` can be claimed until a day, or with `months_lost` claimed without a loss; `first_day` is the
    first such day.
    """

    at_least: int = 0
    at_most: bool = False
    set_off: int = 0
    set_off_amount: int = 0
    set_off_unknown: int = 0
    instead_of: Mapping[str, int] = field(default_factory=dict)
    after: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    months_lost: bool = False
    with_day: int = 0
    first_day: date | None = None


@dataclass(frozen=True)
class PlanProgramme:
    id: str
    title: str
    law: str
    rule_version: str
    people: int
    findings: int
    amount: int
    currency: str
    rates: tuple[PlanRate, ...]
    assumptions: tuple[str, ...] = ()
    per: str = "once"
    particulars: Particulars = Particulars()


@dataclass(frozen=True)
class Held:
    """A programme of which the scan found much more or less than the one before, and who stands by it."""

    title: str
    found_before: int
    found: int
    amount_before: int
    amount: int
    currency: str
    per: str
    accepted_by: str
    accepted_on: date
    reason: str


@dataclass(frozen=True)
class Sample:
    """A message as a made-up resident would get it. `parts` is None for an email."""

    kind: str
    lang: str
    form: str  # "text" or "email"
    text: str
    characters: int
    bytes: int
    parts: int | None
    subject: str | None = None
    html_file: str | None = None  # relative address of the email as it looks
    special: bool = False  # shows what only some findings have: arrears, one or the other


@dataclass(frozen=True)
class Hash:
    """One frozen thing and its sha256; its wording stands under `[frozen_things]`."""

    kind: str  # campaign | scan | people | templates | pack | channel
    sha256: str
    name: str = ""  # which pack, which channel


@dataclass(frozen=True)
class Passed:
    """A register that an operator let pass a gate."""

    register: str
    gate: str  # worded under `[gates]`
    operator: str
    accepted_on: date
    reason: str


@dataclass(frozen=True)
class Standing:
    """What the signature on the plan also covers: replies of these kinds, so many a day, until then."""

    kinds: tuple[str, ...]
    daily_ceiling: int
    until: date


@dataclass(frozen=True)
class Approval:
    approver: str
    approved_at: datetime
    proven: bool


@dataclass(frozen=True)
class PlanView:
    """Page `plan`."""

    agency: str
    campaign: str
    number: int
    sha256: str
    author: str
    made_at: datetime
    as_of: date
    run: str
    legal_basis: str
    contact_mode: str
    languages: tuple[str, ...]
    lines: tuple[Line, ...]
    channels: tuple[PlanChannel, ...]
    programmes: tuple[PlanProgramme, ...]
    accepted_rates: tuple[str, ...]  # unconfirmed rates accepted by name
    first_day: date
    last_day: date
    quiet_hours: str  # such as "21:00–08:00"
    quiet_weekends: bool
    quiet_days: tuple[date, ...]  # public holidays
    time_zone: str
    portal: str  # the address every link begins with
    standing: Standing
    samples: tuple[Sample, ...]
    hashes: tuple[Hash, ...]
    approve_command: str
    warnings: tuple[str, ...] = ()  # names, worded under `[plan_warnings]`
    held: tuple[Held, ...] = ()
    passed: tuple[Passed, ...] = ()
    approval: Approval | None = None


@dataclass(frozen=True)
class Step:
    """One step of the way, `told` first: how many people reached it, with what sums."""

    name: str  # told | delivered | passed | applied | granted
    people: int
    amount: Sums


@dataclass(frozen=True)
class Count:
    """How many messages, cases or decisions there are of one kind."""

    name: str
    number: int


@dataclass(frozen=True)
class ReportProgramme:
    id: str
    title: str
    law: str
    currency: str
    steps: tuple[Step, ...]
    refused: int


@dataclass(frozen=True)
class ReportView:
    """Page `report`. The people of `lines` add up to `found`; the first line is `told`."""

    agency: str
    campaign: str
    plan: int
    plan_sha256: str
    author: str
    approver: str | None
    proven: bool
    made_at: datetime
    as_of: date
    found: int
    lines: tuple[Line, ...]
    steps: tuple[Step, ...]
    programmes: tuple[ReportProgramme, ...]
    messages: tuple[Count, ...]  # by state of the outbox
    cases: tuple[Count, ...]  # open cases by kind
    refused: int
    undecided: int
    has_control_group: bool = False
    notes: tuple[str, ...] = ()  # names, worded under `[report_notes]`
    held: tuple[Held, ...] = ()
    passed: tuple[Passed, ...] = ()

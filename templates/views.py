"""What each page and message needs to be told: the contract between those who fill and those who render.

Everything here is already in the reader's language; moments are local to the authority; money is an integer
in the currency's smallest unit. A view of a page that stands before the access check has no field that
could name a person, a programme or an amount.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from templates.alternatives import Claim, most_together

FactValue = str | int | bool | date | None


@dataclass(frozen=True)
class LanguageLink:
    """Where the same page is found in another language."""

    lang: str
    href: str


@dataclass(frozen=True)
class Frame:
    """What stands around every page: whose it is, how to reach them, the other languages."""

    agency: str
    phone: str
    languages: tuple[LanguageLink, ...] = ()
    home: str = "/"
    static: str = "/static/"
    verify: str = "/verify-message"
    leave: Form | None = None  # ends the session; shown when there is one


@dataclass(frozen=True)
class Form:
    """Where a form is posted, and the token that proves it came from our page."""

    action: str
    csrf: str


class Problem(StrEnum):
    """What is wrong with what was typed into one field."""

    MISSING = "missing"
    UNREADABLE = "unreadable"
    WRONG = "wrong"
    TOO_LONG = "too_long"


# --- before the access check -------------------------------------------------------------------------


@dataclass(frozen=True)
class HomeView:
    frame: Frame


@dataclass(frozen=True)
class LandingView:
    """Fields posted: `csrf`, `birth_date`. `tries_left` is given once a date was wrong."""

    frame: Frame
    form: Form
    check_number: str
    session_minutes: int = 15
    problem: Problem | None = None
    typed: str = ""
    tries_left: int | None = None


@dataclass(frozen=True)
class LockedView:
    frame: Frame
    minutes: int  # until it may be tried again


@dataclass(frozen=True)
class LinkExpiredView:
    """The one button asks for a new link, which goes to the contact on record and nowhere else."""

    frame: Frame
    form: Form


@dataclass(frozen=True)
class LinkRenewedView:
    frame: Frame


@dataclass(frozen=True)
class LinkUnknownView:
    frame: Frame


@dataclass(frozen=True)
class SessionEndedView:
    frame: Frame
    left: bool = False  # by the person's own wish, not by the clock
    session_minutes: int = 15


@dataclass(frozen=True)
class VerifyView:
    """Fields posted: `csrf`, `check_number`, `phone_last4`."""

    frame: Frame
    form: Form
    check_number: str = ""
    phone_last4: str = ""
    problems: Mapping[str, Problem] = field(default_factory=dict)  # field name -> what is wrong


@dataclass(frozen=True)
class VerifiedView:
    """Says whether we sent a message with that number to that phone, and nothing else."""

    frame: Frame
    genuine: bool


@dataclass(frozen=True)
class ErrorView:
    frame: Frame
    code: int  # 403, 404, 405, 408, 413, 422, 429, 500 or 503


# --- after the access check --------------------------------------------------------------------------


@dataclass(frozen=True)
class PartView:
    label: str
    amount: int | None  # none: the records do not show it yet
    law: str


@dataclass(frozen=True)
class ReasonView:
    """One met criterion: a truth in the affirmative, and where the law says that it matters."""

    label: str
    law: str


@dataclass(frozen=True)
class FactView:
    """One fact the finding rests on. `key` is the value of the `dispute` checkbox posted for it."""

    key: str
    name: str
    label: str
    value: FactValue
    unit: str
    register: str
    extracted_on: date
    disputed: bool = False


@dataclass(frozen=True)
class AccrualView:
    """Interest that runs: from which day, at how many hundredths of a per cent a year."""

    since: date
    rate_bp: int
    law: str


@dataclass(frozen=True)
class FindingView:
    """`at_least`: the amount is a lower bound. `offset`: what of it goes to arrears first, None when that is
    not known. `instead_of`: the titles of programmes, found too, of which only one can be had, by their ids.
    `per`: once, day, week, month or year. `at_most`: the amount is a ceiling. `months_lost`: what is
    applied for after `claim_by`, or where that is None, is paid only from the month of the application.
    """

    programme: str
    title: str
    period: str
    law: str
    authority: str
    amount: int
    currency: str
    parts: tuple[PartView, ...]
    reasons: tuple[ReasonView, ...]
    facts: tuple[FactView, ...]
    claim_by: date | None
    accrual: AccrualView | None = None
    assumptions: tuple[str, ...] = ()
    at_least: bool = False
    offset: int | None = 0
    instead_of: Mapping[str, str] = field(default_factory=dict)
    per: str = "once"
    at_most: bool = False
    months_lost: bool = False

    @property
    def records(self) -> Mapping[tuple[str, date], tuple[FactView, ...]]:
        """The facts by the register they come from and the day of its extract, in the order given."""
        sources = dict.fromkeys((fact.register, fact.extracted_on) for fact in self.facts)
        return {
            source: tuple(fact for fact in self.facts if (fact.register, fact.extracted_on) == source)
            for source in sources
        }


class _Found(Claim, Protocol):
    @property
    def currency(self) -> str: ...
    @property
    def per(self) -> str: ...
    @property
    def at_least(self) -> bool: ...
    @property
    def at_most(self) -> bool: ...
    @property
    def claim_by(self) -> date | None: ...


class Total(NamedTuple):
    """What can be had in all, in which currency, and per what."""

    amount: int
    currency: str
    per: str


def total_of(findings: Sequence[_Found]) -> Total | None:
    """What can be had in all, or None where they are no sum: in several currencies, some once and some a
    month, or some as they are and some at most."""
    kinds = {(finding.currency, finding.per, finding.at_most) for finding in findings}
    if len(kinds) != 1:
        return None
    currency, per, _ = kinds.pop()
    return Total(most_together(findings), currency, per)


def is_lower_bound(findings: Sequence[_Found]) -> bool:
    return any(finding.at_least for finding in findings)


def is_ceiling(findings: Sequence[_Found]) -> bool:
    return any(finding.at_most for finding in findings)


def deadline_of(findings: Sequence[_Found]) -> date | None:
    """The first day after which one of the findings cannot be claimed, or loses months."""
    return min((finding.claim_by for finding in findings if finding.claim_by), default=None)


@dataclass(frozen=True)
class CaseView:
    """Fields posted: `csrf`, `dispute` (a fact's key, once for each), `note` (free words, may be empty)."""

    frame: Frame
    form: Form
    name: str
    findings: tuple[FindingView, ...]
    question: str  # address of the page "ask a person"
    stop: str  # address of the page "no more messages"
    note: str = ""
    note_limit: int = 1000
    problem: Problem | None = None  # of the note
    session_minutes: int = 15

    @property
    def total(self) -> Total | None:
        return total_of(self.findings)

    @property
    def at_least(self) -> bool:
        return is_lower_bound(self.findings)

    @property
    def at_most(self) -> bool:
        return is_ceiling(self.findings)

    @property
    def deadline(self) -> date | None:
        return deadline_of(self.findings)


@dataclass(frozen=True)
class SubmittedView:
    frame: Frame
    reference: str
    submitted_at: datetime
    status: str
    question: str
    contact: str | None = None  # where the receipt goes, masked (`templates.figures.mask_contact`)
    decide_by: date | None = None
    disputed: bool = False


@dataclass(frozen=True)
class AlreadySubmittedView:
    frame: Frame
    reference: str
    submitted_at: datetime
    status: str


class Stage(StrEnum):
    """How far one applied-for finding has come."""

    APPLIED = "applied"
    GRANTED = "granted"
    REFUSED = "refused"


@dataclass(frozen=True)
class StatusItem:
    programme: str
    title: str
    currency: str
    applied_amount: int
    stage: Stage
    per: str = "once"
    at_least: bool = False
    at_most: bool = False
    amount: int | None = None  # what was granted
    decided_on: date | None = None
    authority: str = ""
    reason: str | None = None
    remedy: str | None = None  # when given, stands instead of the programme's own words
    disputed: bool = False


@dataclass(frozen=True)
class StatusView:
    frame: Frame
    reference: str
    submitted_at: datetime
    items: tuple[StatusItem, ...]
    question: str
    stop: str
    decide_by: date | None = None


@dataclass(frozen=True)
class QuestionView:
    """Fields posted: `csrf`, `question`."""

    frame: Frame
    form: Form
    back: str
    reply_days: int
    typed: str = ""
    limit: int = 1000
    problem: Problem | None = None


@dataclass(frozen=True)
class QuestionSentView:
    frame: Frame
    reply_by: date
    back: str


@dataclass(frozen=True)
class StopView:
    """Also reached from an email's stop address, without the access check: it names nobody."""

    frame: Frame
    form: Form
    back: str | None = None


@dataclass(frozen=True)
class StoppedView:
    frame: Frame
    minutes: int  # a message already on its way may still arrive for this long

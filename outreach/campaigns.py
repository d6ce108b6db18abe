"""A campaign: one commented TOML file that an author writes, and what it may say."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any, TypeVar

import holidays

from data.errors import BadSettings, Failed, Refused
from data.files import write_text
from data.workspace import Workspace

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
BUILT_MODES = ("link",)
PLANNED_MODES = ("code", "none")
MOST_LINK_DAYS = 366
LAST_YEAR = 2199

TEMPLATE = """\
# The campaign {name}. A plan freezes what stands here; a change afterwards needs a new plan.

programmes = [{programmes}]

# On which law or decision the authority writes to people. A plan refuses while this is empty.
legal_basis = ""

# How people come to their page: "link" puts a link of their own into each message.
contact_mode = "link"

# The languages messages are written in. Who reads none of them gets the first.
languages = [{languages}]

# Channels of owed.toml, in the order in which they are tried for each person.
channels = [{channels}]

# Amounts that rest on a rate which nobody has confirmed are not told, unless the rate is named here.
accept_unconfirmed = []

# Whether people are told before the day from which they can claim.
before_claim_opens = false

[times]
# Nothing leaves before the first day nor after the last; both are days at the authority.
send_from = {send_from}
send_before = {send_before}
# Quiet hours span midnight. Nothing leaves on weekends and public holidays of the country.
quiet_from = 21:00:00
quiet_until = 08:00:00
country = "KR"
weekends = false
holidays = false

[ceilings]
# People above a ceiling wait for another campaign, or day. First come those whose claim ends soonest or who
# lose a month's money when this month ends, last those whose claim never ends; among equals a lot decides.
messages = 100000
messages_per_day = 100000
# In the currency's smallest unit, reckoned with the dearest message. 0 allows free channels only.
cost = 0

[links]
# How long a link works. An expired one offers a new one, sent to the same contact.
days = 30

[standing]
# Receipts, renewed links and notices of decisions go under the plan's approval until this day, so many a day.
until = {until}
per_day = 10000
"""


@dataclass(frozen=True)
class Times:
    send_from: date
    send_before: date
    quiet_from: time
    quiet_until: time
    country: str
    weekends: bool
    holidays: bool


@dataclass(frozen=True)
class Ceilings:
    messages: int
    messages_per_day: int
    cost: int


@dataclass(frozen=True)
class Standing:
    until: date
    per_day: int


@dataclass(frozen=True)
class Campaign:
    """What an author wants, checked: every setting is there, of its kind, and within what is built."""

    name: str
    programmes: tuple[str, ...]
    legal_basis: str
    contact_mode: str
    languages: tuple[str, ...]
    channels: tuple[str, ...]
    accept_unconfirmed: tuple[str, ...]
    before_claim_opens: bool
    times: Times
    ceilings: Ceilings
    link_days: int
    standing: Standing

    def as_document(self) -> dict[str, Any]:
        """Every setting, for the plan's canonical JSON."""
        return asdict(self)


def check_name(name: str) -> str:
    """The name itself. Raises BadSettings for one that could be a path or would surprise in a file name."""
    if not NAME.fullmatch(name):
        raise BadSettings(
            "A campaign's name has lower-case letters, digits and hyphens, at most 63.",
            mend="choose a name such as car-tax-2026",
        )
    return name


def campaign_file(workspace: Workspace, name: str) -> Path:
    return workspace.campaigns / f"{check_name(name)}.toml"


def plan_folder(workspace: Workspace, name: str, number: int) -> Path:
    """Where plan `number` lies frozen: plan.json, plan.html, templates/."""
    return workspace.campaigns / f"{check_name(name)}.plans" / str(number)


def write_new(
    workspace: Workspace, name: str, *, programmes: Sequence[str], channels: Sequence[str], today: date
) -> Path:
    """Write a commented campaign with safe defaults. Raises Failed when there is one of that name."""
    path = campaign_file(workspace, name)
    if path.exists():
        raise Failed(f"There is a campaign {name} already.", where=str(path), mend="choose another name")
    text = TEMPLATE.format(
        name=name,
        programmes=_strings(programmes),
        languages=_strings(workspace.settings().languages),
        channels=_strings(channels),
        send_from=today.isoformat(),
        send_before=(today + timedelta(days=60)).isoformat(),
        until=(today + timedelta(days=365)).isoformat(),
    )
    write_text(path, text)
    return path


def _strings(values: Sequence[str]) -> str:
    return ", ".join(f'"{value}"' for value in values)


def read_campaign(workspace: Workspace, name: str) -> Campaign:
    """The campaign of that name. Raises BadSettings with the key, Refused for a mode that is not built."""
    path = campaign_file(workspace, name)
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise Failed(
            f"There is no campaign {name}.", where=str(path), mend=f"owed campaign new {name}"
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSettings(f"The campaign cannot be read: {error}.", where=str(path)) from error
    campaign = _read(_Table(table, path, ""), name)
    _check(campaign, path)
    return campaign


Value = TypeVar("Value")


class _Table:
    """One table of the file: every key is asked for by its kind, and `done` refuses the rest."""

    def __init__(self, table: Mapping[str, Any], path: Path, prefix: str) -> None:
        self._table, self._path, self._prefix = dict(table), path, prefix

    def invalid(self, key: str, why: str) -> BadSettings:
        return BadSettings(
            f"{self._prefix}{key} {why}.", where=str(self._path), mend="`owed campaign new` shows every key"
        )

    def take(self, key: str, kind: type[Value]) -> Value:
        value = self._table.pop(key, None)
        if type(value) is not kind:
            raise self.invalid(key, "is missing" if value is None else f"must be of kind {kind.__name__}")
        return value

    def count(self, key: str, *, at_least: int = 0) -> int:
        value = self.take(key, int)
        if value < at_least:
            raise self.invalid(key, f"must be {at_least} or more")
        return value

    def texts(self, key: str, *, may_be_empty: bool = False) -> tuple[str, ...]:
        values = self.take(key, list)
        if not all(isinstance(one, str) and one for one in values) or not (values or may_be_empty):
            raise self.invalid(key, "must be a list of texts" + ("" if may_be_empty else ", not empty"))
        if len(set(values)) != len(values):
            raise self.invalid(key, "names something twice")
        return tuple(values)

    def inside(self, key: str) -> _Table:
        return _Table(self.take(key, dict), self._path, f"{key}.")

    def done(self) -> None:
        for key in self._table:
            raise self.invalid(key, "is not a setting of a campaign")


def _read(table: _Table, name: str) -> Campaign:
    times, ceilings = table.inside("times"), table.inside("ceilings")
    links, standing = table.inside("links"), table.inside("standing")
    campaign = Campaign(
        name=name,
        programmes=table.texts("programmes"),
        legal_basis=table.take("legal_basis", str).strip(),
        contact_mode=table.take("contact_mode", str),
        languages=table.texts("languages"),
        channels=table.texts("channels"),
        accept_unconfirmed=table.texts("accept_unconfirmed", may_be_empty=True),
        before_claim_opens=table.take("before_claim_opens", bool),
        times=_times(times),
        ceilings=Ceilings(
            messages=ceilings.count("messages", at_least=1),
            messages_per_day=ceilings.count("messages_per_day", at_least=1),
            cost=ceilings.count("cost"),
        ),
        link_days=links.count("days", at_least=1),
        standing=Standing(standing.take("until", date), standing.count("per_day", at_least=1)),
    )
    for each in (table, times, ceilings, links, standing):
        each.done()
    return campaign


def _times(table: _Table) -> Times:
    return Times(
        send_from=table.take("send_from", date),
        send_before=table.take("send_before", date),
        quiet_from=table.take("quiet_from", time),
        quiet_until=table.take("quiet_until", time),
        country=table.take("country", str),
        weekends=table.take("weekends", bool),
        holidays=table.take("holidays", bool),
    )


def _check(campaign: Campaign, path: Path) -> None:
    times = campaign.times
    if campaign.contact_mode in PLANNED_MODES:
        raise Refused(
            f'The contact mode "{campaign.contact_mode}" is not built yet.',
            where=str(path),
            mend='contact_mode = "link"',
        )
    problems = {
        "contact_mode is none that there is": campaign.contact_mode not in BUILT_MODES,
        "times.send_before lies before times.send_from": times.send_before < times.send_from,
        "times.quiet_from must be later in the day than times.quiet_until": times.quiet_from
        <= times.quiet_until,
        "times.country is no ISO 3166 country whose holidays are known": times.country
        not in holidays.list_supported_countries(),
        f"links.days is more than {MOST_LINK_DAYS}": campaign.link_days > MOST_LINK_DAYS,
        f"a day lies beyond the year {LAST_YEAR}": max(times.send_before, campaign.standing.until).year
        > LAST_YEAR,
        "standing.until lies before times.send_before": campaign.standing.until < times.send_before,
    }
    for what, holds in problems.items():
        if holds:
            raise BadSettings(f"{what}.", where=str(path), mend="change the setting")

"""What a plan's document says about sending, read into types: the sender goes by this and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from outreach.schedule import Schedule

LAST_DAY = date.max - timedelta(days=2)
"""The last day whose end can be said as a moment anywhere; a claim without an end may name a later one."""


@dataclass(frozen=True)
class ChannelTerms:
    """One channel as it was when the plan froze it."""

    name: str
    address: str  # "sms" or "email"
    account_sha256: str
    local_only: bool


@dataclass(frozen=True)
class Terms:
    """When, how much and through what a plan may send, and what its pages and messages name."""

    schedule: Schedule
    send_from: datetime
    send_before: datetime
    link_for: timedelta
    to_tell: int
    messages_per_day: int
    standing_per_day: int
    standing_until: datetime
    portal_url: str
    agency: Mapping[str, str]
    phone: str
    channels: Mapping[str, ChannelTerms]
    templates: Mapping[str, str]

    @property
    def zone(self) -> ZoneInfo:
        return self.schedule.zone

    def first_moment(self, now: datetime) -> datetime:
        """`now` when a first message may leave, else the first moment it may."""
        return self.schedule.next_open(max(now, self.send_from))


def read_terms(document: Mapping[str, Any]) -> Terms:
    """The terms of a plan's document, whose format the plan command wrote."""
    windows, ceilings, standing = document["windows"], document["ceilings"], document["standing"]
    zone = ZoneInfo(document["time_zone"])
    return Terms(
        schedule=read_schedule(windows, zone),
        send_from=datetime.fromisoformat(windows["send_from"]),
        send_before=datetime.fromisoformat(windows["send_before"]),
        link_for=timedelta(days=document["links"]["days"]),
        to_tell=document["lines"]["to_tell"]["people"],
        messages_per_day=ceilings["messages_per_day"],
        standing_per_day=standing["per_day"],
        standing_until=end_of(date.fromisoformat(standing["until"]), zone),
        portal_url=document["portal_url"],
        agency=document["agency"],
        phone=document["phone"],
        channels={one["name"]: _channel(one) for one in document["channels"]},
        templates=document["templates"],
    )


def read_schedule(windows: Mapping[str, Any], zone: ZoneInfo) -> Schedule:
    return Schedule(
        zone=zone,
        quiet_from=time.fromisoformat(windows["quiet_from"]),
        quiet_until=time.fromisoformat(windows["quiet_until"]),
        country=windows["country"],
        weekends=windows["weekends"],
        on_holidays=windows["holidays"],
    )


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The moment a day ends at the authority: what is due by that day is due before this."""
    return datetime.combine(min(day, LAST_DAY) + timedelta(days=1), time(), zone).astimezone(UTC)


def _channel(one: Mapping[str, Any]) -> ChannelTerms:
    return ChannelTerms(one["name"], one["address"], one["account_sha256"], one["local_only"])

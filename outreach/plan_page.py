"""A plan's page: the document in words and numbers that an approver reads, and can quote by number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from data.digests import document_sha256
from eligibility.words import Speaker
from outreach.plans import lines_of
from outreach.terms import read_schedule
from templates.documents import (
    Hash,
    Held,
    Line,
    Particulars,
    Passed,
    PlanChannel,
    PlanProgramme,
    PlanRate,
    PlanView,
    Sample,
    Standing,
)


def plan_view(document: Mapping[str, Any], *, lang: str, samples: Sequence[Sample]) -> PlanView:
    """The page of a plan's document, in one language of the authority."""
    windows, zone = document["windows"], ZoneInfo(document["time_zone"])
    first = _moment(windows["send_from"], zone).date()
    last = (_moment(windows["send_before"], zone) - timedelta(microseconds=1)).date()
    return PlanView(
        agency=document["agency"][lang],
        campaign=document["campaign"],
        number=document["number"],
        sha256=document_sha256(document),
        author=document["author"],
        made_at=_moment(document["made_at"], zone),
        as_of=date.fromisoformat(document["run"]["as_of"]),
        run=document["run"]["id"],
        legal_basis=document["legal_basis"],
        contact_mode=document["contact_mode"],
        languages=tuple(document["languages"]),
        lines=tuple(_line(name, one) for name, one in lines_of(document)),
        channels=tuple(_channel(one) for one in document["channels"]),
        programmes=tuple(_programme(one, lang) for one in document["programmes"]),
        accepted_rates=tuple(document["accept_unconfirmed"]),
        first_day=first,
        last_day=last,
        quiet_hours=f"{windows['quiet_from'][:5]}–{windows['quiet_until'][:5]}",
        quiet_weekends=not windows["weekends"],
        quiet_days=read_schedule(windows, zone).quiet_days(first, last),
        time_zone=document["time_zone"],
        portal=document["portal_url"],
        standing=_standing(document["standing"]),
        samples=tuple(samples),
        hashes=tuple(_hashes(document)),
        approve_command=f"owed campaign approve {document['campaign']} --plan {document['number']}"
        " --as NAME --key FILE",
        warnings=tuple(_warnings(document)),
        held=held_of(document, lang),
        passed=passed_of(document),
    )


def _line(name: str, one: Mapping[str, Any]) -> Line:
    opens = {date.fromisoformat(day): people for day, people in sorted(one["opens"].items())}
    return Line(name, one["people"], one["amount"], opens)


def _moment(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).astimezone(zone)


def _channel(one: Mapping[str, Any]) -> PlanChannel:
    return PlanChannel(
        one["name"], one["sender"], one["messages"], one["parts"], one["cost"], one["currency"]
    )


def _programme(one: Mapping[str, Any], lang: str) -> PlanProgramme:
    return PlanProgramme(
        id=one["id"],
        title=one["title"][lang],
        law=one["law"],
        rule_version=one["rule_version"],
        people=one["people"],
        findings=one["findings"],
        amount=one["amount"],
        currency=one["currency"],
        rates=tuple(_rate(rate, lang) for rate in one["rates"]),
        assumptions=tuple(words[lang] for words in one["assumptions"].values()),
        per=one["per"],
        particulars=_particulars(one["particulars"], lang),
    )


def _particulars(one: Mapping[str, Any], lang: str) -> Particulars:
    first = one["claim_by"]["first"]
    return Particulars(
        at_least=one["at_least"],
        at_most=one["at_most"],
        set_off=one["set_off"]["findings"],
        set_off_amount=one["set_off"]["amount"],
        set_off_unknown=one["set_off"]["unknown"],
        instead_of={other["title"][lang]: other["findings"] for other in one["instead_of"]},
        after={other["title"][lang]: (other["findings"], other["told"]) for other in one["after"]},
        months_lost=one["months_lost"],
        with_day=one["claim_by"]["findings"],
        first_day=date.fromisoformat(first) if first else None,
    )


def _rate(one: Mapping[str, Any], lang: str) -> PlanRate:
    return PlanRate(
        name=one["name"],
        label=one["label"][lang],
        value=tuple(Speaker(lang, {}).rate(one["value"], one["unit"], one["names"])),
        since=date.fromisoformat(one["since"]),
        law=one["law"],
        confirmed=one["confirmed"],
    )


def _standing(one: Mapping[str, Any]) -> Standing:
    return Standing(tuple(one["kinds"]), one["per_day"], date.fromisoformat(one["until"]))


def _hashes(document: Mapping[str, Any]) -> list[Hash]:
    return [
        Hash("campaign", document["campaign_sha256"]),
        Hash("scan", document["run"]["manifest_sha256"]),
        Hash("people", document["list"]["sha256"]),
        Hash("templates", document_sha256(document["templates"])),
        *(Hash("pack", sha256, name) for name, sha256 in document["packs"].items()),
        *(Hash("channel", one["account_sha256"], one["name"]) for one in document["channels"]),
    ]


def held_of(document: Mapping[str, Any], lang: str) -> tuple[Held, ...]:
    """The programmes for which somebody stood by a scan that was held."""
    paid = {one["id"]: (one["title"][lang], one["currency"], one["per"]) for one in document["programmes"]}
    zone = ZoneInfo(document["time_zone"])
    return tuple(
        Held(
            title=paid[one["programme"]][0],
            found_before=one["entitled_before"],
            found=one["entitled"],
            amount_before=one["amount_before"],
            amount=one["amount"],
            currency=paid[one["programme"]][1],
            per=paid[one["programme"]][2],
            accepted_by=one["accepted_by"],
            accepted_on=_moment(one["accepted_at"], zone).date(),
            reason=one["reason"],
        )
        for one in document["held"]
    )


def passed_of(document: Mapping[str, Any]) -> tuple[Passed, ...]:
    """The registers that an operator let pass a gate."""
    return tuple(
        Passed(
            register=one["register"],
            gate=one["gate"],
            operator=one["operator"],
            accepted_on=date.fromisoformat(one["accepted_on"]),
            reason=one["reason"],
        )
        for one in document["passed"]
    )


def _warnings(document: Mapping[str, Any]) -> list[str]:
    """What an approver must not overlook, by the names under which templates word it."""
    rates = [rate for one in document["programmes"] for rate in one["rates"]]
    holds = {
        "plain_http": not document["portal_url"].startswith("https://"),
        "unproven": document["allow_unproven"],
        "before_claim_opens": document["before_claim_opens"],
        "unconfirmed": any(not rate["confirmed"] for rate in rates),
        "nameless": bool(document["nameless"]),
    }
    return [name for name, yes in holds.items() if yes]

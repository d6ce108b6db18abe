"""What `owed programmes show` says of a programme: conditions, parts, days, rates, each with its article."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from eligibility.pack import Pack
from eligibility.programmes import Programme, describe


def paid(programme: Programme) -> Iterator[str]:
    """Per what the amount is, whether it is a ceiling, and what a late claim costs,
    which interest comes on top and what is set off, each with its article."""
    each = "once" if programme.per == "once" else f"by the {programme.per}"
    ceiling = "; the amount is a ceiling: what it comes to, no record has" if programme.at_most else ""
    yield f"paid {each}, in {programme.currency}{ceiling}"
    claim = programme.claim_rule
    if claim is not None and claim.months_lost:
        yield f"claimed late, it is paid from that month on: the months before are lost ({claim.law})"
    elif claim is not None:
        yield f"claimed within the days that the law names ({claim.law})"
    if programme.accrual_rule is not None:
        yield f"with interest at {programme.accrual_rule.rate} ({programme.accrual_rule.law})"
    if programme.offset_rule is not None:
        yield f"arrears are set off first ({programme.offset_rule.law})"


def dated(value: Mapping[str, Any], unit: str) -> str:
    """One value of a rate: how much, from and until when, by which article."""
    until = f" until {value['until']}" if value["until"] else ""
    doubt = "" if value["confirmed"] else ", not confirmed"
    return f"{_value(value['value'])} {unit} since {value['since']}{until} ({value['law']}{doubt})"


def _value(content: Any) -> str:
    """A rate's value on one line: steps and kinds one after the other."""
    if isinstance(content, dict) and "up_to" in content:
        limit = content["up_to"]
        return f"{_value(content['value'])} " + ("above" if limit is None else f"up to {limit:,}")
    if isinstance(content, dict):
        return ", ".join(f"{name} {_value(one)}" for name, one in content.items())
    if isinstance(content, list):
        return ", ".join(_value(one) for one in content)
    return f"{content:,}" if isinstance(content, int) else str(content)


def describe_whole(pack: Pack, programme: Programme) -> dict[str, Any]:
    """A programme with all that its pack says of it, as JSON."""
    book = pack.books[programme.id]
    claim, accrual, offset = programme.claim_rule, programme.accrual_rule, programme.offset_rule
    return {
        **describe(programme),
        "version": pack.versions[programme.id],
        "currency": programme.currency,
        "per": programme.per,
        "at_most": programme.at_most,
        "months_lost": programme.claim_rule is not None and programme.claim_rule.months_lost,
        "criteria": [
            {"name": one.name, "label": dict(one.label), "law": one.law} for one in programme.criteria
        ],
        "parts": [{"name": one.name, "label": dict(one.label), "law": one.law} for one in programme.parts],
        "claim": None if claim is None else {"law": claim.law},
        "accrual": None if accrual is None else {"law": accrual.law, "rate": accrual.rate},
        "offset": None if offset is None else {"law": offset.law},
        "registers": list(pack.unit_of(programme).registers),
        "assumptions": {name: dict(words) for name, words in pack.assumptions(programme).items()},
        "rates": [
            {
                "name": rate.name,
                "unit": rate.unit,
                "label": dict(rate.label),
                "values": [
                    {
                        "since": one.since.isoformat(),
                        "until": None if one.until is None else one.until.isoformat(),
                        "value": one.content,
                        "law": one.law,
                        "confirmed": one.confirmed_by is not None,
                        "confirmed_by": one.confirmed_by,
                    }
                    for one in rate.values
                ],
            }
            for rate in book.values()
        ],
    }

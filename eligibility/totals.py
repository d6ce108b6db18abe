"""What all who are entitled to a programme can have together, as a scan says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eligibility.words import Speaker

COUNTED = ("entitled", "unknown", "amount", "at_least", "at_most", "currency", "per")
"""What of a programme's entry in a manifest a scan tells."""


def to_how_much(entry: Mapping[str, Any]) -> str:
    """`to KRW 5,000 a month`: a sum with a lower bound in it says "at least", one of ceilings "up to"; of a
    ceiling that is only a lower bound nothing is known, and it is counted apart."""
    said = Speaker("en", {}).money_per(entry["amount"], entry["currency"], entry["per"])
    if not entry["at_most"]:
        return f"to at least {said}" if entry["at_least"] else f"to {said}"
    if not entry["at_least"]:
        return f"to up to {said}"
    rest = f"{entry['at_least']:,} to what is decided with the application"
    others = entry["entitled"] - entry["at_least"]
    return f"({others:,} to up to {said}, {rest})" if others else f"({rest})"

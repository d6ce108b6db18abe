"""What somebody can have in all never counts what they cannot have together."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from templates.alternatives import most_together


class Claim(NamedTuple):
    programme: str
    amount: int
    instead_of: tuple[str, ...] = ()


@pytest.mark.parametrize(
    ("claims", "most"),
    [
        ([], 0),
        ([Claim("a", 5), Claim("b", 3)], 8),
        ([Claim("a", 5, ("b",)), Claim("b", 3)], 5),
        ([Claim("a", 3), Claim("b", 5, ("a",)), Claim("c", 1)], 6),
        ([Claim("a", 5, ("b", "c")), Claim("b", 3), Claim("c", 4)], 7),
        ([Claim("a", 5, ("b",)), Claim("b", 4, ("c",)), Claim("c", 3)], 8),
        ([Claim("a", 5), Claim("a", 5)], 10),
        ([Claim("a", 5, ("x",))], 5),
    ],
)
def test_the_most_that_can_be_had_together(claims: list[Claim], most: int) -> None:
    assert most == most_together(claims)


def test_the_order_of_the_claims_does_not_matter() -> None:
    claims = [Claim("a", 5, ("b",)), Claim("b", 4, ("c",)), Claim("c", 3), Claim("d", 9, ("a",))]
    assert most_together(claims) == most_together(claims[::-1])

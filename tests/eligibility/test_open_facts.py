"""Which unknown facts the value of a term still hangs on."""

from __future__ import annotations

from typing import Any

import pytest

from eligibility.facts import Fact, FactType, column
from eligibility.hanging import open_facts
from eligibility.logic import UNKNOWN_TRUTH, all_of, any_of, choose
from eligibility.terms import Term


def truth(name: str) -> Term:
    return Fact(name, FactType.BOOL, {"ko": name, "en": name}, column(name)).term


A, B, C = truth("a"), truth("b"), truth("c")


@pytest.mark.parametrize(
    ("one", "facts", "hangs_on"),
    [
        (all_of(A, B), {"a": None, "b": None}, {"a", "b"}),
        (all_of(A, B), {"a": False, "b": None}, set()),
        (any_of(all_of(A, B), C), {"a": False, "b": None, "c": None}, {"c"}),
        (choose(A, B, C), {"a": True, "b": None, "c": None}, {"b"}),
        (choose(A, B, C), {"a": None, "b": None, "c": True}, {"a", "b"}),
        (all_of(~all_of(A, B), any_of(C, UNKNOWN_TRUTH)), {"a": False, "b": None, "c": False}, set()),
        (all_of(A, UNKNOWN_TRUTH), {"a": None}, {"a"}),
    ],
)
def test_only_facts_that_can_still_decide_are_open(
    one: Term, facts: dict[str, Any], hangs_on: set[str]
) -> None:
    assert hangs_on == open_facts(one, facts)

"""What may be said of a message, from the one fact whether it had begun to leave."""

from __future__ import annotations

import pytest

from channels.channel import Outcome, OutcomeKind
from channels.departure import Departure, Held, seconds_to_wait
from tests.channels.sending import MOBILE, always, never, sms

NOW = 1_782_957_600.0


def test_what_had_not_begun_is_certainly_not_sent() -> None:
    outcome = Departure(sms(), always).broken(ConnectionResetError())
    assert Outcome("m-1", 1, OutcomeKind.NOT_SENT, code="ConnectionResetError") == outcome


def test_what_had_begun_is_uncertain_whatever_went_wrong() -> None:
    departure = Departure(sms(), always)
    departure.begin()
    outcome = departure.broken(ConnectionResetError())
    assert Outcome("m-1", 1, OutcomeKind.UNCERTAIN, code="ConnectionResetError") == outcome


def test_the_words_of_an_error_never_come_along() -> None:
    outcome = Departure(sms(), always).broken(ValueError(f"no such number: {MOBILE}"))
    assert MOBILE not in repr(outcome)


@pytest.mark.parametrize("abandoned", [True, False])
def test_what_was_given_up_or_held_back_cannot_begin(abandoned: bool) -> None:
    departure = Departure(sms(), always if abandoned else never)
    if abandoned:
        departure.abandon()
    with pytest.raises(Held):
        departure.begin()
    assert not departure.begun


@pytest.mark.parametrize(
    ("kind", "wait"),
    [(OutcomeKind.NOT_SENT, 5.0), (OutcomeKind.ACCOUNT, None), (OutcomeKind.UNCERTAIN, None)],
)
def test_only_what_may_be_tried_again_has_a_wait(kind: OutcomeKind, wait: float | None) -> None:
    departure = Departure(sms(), always)
    departure.retry_after = 5.0
    assert wait == departure.outcome(kind, code=None).retry_after


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0.0),
        (" 30 ", 30.0),
        ("-1", None),
        ("Thu, 02 Jul 2026 02:00:30 GMT", 30.0),
        ("Wed, 01 Jul 2026 02:00:30 GMT", 0.0),
        ("tomorrow", None),
        ("٣", None),
    ],
)
def test_a_wait_is_a_number_or_a_date(header: str | None, seconds: float | None) -> None:
    assert seconds == seconds_to_wait(header, NOW)

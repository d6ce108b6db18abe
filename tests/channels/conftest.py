"""The providers and servers the channels' tests talk to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.channels.mailserver import MailServer
from tests.channels.provider import FakeSendGrid, FakeTwilio


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    with FakeTwilio() as provider:
        yield provider


@pytest.fixture
def sendgrid() -> Iterator[FakeSendGrid]:
    with FakeSendGrid() as provider:
        yield provider


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server

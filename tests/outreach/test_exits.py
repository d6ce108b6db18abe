"""Channels are opened as owed.toml says, and a provider that needs it is told where to report."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.errors import BadSettings
from data.setup import Authority, make_workspace
from data.workspace import Workspace
from outreach.exits import open_exit

PACKS = Path(__file__).resolve().parents[2] / "eligibility" / "packs"
TWILIO = """
[channel.twilio]
account_sid = "AC00000000000000000000000000000000"
token_env = "TOKEN"
from = "+15005550006"
"""


def clock() -> datetime:
    return datetime(2026, 7, 2, tzinfo=UTC)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    authority = Authority(
        name_ko="가온시", name_en="Gaon City", phone="1", portal_url="https://owed.example.org"
    )
    made = make_workspace(tmp_path / "w", authority, packs=["kr"], built_in_packs=PACKS, buckets=2)
    made.settings_file.write_text(made.settings_file.read_text("utf-8") + TWILIO, "utf-8")
    return made


def test_twilio_is_told_to_report_to_the_portal(workspace: Workspace) -> None:
    channel = open_exit(workspace, "twilio", environment={"TOKEN": "t"}, clock=clock)
    assert "https://owed.example.org/hooks/twilio" in repr(vars(channel))


def test_a_channel_that_is_not_switched_on_is_refused_with_those_that_are(workspace: Workspace) -> None:
    with pytest.raises(BadSettings, match="sendgrid") as caught:
        open_exit(workspace, "sendgrid", environment={}, clock=clock)
    assert "file, twilio" in str(caught.value.mend)


def test_a_missing_secret_is_a_setting_to_mend(workspace: Workspace) -> None:
    with pytest.raises(BadSettings, match="TOKEN"):
        open_exit(workspace, "twilio", environment={}, clock=clock)

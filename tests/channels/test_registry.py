"""Channels by name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from channels.channel import InvalidSettings
from channels.registry import known_channels, open_channel


def test_every_known_channel_has_its_own_name(tmp_path: Path) -> None:
    tables = {
        "file": {},
        "smtp": {"host": "mail.gaon.example", "sender": "notice@gaon.example"},
        "twilio": {"account_sid": "AC0", "token_env": "SECRET", "from": "+15005550006"},
        "sendgrid": {"key_env": "SECRET", "sender": "notice@gaon.example"},
    }
    opened = [open_channel(name, tables[name], {"SECRET": "x"}, outbox=tmp_path) for name in known_channels()]
    assert known_channels() == tuple(channel.capabilities.name for channel in opened)


def test_an_unknown_channel_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="file, sendgrid, smtp, twilio"):
        open_channel("pigeon", {}, {}, outbox=tmp_path)


def test_opening_one_channel_loads_no_other_providers_package() -> None:
    code = (
        "import sys; from pathlib import Path; from channels.registry import open_channel;"
        "open_channel('file', {}, {}, outbox=Path('x'));"
        "sys.exit(len({'twilio', 'sendgrid', 'aiosmtplib', 'aiohttp'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[2])
    assert 0 == done.returncode

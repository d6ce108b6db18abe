"""A citizen at a browser: follows links and fills in forms as the pages offer them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from httpx2 import Response
from sqlalchemy import Engine
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from channels.channel import Channel
from data.workspace import Settings
from portal.app import create_app
from portal.guards import Allowance
from templates.render import Renderer
from tests.outreach.invited import KEY, NOW, Invited

ORIGIN = "https://127.0.0.1:8080"
SETTINGS = Settings(
    authority={"ko": "가온시", "en": "Gaon City"},
    phone="02-0000-0120",
    time_zone="Asia/Seoul",
    languages=("ko", "en"),
    buckets=1,
    portal_url="http://127.0.0.1:8080",
    packs=(),
)
PACKS = Path(__file__).parents[2] / "eligibility" / "packs"
RENDERER = Renderer(packs={"kr": PACKS / "kr" / "messages"})
TOKEN = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass
class MovingClock:
    """A clock that stands until it is moved."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


def new_app(
    engine: Engine,
    clock: MovingClock,
    *,
    channels: Mapping[str, Channel] | None = None,
    allowance: Allowance | None = None,
) -> ASGIApp:
    return create_app(
        engine=engine,
        renderer=RENDERER,
        invitation_key=KEY,
        clock=clock,
        settings=SETTINGS,
        channels=channels,
        allowance=allowance or Allowance(size=100_000),
    )


@dataclass
class Visitor:
    """One browser with its cookies; `invited` is whose phone it is."""

    app: ASGIApp
    invited: Invited
    language: str = "ko"
    client: TestClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = TestClient(
            self.app, base_url=ORIGIN, follow_redirects=False, headers={"accept-language": self.language}
        )

    def __enter__(self) -> Visitor:
        self.client.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.client.__exit__(kind, error, trace)

    @property
    def link(self) -> str:
        return f"/r/{self.invited.link_id}"

    def get(self, path: str) -> Response:
        return self.client.get(path)

    def post(
        self, path: str, fields: Mapping[str, Any] | None = None, *, page: str | None = None
    ) -> Response:
        """Post a form with the token that `page` (by default the same address) shows."""
        token = TOKEN.search(self.get(page or path).text)
        return self.client.post(
            path,
            data={"csrf": token[1] if token else "", **(fields or {})},
            headers={"origin": ORIGIN, "sec-fetch-site": "same-origin"},
        )

    def enter(self, birth_date: str = "1990-03-07") -> Response:
        return self.post(self.link, {"birth_date": birth_date})

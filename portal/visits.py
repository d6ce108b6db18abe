"""One request: who asks, in which language, at what moment, on which connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from channels.channel import Channel
from data.clock import Clock
from data.errors import Locked
from data.store.engine import reading, writing
from data.workspace import Settings
from outreach.invitations import Sealed, open_invitation
from portal.forms import Fields, page_token
from portal.guards import BODY, SAFE_METHODS, Allowance
from portal.sessions import Session, find_session, touch_session
from templates.render import Renderer
from templates.views import ErrorView, Form, Frame, LanguageLink, SessionEndedView

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
LANGUAGE_COOKIE = "owed_language"
VERIFY_PATH = "/verify-message"
LEAVE_PATH = "/logout"


@dataclass(frozen=True)
class Portal:
    """What every page works with: the store, the templates and one key. No register, no vault."""

    engine: Engine
    renderer: Renderer
    key: bytes
    clock: Clock
    settings: Settings
    channels: Mapping[str, Channel] = field(default_factory=dict)
    checks: Allowance = field(default_factory=lambda: Allowance(size=10, refill_per_second=1 / 60))
    """Questions about one check number, and about one address: else a million numbers tell who got a text."""

    @property
    def is_private(self) -> bool:
        """Whether cookies may be Secure: over https, and on this machine, where browsers allow it too."""
        url = urlsplit(self.settings.portal_url)
        return url.scheme == "https" or url.hostname in LOOPBACK

    @property
    def cookie(self) -> str:
        return "__Host-owed" if self.is_private else "owed"

    def language(self, request: Request, sealed: str | None = None) -> str:
        """What was chosen on the page, else the invitation's, else what the browser asks for."""
        asked = (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE), sealed)
        wanted = [*asked, *_accepted(request.headers.get("accept-language", ""))]
        known = self.settings.languages
        return next((lang for lang in wanted if lang in known), known[0])

    def frame(self, lang: str, path: str, leave: Form | None = None) -> Frame:
        others = tuple(one for one in self.settings.languages if one != lang)
        return Frame(
            agency=self.settings.authority.get(lang) or next(iter(self.settings.authority.values())),
            phone=self.settings.phone,
            languages=tuple(LanguageLink(one, f"{path}?lang={one}") for one in others),
            verify=VERIFY_PATH,
            leave=leave,
        )

    def error_page(self, request: Request, code: int) -> Response:
        """A page for a status; it looks at nothing but the request."""
        lang = self.language(request)
        view = ErrorView(frame=self.frame(lang, "/"), code=code)
        return HTMLResponse(self.renderer.page("error", view, lang), status_code=code)


@dataclass
class Visit:
    """One request while it is answered. `path` is where the page's language links lead."""

    portal: Portal
    request: Request
    connection: Connection
    now: datetime
    session: Session | None
    path: str

    @cached_property
    def sealed(self) -> Sealed:
        """The invitation behind the session."""
        return open_invitation(self.connection, self.portal.key, self.invitation_id)

    @property
    def invitation_id(self) -> str:
        assert self.session is not None
        return self.session.invitation_id

    @cached_property
    def lang(self) -> str:
        return self.portal.language(self.request, self.sealed.language if self.session else None)

    @cached_property
    def fields(self) -> Fields:
        return Fields.read(self.request.scope[BODY])

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.portal.settings.time_zone)

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def local(self, when: datetime) -> datetime:
        return when.astimezone(self.zone)

    @property
    def frame(self) -> Frame:
        leave = Form(LEAVE_PATH, self.session.csrf) if self.session else None
        return self.portal.frame(self.lang, self.path, leave)

    def form(self, action: str) -> Form:
        """A form with the session's token, or before there is a session with the page's own."""
        csrf = self.session.csrf if self.session else page_token(self.portal.key, action)
        return Form(action, csrf)

    def page(self, name: str, view: Any, status: int = 200) -> Response:
        return HTMLResponse(self.portal.renderer.page(name, view, self.lang), status_code=status)

    def error(self, code: int) -> Response:
        view = ErrorView(frame=self.portal.frame(self.lang, "/"), code=code)
        return self.page("error", view, code)


Page = Callable[[Visit], Response]
Endpoint = Callable[[Request], Response]


def endpoint(portal: Portal, page: Page, *, for_session: bool = False) -> Endpoint:
    """A synchronous handler for Starlette's thread pool: one connection, one moment, one page.

    GET and HEAD read a snapshot that nothing can be written through; a post holds the store's write lock.
    """

    def answer(request: Request) -> Response:
        with _connection(portal, request) as connection:
            visit = _visit(portal, request, connection)
            response = _ended(visit) if for_session and visit.session is None else page(visit)
        if request.method in SAFE_METHODS and visit.session is not None and visit.session.is_stale:
            _touch(portal, visit.session, now=visit.now)
        return _remember_language(portal, request, response)

    return answer


def see_other(path: str) -> Response:
    """Leads the browser on with a GET, so that going back does not post again."""
    return RedirectResponse(path, status_code=303)


def _connection(portal: Portal, request: Request) -> Any:
    return reading(portal.engine) if request.method in SAFE_METHODS else writing(portal.engine)


def _visit(portal: Portal, request: Request, connection: Connection) -> Visit:
    now = portal.clock()
    session = find_session(connection, request.cookies.get(portal.cookie), now=now)
    if session is not None and request.method not in SAFE_METHODS:
        touch_session(connection, session, now=now)
    return Visit(portal, request, connection, now, session, request.scope["path"])


def _touch(portal: Portal, found: Session, *, now: datetime) -> None:
    """A page that was read is shown even where the store takes no writing now: a later one is noted."""
    with suppress(Locked), writing(portal.engine) as connection:
        touch_session(connection, found, now=now)


def _ended(visit: Visit) -> Response:
    return visit.page("session_ended", SessionEndedView(frame=visit.frame), 403)


def _remember_language(portal: Portal, request: Request, response: Response) -> Response:
    chosen = request.query_params.get("lang")
    if chosen in portal.settings.languages:
        response.set_cookie(
            LANGUAGE_COOKIE, chosen, httponly=True, samesite="lax", secure=portal.is_private, path="/"
        )
    return response


def _accepted(header: str) -> list[str]:
    """The languages a browser asks for, the dearest first: `en-GB,en;q=0.9,ko;q=0.8` gives en, en, ko."""
    weighed = []
    for part in header.split(",")[:20]:
        name, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            weight = 0.0
        weighed.append((-weight, name.split("-")[0].lower()))
    return [name for _, name in sorted(weighed, key=lambda one: one[0])]

"""The citizens' pages as one ASGI application."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from mimetypes import guess_type

from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from channels.channel import Channel
from data.clock import Clock
from data.errors import Locked
from data.workspace import Settings
from portal import entrance, pages
from portal.forms import Unreadable
from portal.guards import Allowance, Guard
from portal.visits import LEAVE_PATH, VERIFY_PATH, Endpoint, Page, Portal, endpoint
from portal.webhooks import hook
from templates.render import BUILT_IN, Renderer

STATIC_SECONDS = 3600

ErrorHandler = Callable[[Request, Exception], Response]


def create_app(
    *,
    engine: Engine,
    renderer: Renderer,
    invitation_key: bytes,
    clock: Clock,
    settings: Settings,
    channels: Mapping[str, Channel] | None = None,
    allowance: Allowance | None = None,
) -> ASGIApp:
    """The portal over a store, its templates and the invitations key; it opens nothing else.

    `channels` are those whose providers may call back; `allowance` bounds requests of one address.
    """
    portal = Portal(engine, renderer, invitation_key, clock, settings, channels or {})
    inner = Starlette(routes=_routes(portal), exception_handlers=_errors(portal))
    inner.router.redirect_slashes = False
    return Guard(
        inner,
        public_url=settings.portal_url,
        error_page=portal.error_page,
        allowance=allowance or Allowance(),
    )


def _routes(portal: Portal) -> list[Route]:
    return [
        *_both(portal, "/", entrance.home),
        *_both(portal, "/r/{link_id}", entrance.landing, entrance.enter),
        *_both(portal, "/r/{link_id}/renew", None, entrance.renew),
        *_both(portal, VERIFY_PATH, entrance.verify, entrance.verified),
        *_both(portal, "/stop/{token}", entrance.stop_from_email, entrance.stopped_from_email),
        *_both(portal, pages.CASE, pages.case, pages.confirm, for_session=True),
        *_both(portal, "/submitted", pages.submitted, for_session=True),
        *_both(portal, pages.STATUS, pages.status, for_session=True),
        *_both(portal, pages.QUESTION, pages.question, pages.ask, for_session=True),
        *_both(portal, pages.STOP, pages.stop, pages.stopped, for_session=True),
        *_both(portal, LEAVE_PATH, None, pages.leave),
        Route("/hooks/{channel}", hook(portal), methods=["POST"]),
        Route("/static/{name}", _static(portal), methods=["GET"]),
        Route("/robots.txt", _robots, methods=["GET"]),
    ]


def _both(
    portal: Portal, path: str, get: Page | None = None, post: Page | None = None, *, for_session: bool = False
) -> list[Route]:
    """One address: its page for GET and HEAD, what a post does there; 405 for everything else."""
    read = endpoint(portal, get, for_session=for_session) if get else None
    write = endpoint(portal, post, for_session=for_session) if post else None
    methods = ["GET"] * (read is not None) + ["POST"] * (write is not None)

    def answer(request: Request) -> Response:
        chosen = write if request.method == "POST" else read
        assert chosen is not None
        return chosen(request)

    return [Route(path, answer, methods=methods)]


def _errors(portal: Portal) -> Mapping[type[Exception] | int, ErrorHandler]:
    def of_status(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return portal.error_page(request, error.status_code)

    def of_form(request: Request, error: Exception) -> Response:
        del error
        return portal.error_page(request, 422)

    def of_store(request: Request, error: Exception) -> Response:
        del error
        return portal.error_page(request, 503)

    def of_mistake(request: Request, error: Exception) -> Response:
        del error
        return portal.error_page(request, 500)

    return {HTTPException: of_status, Unreadable: of_form, Locked: of_store, 500: of_mistake}


def _static(portal: Portal) -> Endpoint:
    """The few files pages need, read once: a name that is not among them is a 404."""
    files = {path.name: path.read_bytes() for path in (BUILT_IN / "static").iterdir() if path.is_file()}

    def answer(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in files:
            return portal.error_page(request, 404)
        kind = guess_type(name)[0] or "application/octet-stream"
        cached = {"cache-control": f"public, max-age={STATIC_SECONDS}"}
        return Response(files[name], media_type=kind, headers=cached)

    return answer


def _robots(request: Request) -> Response:
    del request
    return PlainTextResponse("User-agent: *\nDisallow: /\n")

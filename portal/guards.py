"""Stands in front of every page: headers, the origin of posts, the size of bodies, how often, and no traces.

Works on the bare protocol, so that what it promises holds for errors too. It hands the application a body
that is already read: the pages themselves never wait.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import time
import traceback
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT = 64 * 1024
HOOK_BODY_LIMIT = 4 * 1024 * 1024  # a provider reports many events in one call
BODY_SECONDS = 20.0
BODY = "owed.body"  # where in the scope a page finds the body that was read
HOOKS = "/hooks/"
SAFE_METHODS = frozenset({"GET", "HEAD"})
BUCKETS_KEPT = 50_000

HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    # no-referrer would make browsers send `Origin: null` with our own forms; strict-origin keeps a real
    # one and still tells no path.
    "referrer-policy": "strict-origin",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex, nofollow",
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
}

log = logging.getLogger("owed.portal")

ErrorPage = Callable[[Request, int], Response]


class BodyTooLarge(Exception):
    """More bytes arrived than a form of ours can have."""


class CallerLeft(Exception):
    """The connection closed before the body was whole."""


@dataclass
class Bucket:
    """How much an address has left, and when that was reckoned."""

    left: float
    at: float


@dataclass
class Allowance:
    """A bucket of requests for each address, refilled steadily; a refused one takes nothing out.

    Wide, because a mobile carrier puts thousands of people behind one address: this holds off a flood. What
    holds off guessing is the counter of each link, in the store.
    """

    size: float = 300
    refill_per_second: float = 30
    now: Callable[[], float] = time.monotonic
    buckets: OrderedDict[str, Bucket] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def take(self, address: str) -> bool:
        """Whether the address may make one more request now."""
        at = self.now()
        with self.lock:
            bucket = self.buckets.pop(address, None) or Bucket(self.size, at)
            left = min(self.size, bucket.left + (at - bucket.at) * self.refill_per_second)
            self.buckets[address] = Bucket(left - 1 if left >= 1 else left, at)
            while len(self.buckets) > BUCKETS_KEPT:
                self.buckets.popitem(last=False)
        return left >= 1


class Guard:
    """Wraps the application. `error_page` renders a page for a status without looking at the store."""

    def __init__(self, app: ASGIApp, *, public_url: str, error_page: ErrorPage, allowance: Allowance) -> None:
        self.app = app
        self.public_origin = _origin(public_url)
        self.error_page = error_page
        self.allowance = allowance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = _Answer(send)
        try:
            code = await self._admit(scope, receive, answer)
        except CallerLeft:
            return
        except Exception as error:
            log.error("%s at %s", type(error).__name__, _where(error))
            code = None if answer.started else 500
        if code is not None:
            await self._say(scope, code, answer)

    async def _admit(self, scope: Scope, receive: Receive, answer: _Answer) -> int | None:
        """Runs the application, or gives the status by which it is kept out."""
        try:
            body = await _read(receive, HOOK_BODY_LIMIT if _is_hook(scope) else BODY_LIMIT)
        except BodyTooLarge:
            return 413
        except TimeoutError:
            return 408
        if not _is_hook(scope) and not self.allowance.take(client_network(scope)):
            return 429
        if scope["method"] not in SAFE_METHODS and not _is_hook(scope) and not self._is_own(scope):
            return 403
        scope[BODY] = body
        await self.app(scope, _replay(body), answer)
        return None

    async def _say(self, scope: Scope, code: int, answer: _Answer) -> None:
        await self.error_page(Request(scope), code)(scope, _replay(b""), answer)

    def _is_own(self, scope: Scope) -> bool:
        """A post comes from our own page, or from no browser at all (an e-mail provider's one-click stop)."""
        headers = Headers(scope=scope)
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site is not None and site not in {"same-origin", "none"}:
            return False
        if origin is None:
            return True
        try:
            own = {self.public_origin, _origin(f"{scope['scheme']}://{headers.get('host', '')}")}
            return _origin(origin) in own
        except ValueError:  # one of them is no address at all
            return False


class _Answer:
    """Sends with our headers on every response, and remembers whether one has begun."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            given = list(message["headers"])
            names = {name.lower() for name, _ in given}
            ours = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
            message["headers"] = given + [pair for pair in ours if pair[0] not in names]
        await self.send(message)


def client_network(scope: Scope) -> str:
    """The caller's address; of IPv6 the /64, which is one household's."""
    host = scope["client"][0] if scope.get("client") else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 6 and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False))


async def _read(receive: Receive, limit: int) -> bytes:
    """Raises TimeoutError for a body that drips: it would hold a connection for as long as it likes."""
    async with asyncio.timeout(BODY_SECONDS):
        return await _whole(receive, limit)


async def _whole(receive: Receive, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise CallerLeft
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise BodyTooLarge
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes) -> Receive:
    """Hands the application the whole body in its first message."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive


def _is_hook(scope: Scope) -> bool:
    return str(scope["path"]).startswith(HOOKS)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.lower()


def _where(error: BaseException) -> str:
    """File and line where it failed: an exception's own words may hold what a person typed."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else "an unknown place"

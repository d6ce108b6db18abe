"""A citizen at a browser, played over HTTP: opens pages, fills in their forms, follows where they lead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, ProxyHandler, Request, build_opener

SECONDS = 30

_FORM = re.compile(r"<form[^>]*action=\"([^\"]*)\"[^>]*>(.*?)</form>", re.S)
_INPUT = re.compile(r"<input([^>]*)>")
_ATTRIBUTE = re.compile(r"([a-z-]+)=\"([^\"]*)\"")


class Visitor:
    """Keeps cookies and the page it is on, as a browser does; speaks plain HTTP to this machine alone."""

    def __init__(self) -> None:
        # The portal's cookie is marked secure; like a browser, send it over plain HTTP to this machine.
        jar = CookieJar(DefaultCookiePolicy(secure_protocols=("https", "http")))
        self._opener = build_opener(HTTPCookieProcessor(jar), ProxyHandler({}))
        self.url = ""
        self.page = ""

    def open(self, url: str) -> str:
        return self._go(Request(urljoin(self.url, url)))

    def submit(self, action: str, fields: Mapping[str, str]) -> str:
        """Fill in and send the form of this page whose address ends in `action`, hidden fields included."""
        target, hidden = self._form(action)
        body = urlencode({**hidden, **fields}).encode()
        origin = re.match(r"https?://[^/]+", self.url)
        headers = {"Origin": origin[0] if origin else "", "Sec-Fetch-Site": "same-origin"}
        return self._go(Request(urljoin(self.url, target), data=body, headers=headers, method="POST"))

    def text(self) -> str:
        """What the page says, without its markup."""
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.page)).split())

    def _form(self, action: str) -> tuple[str, dict[str, str]]:
        for target, inside in _FORM.findall(self.page):
            if unescape(target).split("?")[0].endswith(action):
                inputs = (dict(_ATTRIBUTE.findall(one)) for one in _INPUT.findall(inside))
                hidden = {
                    one["name"]: unescape(one["value"]) for one in inputs if one.get("type") == "hidden"
                }
                return unescape(target), hidden
        raise LookupError(f"no form for {action} on this page")

    def _go(self, request: Request) -> str:
        with self._opener.open(request, timeout=SECONDS) as response:
            self.url = response.geturl()
            self.page = response.read().decode()
        return self.page

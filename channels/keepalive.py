"""Connections to one host that stay open between requests, with a time-out on every step."""

from __future__ import annotations

import select
from email.message import Message
from http.client import HTTPConnection, HTTPSConnection
from threading import Lock
from typing import NamedTuple
from urllib.parse import urlsplit
from urllib.request import Request

from channels.departure import Departure

_MOST_OF_A_BODY = 65_536  # bytes; an answer to a mail is a few hundred


class Answer(NamedTuple):
    """One answer, read whole; its methods are those a `urllib` response has."""

    status: int
    headers: Message
    body: bytes

    def getcode(self) -> int:
        return self.status

    def info(self) -> Message:
        return self.headers

    def read(self) -> bytes:
        return self.body


class Connections:
    """Idle connections to the host of `base_url`; each is used by one thread at a time."""

    def __init__(self, base_url: str, *, timeout: float) -> None:
        parts = urlsplit(base_url)
        self._make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._host = parts.netloc
        self._timeout = timeout
        self._idle: list[HTTPConnection] = []
        self._lock = Lock()

    def exchange(self, request: Request, departure: Departure) -> Answer:
        """One request, written once and never again, and its answer; raises when the connection fails."""
        connection = self._take()
        try:
            if connection.sock is None:
                connection.connect()
            departure.begin()
            connection.request(
                request.get_method(), request.selector, request.data, dict(request.header_items())
            )
            response = connection.getresponse()
            body = response.read(_MOST_OF_A_BODY)
        except BaseException:
            connection.close()
            raise
        if response.isclosed():
            self._put_back(connection)
        else:
            connection.close()
        return Answer(response.status, response.headers, body)

    def _take(self) -> HTTPConnection:
        """An idle connection the other side has not closed, or a new one that is not yet open."""
        with self._lock:
            while self._idle:
                connection = self._idle.pop()
                if not _has_something_to_read(connection):
                    return connection
                connection.close()
        return self._make(self._host, timeout=self._timeout)

    def _put_back(self, connection: HTTPConnection) -> None:
        if connection.sock is not None:
            with self._lock:
                self._idle.append(connection)

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()


def _has_something_to_read(connection: HTTPConnection) -> bool:
    """On an idle connection that can only be its end."""
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return bool(poll.poll(0))

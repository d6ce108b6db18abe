"""Reads what a form posted, out of a body that is already there."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from data.keys import keyed_hash
from templates.views import Problem

MAX_FIELDS = 200
_NO_WORDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # a terminal or a spreadsheet may obey them
LINE_LIMIT = 100  # a date, a number: nothing longer is meant


class Unreadable(Exception):
    """The body is not a form; the page answers 422."""


@dataclass(frozen=True)
class Fields:
    """The fields of one post; a field that is not there is empty."""

    values: Mapping[str, list[str]]

    @classmethod
    def read(cls, body: bytes) -> Fields:
        """Raises Unreadable for bytes that are not UTF-8, NUL characters, or more than 200 fields."""
        try:
            values = parse_qs(
                body.decode("ascii"),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=MAX_FIELDS,
            )
        except ValueError as error:
            raise Unreadable from error
        if any("\0" in value for values_of in values.values() for value in values_of):
            raise Unreadable
        return cls(values)

    def line(self, name: str) -> str:
        """A short field on one line."""
        return " ".join(self._first(name)[:LINE_LIMIT].split())

    def text(self, name: str) -> str:
        """Words of the person's own, with their lines kept as they were typed and nothing that is no word."""
        return _NO_WORDS.sub("", self._first(name).replace("\r\n", "\n")).strip()

    def each(self, name: str) -> list[str]:
        return self.values.get(name, [])

    def _first(self, name: str) -> str:
        return self.values.get(name, [""])[0]


def text_problem(text: str, *, limit: int, required: bool) -> Problem | None:
    """What is wrong with words of the person's own."""
    if len(text) > limit:
        return Problem.TOO_LONG
    return Problem.MISSING if required and not text else None


def page_token(key: bytes, action: str) -> str:
    """The token of a form that stands before the access check, where there is no session to hold one."""
    return keyed_hash(key, "form", action)[:32]


def is_token(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())

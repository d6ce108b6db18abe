"""Turns a view into a page or a message, and nothing else: it decides nothing and reads no records."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    Template,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from templates.documents import DOCUMENTS
from templates.views import MESSAGES, PAGES

BUILT_IN = Path(__file__).parent
LANGUAGES = ("ko", "en")
FORMS = ("text", "email")


@dataclass(frozen=True)
class RenderedMessage:
    """A text has only `text`; an email has all three, `text` being its plain part."""

    subject: str | None
    text: str
    html: str | None


class Renderer:
    """Pages and messages out of templates, found in the order agency, pack, built-in.

    `search` are the agency's own folders; `packs` maps a pack's name to its folder of words, whose file
    `vehicle_tax_refund.ko.words.j2` is then known as `kr/vehicle_tax_refund.ko.words.j2`.
    """

    def __init__(self, search: Sequence[Path] = (), packs: Mapping[str, Path] | None = None) -> None:
        raise NotImplementedError

    @classmethod
    def frozen(cls, folder: Path) -> Renderer:
        """Messages out of what `freeze` wrote into `folder`, and out of nothing else."""
        raise NotImplementedError

    def page(self, name: str, view: object, lang: str) -> str:
        """The page or document `name` (`views.PAGES`, `documents.DOCUMENTS`) as HTML."""
        raise NotImplementedError

    def message(self, kind: str, form: str, lang: str, view: object) -> RenderedMessage:
        """A message of a kind (`views.MESSAGES`) as "text" or "email"."""
        raise NotImplementedError

    def freeze(self, target: Path) -> dict[str, str]:
        """Copies every template messages can use into `target`; relative name -> sha256."""
        raise NotImplementedError

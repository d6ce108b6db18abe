"""Turns a view into a page or a message, and nothing else: it decides nothing and reads no records."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, cast

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateNotFound,
)
from jinja2.ext import Extension
from jinja2.sandbox import ImmutableSandboxedEnvironment

from templates import documents, figures, message_views, views
from templates.korean import josa, particle

BUILT_IN = Path(__file__).parent
LANGUAGES = ("ko", "en")
FORMS = ("text", "email")

PAGES: Mapping[str, type] = {
    "home": views.HomeView,
    "landing": views.LandingView,
    "locked": views.LockedView,
    "link_expired": views.LinkExpiredView,
    "link_renewed": views.LinkRenewedView,
    "link_unknown": views.LinkUnknownView,
    "session_ended": views.SessionEndedView,
    "verify": views.VerifyView,
    "verified": views.VerifiedView,
    "error": views.ErrorView,
    "case": views.CaseView,
    "submitted": views.SubmittedView,
    "already_submitted": views.AlreadySubmittedView,
    "status": views.StatusView,
    "question": views.QuestionView,
    "question_sent": views.QuestionSentView,
    "stop": views.StopView,
    "stopped": views.StoppedView,
    "plan": documents.PlanView,
    "report": documents.ReportView,
}
MESSAGES: Mapping[str, type] = {
    "invitation": message_views.InvitationMessage,
    "receipt": message_views.ReceiptMessage,
    "notice": message_views.NoticeMessage,
    "renewed_link": message_views.RenewedLinkMessage,
}

_END_OF_SUBJECT = "\n---\n"  # as layout.email.text.j2 has it

Words = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class RenderedMessage:
    """A text has only `text`; an email has all three, `text` being its plain part."""

    subject: str | None
    text: str
    html: str | None


class Renderer:
    """Pages and messages out of templates, found in the order agency, pack, built-in.

    `search` are the agency's own folders; `packs` maps a pack's name to its folder of words, whose file
    `vehicle_tax_refund.ko.words.j2` is then known as `kr/vehicle_tax_refund.ko.words.j2`. These are run in
    a sandbox; pages are ours alone and are not. Every template is compiled once per language.
    """

    def __init__(self, search: Sequence[Path] = (), packs: Mapping[str, Path] | None = None) -> None:
        own = [FileSystemLoader(folder) for folder in search]
        words = PrefixLoader({name: FileSystemLoader(folder) for name, folder in (packs or {}).items()})
        self._build(ChoiceLoader([*own, words, FileSystemLoader(BUILT_IN / "messages")]))

    @classmethod
    def frozen(cls, folder: Path) -> Renderer:
        """Messages out of what `freeze` wrote into `folder`, and out of nothing else."""
        renderer = cls.__new__(cls)
        renderer._build(FileSystemLoader(folder))
        return renderer

    def _build(self, messages: BaseLoader) -> None:
        self._messages = messages
        self._texts = {lang: _message_environment(messages, lang, html=False) for lang in LANGUAGES}
        self._emails = {lang: _message_environment(messages, lang, html=True) for lang in LANGUAGES}
        self._pages = {lang: _page_environment(self._emails[lang], lang) for lang in LANGUAGES}

    def page(self, name: str, view: object, lang: str) -> str:
        """The page or document `name` (`PAGES`) as HTML."""
        _require(view, PAGES, name)
        return self._pages[lang].get_template(f"pages/{name}.html.j2").render(view=view)

    def message(self, kind: str, form: str, lang: str, view: object) -> RenderedMessage:
        """A message of a kind (`MESSAGES`) as "text" or "email"."""
        _require(view, MESSAGES, kind)
        if form == "text":
            text = self._texts[lang].get_template(f"{kind}.{lang}.text.j2").render(view=view)
            return RenderedMessage(subject=None, text=_tidy(text), html=None)
        if form != "email":
            raise ValueError(f"a message is one of {', '.join(FORMS)}, not {form!r}")
        name = f"{kind}.{lang}.email.j2"
        plain = self._texts[lang].get_template(name).render(view=view)
        html = self._emails[lang].get_template(name).render(view=view)
        subject, parted, text = plain.partition(_END_OF_SUBJECT)
        if not parted:
            raise ValueError(f"{name} does not extend the layout of emails")
        return RenderedMessage(" ".join(subject.split()), _tidy(text), html)

    def freeze(self, target: Path) -> dict[str, str]:
        """Copies every template messages can use into `target`; relative name -> sha256."""
        digests = {}
        for name in sorted(self._messages.list_templates()):
            content = self._file_of(name).read_bytes()
            copy = target / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(content)
            digests[name] = hashlib.sha256(content).hexdigest()
        return digests

    def _file_of(self, name: str) -> Path:
        _, file, _ = self._messages.get_source(self._texts["ko"], name)
        if file is None:
            raise TemplateNotFound(name)
        return Path(file)


class _WordsInPlace(Extension):
    """Puts a language's words where a page says `[[key]]`, before the page is compiled.

    So a word costs nothing when a page is shown, and may itself use what the page is given. A key is looked
    up in the page's own table of `templates/words/<lang>.toml`, or in another one as `[[table.key]]`; words
    may name words.
    """

    _MARK = re.compile(r"\[\[([a-z_0-9]+(?:\.[a-z_0-9]+)?)\]\]")

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        own_table = Path(name or "").name.removesuffix(".html.j2")
        words = cast(Words, self.environment.globals["words"])

        def word(found: re.Match[str]) -> str:
            table, _, key = found.group(1).rpartition(".")
            return self._MARK.sub(word, words[table or own_table][key])

        return self._MARK.sub(word, source)


def _page_environment(own_words: Environment, lang: str) -> Environment:
    words: Words = tomllib.loads((BUILT_IN / "words" / f"{lang}.toml").read_text(encoding="utf-8"))
    environment = Environment(
        loader=FileSystemLoader(BUILT_IN),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[_WordsInPlace],
        auto_reload=False,
    )
    environment.globals |= {"lang": lang, "words": words, "own": _own_words(own_words, lang)}
    environment.filters |= _filters(lang)
    environment.filters["shown"] = partial(figures.shown, words=words, lang=lang)
    return environment


def _message_environment(loader: BaseLoader, lang: str, *, html: bool) -> Environment:
    form = "html" if html else "text"
    environment = ImmutableSandboxedEnvironment(
        loader=loader,
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals |= {
        "lang": lang,
        "layout_file": f"layout.email.{form}.j2",
        "kit_file": f"kit.email.{form}.j2",
        "own": _own_words(environment, lang),
    }
    environment.filters |= _filters(lang)
    return environment


def _filters(lang: str) -> dict[str, Callable[..., Any]]:
    return {
        "josa": josa,
        "particle": particle,
        "money": partial(figures.money, lang=lang),
        "money_per": partial(figures.money_per, lang=lang),
        "per_what": partial(figures.per_what, lang=lang),
        "sums": partial(figures.sums, lang=lang),
        "day": partial(figures.day, lang=lang),
        "clock": partial(figures.clock, lang=lang),
        "term": partial(figures.term, lang=lang),
        "per_cent": figures.per_cent,
        "share": figures.share,
        "width": figures.width,
        "number": figures.number,
        "plural": figures.plural,
        "grouped": figures.grouped,
    }


def _own_words(environment: Environment, lang: str) -> Callable[[str], Any]:
    """Finds the macros of a programme's own words, or the plain ones where it brings none."""

    @cache
    def own(programme: str) -> Any:
        names = [f"{programme}.{lang}.words.j2", f"any.{lang}.words.j2"]
        return environment.select_template(names).module

    return own


def _require(view: object, known: Mapping[str, type], name: str) -> None:
    if not isinstance(view, known[name]):
        raise TypeError(f"{name!r} is told by a {known[name].__name__}, not by a {type(view).__name__}")


def _tidy(text: str) -> str:
    """No blanks at line ends, at most one empty line, none at either end."""
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines)

"""Declared parsers: each reads one kind of text, whole columns at a time, and never guesses.

A parser gives two expressions over a column of normalised text: the value, and whether the text was one.
An empty cell is null and valid; a day that registers write for "none" (99991231) is null and valid too.
No expression here can raise on a cell, so no cell ever appears in an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import polars as pl

from data.letters import ANY, Letters

Words = Mapping[str, str]


class UnknownParser(Exception):
    """A contract names a parser that does not exist, or gives it an argument it cannot take."""


@dataclass(frozen=True)
class Parser:
    """How one column's text becomes values of `dtype`."""

    spec: str
    dtype: pl.DataType | type[pl.DataType]
    words: Words  # what a cell should have been, in Korean and English
    read: Callable[[pl.Expr], tuple[pl.Expr, pl.Expr]]  # of a cell that `_plain` made plain, where `is_code`
    is_code: bool = True  # full-width digits and letters are the usual ones
    by: str | None = None  # the column that picks the parser, for those that ask one
    choices: Mapping[str, Parser] | None = None

    def value(self, cell: pl.Expr, picker: pl.Expr | None = None, *, letters: Letters = ANY) -> pl.Expr:
        """The value, null where there is none or the text is not one. `letters`: what all cells hold."""
        if self.choices is None or picker is None:
            return self._read(cell, letters)[0]
        otherwise = pl.lit(None, dtype=self.dtype)
        return self._pick(lambda one: one.value(cell, letters=letters), picker, otherwise)

    def valid(self, cell: pl.Expr, picker: pl.Expr | None = None, *, letters: Letters = ANY) -> pl.Expr:
        """True where the cell is empty or can be read; never null."""
        if self.choices is None or picker is None:
            valid = self._read(cell, letters)[1]
        else:
            valid = self._pick(lambda one: one.valid(cell, letters=letters), picker, pl.lit(False))
        return cell.is_null() | valid.fill_null(False)

    def _read(self, cell: pl.Expr, letters: Letters) -> tuple[pl.Expr, pl.Expr]:
        if self.spec == TEXT and letters.printable:
            return cell, pl.lit(True)
        return self.read(_plain(cell) if self.is_code and not letters.ascii else cell)

    def _pick(self, of: Callable[[Parser], pl.Expr], picker: pl.Expr, otherwise: pl.Expr) -> pl.Expr:
        picked = otherwise
        for choice, one in (self.choices or {}).items():
            picked = pl.when(picker == choice).then(of(one)).otherwise(picked)
        return picked

    @property
    def pads(self) -> int | None:
        """The length to which zeros are put back in front; None where nothing is mended."""
        return int(self.spec.removeprefix("pad:")) if self.spec.startswith("pad:") else None

    @property
    def is_closed(self) -> bool:
        """Whether the contract names all values there are: how long one is tells which it is."""
        if self.choices is not None:
            return any(one.is_closed for one in self.choices.values())
        return self.spec.startswith(("one_of:", "bool:"))

    @property
    def is_text(self) -> bool:
        return self.dtype == pl.String

    def takes(self, limit: object) -> bool:
        """Whether a `min` or `max` is of the kind this parser gives."""
        if self.dtype == pl.Date:
            return type(limit) is date
        return self.dtype == pl.Int64 and type(limit) is int


def normalised(cell: pl.Expr, letters: Letters = ANY) -> pl.Expr:
    """Text as it is compared and parsed: NFC, no space around it (NBSP and U+3000 too), "" as null.

    With what all cells hold as `letters`, what they do not need is skipped.
    """
    text = cell if letters.composed else cell.str.normalize("NFC")
    if not letters.one_line:
        text = text.str.replace_all(r"\s*[\r\n]+\s*", " ")
    if not letters.bare:
        text = text.str.strip_chars(_SPACES)
    return text if letters.bare and letters.filled else pl.when(text != "").then(text)


_SPACES = " \t\r\n\v\f\u00a0\u3000\u200b\ufeff"


_FULL_WIDTH = {chr(at): chr(at - 0xFEE0) for at in range(0xFF01, 0xFF5F)} | {"\u3000": " "}


def _plain(cell: pl.Expr) -> pl.Expr:
    """Codes and numbers with full-width letters, digits and signs as the usual ones.

    What else Unicode calls compatible is another character: ² is no 2, and ⑴ is neither 1 nor -1.
    """
    return cell.str.replace_many(list(_FULL_WIDTH), list(_FULL_WIDTH.values())).str.strip_chars(_SPACES)


def _matching(cell: pl.Expr, pattern: str) -> tuple[pl.Expr, pl.Expr]:
    fits = cell.str.contains(pattern)
    return pl.when(fits).then(cell), fits


def _text(cell: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    # U+3164 fills a place where a letter was lost: what EUC-KR writes with it is composed when it is read.
    return _matching(cell, r"^[^\x00-\x1f\x7f\u{fffd}\u{3164}]*$")


def _signed(cell: pl.Expr) -> pl.Expr:
    return cell.str.replace("^−", "-")  # U+2212, as typesetters write it


def _int(cell: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    text, fits = _matching(_signed(cell), r"^[+-]?[0-9]{1,18}$")
    return text.str.strip_prefix("+").cast(pl.Int64, strict=False), fits


_AMOUNT = r"(?:[0-9]{1,18}|[0-9]{1,3}(?:,[0-9]{3}){1,5})(?:\s?원)?"
_SIGN = r"[+\-−△▲]?"
_IN_COMMAS = rf"^(?:[₩￦]\s?{_SIGN}|{_SIGN}\s?[₩￦]?\s?){_AMOUNT}$|^\((?:[₩￦]\s?)?{_AMOUNT}\)(?:\s?원)?$"


def _int_comma(cell: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """No space stands between digits: two numbers in one cell are not one."""
    text, fits = _matching(cell, _IN_COMMAS)
    digits = text.str.replace_all("[^0-9]", "").cast(pl.Int64, strict=False)
    return pl.when(text.str.contains(r"[-−△▲(]")).then(-digits).otherwise(digits), fits


def _decimal(places: int, cell: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    pattern = rf"^[+-]?[0-9]{{1,{18 - places}}}(\.[0-9]{{1,{places}}}0*)?$"
    text, fits = _matching(_signed(cell), pattern)
    whole = text.str.extract(r"^([+-]?[0-9]+)").str.strip_prefix("+")
    fraction = text.str.extract(r"\.([0-9]+)$").fill_null("").str.slice(0, places).str.pad_end(places, "0")
    return (whole + fraction).cast(pl.Int64, strict=False), fits


_NO_DAY = ["00000000", "99991231", "19000101"]


def _date(form: str, cell: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    pattern = "^" + re.sub(r"%[md]", "[0-9]{2}", re.escape(form).replace("%Y", "[0-9]{4}")) + "$"
    shaped = cell.str.contains(pattern)
    none = cell.is_in([_in_form(form, digits) for digits in _NO_DAY])
    day = pl.when(shaped & ~none).then(cell).str.to_date(form, strict=False)
    return day, shaped & (none | day.is_not_null())


def _in_form(form: str, digits: str) -> str:
    return form.replace("%Y", digits[:4]).replace("%m", digits[4:6]).replace("%d", digits[6:])


def _bool(yes: str, no: str, cell: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    fits = cell.is_in([yes, no])
    return pl.when(fits).then(cell == yes), fits


def _one_of(allowed: list[str], cell: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    fits = cell.is_in(allowed)
    return pl.when(fits).then(cell), fits


_DAY_OF_A_YEAR = (  # month and day, without 29 February
    "(?:(?:0[13578]|1[02])(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)(?:0[1-9]|[12][0-9]|30)"
    "|02(?:0[1-9]|1[0-9]|2[0-8]))"
)
_LEAP_DAY = "(?:(?:0[48]|[2468][048]|[13579][26])0229[0-9]|000229[3478])"  # 00: of these centuries 2000 alone
_RESIDENT_NUMBER = rf"^(?:[0-9]{{2}}{_DAY_OF_A_YEAR}[0-9]|{_LEAP_DAY})[0-9]{{6}}$"


def _resident_number(cell: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Thirteen digits, with or without the dash: a day, then a digit for sex and century.

    That digit is 9 or 0 for the 19th century, 1 or 2 for the 20th, 3 or 4 for the 21st, and 5 to 8 for
    foreigners of the last two, so that each of the ten stands for a century. Numbers since October 2020 have
    no check digit. Thirteen ones are a day, and a placeholder.
    """
    bare = cell.str.replace(r"^([0-9]{6})[- ]([0-9]{7})$", "$1$2")
    fits = bare.str.contains(_RESIDENT_NUMBER) & (bare != "1" * 13)
    return pl.when(fits).then(bare), fits


def _mobile(cell: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """A Korean mobile number, as E.164."""
    digits = cell.str.replace_all(r"[-. ()]", "").str.replace(r"^\+?82-?0?", "0")
    text, fits = _matching(digits, r"^01(0[0-9]{8}|[16789][0-9]{7,8})$")
    return "+82" + text.str.slice(1), fits


_EMAIL = (
    r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$"
)


def _email(cell: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """An address in ASCII, its domain in small letters: what every mail server takes."""
    text, fits = _matching(cell, _EMAIL)
    return text.str.extract(r"^(.*@)") + text.str.extract(r"@([^@]*)$").str.to_lowercase(), fits


def _plate(cell: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    bare = cell.str.normalize("NFC").str.replace_all(r"\s", "")
    return _matching(bare, r"^([가-힣]{2})?[0-9]{2,3}[가-힣][0-9]{4}$")


def _pad(length: int, cell: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Digits that lost their leading zeros in a spreadsheet."""
    text, fits = _matching(cell, rf"^[0-9]{{1,{length}}}$")
    return text.str.zfill(length), fits


def natural_value(parser: Parser, text: str) -> str | None:
    """One identity as the vault keeps it; None where `text` is not one. For look-ups by an operator."""
    cell = pl.DataFrame({"cell": [text]}).select(normalised(pl.col("cell")))
    value = cell.select(parser.value(pl.col("cell")).alias("cell")).item()
    return None if value is None else str(value)


TEXT = "text"
_INTEGER = {"ko": "정수", "en": "a whole number"}
_FIXED: dict[str, tuple[Any, Words, Callable[[pl.Expr], tuple[pl.Expr, pl.Expr]]]] = {
    TEXT: (pl.String, {"ko": "제어문자가 없는 글", "en": "text without control characters"}, _text),
    "int": (pl.Int64, _INTEGER, _int),
    "int:comma": (
        pl.Int64,
        {
            "ko": "정수(쉼표 가능, 음수는 -, △ 또는 괄호)",
            "en": "a whole number, commas allowed, a negative one with -, △ or in brackets",
        },
        _int_comma,
    ),
    "kr_resident_number": (
        pl.String,
        {
            "ko": "날짜로 시작하는 13자리 주민등록번호",
            "en": "a resident number of 13 digits that begin with a day",
        },
        _resident_number,
    ),
    "kr_mobile": (pl.String, {"ko": "휴대전화번호", "en": "a Korean mobile number"}, _mobile),
    "email": (pl.String, {"ko": "전자우편 주소", "en": "an email address"}, _email),
    "kr_plate": (pl.String, {"ko": "자동차등록번호", "en": "a Korean vehicle plate"}, _plate),
}


def parser_of(spec: object) -> Parser:
    """The parser a contract names: `"int:comma"`, or a table that lets another column pick one.

    `{ by = "channel", sms = "kr_mobile", email = "email" }` reads a cell by what `channel` says in its row;
    where it says none of them the cell is not valid. Raises UnknownParser.
    """
    if isinstance(spec, dict):
        return _picked(spec)
    if not isinstance(spec, str):
        raise UnknownParser(f"a parser must be text, not {type(spec).__name__}")
    if spec in _FIXED:
        dtype, words, read = _FIXED[spec]
        return Parser(spec, dtype, words, read, is_code=spec != TEXT)
    name, _, argument = spec.partition(":")
    if name not in _WITH_ARGUMENT or not argument:
        raise UnknownParser(f"there is no parser {spec!r}")
    return _WITH_ARGUMENT[name](spec, argument)


def _picked(table: dict[str, Any]) -> Parser:
    choices = {choice: parser_of(spec) for choice, spec in table.items() if choice != "by"}
    dtypes = {str(one.dtype) for one in choices.values()}
    if not isinstance(table.get("by"), str) or len(dtypes) != 1:
        raise UnknownParser("a parser that asks a column needs `by` and choices of one kind")
    words = {
        lang: "; ".join(f"{choice}: {one.words[lang]}" for choice, one in choices.items())
        for lang in ("ko", "en")
    }
    first = next(iter(choices.values()))
    return Parser(f"by:{table['by']}", first.dtype, words, first.read, by=table["by"], choices=choices)


def day_form(spec: object) -> str | None:
    """How a day is written in a column that a contract reads by `spec`; None where it reads none."""
    if not isinstance(spec, str) or not spec.startswith("date:"):
        return None
    form = spec.removeprefix("date:")
    return "%Y-%m-%d" if form == "iso" else form


def _date_parser(spec: str, argument: str) -> Parser:
    form = day_form(spec) or argument
    if any(form.count(part) != 1 for part in ("%Y", "%m", "%d")) or form.count("%") != 3:
        raise UnknownParser(f"{spec!r} must hold %Y, %m and %d once each, or be date:iso")
    shown = form.replace("%Y", "YYYY").replace("%m", "MM").replace("%d", "DD")
    words = {"ko": f"{shown} 형식의 날짜", "en": f"a date as {shown}"}
    return Parser(spec, pl.Date, words, partial(_date, form))


def _decimal_parser(spec: str, argument: str) -> Parser:
    if argument not in ("1", "2", "3", "4"):
        raise UnknownParser(f"{spec!r}: 1 to 4 decimal places")
    words = {"ko": f"소수 {argument}자리까지의 수", "en": f"a number with up to {argument} decimal places"}
    return Parser(spec, pl.Int64, words, partial(_decimal, int(argument)))


def _bool_parser(spec: str, argument: str) -> Parser:
    yes, _, no = argument.partition("/")
    if not yes or not no or yes == no:
        raise UnknownParser(f"{spec!r} must be like bool:Y/N")
    return Parser(
        spec, pl.Boolean, {"ko": f"{yes} 또는 {no}", "en": f"{yes} or {no}"}, partial(_bool, yes, no)
    )


def _one_of_parser(spec: str, argument: str) -> Parser:
    allowed = [one.strip() for one in argument.split(",")]
    if not all(allowed):
        raise UnknownParser(f"{spec!r} has an empty choice")
    listed = ", ".join(allowed)
    words = {"ko": f"다음 중 하나: {listed}", "en": f"one of {listed}"}
    return Parser(spec, pl.String, words, partial(_one_of, allowed))


def _pad_parser(spec: str, argument: str) -> Parser:
    if not argument.isdigit() or not 1 <= int(argument) <= 64:
        raise UnknownParser(f"{spec!r}: a length from 1 to 64")
    words = {"ko": f"{argument}자리 이하의 숫자", "en": f"at most {argument} digits"}
    return Parser(spec, pl.String, words, partial(_pad, int(argument)))


def _pattern_parser(spec: str, argument: str) -> Parser:
    try:
        pl.Series([""]).str.contains(argument, strict=True)
    except pl.exceptions.ComputeError as error:
        raise UnknownParser(f"{spec!r} is not a regular expression") from error
    words = {"ko": f"정규식 {argument}", "en": f"text that matches {argument}"}
    return Parser(spec, pl.String, words, lambda cell: _matching(cell, f"^(?:{argument})$"))


_WITH_ARGUMENT: dict[str, Callable[[str, str], Parser]] = {
    "date": _date_parser,
    "decimal": _decimal_parser,
    "bool": _bool_parser,
    "one_of": _one_of_parser,
    "pad": _pad_parser,
    "pattern": _pattern_parser,
}

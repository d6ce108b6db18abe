"""Reads a file of rates and refuses one that cannot be right, naming the file and the key."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from data.errors import BadSettings
from eligibility.facts import DAYS_BELIEVED, LANGUAGES, MONEY_LIMIT
from eligibility.rates import MAY_BE_NEGATIVE, UNITS, Dated, Rate, RateBook, Shape


class _OfTable(str):
    """Who confirmed a later value, as its table says it of all of them."""


_KEYS = {"label", "unit", "law", "confirmed_by", "confirmed", "options", "names", "values"}


def read_rates(path: Path) -> RateBook:
    """Parse and check a file of rates. Raises BadSettings that names the file and the key."""
    return {name: _rate(_Key(path, name), name, table) for name, table in _tables(path).items()}


def amend_rates(path: Path, amendment: Path) -> RateBook:
    """The rates of a file, some with values of another authority's file.

    A table of the amendment names a rate and gives `values`, each with its law and who confirmed it. A
    value takes the place of the one of the same day, or is added. Raises BadSettings for a rate that is
    not there, and for whatever the amended rate cannot be.
    """
    tables = _tables(path)
    for name, changed in _tables(amendment).items():
        at = _Key(amendment, name)
        if name not in tables:
            raise at.refuse(f"{path.name} has no such rate; it has {', '.join(tables)}.")
        if not isinstance(changed, dict) or set(changed) - {"law", "confirmed", "confirmed_by", "values"}:
            raise at.refuse("An amendment gives law, confirmed or confirmed_by, and values; nothing else.")
        tables[name] = _amended(at, tables[name], changed)
        _rate(at, name, tables[name])
    return {name: _rate(_Key(path, name), name, table) for name, table in tables.items()}


def _amended(at: _Key, rate: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    said = {key: changed[key] for key in ("law", "confirmed", "confirmed_by") if key in changed}
    rows = changed.get("values")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise at.refuse("An amendment has values, each with `since`.")
    days = [_day(at, row, "since") for row in rows]
    twice = sorted({day for day in days if days.count(day) > 1})
    if twice:
        raise at.refuse(f"Two values since {twice[0]}: which of them holds?")
    if "law" not in said and not all("law" in row for row in rows):
        raise at.refuse("The article of law is missing: by what does the value differ?")
    general = {key: rate[key] for key in ("confirmed", "confirmed_by") if key in rate}
    values = {row["since"]: row for row in _said_of_each(general, rate["values"])}
    values |= {row["since"]: row for row in _said_of_each(said, rows)}
    whole = {key: rate[key] for key in rate if key != "confirmed_by"}
    return {**whole, "confirmed": False, "values": [values[since] for since in sorted(values)]}


def _said_of_each(said: Mapping[str, Any], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The values, each with what its table says of all and it does not say itself."""
    law, by = {key: said[key] for key in said if key == "law"}, said.get("confirmed_by")
    of_later = {**said, "confirmed_by": _OfTable(by)} if isinstance(by, str) else said
    first = min(row["since"] for row in rows)
    return [{**(law if _says(row) else said if row["since"] == first else of_later), **row} for row in rows]


def _says(row: Mapping[str, Any]) -> bool:
    """The value says itself who confirmed it, or that nobody did."""
    return bool({"confirmed", "confirmed_by"} & set(row))


def _tables(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadSettings(f"The rates cannot be read: {error.strerror}.", where=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(
            f"The rates are not valid TOML: {error}.", where=str(path), mend="mend the line that is named"
        ) from error


@dataclass(frozen=True)
class _Key:
    """Where in the file we are, for messages."""

    path: Path
    key: str

    def refuse(self, what: str) -> BadSettings:
        return BadSettings(
            what,
            where=f"{self.path} [{self.key}]",
            mend="mend this rate; eligibility/rates.py shows the form",
        )

    def inside(self, name: str) -> _Key:
        return _Key(self.path, f"{self.key}.{name}")


def _rate(at: _Key, name: str, table: Any) -> Rate:
    _check_table(at, table)
    options = tuple(str(option) for option in table.get("options", ()))
    values = [
        _dated(at.inside(f"values {number}"), table, row, later=number > 1)
        for number, row in enumerate(table["values"], 1)
    ]
    shapes = {shape for shape, _ in values}
    if len(shapes) > 1:
        raise at.refuse("All values of a rate have the same form.")
    (shape,) = shapes
    dated = tuple(one for _, one in values)
    _check_order(at, dated)
    _check_choice(at, shape, table["unit"], options, dated)
    names = table.get("names", {})
    _check_names(at, names, {*options, *(key for one in dated for key in one.keyed or {})})
    return Rate(name, table["label"], table["unit"], shape, dated, options, names)


def _check_table(at: _Key, table: Any) -> None:
    if not isinstance(table, dict):
        raise at.refuse("A rate is a table.")
    unknown = sorted(set(table) - _KEYS)
    if unknown:
        raise at.refuse(f"A rate has no key {unknown[0]}.")
    unit, label, rows = table.get("unit"), table.get("label"), table.get("values")
    if unit not in UNITS:
        raise at.refuse(f"The unit {unit!r} is not known; one of {', '.join(UNITS)}.")
    if not isinstance(label, dict) or not all(label.get(lang) for lang in LANGUAGES):
        raise at.refuse("A rate has a label in ko and en.")
    if not isinstance(rows, list) or not rows:
        raise at.refuse("A rate has values.")
    if not isinstance(table.get("options", []), list):
        raise at.refuse("`options` is a list.")


def _dated(at: _Key, rate: Mapping[str, Any], row: Any, *, later: bool) -> tuple[Shape, Dated]:
    if not isinstance(row, dict):
        raise at.refuse("A value of a rate is a table.")
    shapes = [shape for shape in Shape if shape.value in row]
    unknown = sorted(set(row) - {"since", "until", "law", "confirmed_by", "confirmed", *Shape})
    if unknown or len(shapes) != 1:
        raise at.refuse(f"Unknown key {unknown[0]}." if unknown else f"Give one of {', '.join(Shape)}.")
    since, until = _day(at, row, "since"), _day(at, row, "until") if "until" in row else None
    law = row.get("law", rate.get("law"))
    if not isinstance(law, str) or not law.strip():
        raise at.refuse("The article of law is missing.")
    content = _content(at, shapes[0], row[shapes[0].value])
    negative = [one for one in _numbers(content) if one < 0]
    if negative and rate["unit"] not in MAY_BE_NEGATIVE:
        raise at.refuse(f"{negative[0]} is below 0, which no {rate['unit']} of a law is.")
    by = _confirmed(at, rate, row)
    by_table = isinstance(by, _OfTable) or (later and not _says(row))
    return shapes[0], Dated(
        since=since, until=until, law=law, confirmed_by=by and str(by), by_table=by_table, **content
    )


def _day(at: _Key, row: Mapping[str, Any], key: str) -> date:
    """Raises BadSettings for what is no day, and for a filler such as 9999-12-31."""
    day, (first, last) = row.get(key), DAYS_BELIEVED
    if type(day) is not date:
        raise at.refuse(f"`{key}` is a day, written 2026-01-01, not {day!r}.")
    if not first <= day <= last:
        raise at.refuse(f"`{key}` {day} lies outside {first} to {last}; a value that goes on has no `until`.")
    return day


def _confirmed(at: _Key, rate: Mapping[str, Any], row: Mapping[str, Any]) -> str | None:
    said = row if _says(row) else rate
    by, confirmed = said.get("confirmed_by"), said.get("confirmed")
    if confirmed is False and by is None:
        return None
    if isinstance(by, str) and by.strip() and confirmed in (None, True):
        return by
    raise at.refuse('Say who confirmed it (confirmed_by = "…") or confirmed = false.')


def _content(at: _Key, shape: Shape, raw: Any) -> dict[str, Any]:
    if shape is Shape.VALUE:
        return {"value": _whole(at, raw)}
    if shape is Shape.CHOICE:
        return {"choice": str(raw)}
    if shape is Shape.KEYED:
        if not isinstance(raw, dict) or not raw:
            raise at.refuse("`keyed` is a table of names and numbers.")
        return {"keyed": {str(key): _whole(at, value) for key, value in raw.items()}}
    return {"brackets": _brackets(at, raw)}


def _numbers(content: Mapping[str, Any]) -> list[int]:
    table = [value for _, value in content.get("brackets", ())] + list(content.get("keyed", {}).values())
    return table + ([content["value"]] if "value" in content else [])


def _brackets(at: _Key, raw: Any) -> tuple[tuple[int | None, int], ...]:
    if (
        not isinstance(raw, list)
        or not raw
        or not all(isinstance(one, dict) and "value" in one and set(one) <= {"up_to", "value"} for one in raw)
    ):
        raise at.refuse("`brackets` is a list of { up_to = …, value = … }.")
    bounds = [one.get("up_to") for one in raw]
    closed = [_whole(at, bound) for bound in bounds if bound is not None]
    if None in bounds[:-1] or any(low >= high for low, high in pairwise(closed)):
        raise at.refuse("Brackets rise, and only the last may have no `up_to`.")
    return tuple((one.get("up_to"), _whole(at, one["value"])) for one in raw)


def _whole(at: _Key, raw: Any) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool):
        raise at.refuse(f"{raw!r} is not a whole number; amounts are in the smallest unit, shares in bp.")
    if abs(raw) > MONEY_LIMIT:
        raise at.refuse(f"{raw} is larger than any rate of a law; the most is {MONEY_LIMIT}.")
    return raw


def _check_order(at: _Key, values: tuple[Dated, ...]) -> None:
    for one in values:
        if one.until is not None and one.until < one.since:
            raise at.refuse(f"The value since {one.since} ends before it begins.")
    for earlier, later in pairwise(values):
        if later.since <= earlier.since:
            raise at.refuse(f"The value since {later.since} stands after the one since {earlier.since}.")
        if earlier.until is not None and later.since != earlier.until + timedelta(days=1):
            raise at.refuse(f"Between {earlier.until} and {later.since} there is a gap or an overlap.")


def _check_names(at: _Key, names: Any, codes: set[str]) -> None:
    """Every key of a table and every option of a choice is said in words: people read them."""
    if not isinstance(names, dict) or set(names) != codes:
        raise at.refuse(f"`names` says in words exactly these: {', '.join(sorted(codes)) or 'nothing'}.")
    if not all(isinstance(one, dict) and all(one.get(lang) for lang in LANGUAGES) for one in names.values()):
        raise at.refuse("Each of `names` stands in ko and en.")


def _check_choice(at: _Key, shape: Shape, unit: str, options: Iterable[str], values: Iterable[Dated]) -> None:
    if (shape is Shape.CHOICE) != (unit == "choice"):
        raise at.refuse("The unit `choice` and values with `choice` go together.")
    for one in values:
        if one.choice is not None and one.choice not in tuple(options):
            raise at.refuse(f"{one.choice!r} is none of the options.")

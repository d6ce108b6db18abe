"""Ids that look like the real ones to a program and can belong to nobody.

Each kind is marked by its shape, so that a generated file is known wherever it turns up:

- Resident numbers have 0 as their seventh digit, which stands for women born from 1800 to 1899, and a year
  from 00 to 49. Numbers of thirteen digits have been issued since 1975; whoever was born before 1850 did not
  live to get one. So the number tells neither sex nor year of birth: those stand in columns of their own.
- Plates have the syllable 없 ("there is none") where real ones have one of a few dozen that excludes it
  (자동차 등록번호판 등의 기준에 관한 고시).
- Numbers of bills, receipts, arrears, settlements, measures and workplaces begin with a letter where real
  ones have digits only.
- American farms, producers and counties lie in states numbered from 96 to 99, which are none's (FIPS 5-2).
- Mobile numbers have a station code from 0000 to 0999; codes of 010 begin with 2 to 9 (전기통신번호관리세칙).
- Email addresses lie in the top-level domain `.example`, which can never exist (RFC 2606).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from data.synth.draws import Whole

_SCATTER = 7_368_787  # prime, so its multiples visit every residue of a power of ten before any comes again
_SERIALS = 1_000_000
_OF_A_BLOCK = 10_000
_TEN_MILLION = 10_000_000


def _scattered(count: int, modulus: int, start: int) -> Whole:
    """The numbers from `start` on, each mapped to another number below `modulus`, no two to the same."""
    if start + count > modulus:
        raise ValueError(f"there are only {modulus:,} ids of this kind")
    return (np.arange(start, start + count, dtype=np.int64) * _SCATTER + 4_711) % modulus


def resident_numbers(birth: Whole, block: int = 0) -> pl.Series:
    """Thirteen digits for each birth day (days since 1970), no two alike, and none of another block's.

    See above why nobody has them.
    """
    days = pl.Series("birth", birth).cast(pl.Int32).cast(pl.Date)
    month_day = days.dt.month().cast(pl.Int64) * 100 + days.dt.day()
    month_day = month_day.set(month_day == 229, 228)  # not every year from 1800 to 1849 has the day
    first_six = (days.dt.year().cast(pl.Int64) % 50 * 10_000 + month_day).to_numpy()
    rank = _rank_among_equals(first_six)
    if rank.max(initial=0) >= _OF_A_BLOCK or (block + 1) * _OF_A_BLOCK > _SERIALS:
        raise ValueError(f"there are only {_OF_A_BLOCK:,} resident numbers a birth day in each of 100 blocks")
    serial = ((rank + block * _OF_A_BLOCK + first_six) * _SCATTER) % _SERIALS
    return _digits(first_six * _TEN_MILLION + serial, 13)


def _rank_among_equals(values: Whole) -> Whole:
    """0 for the first row with a value, 1 for the second with the same value, and so on."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    sizes = np.diff(np.r_[starts, len(values)])
    ranks = np.empty(len(values), dtype=np.int64)
    ranks[order] = np.arange(len(values)) - np.repeat(starts, sizes)
    return ranks


def plates(count: int, start: int = 0) -> pl.Series:
    """`count` plates such as 123없4567, no two alike."""
    digits = _digits(_scattered(count, _TEN_MILLION, start), 7)
    return digits.str.slice(0, 3) + "없" + digits.str.slice(3)


def papers(letter: str, year: int, *, count: int, start: int = 0) -> pl.Series:
    """`count` numbers of papers such as X2026000004711, no two alike within a letter and a year.

    X is a bill, R a receipt, A an arrear, C a settlement of copayments, M a measure to keep staff.
    """
    return f"{letter}{year}" + _digits(_scattered(count, 1_000_000_000, start), 9)


def employer_numbers(count: int, start: int = 0) -> pl.Series:
    """`count` numbers of workplaces such as E0000004711, no two alike."""
    return "E" + _digits(_scattered(count, 10_000_000_000, start), 10)


def mobile_numbers(count: int, start: int = 0) -> pl.Series:
    """`count` numbers such as 010-0123-4567, no two alike."""
    digits = _digits(_scattered(count, _TEN_MILLION, start), 8)
    return "010-" + digits.str.slice(0, 4) + "-" + digits.str.slice(4)


def email_addresses(count: int, start: int = 0) -> pl.Series:
    """`count` addresses at a domain that can never exist, no two alike."""
    return "resident" + _digits(_scattered(count, _TEN_MILLION, start), 7) + "@gaon.example"


def _digits(numbers: Whole, width: int) -> pl.Series:
    return pl.Series(numbers).cast(pl.String).str.zfill(width)

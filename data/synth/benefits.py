"""Which benefits the people of the made-up city receive, and which they have not asked for.

Shares are rounded from public statistics and audits: of a hundred who are entitled to the basic pension
about 4 do not have it (국회예산정책처), of the children under the age limit 2 to 3 lack the allowance
(아동수당 통계), about 15 in a hundred households miss the energy voucher (감사원), and close to 40 in a
hundred of those who may pay less for their phone do not (과학기술정보통신부).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from data.synth.draws import NEVER, Random, Whole, Yes, between, birthday, day, first_of, happens, months
from data.synth.people import People
from data.synth.welfare import HOUSING, LIVELIHOOD, NONE, PENSION_AGE, Welfare

# 기초연금 선정기준액, won a month, of a single person; for a couple 1.6 times as much (시행령 §4②).
SELECTION = {2023: 2_020_000, 2024: 2_130_000, 2025: 2_280_000, 2026: 2_470_000}
ALLOWANCE_LAW = date(2026, 1, 1)  # since then a year longer each year, to 13 (법률 제21489호)
VOUCHER_AGE = 7  # 영유아, below
PARENTS_UNTIL = 2  # years: 부모급여 (아동수당법 시행령 §2①)


@dataclass(frozen=True)
class Grants:
    """Rows of the register of benefits: who, what, from when to when."""

    benefit: str
    person: Whole
    since: Whole
    until: Whole

    def frame(self, people: People) -> pl.DataFrame:
        return pl.DataFrame(
            {
                "resident": people.number.gather(self.person),
                "benefit": pl.Series([self.benefit], dtype=pl.String).gather(
                    np.zeros(len(self.person), np.int64)
                ),
                "since": self.since,
                "until": self.until,
            }
        )


def lasting(benefit: str, who: Yes, since: Whole) -> Grants:
    """A benefit that goes on for each person marked in `who`; one row a person in both columns."""
    person = np.flatnonzero(who)
    return Grants(benefit, person, since[person], np.full(len(person), NEVER))


def benefits_frame(
    random: Random, people: People, welfare: Welfare, pension: Grants, as_of: date
) -> pl.DataFrame:
    """The register of benefits; nobody who has died or moved away receives any."""
    grants = [
        *_basic_living(random, people, welfare, as_of),
        pension,
        *_child_allowances(random, people, as_of),
        *_winter_fuel(random, people, welfare, as_of),
        _telephones(random, people, welfare, pension, as_of),
    ]
    return pl.concat([one.frame(people) for one in grants])


def _basic_living(random: Random, people: People, welfare: Welfare, as_of: date) -> list[Grants]:
    """One decision a household, since the law of July 2015 at the earliest."""
    earliest = day(date(2015, 7, 1))
    homes = int(people.household[-1]) + 1
    decided = between(random, np.maximum(earliest, day(as_of) - 3_000), day(as_of) - 1, homes)[
        people.household
    ]
    since = np.maximum(decided, people.birth)
    poor = people.lives_here & (welfare.level == LIVELIHOOD)
    helped = people.lives_here & (welfare.level != NONE)
    school = helped & (people.age >= 6) & (people.age <= 18)
    housed = helped & ((welfare.level == HOUSING) | happens(random, 0.93, len(since)))
    return [
        lasting("livelihood", poor, since),
        lasting("medical", poor, since),
        lasting("housing", housed, since),
        lasting("education", school, np.maximum(since, birthday(people.birth, 6))),
    ]


def basic_pensions(random: Random, people: People, welfare: Welfare, as_of: date) -> Grants:
    """Whom a means test found below the selection amount; of those who are just 65, half."""
    limit = SELECTION.get(as_of.year, SELECTION[max(SELECTION)] if as_of.year > 2026 else SELECTION[2023])
    turned = birthday(people.birth, PENSION_AGE)
    below = welfare.income <= np.where(welfare.couple, limit * 8 // 5, limit)
    entitled = welfare.tested & below & ~welfare.special_pension & (turned <= day(as_of))
    late = happens(random, 0.08, len(turned))
    asked_on = turned + np.where(late, between(random, 31, 900, len(turned)), -20)
    since = np.maximum(first_of(months(asked_on)), day(date(2014, 7, 1)))
    takes_up = np.where(turned > day(as_of) - 60, 0.5, 0.965)
    who = entitled & (since <= day(as_of)) & happens(random, takes_up, len(turned))
    return lasting("basic_pension", who, since)


def _child_allowances(random: Random, people: People, as_of: date) -> list[Grants]:
    """Paid from birth on; at eight it ended before 2026, and began again for those whom the new law names."""
    eighth = birthday(people.birth, 8)
    ended = np.where(eighth < day(ALLOWANCE_LAW), first_of(months(eighth)) - 1, NEVER)
    ended = np.where(ended >= day(as_of), NEVER, ended)
    young = people.age < _allowance_age(as_of.year)
    born_2017 = (people.birth >= day(date(2017, 1, 1))) & (people.birth < day(date(2018, 1, 1)))
    again_too = (young | (born_2017 & (as_of.year < 2030))) & (ended != NEVER) & (as_of >= ALLOWANCE_LAW)
    count = len(eighth)
    asked = happens(random, np.where(people.birth > day(as_of) - 60, 0.6, 0.975), count)
    late = np.where(happens(random, 0.03, count), 4, 0)
    since = np.maximum(first_of(months(people.birth) + late), day(date(2018, 9, 1)))
    began = people.lives_here & asked & (since <= day(as_of))
    recent = (people.age < 12) & (since < np.where(ended == NEVER, day(as_of) + 1, ended))
    first = np.flatnonzero(began & recent & (young | (ended != NEVER)))
    again = began & recent & again_too & happens(random, 0.92, count)
    baby = began & (people.age < PARENTS_UNTIL)
    return [
        Grants("child_allowance", first, since[first], ended[first]),
        lasting("child_allowance", again, np.full(count, day(ALLOWANCE_LAW))),
        Grants("parent_allowance", np.flatnonzero(baby), since[baby], birthday(people.birth[baby], 2) - 1),
    ]


def _allowance_age(year: int) -> int:
    """The age below which a child has the allowance in a year (아동수당법 부칙 제21489호)."""
    return min(max(year - 2017, 8), 13)


def _winter_fuel(random: Random, people: People, welfare: Welfare, as_of: date) -> list[Grants]:
    """Vouchers, and fuel aid in their place, to heads of poor households with somebody the law names."""
    year = as_of.year if as_of >= date(as_of.year, 7, 1) else as_of.year - 1
    first, last = day(date(year, 7, 1)), day(date(year + 1, 5, 25))
    frail = (
        (people.age >= PENSION_AGE)
        | (people.age < VOUCHER_AGE)
        | welfare.disabled
        | (welfare.due_on != NEVER)
    )
    frail &= people.lives_here & (welfare.level != NONE)
    heads = people.heads
    named = np.bincount(people.household, weights=frail)[people.household[heads]] > 0
    drawn = random.random(len(heads))
    named &= people.lives_here[heads]
    grants = []
    for benefit, chosen in (("energy_voucher", drawn < 0.82), ("fuel_aid", drawn > 0.96)):
        who = heads[named & chosen]
        since = between(random, first, min(first + 90, day(as_of)), len(who))
        grants.append(Grants(benefit, who, since, np.full(len(who), last)))
    return grants


def _telephones(random: Random, people: People, welfare: Welfare, pension: Grants, as_of: date) -> Grants:
    """Whoever is poor, disabled or has the basic pension may pay less; six in ten asked for it."""
    pensioner = np.zeros(len(people.age), dtype=np.bool_)
    pensioner[pension.person] = True
    may = (welfare.level != NONE) | welfare.disabled | pensioner
    count = len(people.age)
    who = people.lives_here & (people.age >= 12) & may & happens(random, 0.62, count)
    since = np.maximum(day(as_of) - between(random, 1, 2_500, count), birthday(people.birth, 11))
    return lasting("telecom_discount", who, since)

"""The homes of the made-up city, and how the people in them can be reached."""

from __future__ import annotations

import numpy as np
import polars as pl

from data.synth.draws import Random, Whole, Yes, happens
from data.synth.identifiers import email_addresses, mobile_numbers
from data.synth.names import DISTRICTS, addresses
from data.synth.people import ADULT, People

WARDS = 8  # of a district
# One city stands for a country: half of all people live around the capital, one in ten where the law counts
# a declining population (주민등록 인구통계 2025, rounded). By ward, district after district.
REGION_CLASSES = (
    *("capital",) * 12,
    *("other",) * 10,
    "declining",
    "declining_notified",
)


def households_frame(people: People) -> pl.DataFrame:
    """The register of households; `size` counts who lives there."""
    home = _homes(people)
    ward = home % WARDS
    code = 9_900_000_000 + (_districts(people) + 1) * 100_000 + (ward + 1) * 1_000
    return pl.DataFrame(
        {
            "household": household_numbers(people),
            "region": pl.Series(code).cast(pl.String),
            "region_class": pl.Series(REGION_CLASSES).gather(_districts(people) * WARDS + ward),
            "head": people.number.gather(people.heads),
            "in_need": _alone_with_children(people),
            "size": np.bincount(people.household, people.lives_here).astype(np.int64),
        }
    )


def _alone_with_children(people: People) -> Yes:
    """Homes of one grown-up and children: of the households that notices name, what can be drawn here."""
    homes = int(people.household[-1]) + 1
    adults = np.bincount(people.household[people.age >= ADULT], minlength=homes)
    children = np.bincount(people.household[people.age < ADULT], minlength=homes)
    return np.asarray((adults == 1) & (children > 0))


def household_numbers(people: People) -> pl.Series:
    """Household numbers such as H00004711, in the order of `People.household`."""
    return "H" + pl.Series(_homes(people)).cast(pl.String).str.zfill(8)


def home_addresses(random: Random, people: People) -> pl.Series:
    """One address a household."""
    return addresses(random, _districts(people))


def _homes(people: People) -> Whole:
    return people.start.households + np.arange(int(people.household[-1]) + 1)


def _districts(people: People) -> Whole:
    return _homes(people) // WARDS % len(DISTRICTS)


def contacts_frame(random: Random, people: People) -> pl.DataFrame:
    """Where adults can be reached: most by mobile, a third by email, some not at all."""
    count = len(people.age)
    adult = people.age >= ADULT
    start = people.start.residents
    mobile = adult & happens(random, np.where(people.age >= 80, 0.6, 0.9), count)
    email = adult & happens(random, 0.35, count)
    return pl.concat(
        [
            _channel(random, people, "sms", mobile_numbers(count, start).filter(pl.Series(mobile)), mobile),
            _channel(random, people, "email", email_addresses(count, start).filter(pl.Series(email)), email),
        ]
    )


def _channel(random: Random, people: People, channel: str, address: pl.Series, who: Yes) -> pl.DataFrame:
    number = people.number.filter(pl.Series(who))
    consent = happens(random, 0.93, len(number))
    return pl.DataFrame({"resident": number, "consent": consent, "address": address}).with_columns(
        pl.lit(channel).alias("channel")
    )

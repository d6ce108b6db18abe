"""Names and addresses put together from common syllables; whoever bears one of them does so by chance."""

from __future__ import annotations

import polars as pl

from data.synth.draws import Random, Whole, Yes, pick

# Shares of family names in the 2015 census, in per cent, the commonest ones.
SURNAMES = {
    "김": 21.5, "이": 14.7, "박": 8.4, "최": 4.7, "정": 4.3, "강": 2.4, "조": 2.1, "윤": 2.1, "장": 2.0,
    "임": 1.7, "한": 1.6, "오": 1.5, "서": 1.5, "신": 1.5, "권": 1.4, "황": 1.4, "안": 1.4, "송": 1.4,
    "전": 1.1, "홍": 1.1, "유": 1.3, "고": 0.9, "문": 0.9, "양": 0.9, "손": 0.9, "배": 0.8, "백": 0.8,
    "허": 0.6, "남": 0.6, "심": 0.5, "노": 0.5, "하": 0.5, "곽": 0.4, "성": 0.4, "차": 0.4, "주": 0.4,
}  # fmt: skip
MALE_FIRST = "민서준도현지성재동영상정승태주건우시윤"
MALE_SECOND = "준우호현민수훈석진혁철규환찬성원빈영"
FEMALE_FIRST = "서지민수은하윤예유소영미혜경정선나채다"
FEMALE_SECOND = "윤연은희영아진숙경현정주원나린빈서미"
DISTRICTS = ("한별구", "새봄구", "누리구")
ROADS = ("은하수로", "무지개로", "도토리길", "솔바람로", "다람쥐길", "해오름로", "물결로", "꽃내음길")


def surnames(random: Random, count: int) -> Whole:
    """Positions in `SURNAMES`, as often as families bear them."""
    return pick(random, list(SURNAMES.values()), count)


def full_names(random: Random, surname: Whole, female: Yes) -> pl.Series:
    """A family name and a given name of two syllables for each person."""
    given_female = _given(random, FEMALE_FIRST, FEMALE_SECOND, len(surname))
    given_male = _given(random, MALE_FIRST, MALE_SECOND, len(surname))
    given = given_female.zip_with(pl.Series(female), given_male)
    return pl.Series(list(SURNAMES)).gather(surname) + given


def _given(random: Random, first: str, second: str, count: int) -> pl.Series:
    begins = pl.Series(list(first)).gather(random.integers(len(first), size=count))
    return begins + pl.Series(list(second)).gather(random.integers(len(second), size=count))


def addresses(random: Random, district: Whole) -> pl.Series:
    """One address for each household in the given district of a city that does not exist."""
    count = len(district)
    road = pl.Series(ROADS).gather(random.integers(len(ROADS), size=count))
    number, building, flat = (
        pl.Series(random.integers(1, limit, size=count)).cast(pl.String) for limit in (300, 20, 1900)
    )
    place = "가온시 " + pl.Series(DISTRICTS).gather(district) + " " + road + " " + number
    return place + ", " + building + "동 " + flat + "호"

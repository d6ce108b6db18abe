"""Syllables that EUC-KR has no room for: written as eight bytes, a filler and three letters."""

from __future__ import annotations

import re

FILLER = "\u3164"
_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_FINALS = FILLER + "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_WRITTEN = re.compile(f"{FILLER}([{_INITIALS}])([{_VOWELS}])([{_FINALS}])")
_FIRST = 0xAC00


def composed(text: str) -> str:
    """Text decoded as CP949, with each such group as the one syllable that it means (KS X 1001, annex 3)."""
    return _WRITTEN.sub(_syllable, text) if FILLER in text else text


def _syllable(found: re.Match[str]) -> str:
    initial, vowel, final = (
        letters.index(found[at]) for at, letters in enumerate((_INITIALS, _VOWELS, _FINALS), 1)
    )
    return chr(_FIRST + (initial * len(_VOWELS) + vowel) * len(_FINALS) + final)

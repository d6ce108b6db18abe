"""Korean particles that fit the word before them, as it is read aloud.

The rule is Korean orthography (한글 맞춤법; 국립국어원): one form after a final consonant, another after a
vowel; `으로` shrinks to `로` after ㄹ too; a note in brackets is skipped, since the particle belongs to the
word before it. Digits are read as numbers, Latin capitals by their letter's name, other Latin words by how
loan words usually end. What cannot be read aloud takes the form after a vowel, never both.
"""

from __future__ import annotations

import re
from enum import Enum

PAIRS = frozenset(
    {"은/는", "이/가", "을/를", "과/와", "으로/로", "이나/나", "이라/라", "이란/란", "이며/며", "이에요/예요"}
)
_FIRST_SYLLABLE, _LAST_SYLLABLE, _FINALS, _RIEUL = 0xAC00, 0xD7A3, 28, 8
_BRACKETED = re.compile(r"\s*(\([^()]*\)|\[[^\[\]]*\])$")
_CLOSING = "\"'’”»」』)]>.,!?…·~ \t\n"
_NUMBER = re.compile(r"(?:\d[\d,]*\.)?\d[\d,]*$")
_LATIN = re.compile(r"[A-Za-z]+$")
_SYMBOLS = {"%": "트", "℃": "도", "㎡": "터", "㎞": "터", "㎏": "램", "₩": "원", "$": "러", "&": "드"}


class _End(Enum):
    VOWEL = 0
    RIEUL = 1
    CONSONANT = 2


def josa(word: object, pair: str) -> str:
    """The word with whichever particle of the pair ("을/를", "은/는" …) fits it."""
    return f"{word}{particle(word, pair)}"


def particle(word: object, pair: str) -> str:
    """Only the particle, for where markup stands between the word and it."""
    if pair not in PAIRS:
        raise ValueError(f"{pair!r} is no pair of particles; known are {', '.join(sorted(PAIRS))}")
    after_consonant, after_vowel = pair.split("/")
    end = _end(str(word))
    takes_vowel_form = end is _End.VOWEL or (pair == "으로/로" and end is _End.RIEUL)
    return after_vowel if takes_vowel_form else after_consonant


def _end(word: str) -> _End:
    """How the word ends when it is read aloud."""
    spoken = _without_note(word)
    if number := _NUMBER.search(spoken):
        return _end_of_number(number.group())
    if latin := _LATIN.search(spoken):
        return _end_of_latin(latin.group())
    last = spoken[-1:]
    return _end_of_syllable(_SYMBOLS.get(last, last))


def _without_note(word: str) -> str:
    """The word without closing punctuation and without a note in brackets behind it."""
    spoken = word.rstrip()
    while shorter := _BRACKETED.sub("", spoken):
        if shorter == spoken:
            break
        spoken = shorter
    return spoken.rstrip(_CLOSING)


def _end_of_syllable(syllable: str) -> _End:
    if not syllable or not _FIRST_SYLLABLE <= ord(syllable) <= _LAST_SYLLABLE:
        return _End.VOWEL
    final = (ord(syllable) - _FIRST_SYLLABLE) % _FINALS
    if final == _RIEUL:
        return _End.RIEUL
    return _End.CONSONANT if final else _End.VOWEL


def _end_of_number(number: str) -> _End:
    """영 일 이 삼 사 오 육 칠 팔 구; a round number ends in its unit (십 백 천 만 억 조 경)."""
    digits = number.replace(",", "")
    last = digits[-1]
    if last != "0" or "." in digits:
        return _end_of_syllable("영일이삼사오육칠팔구"[int(last)])
    zeros = len(digits) - len(digits.rstrip("0"))
    is_trillions = 12 <= zeros < 16 and zeros < len(digits)
    return _end_of_syllable("조" if is_trillions else "만")


def _end_of_latin(word: str) -> _End:
    """KTX is read letter by letter (엑스); a word keeps a final l, m, n, and a stop after a short vowel."""
    last = word[-1].lower()
    if len(word) == 1 or word.isupper():
        return {"l": _End.RIEUL, "r": _End.RIEUL, "m": _End.CONSONANT, "n": _End.CONSONANT}.get(
            last, _End.VOWEL
        )
    if last == "l":
        return _End.RIEUL
    ends_closed = (
        last in "mn" or word.lower().endswith("ng") or re.search(r"[^aeiou][aeiou][bckpt]$", word.lower())
    )
    return _End.CONSONANT if ends_closed else _End.VOWEL

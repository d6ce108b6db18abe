"""How long a text is on the wire: what networks count, and how many parts they charge."""

from __future__ import annotations

from collections.abc import Callable

from channels.channel import Length

# 3GPP TS 23.038 §6.2.1: the default alphabet, and the characters that take an escape before them.
_GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_ESCAPED = frozenset("^{}\\[~]|€\f")

_MOST_CHARACTERS = 1600  # https://www.twilio.com/docs/api/errors/21617

SMS_BYTES = 90  # a Korean SMS; what is longer goes as an LMS
LMS_BYTES = 2000


def in_segments(text: str) -> Length:
    """Counted as an international gateway does: GSM-7 in 160, or 153 where joined; else UCS-2 in 70 or 67."""
    if all(character in _GSM_BASIC or character in _GSM_ESCAPED for character in text):
        sizes = [2 if character in _GSM_ESCAPED else 1 for character in text]
        return _segmented("GSM-7 characters", sizes, alone=160, joined=153)
    sizes = [2 if ord(character) > 0xFFFF else 1 for character in text]
    return _segmented("UCS-2 characters", sizes, alone=70, joined=67)


def _segmented(unit: str, sizes: list[int], *, alone: int, joined: int) -> Length:
    """No character is cut in two, so a part may end one short."""
    count = sum(sizes)
    parts = 1
    if count > alone:
        room = joined
        for size in sizes:
            if size > room:
                parts, room = parts + 1, joined
            room -= size
    return Length(unit, count, parts, fits=len(sizes) <= _MOST_CHARACTERS)


def in_cp949(text: str) -> Length:
    """Counted as Korean carriers do: bytes of CP949, 90 for an SMS and 2,000 for an LMS."""
    missing = tuple(dict.fromkeys(character for character in text if not _has_cp949(character)))
    count = len(text.encode("cp949", "replace"))
    form = "SMS" if count <= SMS_BYTES else "LMS"
    fits = count <= LMS_BYTES and not missing
    return Length("CP949 bytes", count, 1, fits, form=form, unencodable=missing)


def _has_cp949(character: str) -> bool:
    try:
        character.encode("cp949")
    except UnicodeEncodeError:
        return False
    return True


def in_characters(text: str) -> Length:
    """Counted as a reader would: mail has no parts and no limit a notice comes near."""
    return Length("characters", len(text), 1, fits=True)


STYLES: dict[str, Callable[[str], Length]] = {"cp949": in_cp949, "segments": in_segments}
"""The ways a text message may be counted, by the name a setting gives them."""

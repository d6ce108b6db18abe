"""How long texts are, at the limits the networks set."""

from __future__ import annotations

import pytest

from channels.channel import Length
from channels.length import in_characters, in_cp949, in_segments

SAMPLE = "[○○시청] 홍길동님, 자동차세 환급금 52,300원을 받으실 수 있습니다. 신청: https://x.go.kr/a/AbC123xyz"


@pytest.mark.parametrize(
    ("text", "unit", "count", "parts"),
    [
        ("", "GSM-7 characters", 0, 1),
        ("a" * 160, "GSM-7 characters", 160, 1),
        ("a" * 161, "GSM-7 characters", 161, 2),
        ("a" * 306, "GSM-7 characters", 306, 2),
        ("a" * 307, "GSM-7 characters", 307, 3),
        ("€" * 80, "GSM-7 characters", 160, 1),
        ("€" * 81, "GSM-7 characters", 162, 2),
        # An escaped character is not cut in two: 76 fit into 153 places, and the third part is needed.
        ("€" * 153, "GSM-7 characters", 306, 3),
        ("Àa", "UCS-2 characters", 2, 1),
        ("가" * 70, "UCS-2 characters", 70, 1),
        ("가" * 71, "UCS-2 characters", 71, 2),
        ("가" * 134, "UCS-2 characters", 134, 2),
        ("가" * 135, "UCS-2 characters", 135, 3),
        ("🙂", "UCS-2 characters", 2, 1),
        ("🙂" * 35, "UCS-2 characters", 70, 1),
        ("🙂" * 67, "UCS-2 characters", 134, 3),
        (SAMPLE, "UCS-2 characters", 74, 2),
    ],
)
def test_a_gateway_counts_segments(text: str, unit: str, count: int, parts: int) -> None:
    assert Length(unit, count, parts, fits=True) == in_segments(text)


@pytest.mark.parametrize(("length", "fits"), [(1600, True), (1601, False)])
def test_a_gateway_takes_1600_characters(length: int, fits: bool) -> None:
    assert fits == in_segments("a" * length).fits


@pytest.mark.parametrize(
    ("text", "count", "form", "fits"),
    [
        ("가" * 45, 90, "SMS", True),
        ("가" * 45 + "a", 91, "LMS", True),
        ("가" * 1000, 2000, "LMS", True),
        ("가" * 1000 + "a", 2001, "LMS", False),
        ("뷁", 2, "SMS", True),
        (SAMPLE, 101, "LMS", True),
    ],
)
def test_a_korean_carrier_counts_bytes(text: str, count: int, form: str, fits: bool) -> None:
    assert Length("CP949 bytes", count, 1, fits, form=form) == in_cp949(text)


def test_characters_a_korean_carrier_cannot_carry_are_named_once() -> None:
    length = in_cp949("환급 🙂🙂 — é 가")
    assert (("🙂", "—", "é"), False) == (length.unencodable, length.fits)


def test_a_mail_always_fits() -> None:
    assert Length("characters", 5000, 1, fits=True) == in_characters("가" * 5000)

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates.korean import PAIRS, josa, particle

SYLLABLES = st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)


@pytest.mark.parametrize(
    ("word", "pair", "expected"),
    [
        ("가온시", "은/는", "가온시는"),
        ("환급금", "을/를", "환급금을"),
        ("서울", "으로/로", "서울로"),
        ("부산", "으로/로", "부산으로"),
        ("37,200원", "을/를", "37,200원을"),
        ("3", "으로/로", "3으로"),
        ("7", "으로/로", "7로"),
        ("2", "을/를", "2를"),
        ("10", "으로/로", "10으로"),
        ("12,000", "을/를", "12,000을"),
        ("10,000", "이/가", "10,000이"),
        ("3,000,000,000,000", "이/가", "3,000,000,000,000가"),
        ("1.5", "을/를", "1.5를"),
        ("3.10", "은/는", "3.10은"),
        ("KTX", "을/를", "KTX를"),
        ("SQL", "으로/로", "SQL로"),
        ("ATM", "이/가", "ATM이"),
        ("Gmail", "과/와", "Gmail과"),
        ("Internet", "이/가", "Internet이"),
        ("site", "을/를", "site를"),
        ("급여(월)", "을/를", "급여(월)를"),
        ("차 (전기) [새것]", "이/가", "차 (전기) [새것]가"),
        ("「지방세법」", "을/를", "「지방세법」을"),
        ("3.1%", "이/가", "3.1%가"),
        ("02-0000-0120", "으로/로", "02-0000-0120으로"),
        ("02-0000-0121", "으로/로", "02-0000-0121로"),
        ("", "을/를", "를"),
        ("🚗", "이/가", "🚗가"),
    ],
)
def test_a_particle_fits_the_word_as_it_is_read(word: str, pair: str, expected: str) -> None:
    assert expected == josa(word, pair)


@given(st.text(), st.sampled_from(sorted(PAIRS)))
def test_a_particle_is_one_of_the_pair_and_never_both(word: str, pair: str) -> None:
    assert particle(word, pair) in pair.split("/")


@given(st.text(), st.sampled_from(sorted(PAIRS)))
def test_the_word_itself_is_kept(word: str, pair: str) -> None:
    assert word + particle(word, pair) == josa(word, pair)


@given(st.text(), SYLLABLES, st.sampled_from(sorted(PAIRS - {"으로/로"})))
def test_a_final_consonant_takes_the_first_form(before: str, last: str, pair: str) -> None:
    has_final = (ord(last) - 0xAC00) % 28 > 0
    assert pair.split("/")[0 if has_final else 1] == particle(before + last, pair)


@given(st.text(), SYLLABLES)
def test_a_final_rieul_takes_ro(before: str, last: str) -> None:
    final = (ord(last) - 0xAC00) % 28
    assert ("로" if final in (0, 8) else "으로") == particle(before + last, "으로/로")


@given(SYLLABLES, st.text(alphabet="가나다 123", max_size=5), st.sampled_from(sorted(PAIRS)))
def test_a_note_in_brackets_changes_no_particle(word: str, note: str, pair: str) -> None:
    assert particle(word, pair) == particle(f"{word}({note})", pair)


@given(st.integers(min_value=1, max_value=10**11), st.sampled_from(sorted(PAIRS)))
def test_commas_in_a_number_change_no_particle(number: int, pair: str) -> None:
    assert particle(str(number), pair) == particle(f"{number:,}", pair)


def test_an_unknown_pair_is_the_authors_mistake() -> None:
    with pytest.raises(ValueError, match="no pair of particles"):
        josa("가온시", "을를")

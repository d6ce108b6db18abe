"""Repetitions are found by digest and told by text, in one look however often a row is repeated."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from data.repetitions import Texts, repeated

ROWS = st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from(["x", "y"])), max_size=12)


@given(rows=ROWS, bits=st.integers(0, 3), cut=st.integers(0, 12))
@settings(deadline=None, max_examples=300)
def test_digests_that_agree_by_chance_make_no_repetition(
    rows: list[tuple[str | None, str]], bits: int, cut: int
) -> None:
    """Digests of so few bits that most rows share theirs with another text."""
    frame = pl.DataFrame(rows, schema={"a": pl.String, "b": pl.String}, orient="row")
    digests = frame.hash_rows().to_numpy() & np.uint64(2**bits - 1)
    pieces = [frame[:cut], frame[cut:]]

    def texts() -> Iterator[Texts]:
        yield from (piece.filter for piece in pieces)

    found = repeated(digests, [one.height for one in pieces], texts)

    assert [row in rows[:at] for at, row in enumerate(rows)] == found.tolist()

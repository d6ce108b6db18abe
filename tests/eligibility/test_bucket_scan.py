"""What a bucket's findings come to in all is whole, however much it is."""

from __future__ import annotations

import polars as pl

from eligibility.bucket_scan import added_up


def test_a_sum_of_amounts_may_pass_what_each_of_them_fits() -> None:
    much = 8_100_000_000_000_000_000
    findings = pl.DataFrame(
        {"programme": ["a", "a"], "status": ["entitled"] * 2, "amount": [much] * 2, "at_least": [True] * 2}
    )
    assert [["a", "entitled", 2, 2 * much, 2, 2 * much]] == added_up(findings)

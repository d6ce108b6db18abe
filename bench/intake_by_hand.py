"""The rows of bench/intake_steps.py by hand in Polars: `python -m bench.intake_by_hand FOLDER ENCODING`.

It does what intake does to rows: reads text, takes spaces off and empty cells for none, parses, makes eight
checks (four forms, that the key is there, has its form and is nobody else's, that the amount is not
below 0) and holds text free of control characters, lets exact repetitions go, writes accepted rows, and
quarantined ones with their line, their cells and all their reasons in two languages.

It does not: open the file in a confined process, notice rows that are too short or set single bad rows and
bytes apart (it would fail, or fill up silently), keep the raw line, fold Unicode, encrypt, give ids, look up
a register's earlier deliveries, or survive a crash.
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

HOLDER, NAME, REGION, OPENED, CLOSED, KIND, AMOUNT = (
    "관리번호", "상호", "지역", "허가일자", "폐업일자", "구분", "금액",
)  # fmt: skip
HEADERS = (HOLDER, NAME, REGION, OPENED, CLOSED, KIND, AMOUNT)
REASONS = {
    "holder_form": (HOLDER, "unreadable", "13자리 숫자가 아닙니다", "is not 13 digits"),
    "holder_missing": (HOLDER, "missing", "비어 있습니다", "is empty"),
    "name_form": (NAME, "unreadable", "제어문자가 있습니다", "has control characters"),
    "region_form": (REGION, "unreadable", "제어문자가 있습니다", "has control characters"),
    "opened_form": (OPENED, "unreadable", "날짜가 아닙니다", "is not a date"),
    "closed_form": (CLOSED, "unreadable", "날짜가 아닙니다", "is not a date"),
    "kind_form": (KIND, "unreadable", "A, B, C, D가 아닙니다", "is none of A, B, C, D"),
    "amount_form": (AMOUNT, "unreadable", "정수가 아닙니다", "is not a whole number"),
    "amount_small": (AMOUNT, "too_small", "0보다 작습니다", "is below 0"),
    "holder_twice": (HOLDER, "not_unique", "같은 번호의 행이 있습니다", "is on another row too"),
}


def take(folder: Path, encoding: str) -> None:
    """Read, judge and write the file, and tell what came of it."""
    rows = pl.read_csv(
        folder / f"{encoding}.csv",
        infer_schema=False,
        encoding="utf8" if encoding == "utf8" else encoding,
        row_index_name="_row",
        row_index_offset=2,
    )
    rows_in = rows.height
    rows = rows.with_columns(_cleaned(header) for header in HEADERS)
    rows = rows.unique(HEADERS, keep="first", maintain_order=True)
    values = {"opened": _day(OPENED), "closed": _day(CLOSED), "number": _number()}
    judged = rows.with_columns(**values).with_columns(**_failures())
    wrong = pl.any_horizontal(*REASONS)
    accepted = judged.filter(~wrong).select(
        holder=HOLDER, name=NAME, region=REGION, opened_on="opened", closed_on="closed",
        kind=KIND, amount="number", _row="_row",
    )  # fmt: skip
    accepted.write_parquet(folder / "by_hand.parquet", compression="lz4")
    quarantined = judged.filter(wrong)
    quarantined = quarantined.select("_row", *HEADERS).join(_told(quarantined), on="_row")
    quarantined.write_parquet(folder / "by_hand_quarantined.parquet")
    found = f"{rows_in} {accepted.height} {quarantined.height} {rows_in - rows.height}"
    (folder / f"by_hand-{encoding}.txt").write_text(found, "ascii")


def _cleaned(header: str) -> pl.Expr:
    text = pl.col(header).str.strip_chars()
    return pl.when(text != "").then(text).alias(header)


def _day(header: str) -> pl.Expr:
    digits = pl.col(header).str.contains(r"^[0-9]{8}$")
    return pl.when(digits).then(pl.col(header)).str.to_date("%Y%m%d", strict=False)


def _number() -> pl.Expr:
    return (
        pl.when(pl.col(AMOUNT).str.contains(r"^[+-]?[0-9]{1,18}$")).then(AMOUNT).cast(pl.Int64, strict=False)
    )


def _failures() -> dict[str, pl.Expr]:
    clean = r"^[^\x00-\x1f\x7f\u{fffd}]*$"
    failures = {
        "holder_form": ~pl.col(HOLDER).str.contains(r"^[0-9]{13}$"),
        "holder_missing": pl.col(HOLDER).is_null(),
        "name_form": ~pl.col(NAME).str.contains(clean),
        "region_form": ~pl.col(REGION).str.contains(clean),
        "opened_form": pl.col("opened").is_null() & pl.col(OPENED).is_not_null(),
        "closed_form": pl.col("closed").is_null() & pl.col(CLOSED).is_not_null(),
        "kind_form": ~pl.col(KIND).is_in(["A", "B", "C", "D"]),
        "amount_form": pl.col("number").is_null() & pl.col(AMOUNT).is_not_null(),
        "amount_small": pl.col("number") < 0,
        "holder_twice": pl.col(HOLDER).is_duplicated() & pl.col(HOLDER).is_not_null(),
    }
    return {name: failing.fill_null(False) for name, failing in failures.items()}


def _told(wrong: pl.DataFrame) -> pl.DataFrame:
    """The reasons of each row: those of the checks it fails."""
    told = [
        wrong.filter(name).select(
            "_row", code=pl.lit(code), column=pl.lit(column), ko=pl.lit(f"{column}: {ko}"),
            en=pl.lit(f"{column} {en}"),
        )
        for name, (column, code, ko, en) in REASONS.items()
    ]  # fmt: skip
    reasons = pl.struct("code", "column", "ko", "en").alias("reasons")
    return pl.concat(told).group_by("_row", maintain_order=True).agg(reasons)


if __name__ == "__main__":
    take(Path(sys.argv[1]), sys.argv[2])

"""What intake is measured on, each step one process: `python -m bench.intake_steps STEP FOLDER …`.

The file has seven columns and about one row in twenty-five that fails: cells of another form, keys that are
empty or there twice, whole rows that are there twice. Nothing in it is anybody's. Two contracts read it:
`bench/permits` keeps every cell as it is; `bench/holders` says that the key is a person's and that the name
belongs into the vault.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import polars as pl

from data.commandline import SilentProgress
from data.contracts import read_contract
from data.intake import take_in
from data.setup import Authority, make_workspace
from data.store.engine import open_engine
from data.workspace import Workspace

EXTRACTED_ON = date(2026, 11, 10)
NOW = datetime(2026, 11, 10, 1, 0, tzinfo=UTC)
ENCODINGS = {"utf8": "utf-8", "cp949": "cp949"}
CONTRACTS = ("permits", "holders")
_BLOCK = 500_000

_CONTRACT = """\
name = "bench/{name}"
register = "{name}"
title = {{ ko = "허가", en = "Permits" }}
source = "가온시"
legal_basis = "made up"
programmes = ["bench/none"]
max_age_days = 60
max_quarantined = 0.2
complete = true
unique = ["holder"]

[[column]]
name = "holder"
in_file = "관리번호"
parser = "pattern:[0-9]{{13}}"
required = true
{identity}
[[column]]
name = "name"
in_file = "상호"
parser = "text"
{vault}
[[column]]
name = "region"
in_file = "지역"
parser = "text"

[[column]]
name = "opened_on"
in_file = "허가일자"
parser = "date:%Y%m%d"

[[column]]
name = "closed_on"
in_file = "폐업일자"
parser = "date:%Y%m%d"

[[column]]
name = "kind"
in_file = "구분"
parser = "one_of:A,B,C,D"

[[column]]
name = "amount"
in_file = "금액"
parser = "int"
min = 0
"""
HEADERS = ("관리번호", "상호", "지역", "허가일자", "폐업일자", "구분", "금액")
_IDENTITY = 'identity = "person"\nsecret = true\n'
_NAMES = ("가온상사", "나루식당", "다온세탁", "라온미용", "마루서점", "바다약국", "사랑빵집", "아침목공")
_REGIONS = ("중앙구", "강남구", "서호면", "동산읍", "북천동")


def files(folder: Path, rows: int) -> None:
    """Write the file in both encodings, the contracts, and a workspace nothing was taken into."""
    for name in CONTRACTS:
        person = name == "holders"
        text = _CONTRACT.format(
            name=name, identity=_IDENTITY if person else "", vault="vault = true\n" if person else ""
        )
        (folder / f"{name}.toml").write_text(text, "utf-8")
    with (folder / "utf8.csv").open("wb") as utf8, (folder / "cp949.csv").open("wb") as cp949:
        for piece in _pieces(rows):
            utf8.write(piece.encode())
            cp949.write(piece.encode("cp949"))
    authority = Authority("가온시", "Gaon City", "02-0000-0120", "http://127.0.0.1:8080")
    make_workspace(folder / "empty", authority, packs=[], built_in_packs=folder)


def _pieces(rows: int) -> Iterator[str]:
    """The file as text, block by block; each block ends with repetitions of some of its rows."""
    draw = np.random.default_rng(1)
    yield ",".join(HEADERS) + "\n"
    for first in range(0, rows, _BLOCK):
        count = min(_BLOCK, rows - first)
        repeated = count // 200
        frame = _frame(draw, first, count - repeated)
        text: str = pl.concat([frame, frame.head(repeated)]).write_csv(include_header=False)
        yield text


def _frame(draw: np.random.Generator, first: int, count: int) -> pl.DataFrame:
    keys = 7_000_000_000_000 + first + np.arange(count)
    keys[count // 2 : count // 2 + count // 500] = keys[: count // 500]  # with other cells: not a repetition
    frame = pl.DataFrame(
        {
            "holder": pl.Series(keys).cast(pl.String),
            "name": pl.Series(_NAMES).gather(draw.integers(0, len(_NAMES), count)),
            "region": pl.Series(_REGIONS).gather(draw.integers(0, len(_REGIONS), count)),
            "opened_on": _days(draw, count),
            "closed_on": _days(draw, count),
            "kind": pl.Series(list("ABCD")).gather(draw.integers(0, 4, count)),
            "amount": pl.Series(draw.integers(0, 90_000_000, count)).cast(pl.String),
        }
    )
    share = pl.Series("share", draw.random(count))
    name = pl.col("name") + pl.Series("number", draw.integers(1, 9999, count)).cast(pl.String)
    spoilt = {
        "holder": _spoilt("holder", share < 0.002, "77-0"),
        "name": name,
        "opened_on": _spoilt("opened_on", (share > 0.01) & (share < 0.02), "20260231"),
        "closed_on": _spoilt("closed_on", (share > 0.2) & (share < 0.9), ""),
        "kind": _spoilt("kind", (share > 0.015) & (share < 0.025), "X"),
        "amount": _spoilt("amount", (share > 0.03) & (share < 0.04), "-1"),
    }
    return frame.with_columns(**spoilt).with_columns(_spoilt("holder", share > 0.999, ""))


def _days(draw: np.random.Generator, count: int) -> pl.Series:
    return pl.Series(draw.integers(7_000, 20_000, count).astype(np.int32)).cast(pl.Date).dt.strftime("%Y%m%d")


def _spoilt(name: str, where: pl.Series, text: str) -> pl.Expr:
    return pl.when(where).then(pl.lit(text)).otherwise(pl.col(name)).alias(name)


def take(folder: Path, contract: str, encoding: str) -> None:
    """Take the file into a copy of the empty workspace, and tell what came of it."""
    place = folder / f"taken-{contract}-{encoding}"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(folder / "empty", place)
    workspace = Workspace.open(place)
    engine = open_engine(workspace.store_url)
    made = take_in(
        workspace,
        engine,
        read_contract(folder / f"{contract}.toml"),
        folder / f"{encoding}.csv",
        extracted_on=EXTRACTED_ON,
        now=NOW,
        progress=SilentProgress(),
    )
    engine.dispose()
    found = f"{made.rows_in} {made.accepted} {made.quarantined} {made.duplicates}"
    (folder / f"ours-{contract}-{encoding}.txt").write_text(found, "ascii")


if __name__ == "__main__":
    if sys.argv[1] == "files":
        files(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        take(Path(sys.argv[2]), sys.argv[3], sys.argv[4])

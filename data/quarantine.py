"""Rows that were not accepted: their raw text, their cells, their line and every reason, sealed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import polars as pl

from data.checks import REASONS
from data.contract import Contract
from data.deliveries import Chain, Settled
from data.errors import BadSettings
from data.files import atomic_path
from data.keys import KeyUse
from data.sealed_files import SealedFile
from data.workspace import Workspace

REFUSED = "refused-"  # before the id of a delivery of which nothing was accepted
CELL = "cell "  # before a header
OPEN = "open"
Raws = Callable[[Sequence[int]], Sequence[str]]
_COLUMNS = {"line": pl.Int64(), "raw": pl.String(), "reasons": REASONS}


def quarantine_path(workspace: Workspace, name: str) -> Path:
    return workspace.quarantine / f"{name}.parquet"


def quarantined_rows(
    contract: Contract, parts: Iterable[pl.DataFrame], refused: pl.DataFrame, raws: Raws
) -> pl.DataFrame:
    """What is kept of refused rows: `line`, `raw`, `reasons`, and a `cell …` per header.

    `parts` are all rows of the file, piece by piece. The cells of a line that is no row are null; `raws`
    gives the text of lines.
    """
    headers = [one.in_file for one in contract.columns]
    empty = pl.DataFrame(schema={"_row": pl.Int64, **dict.fromkeys(headers, pl.String)})
    theirs = [part.join(refused, on="_row", how="semi") for part in parts] if refused.height else []
    named = pl.concat([empty, *(part.select(empty.columns) for part in theirs)], how="vertical_relaxed")
    named = named.rename({one: CELL + one for one in headers})
    kept = refused.join(named, on="_row", how="left", maintain_order="left").rename({"_row": "line"})
    text = pl.Series("raw", raws(kept["line"].to_list()), dtype=pl.String)
    return kept.with_columns(text).select(*_COLUMNS, *(CELL + one for one in headers))


def write_quarantine(workspace: Workspace, name: str, rows: pl.DataFrame) -> None:
    """Seal quarantined rows into the file of a delivery; whole or not at all."""
    encryption = pl.ParquetEncryptionProperties(
        footer_key=workspace.key(KeyUse.QUARANTINE), aad_prefix=_context(name)
    )
    with atomic_path(quarantine_path(workspace, name)) as partial:
        rows.write_parquet(partial, encryption=encryption)


def read_quarantine(workspace: Workspace, name: str) -> pl.DataFrame:
    """The quarantined rows of one file, in file order. Raises BadSettings when there are none of that name.

    A cell may hold anything: it goes to a file that somebody asked for, never to a terminal.
    """
    path = quarantine_path(workspace, name)
    if not path.is_file() or path.parent != workspace.quarantine:
        raise BadSettings(
            "There is no quarantine of that name.", where=name, mend="see `owed quarantine list`"
        )
    return sealed_quarantine(path).scan(workspace.opening_keys(KeyUse.QUARANTINE)).collect()


def sealed_quarantine(path: Path) -> SealedFile:
    """A file of quarantined rows: its name says what it is bound to."""
    return SealedFile(path, _context(path.stem))


def _context(name: str) -> bytes:
    return f"quarantine|{name}".encode()


def quarantine_of(workspace: Workspace, chain: Chain) -> pl.DataFrame:
    """The quarantine of a delivery as it stands: what was last read in each line, and its `state`.

    `state` is "open", or what became of the row (data.deliveries.Settled).
    """
    names = [piece.batch_id for piece in reversed(chain.pieces) if piece.quarantined]
    if not names:
        raise BadSettings(
            "No row of this delivery is in quarantine.",
            where=chain.batch_id,
            mend="see `owed quarantine list`",
        )
    files = [read_quarantine(workspace, name) for name in names]
    newest = pl.concat(files, how="diagonal_relaxed").unique("line", keep="first", maintain_order=True)
    return newest.with_columns(state=_state(chain)).sort("line")


def _state(chain: Chain) -> pl.Expr:
    state = pl.lit(OPEN)
    for how in Settled:
        settled = pl.col("line").is_in(list(chain.settled[how]))
        state = pl.when(settled).then(pl.lit(how.value)).otherwise(state)
    return state


def headers_of(rows: pl.DataFrame) -> Sequence[str]:
    """The headers whose cells are kept."""
    return [name.removeprefix(CELL) for name in rows.columns if name.startswith(CELL)]


def refused_deliveries(workspace: Workspace) -> list[str]:
    """Deliveries that went over their limit: their rows can be looked at, nothing of them was accepted."""
    return sorted(path.stem for path in workspace.quarantine.glob(f"{REFUSED}*.parquet"))


def refused_rows(workspace: Workspace, name: str) -> int:
    """How many rows are kept of one of them. Raises BadSettings where there is none of that name."""
    path = quarantine_path(workspace, name)
    if name not in refused_deliveries(workspace):
        raise BadSettings(
            "There is no refused delivery of that name.",
            where=name,
            mend="see `owed quarantine list`; rows of a delivery that was taken in stay with it",
        )
    keys = workspace.opening_keys(KeyUse.QUARANTINE)
    return int(sealed_quarantine(path).scan(keys).select(pl.len()).collect().item())

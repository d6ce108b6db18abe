"""Intake of one file of five million rows with eight checks, beside Polars by hand on the same rows.

The hand-written one does what has to be done to rows and no more (bench/intake_by_hand.py says what it leaves
out). The same file is taken in twice: as a register without persons, where intake does that work and encrypts
what it writes; and as one in which every row names a person and a name goes to the vault, which is five
million ids, sealed, that nothing by hand gives.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.intake_steps import CONTRACTS, ENCODINGS
from bench.measure import BenchFailed, Usage, alternating, run, table

HEADS = ("", "CPU s", "wall s", "largest process GB", "all processes GB")
_SAID = {
    "permits": "intake, no persons",
    "holders": "intake, a person and a name in each row",
    "by_hand": "the same rows by hand in Polars",
}
_WRITTEN = {"utf8": "UTF-8", "cp949": "CP949"}


def report(*, rows: int, runs: int) -> str:
    """Make the file, take it in and read it by hand in turn; a table, and what the two agreed on."""
    with tempfile.TemporaryDirectory(prefix="owed-bench-") as name:
        folder = Path(name)
        run(["-m", "bench.intake_steps", "files", str(folder), str(rows)])
        size = (folder / "utf8.csv").stat().st_size / 1e6
        used = alternating(runs, **_commands(folder))
        found = _agreed(folder)
    rows_in, accepted, quarantined, duplicates = (f"{int(one):,}" for one in found.split())
    lines = [_row(name, usage) for name, usage in used.items()]
    lines += [_ratio(one, encoding, used) for encoding in ENCODINGS for one in CONTRACTS]
    lines += [_letters(one, used) for one in CONTRACTS]
    counts = f"{accepted} accepted, {quarantined} quarantined, {duplicates} exact duplicates, all six alike"
    return f"{table(HEADS, lines)}\n\n{rows_in} rows, seven columns, {size:,.0f} MB in UTF-8: {counts}."


def _commands(folder: Path) -> dict[str, list[str]]:
    commands = {}
    for encoding in ENCODINGS:
        for contract in CONTRACTS:
            command = ["-m", "bench.intake_steps", "take", str(folder), contract, encoding]
            commands[f"{contract}-{encoding}"] = command
        commands[f"by_hand-{encoding}"] = ["-m", "bench.intake_by_hand", str(folder), encoding]
    return commands


def _agreed(folder: Path) -> str:
    """What all of them found. Raises BenchFailed where they do not agree."""
    counted = sorted(folder.glob("ours-*.txt")) + sorted(folder.glob("by_hand-*.txt"))
    found = {path.read_text("ascii") for path in counted}
    if len(found) != 1:
        raise BenchFailed(f"intake and the hand-written one do not find the same rows: {sorted(found)}")
    return found.pop()


def _row(name: str, usage: Usage) -> list[str]:
    what, _, encoding = name.partition("-")
    shown = (usage.cpu, usage.wall, usage.peak, usage.together)
    return [f"{_SAID[what]}, {_WRITTEN[encoding]}", *(f"{one:.2f}" for one in shown)]


def _ratio(contract: str, encoding: str, used: dict[str, Usage]) -> list[str]:
    ours, other = used[f"{contract}-{encoding}"], used[f"by_hand-{encoding}"]
    shares = [f"{mine / theirs:.2f} ×" for mine, theirs in zip(ours, other, strict=True) if theirs]
    return [f"{_SAID[contract]}, against by hand, {_WRITTEN[encoding]}", *_in_order(shares)]


def _letters(contract: str, used: dict[str, Usage]) -> list[str]:
    pairs = zip(used[f"{contract}-cp949"], used[f"{contract}-utf8"], strict=True)
    shares = [f"{mine / theirs:.2f} ×" for mine, theirs in pairs if theirs]
    return [f"{_SAID[contract]}, CP949 against UTF-8", *_in_order(shares)]


def _in_order(shares: list[str]) -> list[str]:
    """CPU before wall, as the table has them."""
    return [shares[1], shares[0], *shares[2:]]


if __name__ == "__main__":
    import sys

    sys.stdout.write(report(rows=int(sys.argv[1]), runs=int(sys.argv[2])) + "\n")

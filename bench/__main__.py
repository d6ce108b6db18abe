"""`python -m bench`: the figures of docs/reference/figures.md, as Markdown on stdout."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version

from bench import channels, engines, generation, intake, judging, outbox, programmes

PARTS = ("generation", "intake", "programmes", "engine", "judging", "outbox", "channels")
LIBRARIES = ("polars", "polars-hash", "sqlalchemy", "aiohttp", "twilio")


def main() -> None:
    options = _options().parse_args()
    parts = _parts(options)
    chosen = parts if options.only is None else {options.only: parts[options.only]}
    _say(f"{machine()}\n")
    for title, report in chosen.values():
        _say(f"## {title}\n\n{report()}\n")


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--residents", type=int, default=1_000_000, help="size of the made-up city")
    parser.add_argument("--runs", type=int, default=3, help="counted rounds of a comparison")
    parser.add_argument("--quick", action="store_true", help="sizes that only show that it works")
    parser.add_argument("--only", choices=PARTS)
    return parser


def _parts(options: argparse.Namespace) -> dict[str, tuple[str, Callable[[], str]]]:
    quick, runs = options.quick, 1 if options.quick else options.runs
    residents = min(options.residents, 2_000) if quick else options.residents
    rows, messages = (1_000, 100) if quick else (100_000, 4_000)
    counts = (10,) if quick else (10, 20, 200)
    sizes = (1_000, 10_000) if quick else (1_000_000, 10_000_000)
    return {
        "generation": ("Generation", lambda: generation.report(sizes)),
        "intake": ("Intake", lambda: intake.report(rows=20_000 if quick else 5_000_000, runs=runs)),
        "programmes": (
            "Whole programmes",
            lambda: programmes.report(residents=residents, runs=runs),
        ),
        "engine": (
            "Engine",
            lambda: engines.report(
                residents=residents, runs=runs, programmes=counts, buckets=4 if quick else 256
            ),
        ),
        "judging": ("Judging", lambda: judging.report(units=residents, runs=runs)),
        "outbox": ("Outbox", lambda: outbox.report(rows=rows, messages=messages)),
        "channels": ("Channels", lambda: channels.report(messages=messages, runs=runs)),
    }


def machine() -> str:
    """On what and with what these figures were taken."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} processors, {memory:.0f} GB, {platform.system()}"
        f" {platform.machine()}, load {os.getloadavg()[0]:.1f} at the start; Python"
        f" {platform.python_version()}, {libraries}."
    )


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

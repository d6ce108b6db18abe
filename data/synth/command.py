"""`owed synth`: registers of residents who do not exist."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from data.commandline import CommandContext, Console, json_option

TIME_ZONE = "Asia/Seoul"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--residents",
    type=click.IntRange(1, 10_000_000),
    default=20_000,
    show_default=True,
    help="How many people.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Another seed, another city."
)
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Day of the extract; today by default.")
@click.option(
    "--tax-year", type=click.IntRange(2024, 2100), help="Year of the bills; that of --as-of by default."
)
@json_option
@click.pass_obj
def synth(
    ctx: CommandContext,
    folder: Path,
    *,
    residents: int,
    seed: int,
    as_of: datetime | None,
    tax_year: int | None,
    as_json: bool,
) -> None:
    """Write the registers of a made-up city as CSV files into FOLDER.

    People and homes, vehicles and taxes, income and benefits, health, workplaces and farms agree.
    No id, plate, number or address in them can belong to anybody. The same options give the same files.
    """
    from data.synth.registers import make

    day = as_of.date() if as_of else ctx.today(TIME_ZONE)
    year = tax_year or day.year
    if year < 2024:
        raise click.BadParameter("bills are known from tax year 2024 on.", param_hint="--as-of")
    console = Console(as_json=as_json)
    counts = make(folder, residents=residents, seed=seed, as_of=day, tax_year=year)
    for register, rows in counts.items():
        console.say(f"{folder / register}.csv: {rows:,} rows")
    console.document({"folder": str(folder), "as_of": day, "tax_year": year, "seed": seed, "rows": counts})
    console.next(f"owed intake kr/residents {folder / 'residents.csv'} --extracted-on {day}")

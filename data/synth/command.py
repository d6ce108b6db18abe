"""`owed synth`: registers of residents who do not exist."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from shlex import quote

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
@click.option(
    "--dirt",
    type=click.FloatRange(0, 0.5),
    default=0,
    help="Share of rows to break, such as 0.01; see dirt.csv.",
)
@click.option("--force", is_flag=True, help="Write over files that owed synth did not write.")
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
    dirt: float,
    force: bool,
    as_json: bool,
) -> None:
    """Write the registers of a made-up city as CSV files into FOLDER.

    People and homes, vehicles and taxes, income and benefits, health, workplaces and farms agree.
    No id, plate, number or address in them can belong to anybody. The same options give the same files.
    A folder with other files is refused.
    With --dirt some rows are broken as in real files; dirt.csv says which, how, and what must become of them.
    """
    from data.synth.made import refuse_others, remember
    from data.synth.registers import make

    day = as_of.date() if as_of else ctx.today(TIME_ZONE)
    year = tax_year or day.year
    if year < 2024:
        raise click.BadParameter("bills are known from tax year 2024 on.", param_hint="--as-of")
    console = Console(as_json=as_json)
    if not force:
        refuse_others(folder)
    counts = make(folder, residents=residents, seed=seed, as_of=day, tax_year=year)
    for register, rows in counts.items():
        console.say(f"{folder / register}.csv: {rows:,} rows")
    broken = _soil(ctx, folder, dirt, seed) if dirt else {}
    remember(folder, [*(f"{name}.csv" for name in counts), *(["dirt.csv"] if dirt else [])])
    for kind, rows in broken.items():
        console.say(f"  {kind:<20} {rows:>8,}")
    document = {"folder": str(folder), "as_of": day, "tax_year": year, "seed": seed, "rows": counts}
    console.document({**document, "dirt": broken})
    console.next(f"owed intake kr/residents {quote(str(folder / 'residents.csv'))} --extracted-on {day}")


def _soil(ctx: CommandContext, folder: Path, share: float, seed: int) -> dict[str, int]:
    from data.contracts import load_contracts
    from data.synth.dirt import soil

    contracts = load_contracts(sorted(ctx.built_in_packs.glob("*/contracts")))
    return dict(sorted(soil(folder, contracts, share=share, seed=seed).items()))

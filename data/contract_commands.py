"""Commands about contracts: what one would do to a file, a draft for a new one, and one for a catalogue."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from data.commandline import CommandContext, Console, account, json_option
from data.errors import BadSettings, ContractBroken

if TYPE_CHECKING:
    from data.arrivals import AskedDatabase
    from data.contract import Contract
    from data.explaining import Explanation, ReadColumn


def explain_rows(
    ctx: CommandContext,
    console: Console,
    contract: Contract,
    source: Path | AskedDatabase,
    *,
    rows: int,
    show: bool,
) -> None:
    """Say what a contract would do to the first rows of a file or a query; nothing is taken in."""
    from data.explaining import explain

    name = contract.name
    if show:
        _write_down(ctx, name, source)
    made = explain(ctx.workspace(), contract, source, first=rows, show=show)
    read = ", ".join(filter(None, (made.form, made.encoding)))
    console.say(f"{source.name} ({read}) under {name}:")
    for column in made.columns:
        _say_column(console, column)
    for line, reasons in made.rows.items():
        console.say(f"line {line}: " + "; ".join(one["en"] for one in reasons))
    if made.unused:
        console.say("Columns of the file that the contract does not read: " + ", ".join(made.unused))
    console.say("Nothing was taken in." + _about_masks(made))
    console.document({**asdict(made), "missing": made.missing})
    asked = quote(str(source)) if isinstance(source, Path) else f"--database {source.database}"
    if made.missing:
        raise ContractBroken(
            f"The file lacks {len(made.missing)} of the {len(made.columns)} columns of {name}:"
            f" {', '.join(made.missing)}.",
            where=source.name,
            mend="give the file that the contract is for; or `owed intake --draft FILE` for another contract",
        )
    console.next(f"owed intake {name} {asked}{' --part NAME' if contract.parts else ''}")


def _say_column(console: Console, column: ReadColumn) -> None:
    rules = f" ({', '.join(column.rules)})" if column.rules else ""
    console.say(f"{column.header} → {column.name}: {column.parser}{rules}")
    if not column.in_file:
        console.say("  the file lacks this column")
    for cell in column.cells:
        raw = "(empty)" if cell.raw is None or not cell.raw.strip() else cell.raw
        value = "; ".join(one["en"] for one in cell.reasons) or (
            "nothing" if cell.value is None else cell.value
        )
        console.say(f"  line {cell.line:<4} {raw}  →  {value}")


def _about_masks(made: Explanation) -> str:
    return (
        " Digits are shown as 9, letters as a or 가, values of a short list as …; --show shows them, and is"
        " recorded."
        if made.masked
        else ""
    )


def _write_down(ctx: CommandContext, name: str, source: Path | AskedDatabase) -> None:
    """Who looks at a delivery's cells is on record before they are shown."""
    from data import audit
    from data.digests import file_sha256
    from data.keys import KeyUse
    from data.store.engine import writing
    from data.store.schema import open_store

    workspace = ctx.workspace()
    with writing(open_store(workspace)) as connection:
        audit.append(
            connection,
            workspace.key(KeyUse.AUDIT),
            actor=account(),
            action="intake.show",
            ref=name,
            now=ctx.clock(),
            detail={"sha256": file_sha256(source)}
            if isinstance(source, Path)
            else {"database": source.database},
        )


def draft_contract(ctx: CommandContext, console: Console, file: Path, out: Path | None) -> None:
    """Propose a contract for a file; written to `out`, else said."""
    from data.contracts import load_contracts
    from data.drafting import draft
    from data.files import write_text

    if out is not None and out.exists():
        raise BadSettings("There is a file already.", where=str(out), mend="name another one")
    workspace = ctx.workspace()
    packs = workspace.settings().packs
    known = load_contracts(pack.resolve(ctx.built_in_packs) / "contracts" for pack in packs)
    made = draft(workspace, file, known.values())
    if out is not None:
        write_text(out, made.text)
        console.say(f"{out}: {len(made.columns)} columns, {made.open} values to fill in")
    else:
        console.say(made.text)
    columns = {header: asdict(one) for header, one in made.columns.items()}
    console.document({"contract": made.text, "open": made.open, "columns": columns, "keys": made.keys})
    console.next("fill it in, put it into a pack's contracts/, then owed intake --explain CONTRACT FILE")


@click.command("contract")
@click.argument("name")
@click.option(
    "--odcs", is_flag=True, help="As an Open Data Contract Standard document (JSON, which is YAML)."
)
@json_option
@click.pass_obj
def show_contract(ctx: CommandContext, name: str, *, odcs: bool, as_json: bool) -> None:
    """Print the contract NAME: whose register it is, by what law it is used, and how each column is read."""
    import json

    from data.odcs import as_odcs

    console = Console(as_json=as_json)
    contract = ctx.contract(name)
    document = as_odcs(contract)
    if odcs and not as_json:
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    elif not odcs:
        console.say(contract.path.read_text("utf-8"))
    console.document(document)
    if not odcs:
        console.next(f"owed intake {name} FILE")

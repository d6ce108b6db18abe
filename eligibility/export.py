"""Hands the authority its findings under its own record ids, as a spreadsheet.

A national id never gets into it. A unit that the authority knows by a number of its own (a bill, a household,
a farm, a measure) goes by that; a person, who has none but the national id, by our own random id, which
`owed explain` takes. Who a person is, the office learns of what was applied for alone, from
`owed applications export`.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from data.contract import Contract
from data.errors import BadSettings
from data.vault import Vault
from eligibility.facts import Unit
from eligibility.pack import Packs
from eligibility.programmes import Programme
from eligibility.runs import Run

_DAYS = ("accrues_from", "claim_from", "claim_by")
_HEAD = ("record_id", "status", "amount", "at_least", "at_most", "offset", "currency", "per", "period")


def export_table(packs: Packs, run: Run, programme_id: str, vault: Vault) -> pl.DataFrame:
    """One row per finding of a programme in a run, by record id.

    Columns: record_id, status, amount, at_least, at_most (true where it is a lower bound, a ceiling), offset
    (what of it goes to arrears first), currency, per, period, each part, each criterion (true, false,
    unknown), accrues_from, claim_from, claim_by. Blank is not known: so is an amount of which nothing is.
    Raises BadSettings when the programme was not in the run.
    """
    pack, programme = packs.find(programme_id)
    entry = run.programmes.get(programme_id)
    if entry is None:
        raise BadSettings(
            f"{programme_id} was not in the scan {run.run_id}.", where=str(run.folder), mend="run `owed scan`"
        )
    unit = pack.unit_of(programme)
    found = run.findings().filter(pl.col("programme") == programme_id).collect()
    kind = record_kind(pack.contracts.values(), unit)
    records = _record_ids(found["unit_id"].unique(), kind, vault)
    columns = [
        *_HEAD,
        *(
            pl.col("parts").list.get(at, null_on_oob=True).alias(name)
            for at, name in enumerate(entry["parts"])
        ),
        *(_word(bit).alias(name) for bit, name in enumerate(entry["criteria"])),
        *_DAYS,
    ]
    named = found.join(records, on="unit_id", how="left").with_columns(
        currency=pl.lit(entry["currency"]),
        per=pl.lit(entry["per"]),
        amount=pl.when(~_is_undecided(programme)).then("amount"),
        offset=pl.when(~_is_undecided(programme)).then("offset"),
        at_least=_yes(pl.col("at_least")),
        at_most=_yes(pl.lit(programme.at_most)),
    )
    return named.sort("record_id", "period", "entitlement_id").select(columns)


def record_kind(contracts: Iterable[Contract], unit: Unit) -> str | None:
    """The kind of identity by whose natural value the authority knows a unit; None where that is secret in
    any contract of its register."""
    columns = [one.column(unit.id) for one in contracts if one.register == unit.register]
    if not columns or any(one.secret for one in columns):
        return None
    return columns[0].identity


def _record_ids(unit_ids: pl.Series, kind: str | None, vault: Vault) -> pl.DataFrame:
    """`unit_id` and `record_id`; a unit known only by a secret id keeps our random one."""
    natural = {} if kind is None else vault.natural(kind, unit_ids.to_list())
    return pl.DataFrame(
        {"unit_id": unit_ids, "record_id": [natural.get(one, one) for one in unit_ids]},
        schema={"unit_id": pl.String, "record_id": pl.String},
    )


def _is_undecided(programme: Programme) -> pl.Expr:
    """Of a lower bound of nought, or of a ceiling that may be higher, nobody knows anything."""
    return pl.col("at_least") & (pl.lit(programme.at_most) | (pl.col("amount") == 0))


def _yes(truth: pl.Expr) -> pl.Expr:
    return pl.when(truth).then(pl.lit("true")).otherwise(pl.lit("false"))


def _word(bit: int) -> pl.Expr:
    flag = pl.lit(1 << bit, dtype=pl.UInt64)
    return (
        pl.when((pl.col("unknown") & flag) != 0)
        .then(pl.lit("unknown"))
        .when((pl.col("met") & flag) != 0)
        .then(pl.lit("true"))
        .otherwise(pl.lit("false"))
    )

"""Which group a row belongs to: the one its own column names, or the one another register names for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from data.contract import Contract, Group
from data.errors import BadSettings
from data.registers import Delivery, scan
from data.workspace import Workspace


class Share(NamedTuple):
    """One of `of` even shares of all ids, which are random: a range of them in the order of their digits."""

    number: int
    of: int


WHOLE = Share(0, 1)


def id_number(identity: pl.Expr) -> pl.Expr:
    """The first 32 bits of an id, the same on every engine; null where there is no id."""
    return identity.str.head(8).str.to_integer(base=16, dtype=pl.Int64)


def group_of(delivery: Delivery, contracts: Mapping[str, Contract]) -> Group:
    """How the rows of a delivery find their group. Raises BadSettings when no contract here says it."""
    contract = contracts.get(delivery.contract)
    if contract is None or contract.group is None:
        raise no_group(delivery.register, delivery.contract, has_contract=contract is not None)
    return contract.group


def groups_of(deliveries: Mapping[str, Delivery], contracts: Mapping[str, Contract]) -> dict[str, Group]:
    """`group_of` each delivery, by register."""
    return {name: group_of(one, contracts) for name, one in deliveries.items()}


def asked_for(register: str, groups: Mapping[str, Group]) -> list[str]:
    """The registers that tell the group of a register's rows, one after the other; there is no circle."""
    way: list[str] = []
    while register in groups and (asked := groups[register].register) is not None:
        way.append(asked)
        if groups[register].group is not None:
            break
        register = asked
    return way


def no_group(register: str, contract: str, *, has_contract: bool = True) -> BadSettings:
    """That nothing says whose rows of a register may be combined."""
    what = "names no group in its contract" if has_contract else "has no contract here"
    return BadSettings(
        f"The register {register} {what}.",
        where=contract,
        mend="name the pack that holds the contract in owed.toml; give the contract a `group`",
    )


def homes(
    workspace: Workspace,
    deliveries: Mapping[str, Delivery],
    group: Group,
    *,
    groups: Mapping[str, Group],
    share: Share = WHOLE,
    asked: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """`_key` and the `_group` that another register tells for it: of one share of the keys, or those `asked`.

    Where that register names a group through a third one (`groups`, by register), that one is asked too.
    A key that stands in two groups is taken to be in the one whose id comes first, however the rows lie.
    """
    if group.register is None or group.register not in deliveries:
        return pl.DataFrame(schema={"_key": pl.String, "_group": pl.String})
    further = groups[group.register] if group.group is None else Group(group.group)
    rows = scan(workspace, deliveries[group.register])
    found = rows.select(pl.col(str(group.key)).alias("_key"), pl.col(further.column).alias("_group"))
    found = found.drop_nulls("_key")
    if share != WHOLE:
        found = found.filter(_in_share("_key", share))
    if asked is not None:
        found = found.join(asked.lazy(), on="_key", how="semi")
    known = found.collect(engine="streaming")
    if further.register is not None:
        named = known.rename({"_group": further.column})
        known = some_with_group(workspace, deliveries, group.register, groups=groups, rows=named)
        known = known.select("_key", "_group")
    if known["_key"].is_duplicated().any():
        known = known.group_by("_key").agg(pl.col("_group").min())
    return known


def in_share(rows: pl.LazyFrame, column: str, share: Share) -> pl.LazyFrame:
    """The rows whose `column` lies in a share; those without an id lie in the first."""
    return rows if share == WHOLE else rows.filter(_in_share(column, share))


def _in_share(column: str, share: Share) -> pl.Expr:
    first, end = (f"{2**32 * edge // share.of:08x}" for edge in (share.number, share.number + 1))
    identity = pl.col(column).fill_null("")
    from_first = identity >= first if share.number else pl.lit(True)
    return from_first if share.number == share.of - 1 else from_first & (identity < end)


def with_group(rows: pl.LazyFrame, found: pl.DataFrame, group: Group) -> pl.LazyFrame:
    """The rows with `_group`; null where the row names none.

    Whom the register asked does not know (they moved away, or it was never delivered) is a group of
    their own: what the other registers say of them is still found.
    """
    if group.register is None:
        return rows.with_columns(_group=pl.col(group.column))
    joined = rows.join(found.lazy(), left_on=group.column, right_on="_key", how="left")
    return joined.with_columns(_group=pl.coalesce("_group", group.column))


def some_with_group(
    workspace: Workspace,
    deliveries: Mapping[str, Delivery],
    register: str,
    *,
    groups: Mapping[str, Group],
    rows: pl.DataFrame,
) -> pl.DataFrame:
    """Some rows of a register, accepted or not, with `_group`, where it is known: that in which each lies, or
    would lie if it was accepted."""
    group = groups[register]
    if group.column not in rows.columns:
        return rows.with_columns(_group=pl.lit(None, dtype=pl.String))
    if group.register is None:
        return rows.with_columns(_group=pl.col(group.column))
    asked = rows.select(pl.col(group.column).alias("_key")).drop_nulls().unique()
    found = homes(workspace, deliveries, group, groups=groups, asked=asked)
    return with_group(rows.lazy(), found, group).collect()

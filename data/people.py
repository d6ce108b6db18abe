"""What the store keeps about people from registers: who must not be written to, and who agreed to be."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from sqlalchemy import ColumnElement, Connection, Table, delete, insert, select

from data.contract import Contract
from data.store.tables import contact_consent, person_state
from data.unsure_people import own_household

_AT_ONCE = 50_000


def keep_people(
    connection: Connection,
    contract: Contract,
    rows: pl.DataFrame,
    batch_id: str,
    *,
    everybody: pl.DataFrame,
    unsure: pl.DataFrame,
    others: Sequence[str] = (),
    later: Sequence[str] = (),
) -> None:
    """Bring the table a contract keeps in line with a batch that speaks for its register, in the caller's
    transaction.

    `everybody` has the rows of all that is in force, whom these live with among them; `unsure`
    (data.unsure_people) those that are in quarantine. `others` are the batches that speak besides and came
    before; what `later` ones say of a person stands.
    """
    if contract.keeps == "person_state":
        _keep_states(connection, contract, rows, batch_id, everybody=everybody, unsure=unsure, later=later)
    if contract.keeps == "contact_consent":
        _keep_consents(connection, contract, rows, batch_id, others=[*others, *later], later=later)


def _keep_states(
    connection: Connection,
    contract: Contract,
    rows: pl.DataFrame,
    batch_id: str,
    *,
    everybody: pl.DataFrame,
    unsure: pl.DataFrame,
    later: Sequence[str],
) -> None:
    """Death and protection of everybody the batch names; a later row that says otherwise undoes them.

    Who lives with a protected person is protected with them: a message to one reaches the home of both.
    Somebody who was marked and is no longer in the register stays marked: a register drops the dead, and
    silence is no proof that they may be written to again. Beside a later batch, marks are only added.
    """
    subject, names = contract.identities[0].name, unsure.columns
    everybody = pl.concat([everybody.select(names), unsure], how="vertical_relaxed")
    named = _at_home_with(
        contract, pl.concat([rows.select(names), unsure], how="vertical_relaxed"), everybody
    )
    before = _marks(connection, subject)
    # What held a mark up may be a row that is read now: everybody who has one is looked at again.
    again = everybody.join(before, on=subject, how="semi").select(subject)
    looked_at = pl.concat([named, again]).unique()
    if not later:
        undone = looked_at.join(before, on=subject, how="semi")[subject]
        _delete(connection, person_state, undone.to_list())
    states = (
        everybody.drop_nulls(subject)
        .join(before, on=subject, how="left")
        .with_columns(deceased=(pl.col("status") == "deceased").fill_null(pl.col("_deceased")))
        .with_columns(protected=_protected(contract, everybody) | _still_protected(contract, unsure))
        .filter(pl.col("deceased") | pl.col("protected"))
        .join(looked_at, on=subject, how="semi")
        .group_by(subject)
        .agg(pl.col("deceased").any(), pl.col("protected").any())
    )
    states = states.join(before, on=subject, how="anti") if later else states
    _insert(connection, person_state, states.rename({subject: "subject_id"}), batch_id)


def _marks(connection: Connection, subject: str) -> pl.DataFrame:
    held = connection.execute(
        select(person_state.c.subject_id, person_state.c.deceased, person_state.c.protected)
    )
    schema = {subject: pl.String, "_deceased": pl.Boolean, "_protected": pl.Boolean}
    return pl.DataFrame(held.all(), schema=schema, orient="row")


def _at_home_with(contract: Contract, rows: pl.DataFrame, everybody: pl.DataFrame) -> pl.DataFrame:
    """The subjects of the rows, and of all rows of their households: one new row may protect them all."""
    subject, home = contract.identities[0].name, own_household(contract)
    own = rows.select(subject).drop_nulls()
    if home is None or rows.height == everybody.height:
        return own
    together = everybody.join(rows.select(home).drop_nulls().unique(), on=home, how="semi")
    return pl.concat([own, together.select(subject).drop_nulls()])


def _protected(contract: Contract, everybody: pl.DataFrame) -> pl.Expr:
    """Protected oneself, or of one household with somebody who is; what is not known counts as protected.

    That holds for rows in quarantine too: their household can be reached at any moment, while a message that
    waits until the row is mended can still be sent.
    """
    own, home = pl.col("protected").fill_null(True), own_household(contract)
    if home is None:
        return own
    homes = everybody.filter(own)[home].drop_nulls().unique()
    return own | pl.col(home).is_in(homes.implode()).fill_null(False)


def _still_protected(contract: Contract, unsure: pl.DataFrame) -> pl.Expr:
    """Was protected, and a row that is not read may be why: that of a person of the same household, or of one
    whose household is not known."""
    subject, home = contract.identities[0].name, own_household(contract)
    was = pl.col("_protected").fill_null(False)
    if home is not None and unsure[home].null_count():
        return was
    doubtful = pl.col(subject).is_in(unsure[subject].drop_nulls().implode())
    if home is not None:
        doubtful |= pl.col(home).is_in(unsure[home].implode()).fill_null(False)
    return was & doubtful


def _keep_consents(
    connection: Connection,
    contract: Contract,
    rows: pl.DataFrame,
    batch_id: str,
    *,
    others: Sequence[str],
    later: Sequence[str],
) -> None:
    """The consent the batch has of each person on each channel it names; nothing it says of one channel tells
    of another. In a complete register, whom no row of what speaks for it names has none."""
    subject = contract.identities[0].name
    own, stored = [subject, "channel"], (contact_consent.c.subject_id, contact_consent.c.channel)
    rows = rows.drop_nulls(own)
    if later:
        held = connection.execute(select(*stored).where(contact_consent.c.batch_id.in_(later)))
        schema = dict.fromkeys(own, pl.String)
        rows = rows.join(pl.DataFrame(held.all(), schema=schema, orient="row"), on=own, how="anti")
    if contract.complete:
        connection.execute(delete(contact_consent).where(contact_consent.c.batch_id.not_in(others)))
    if others or not contract.complete:
        for (channel,), some in rows.group_by("channel"):
            on_it = contact_consent.c.channel == channel
            _delete(connection, contact_consent, some[subject].unique().to_list(), on_it)
    agreed = pl.col("consent").fill_null(False).all()
    consents = rows.group_by(own).agg(allowed=agreed)
    _insert(connection, contact_consent, consents.rename({subject: "subject_id"}), batch_id)


def _delete(connection: Connection, table: Table, subjects: list[str], *which: ColumnElement[bool]) -> None:
    for at in range(0, len(subjects), 500):
        connection.execute(delete(table).where(table.c.subject_id.in_(subjects[at : at + 500]), *which))


def _insert(connection: Connection, table: Table, rows: pl.DataFrame, batch_id: str) -> None:
    named = rows.with_columns(batch_id=pl.lit(batch_id))
    for piece in named.iter_slices(_AT_ONCE):
        connection.execute(insert(table), piece.to_dicts())

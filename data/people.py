"""What the store keeps about people from registers: who must not be written to, and who agreed to be."""

from __future__ import annotations

from datetime import date

import polars as pl
from sqlalchemy import Connection, Engine, Table, delete, insert, select

from data.contracts import Contract
from data.store.engine import reading
from data.store.tables import batch, contact_consent, person_state

_AT_ONCE = 50_000


def is_newest(engine: Engine, contract: Contract, extracted_on: date) -> bool:
    """Whether a delivery speaks for its register now: no later extract was taken in.

    Against a complete delivery only complete ones count: a partial one never stands for the whole.
    """
    later = select(batch.c.batch_id).where(
        batch.c.register == contract.register, batch.c.extracted_on > extracted_on
    )
    if contract.complete:
        later = later.where(batch.c.complete)
    with reading(engine) as connection:
        return connection.execute(later.limit(1)).first() is None


def keep_people(connection: Connection, contract: Contract, rows: pl.DataFrame, batch_id: str) -> None:
    """Bring the table a contract keeps in line with the newest delivery, in the caller's transaction."""
    if contract.keeps == "person_state":
        _keep_states(connection, contract, rows, batch_id)
    if contract.keeps == "contact_consent":
        _keep_consents(connection, contract, rows, batch_id)


def _keep_states(connection: Connection, contract: Contract, rows: pl.DataFrame, batch_id: str) -> None:
    """Death and protection of everybody the delivery names; a later row that says otherwise undoes them.

    Who lives with a protected person is protected with them: a message to one reaches the home of both.
    Somebody who was marked and is no longer in the register stays marked: a register drops the dead, and
    silence is no proof that they may be written to again.
    """
    subject = contract.identities[0].name
    states = (
        rows.drop_nulls(subject)
        .with_columns(protected=_protected(contract))
        .group_by(subject)
        .agg(
            deceased=(pl.col("status") == "deceased").fill_null(False).any(),
            protected=pl.col("protected").any(),
        )
    )
    marked = set(connection.execute(select(person_state.c.subject_id)).scalars())
    _delete(connection, person_state, [one for one in states[subject] if one in marked])
    flagged = states.filter(pl.col("deceased") | pl.col("protected"))
    _insert(connection, person_state, flagged.rename({subject: "subject_id"}), batch_id)


def _protected(contract: Contract) -> pl.Expr:
    """Protected oneself, or of one household with somebody who is; what is not known counts as protected."""
    own = pl.col("protected").fill_null(True)
    if contract.group is None or contract.group.register is not None:
        return own
    home = pl.col(contract.group.column)
    return pl.when(home.is_not_null()).then(own.any().over(home)).otherwise(own)


def _keep_consents(connection: Connection, contract: Contract, rows: pl.DataFrame, batch_id: str) -> None:
    """The consent of everybody the delivery names; in a complete one, whom it does not name has none."""
    subject = contract.identities[0].name
    if contract.complete:
        connection.execute(delete(contact_consent))
    else:
        _delete(connection, contact_consent, rows[subject].unique().to_list())
    agreed = pl.col("consent").fill_null(False).all()
    consents = rows.drop_nulls([subject, "channel"]).group_by(subject, "channel").agg(allowed=agreed)
    _insert(connection, contact_consent, consents.rename({subject: "subject_id"}), batch_id)


def _delete(connection: Connection, table: Table, subjects: list[str]) -> None:
    for at in range(0, len(subjects), 500):
        connection.execute(delete(table).where(table.c.subject_id.in_(subjects[at : at + 500])))


def _insert(connection: Connection, table: Table, rows: pl.DataFrame, batch_id: str) -> None:
    named = rows.with_columns(batch_id=pl.lit(batch_id))
    for piece in named.iter_slices(_AT_ONCE):
        connection.execute(insert(table), piece.to_dicts())

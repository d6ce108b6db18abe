"""The tables that the data room writes: deliveries, what became of their rows, people, the record.

`data.store.tables` has these and all others, and says how they are kept.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

audit_entry = Table(  # data: appended by every room through data.audit; chained by HMAC
    "audit_entry",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("detail", Text, nullable=False),  # canonical JSON: ids, counts and hashes only
    Column("previous", Text, nullable=False),
    Column("mac", Text, nullable=False),
)

batch = Table(  # data: one file of one register: a delivery, or rows of one that were mended
    "batch",
    metadata,
    Column("batch_id", Text, primary_key=True),
    Column("contract", Text, nullable=False),
    Column("register", Text, nullable=False),
    Column("part", Text, nullable=False),  # "" where a delivery is the whole register
    Column("parts", Text, nullable=False),  # JSON: the parts the contract named then, none for a whole
    Column("mends", Text, ForeignKey("batch.batch_id")),  # the delivery whose quarantined rows these were
    Column("file_name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("contract_sha256", Text, nullable=False),  # of what decides which rows a file becomes
    Column("extracted_on", Date, nullable=False),
    Column("rows_in", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("quarantined", Integer, nullable=False),
    Column("duplicates", Integer, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("reading", Text, nullable=False),  # JSON: format, encoding, and what the reader counted
    Column("reasons", Text, nullable=False),  # JSON: reason -> rows
    Column("notes", Text, nullable=False),  # JSON: what was noticed in accepted rows -> rows
    Column("identities", Text, nullable=False),  # JSON: kind -> how many the vault did not know before
    Column("taken_in_at", BigInteger, nullable=False),
    Index(None, "register"),
)

batch_confirmation = Table(  # data: the same bytes came again as a newer extract
    "batch_confirmation",
    metadata,
    Column("batch_id", Text, ForeignKey("batch.batch_id"), primary_key=True),
    Column("extracted_on", Date, primary_key=True),
    Column("confirmed_at", BigInteger, nullable=False),
)

settled_row = Table(  # data: a row of a delivery's quarantine that is no longer open
    "settled_row",
    metadata,
    Column("batch_id", Text, ForeignKey("batch.batch_id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("how", Text, nullable=False),  # data.settled.Settled
    Column("by", Text, nullable=False),  # the batch that mended it; the operator who waived it
    Column("reason", Text, nullable=False),
    Column("settled_at", BigInteger, nullable=False),
)

accepted_exception = Table(  # data: an operator let a delivery pass a gate
    "accepted_exception",
    metadata,
    Column("batch_id", Text, ForeignKey("batch.batch_id"), primary_key=True),
    Column("gate", Text, primary_key=True),  # data.gates.Gate
    Column("accepted_at", BigInteger, primary_key=True),
    Column("operator", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("accepted_on", Date, nullable=False),
    Column("until", Date),  # the last day it holds; none: for as long as the delivery is in force
)

person_state = Table(  # data: from a register of residents; only people who are not plainly reachable
    "person_state",
    metadata,
    Column("subject_id", Text, primary_key=True),
    Column("deceased", Boolean, nullable=False),
    Column("protected", Boolean, nullable=False),
    Column("batch_id", Text, nullable=False),
)

contact_consent = Table(  # data: from a register of contacts
    "contact_consent",
    metadata,
    Column("subject_id", Text, primary_key=True),
    Column("channel", Text, primary_key=True),  # "sms" or "email"
    Column("allowed", Boolean, nullable=False),
    Column("batch_id", Text, nullable=False),
)

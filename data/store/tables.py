"""Every table of the store. No queries live here: they stand with the noun they serve.

Moments are integer microseconds since 1970-01-01 UTC. Money is an integer in the programme's smallest
unit. No column holds a name, an address, a phone number, a plate or a national id: what must be kept
about a person is sealed (`data.keys.seal`) under the key of the invitation it belongs to.
The comment on each table names the one room that writes it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from data.store.register_tables import (
    accepted_exception,
    audit_entry,
    batch,
    batch_confirmation,
    contact_consent,
    metadata,
    person_state,
    settled_row,
)

__all__ = [
    "accepted_exception",
    "audit_entry",
    "batch",
    "batch_confirmation",
    "contact_consent",
    "metadata",
    "person_state",
    "settled_row",
]

# --- eligibility ----------------------------------------------------------------------------------

scan_run = Table(  # eligibility
    "scan_run",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("as_of", Date, nullable=False),
    Column("manifest_sha256", Text, nullable=False),
    Column("previous_run_id", Text),
    Column("number", Integer, nullable=False, unique=True),  # rises with each scan that ends, and again
    Column("scanned_at", BigInteger, nullable=False),
)

comparison = Table(  # eligibility: one diff, once and for all; rows are only added
    "comparison",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("run_id", Text, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("compared_at", BigInteger, nullable=False),
    Column("snapshot", Text, nullable=False),  # the file in history/ that holds what was known after it
    Column("counts", Text, nullable=False),  # canonical JSON: by programme and verdict, with amounts
)

scan_acceptance = Table(  # eligibility: an operator stands by a run that jumped; rows are only added
    "scan_acceptance",
    metadata,
    Column("run_id", Text, ForeignKey("scan_run.run_id"), primary_key=True),
    Column("programme", Text, primary_key=True),
    Column("against", Text, primary_key=True),  # the run it jumped from
    Column("entitled_before", Integer, nullable=False),
    Column("entitled", Integer, nullable=False),
    Column("amount_before", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("accepted_by", Text, nullable=False),
    Column("account", Text, nullable=False),  # the operating-system account it was typed under
    Column("reason", Text, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
)


def _known() -> list[Column[Any]]:
    """What may change of an entitlement: the same columns in its current row and in its history."""
    return [
        Column("revision", Integer, nullable=False),  # rises when the material facts change
        Column("state", Text, nullable=False),  # eligibility.history.EntitlementState
        Column("amount", BigInteger),
        Column("at_least", Boolean, nullable=False),  # the amount is a lower bound
        Column("offset", BigInteger),  # what of it goes to arrears first; null where that is not known
        Column("instead_of", Text, nullable=False),  # programmes with a comma between: one or the other
        Column("after", Text, nullable=False),  # programmes that must be granted first, likewise
        Column("facts_hash", Text, nullable=False),
        Column("claim_from", Date),
        Column("claim_by", Date),
    ]


entitlement = Table(  # eligibility: what is known now of each finding that was ever entitled
    "entitlement",
    metadata,
    Column("entitlement_id", Text, primary_key=True),
    Column("programme", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("household_id", Text, nullable=False),
    Column("unit_id", Text, nullable=False),
    Column("period", Text, nullable=False),
    *_known(),
    Column("comparison", Integer, nullable=False),  # the last diff that changed more than the household
    Index(None, "programme", "state"),
    Index(None, "subject_id"),
)

entitlement_revision = Table(  # eligibility: what was known, and since which diff; rows are only added
    "entitlement_revision",
    metadata,
    Column("comparison", Integer, ForeignKey("comparison.number"), primary_key=True),
    Column("entitlement_id", Text, primary_key=True),
    *_known(),
    sqlite_with_rowid=False,  # lies in the order of its key, to the end of which each diff adds
)

# --- outreach: consent, plans, messages -------------------------------------------------------------

operator_key = Table(  # outreach: public half of each operator's signing key
    "operator_key",
    metadata,
    Column("name", Text, primary_key=True),
    Column("public_key", Text, nullable=False),  # Ed25519, hexadecimal
    Column("account", Text, nullable=False),  # the operating-system account that made it
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)

suppression = Table(  # outreach: wins over everything
    "suppression",
    metadata,
    Column("suppression_id", Text, primary_key=True),
    Column("subject_id", Text),  # one of subject_id and address_mac is set
    Column("address_mac", Text),
    Column("channel", Text, nullable=False),  # "sms", "email" or "*"
    Column("reason", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Index(None, "subject_id"),
    Index(None, "address_mac"),
)

plan = Table(  # outreach: a campaign frozen; any change makes a new one
    "plan",
    metadata,
    Column("plan_id", Text, primary_key=True),
    Column("campaign", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("sha256", Text, nullable=False),  # over the canonical JSON of `document`
    Column("document", Text, nullable=False),
    Column("state", Text, nullable=False),  # outreach.plans.PlanState
    Column("author", Text, nullable=False),
    Column("author_account", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("approver", Text),
    Column("signature", Text),
    Column("proven", Boolean),
    Column("approved_at", BigInteger),
    UniqueConstraint("campaign", "number"),
)

plan_person = Table(  # outreach: every person found, in exactly one line
    "plan_person",
    metadata,
    Column("plan_id", Text, ForeignKey("plan.plan_id"), primary_key=True),
    Column("subject_id", Text, primary_key=True),
    Column("line", Text, nullable=False),  # "to_tell", or why not: outreach.plans.NotTold
    Column("amounts", Text, nullable=False),  # JSON: per what -> sum; sums of different kinds are no sum
    Column("opens_on", Date),  # where their claim is not open yet: when it opens
)

invitation = Table(  # outreach: what one person is told, sealed under a key of its own
    "invitation",
    metadata,
    Column("invitation_id", Text, primary_key=True),
    Column("plan_id", Text, ForeignKey("plan.plan_id"), nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("household_id", Text, nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),  # the invitation's key under KeyUse.INVITATIONS
    Column("sealed", LargeBinary, nullable=False),  # outreach.invitations.Sealed as canonical JSON
    Column("channel", Text, nullable=False),
    Column("address_mac", Text, nullable=False),
    Column("check_mac", Text, nullable=False),  # check number and last four digits, keyed
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("plan_id", "subject_id"),
    Index(None, "check_mac"),
    Index(None, "subject_id"),
)

invitation_finding = Table(  # outreach: the findings an invitation lists, at the revision it tells
    "invitation_finding",
    metadata,
    Column("invitation_id", Text, ForeignKey("invitation.invitation_id"), primary_key=True),
    Column("entitlement_id", Text, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("facts_hash", Text, nullable=False),
    Column("told_at", BigInteger),  # when a message that told it was accepted
    Index(None, "entitlement_id"),
)

message = Table(  # outreach: the outbox
    "message",
    metadata,
    Column("message_id", Text, primary_key=True),
    Column("dedupe_key", Text, nullable=False, unique=True),
    Column("plan_id", Text, ForeignKey("plan.plan_id"), nullable=False),
    Column("invitation_id", Text, ForeignKey("invitation.invitation_id"), nullable=False),
    Column("application_id", Text),
    Column("kind", Text, nullable=False),  # outreach.outbox.MessageKind
    Column("channel", Text, nullable=False),  # the adapter: file, smtp, twilio, sendgrid
    Column("subject_id", Text, nullable=False),
    Column("household_id", Text, nullable=False),
    Column("state", Text, nullable=False),  # outreach.outbox.MessageState
    Column("not_before", BigInteger, nullable=False),
    Column("send_before", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("claim_token", Text),
    Column("lease_until", BigInteger),
    Column("provider_id", Text),
    Column("provider_code", Text),  # the provider's own word, kept beside ours
    Column("reason", Text),  # why it is suppressed, failed or cancelled
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Index(None, "state", "not_before"),
    Index(None, "plan_id", "state"),
    Index(None, "invitation_id"),
)

attempt = Table(  # outreach: one try, append-only; written before the first byte, completed after
    "attempt",
    metadata,
    Column("message_id", Text, ForeignKey("message.message_id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("claim_token", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column("outcome", Text),  # channels.channel.OutcomeKind
    Column("provider_code", Text),
    Column("rendered_sha256", Text),
    Index(None, "started_at"),
)

receipt = Table(  # outreach: what a provider said happened, once per event
    "receipt",
    metadata,
    Column("event_key", Text, primary_key=True),
    Column("message_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),  # channels.channel.ReceiptKind
    Column("provider_code", Text),
    Column("received_at", BigInteger, nullable=False),
)

# --- outreach: links, applications, decisions, cases ------------------------------------------------

link = Table(  # outreach: only the hash of the opaque id is kept
    "link",
    metadata,
    Column("link_hash", Text, primary_key=True),
    Column("invitation_id", Text, ForeignKey("invitation.invitation_id"), nullable=False),
    Column("message_id", Text, ForeignKey("message.message_id"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("tries", Integer, nullable=False),
    Column("tries_since", BigInteger),
    Column("first_passed_at", BigInteger),
    Index(None, "invitation_id"),
    Index(None, "message_id"),
)

application = Table(  # outreach: what the citizen confirmed
    "application",
    metadata,
    Column("application_id", Text, primary_key=True),
    Column("reference", Text, nullable=False, unique=True),
    Column("invitation_id", Text, ForeignKey("invitation.invitation_id"), nullable=False, unique=True),
    Column("subject_id", Text, nullable=False),
    Column("submitted_at", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # what was shown, confirmed and disputed
)

application_item = Table(  # outreach: one finding in an application; a finding is applied for once
    "application_item",
    metadata,
    Column("entitlement_id", Text, primary_key=True),
    Column("application_id", Text, ForeignKey("application.application_id"), nullable=False),
    Column("disputed", Boolean, nullable=False),
    Index(None, "application_id"),
)

decision_batch = Table(  # outreach: one file from the office
    "decision_batch",
    metadata,
    Column("decision_batch_id", Text, primary_key=True),
    Column("sha256", Text, nullable=False, unique=True),
    Column("rows_in", Integer, nullable=False),
    Column("imported_by", Text, nullable=False),
    Column("imported_at", BigInteger, nullable=False),
    Column("released_by", Text),
    Column("signature", Text),
    Column("released_at", BigInteger),
)

decision = Table(  # outreach: granted or refused by the office
    "decision",
    metadata,
    Column("entitlement_id", Text, ForeignKey("application_item.entitlement_id"), primary_key=True),
    Column("decision_batch_id", Text, ForeignKey("decision_batch.decision_batch_id"), nullable=False),
    Column("application_id", Text, ForeignKey("application.application_id"), nullable=False),
    Column("outcome", Text, nullable=False),  # granted | refused
    Column("amount", BigInteger),
    Column("decided_on", Date, nullable=False),
    Column("decided_by", Text, nullable=False),  # the office's clerk number, not a name
    Column("sealed_reason", LargeBinary),  # words about a person: under the invitation's key
    Index(None, "application_id"),
)

case_ = Table(  # outreach: something a person at the office must do
    "case",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # outreach.cases.CaseKind
    Column("invitation_id", Text, ForeignKey("invitation.invitation_id")),
    Column("message_id", Text, ForeignKey("message.message_id")),
    Column("dedupe_key", Text, nullable=False, unique=True),
    Column("sealed_text", LargeBinary),
    Column("opened_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
)

# --- portal ---------------------------------------------------------------------------------------

session = Table(  # portal
    "session",
    metadata,
    Column("session_hash", Text, primary_key=True),
    Column("invitation_id", Text, ForeignKey("invitation.invitation_id"), nullable=False),
    Column("csrf", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("last_seen_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
)

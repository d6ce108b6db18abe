"""A plan while it is being written: rows in pieces, seen as a plan only once all of it is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, delete, select, update

from data.clock import Clock, micros
from data.digests import canonical_json, document_sha256
from data.store.engine import writing
from data.store.tables import invitation, invitation_finding, plan_person
from data.store.tables import plan as plan_table
from outreach.checks import check_mac
from outreach.invitations import Sealed, seal_invitation
from outreach.listing import Line
from outreach.people import address_mac
from outreach.plans import PlanState, next_number, void_waiting

PIECE = 10_000


class Letter(NamedTuple):
    """One invitation to be sealed: whose line it is, through which channel, and what it says."""

    line: Line
    content: Sealed


@dataclass(frozen=True)
class Draft:
    """The rows of one plan that is being made. `key` is the invitations key."""

    engine: Engine
    key: bytes
    clock: Clock
    plan_id: str
    campaign: str
    number: int

    @classmethod
    def begin(
        cls,
        engine: Engine,
        *,
        key: bytes,
        clock: Clock,
        plan_id: str,
        campaign: str,
        author: str,
        account: str,
    ) -> Draft:
        """Take the campaign's next number; drafts that a crash left behind are swept away first."""
        with writing(engine) as connection:
            _sweep(connection, plan_table.c.campaign == campaign)
            number = next_number(connection, campaign)
            connection.execute(
                plan_table.insert().values(
                    plan_id=plan_id,
                    campaign=campaign,
                    number=number,
                    sha256="",
                    document="{}",
                    state=PlanState.DRAFT.value,
                    author=author,
                    author_account=account,
                    created_at=micros(clock()),
                )
            )
        return cls(engine, key, clock, plan_id, campaign, number)

    def seal(self, letters: Sequence[Letter]) -> None:
        """Seal invitations, in one transaction."""
        with writing(self.engine) as connection:
            for one in letters:
                self._seal(connection, one)

    def _seal(self, connection: Connection, one: Letter) -> None:
        content = one.content
        seal_invitation(
            connection,
            self.key,
            plan_id=self.plan_id,
            subject_id=one.line.found.subject_id,
            household_id=one.line.found.household_id,
            channel=one.line.channel or "",
            sealed=content,
            address_mac=address_mac(self.key, content.address),
            check_mac=check_mac(self.key, check_number=content.check_number, address=content.address),
            now=self.clock(),
        )

    def write_lines(self, lines: Iterable[Line], per: Mapping[str, str]) -> None:
        """Write down where everybody ended, in pieces. `per` says of each programme per what it is paid."""
        rows = (self._row(one, per) for one in lines)
        while piece := list(islice(rows, PIECE)):
            with writing(self.engine) as connection:
                connection.exec_driver_sql(
                    "INSERT INTO plan_person (plan_id, subject_id, line, amounts, opens_on)"
                    " VALUES (?, ?, ?, ?, ?)",
                    piece,
                )

    def _row(self, one: Line, per: Mapping[str, str]) -> tuple[str, str, str, str, str | None]:
        opens = None if one.opens_on is None else one.opens_on.isoformat()
        return self.plan_id, one.found.subject_id, one.line, canonical_json(one.sums(per)), opens

    def finish(self, connection: Connection, document: dict[str, Any]) -> str:
        """From this transaction on it is a plan that waits for approval, and older waiting ones are void."""
        void_waiting(connection, self.campaign)
        sha256 = document_sha256(document)
        connection.execute(
            update(plan_table)
            .where(plan_table.c.plan_id == self.plan_id)
            .values(sha256=sha256, document=canonical_json(document), state=PlanState.WAITING.value)
        )
        return sha256

    def discard(self) -> None:
        with writing(self.engine) as connection:
            _sweep(connection, plan_table.c.plan_id == self.plan_id)


def _sweep(connection: Connection, which: Any) -> None:
    drafts = select(plan_table.c.plan_id).where(which, plan_table.c.state == PlanState.DRAFT.value)
    invitations = select(invitation.c.invitation_id).where(invitation.c.plan_id.in_(drafts))
    connection.execute(delete(invitation_finding).where(invitation_finding.c.invitation_id.in_(invitations)))
    connection.execute(delete(invitation).where(invitation.c.plan_id.in_(drafts)))
    connection.execute(delete(plan_person).where(plan_person.c.plan_id.in_(drafts)))
    connection.execute(delete(plan_table).where(which, plan_table.c.state == PlanState.DRAFT.value))

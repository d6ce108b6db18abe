"""Who may be written to at all: consent to a kind of channel, death, protection. Intake keeps both tables."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, select

from data.store.tables import contact_consent, person_state


class PersonState(NamedTuple):
    """What the register of residents last said; plainly reachable people have no row."""

    deceased: bool
    protected: bool


REACHABLE = PersonState(deceased=False, protected=False)


class Reachability(NamedTuple):
    """Both tables in memory, for planning."""

    allowed: dict[tuple[str, str], bool]  # (subject, "sms" or "email")
    states: dict[str, PersonState]

    def state(self, subject_id: str) -> PersonState:
        return self.states.get(subject_id, REACHABLE)


def read_reachability(connection: Connection) -> Reachability:
    consent = select(contact_consent.c.subject_id, contact_consent.c.channel, contact_consent.c.allowed)
    state = select(person_state.c.subject_id, person_state.c.deceased, person_state.c.protected)
    return Reachability(
        allowed={(subject, channel): allowed for subject, channel, allowed in connection.execute(consent)},
        states={one: PersonState(deceased, hidden) for one, deceased, hidden in connection.execute(state)},
    )

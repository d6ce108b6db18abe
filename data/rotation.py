"""Rotates a key: all it sealed is sealed again under a new one, which then takes its place. No id changes.

The new key lies beside the old one while the work goes on, and each file is replaced whole: whatever kills
the process, every file opens under one of the two, and running it again goes on with those that are left.
Only when each opens under the new key does that take the old one's place, by which the old one is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Engine, select

from data import audit
from data.commandline import Progress
from data.errors import Locked, Refused
from data.keys import KeyUse, key_id
from data.store.engine import writing
from data.store.tables import audit_entry
from data.workspace import Workspace

WORK = ("intake", "scan", "diff", "campaign", "buckets")
"""The locks of all work that writes under one of these keys, or reads for long what they sealed."""

ROTATED = "key rotated"

_BEFORE = select(audit_entry.c.seq).where(audit_entry.c.action == ROTATED)

NOT_ROTATED = {
    KeyUse.AUDIT: (
        "The audit key is not rotated: a record chained anew under another key would prove nothing about what"
        " was written before, and no head that an auditor keeps would be found in it.",
        "keep the chain's head of today elsewhere (`owed audit verify`) and give it with --head from now on:"
        " who holds the old key cannot change what lies before it",
    ),
    KeyUse.INVITATIONS: (
        "The invitations key is not rotated: stops by address, and the check numbers and stop addresses in"
        " messages already sent, are keyed hashes under it. A stop keeps no address to be hashed anew: under"
        " another key people who said stop would be written to again.",
        "each invitation is sealed under a key of its own, which this one wraps; if others know this one,"
        " pause the campaigns (`owed campaign pause`) and close the portal",
    ),
}


@dataclass(frozen=True)
class Survey:
    """All that one key sealed."""

    files: int
    bytes: int


class Holding(Protocol):
    """What one key sealed, found again and sealed anew."""

    def survey(self, keys: Sequence[bytes]) -> Survey:
        """Raises Failed when something opens under none of the keys, Locked when somebody has it open."""

    def seal_again(self, old: bytes, new: bytes, progress: Progress) -> None:
        """Seal under `new` what is still under `old`. Advances `progress` by one for each file."""


@dataclass(frozen=True)
class Rotated:
    """A rotation that ended, or that is looked at before it begins: then `new_id` may be unknown."""

    use: KeyUse
    old_id: str
    new_id: str | None
    survey: Survey
    goes_on: bool  # with what a rotation that was cut short had begun


Showing = Callable[[str, int], AbstractContextManager[Progress]]


@dataclass(frozen=True)
class Rotation:
    """The rotation of one key of a workspace."""

    workspace: Workspace
    engine: Engine
    use: KeyUse
    holding: Holding

    def look(self) -> Rotated:
        """What there is to do; changes nothing. Raises Failed, before anything changes, when it cannot be."""
        keys = self.workspace.keys()
        others = [one.value for one in keys.rotating() if one is not self.use]
        if others:
            raise Locked(
                f"The rotation of the {others[0]} key was begun and has not ended.",
                where=str(keys.directory),
                mend=f"run `owed keys rotate {others[0]}` first",
            )
        begun = keys.load_next(self.use)
        survey = self.holding.survey(self.workspace.opening_keys(self.use))
        new_id = None if begun is None else key_id(begun)
        return Rotated(self.use, key_id(keys.load(self.use)), new_id, survey, begun is not None)

    def run(self, *, actor: str, now: datetime, showing: Showing) -> Rotated:
        """Rotate the key, or finish what was begun. Raises Locked while other work goes on."""
        keys = self.workspace.keys()
        with _alone(self.workspace):
            found = self.look()
            old, new = keys.load(self.use), keys.create_next(self.use)
            with showing("Sealing again", found.survey.files) as progress:
                self.holding.seal_again(old, new, progress)
            survey = self.holding.survey([new])  # the old key goes only when it is needed for nothing
            done = Rotated(self.use, found.old_id, key_id(new), survey, found.goes_on)
            self._record(done, actor=actor, now=now)
            keys.take_over(self.use)
        return done

    def _record(self, done: Rotated, *, actor: str, now: datetime) -> None:
        """Once for each new key, however often it took to finish."""
        with writing(self.engine) as connection:
            if connection.execute(_BEFORE.where(audit_entry.c.ref == done.new_id)).first():
                return
            audit.append(
                connection,
                self.workspace.key(KeyUse.AUDIT),
                actor=actor,
                action=ROTATED,
                ref=str(done.new_id),
                now=now,
                detail={"use": self.use.value, "from": done.old_id, "files": done.survey.files},
            )


def refuse_unrotatable(use: KeyUse) -> None:
    """Raises Refused, with the reason and what to do instead, for a key that is never rotated."""
    if use in NOT_ROTATED:
        what, mend = NOT_ROTATED[use]
        raise Refused(what, where=f"keys/{use.value}.key", mend=mend)


@contextmanager
def _alone(workspace: Workspace) -> Iterator[None]:
    """Hold every lock of work that must not go on at the same time."""
    with ExitStack() as held:
        for name in WORK:
            held.enter_context(workspace.lock(name, while_rotating=True))
        yield

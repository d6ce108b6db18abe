"""Puts together what an invitation seals: the person, and each finding with its reasons and its words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from data.errors import Failed
from data.vault import Vault
from eligibility.pack import Packs
from outreach.checks import PHONE_DIGITS, new_check_number
from outreach.found import FoundFinding
from outreach.invitations import Sealed, SealedFinding
from outreach.people import PERSON, Person


class Explained(Protocol):
    """What sealing needs of an `eligibility.explain.Explanation`."""

    @property
    def entitlement_id(self) -> str | None: ...

    @property
    def household_id(self) -> str: ...

    def as_document(self) -> dict[str, Any]: ...


class Explain(Protocol):
    """Explains entitlements of the run that a plan is made of, bucket by bucket."""

    def __call__(self, entitlement_ids: Sequence[str]) -> Iterator[Explained]: ...


@dataclass(frozen=True)
class ProgrammeWords:
    """What a finding is called: by its programme, its registers, and the office's own record."""

    title: Mapping[str, str]
    law: str
    authority: Mapping[str, str]
    currency: str
    per: str
    at_most: bool
    months_lost: bool
    has_first_day: bool
    record_kind: str
    national_id: bool  # of that kind is a national id: people have no other number
    recipient_kind: str
    registers: Mapping[str, Mapping[str, str]]

    @classmethod
    def read(cls, packs: Packs, programme_id: str) -> ProgrammeWords:
        pack, programme = packs.find(programme_id)
        unit = pack.unit_of(programme)
        contracts = {one.register: one for one in pack.contracts.values()}
        record = contracts[unit.register].column(unit.id)
        return cls(
            title=programme.title,
            law=programme.law,
            authority=programme.authority,
            currency=programme.currency,
            per=programme.per,
            at_most=programme.at_most,
            months_lost=programme.claim_rule is not None and programme.claim_rule.months_lost,
            has_first_day=programme.claim_rule is not None,
            record_kind=record.identity or "",
            national_id=record.secret,
            recipient_kind=contracts[unit.register].column(programme.recipient).identity or "",
            registers={name: one.title for name, one in contracts.items()},
        )


@dataclass(frozen=True)
class Sealer:
    """Makes the content of invitations; `agency` is the authority's name by language.

    `titles` are those of every programme there is: a finding may exclude one that the campaign is not about.
    """

    agency: Mapping[str, str]
    languages: Sequence[str]
    words: Mapping[str, ProgrammeWords]
    titles: Mapping[str, Mapping[str, str]]
    vault: Vault

    @property
    def with_first_day(self) -> frozenset[str]:
        """The programmes that can be claimed only from a day on."""
        return frozenset(name for name, one in self.words.items() if one.has_first_day)

    @property
    def not_to_people(self) -> frozenset[str]:
        """The programmes that are due to employers, farms, tax units and the like."""
        return frozenset(name for name, one in self.words.items() if one.recipient_kind != PERSON)

    def record_ids(self, findings: Sequence[FoundFinding]) -> dict[str, str]:
        """The office's own number of each finding's unit, by unit id."""
        found: dict[str, str] = {}
        for programme, words in self.words.items():
            units = [one.unit_id for one in findings if one.programme == programme]
            found |= self.vault.natural(words.record_kind, units)
        return found

    def content(
        self,
        person: Person,
        kind: str,
        findings: Sequence[FoundFinding],
        *,
        explained: Mapping[str, Mapping[str, Any]],
        record_ids: Mapping[str, str],
    ) -> Sealed:
        """What one person is told through a kind of address. `explained` goes by entitlement id."""
        lang = person.language or ""
        lang = lang if lang in self.languages else self.languages[0]
        address = person.contacts[kind]
        return Sealed(
            language=lang,
            name=person.name,
            address=address,
            phone_last4=address[-PHONE_DIGITS:] if kind == "sms" else "",
            birth_date=person.birth_date,
            agency=self.agency,
            findings=tuple(
                self._finding(one, explained[one.entitlement_id], record_ids[one.unit_id], lang)
                for one in findings
            ),
            check_number=new_check_number(),
        )

    def _finding(
        self, one: FoundFinding, explanation: Mapping[str, Any], record_id: str, lang: str
    ) -> SealedFinding:
        words = self.words[one.programme]
        used = {fact["register"] for fact in explanation["facts"]}
        return SealedFinding(
            entitlement_id=one.entitlement_id,
            revision=one.revision,
            facts_hash=one.facts_hash,
            programme=one.programme,
            title=dict(words.title),
            law=words.law,
            authority=words.authority[lang],
            record_id=record_id,
            record_kind=words.record_kind,
            national_id=words.national_id,
            period=explanation["period"],
            currency=words.currency,
            instead_of={name: dict(self.titles[name]) for name in one.instead_of if name in self.titles},
            registers={name: dict(words.registers[name]) for name in sorted(used & words.registers.keys())},
            explanation={**explanation, "facts": [_told(fact) for fact in explanation["facts"]]},
        )


def _told(fact: Mapping[str, Any]) -> Mapping[str, Any]:
    """A fact as it is sealed: of other people's facts only that there was one, for no page shows more."""
    return fact if fact["about"] == "self" else {**fact, "value": None, "words": None}


def check_explained(finding: FoundFinding, explanation: Mapping[str, Any] | None) -> None:
    """Raises Failed when a finding is not explained, or with another amount than the store has."""
    stored = (finding.amount, finding.at_least, finding.offset)
    if explanation is None or stored != tuple(explanation[name] for name in ("amount", "at_least", "offset")):
        raise Failed(
            "A finding is explained otherwise than it was found: registers changed since the scan.",
            where=f"entitlement {finding.entitlement_id}",
            mend="run `owed scan` and `owed diff`, then plan again",
        )


def rates_of(explanation: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each rate a finding rests on, with the name by which a campaign accepts it: `programme:rate`."""
    for rate in explanation["rates"]:
        yield f"{explanation['programme']}:{rate['name']}", rate

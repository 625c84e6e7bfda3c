"""The line that everyone concerned gets: what went to whom, or came from whom, and under which agreement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gada import journal
from gada.exchange.models import Agreement, Extract
from gada.journal import NOWHERE

PEOPLE_PER_ENTRY = 5000


@dataclass(frozen=True, slots=True)
class Basis:
    """With whom, and on what: an agreement, or an approved request for an extract."""

    partner: str
    partner_name: str
    legal_basis: str
    agreement: str = ""
    extract: str = ""

    @property
    def facts(self) -> dict[str, str]:
        under = {"agreement": self.agreement} if self.agreement else {"extract": self.extract}
        return {**under, "partner": self.partner, "partner_name": self.partner_name, "legal_basis": self.legal_basis}


def basis_of(under: Agreement | Extract) -> Basis:
    if isinstance(under, Extract):
        return Basis("", under.organisation, under.legal_basis, extract=under.number)
    return Basis(str(under.peer_id), under.peer.name, under.terms.legal_basis, agreement=under.digest)


def disclose(
    under: Agreement | Extract,
    people: Sequence[UUID],
    *,
    fields: Sequence[str],
    reason: str,
    source: tuple[str, UUID],
    by: Any,
    at: datetime,
) -> None:
    """Our people's data went to the partner. `reason`: overlap, delivery, recall, extract."""
    _line("person.disclosed", basis_of(under), people, fields=fields, reason=reason, source=source, by=by, at=at)


def note_received(
    under: Agreement | Extract,
    people: Sequence[UUID],
    *,
    fields: Sequence[str],
    source: tuple[str, UUID],
    at: datetime,
    by: Any = None,
) -> None:
    """The partner's data about our people came here. `by`: who read it in, where no node of theirs brought it."""
    by = under.peer.reference if isinstance(under, Agreement) else by
    _line("person.received", basis_of(under), people, fields=fields, reason="delivery", source=source, by=by, at=at)


def _line(
    action: str,
    basis: Basis,
    people: Sequence[UUID],
    *,
    fields: Sequence[str],
    reason: str,
    source: tuple[str, UUID],
    by: Any,
    at: datetime,
) -> None:
    sender = {} if isinstance(by, tuple) else {"reader": by.standing_at(NOWHERE, at=at)}
    for start in range(0, len(people), PEOPLE_PER_ENTRY):
        part = people[start : start + PEOPLE_PER_ENTRY]
        journal.record(
            action,
            by=by,
            about=source,
            purpose="exchange",
            at=at,
            mentions=part,
            facts={
                **basis.facts,
                "fields": sorted(fields),
                "people": len(part),
                "reason": reason,
                **sender,
            },
        )

"""The line that everyone concerned gets: what went to whom, or came from whom, and under which agreement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from gada import journal
from gada.exchange.models import Agreement
from gada.journal import NOWHERE

PEOPLE_PER_ENTRY = 5000


def disclose(
    agreement: Agreement,
    people: Sequence[UUID],
    *,
    fields: Sequence[str],
    reason: str,
    source: tuple[str, UUID],
    by: Any,
    at: datetime,
) -> None:
    """Our people's data went to the partner. `reason`: overlap, delivery, recall."""
    _line("person.disclosed", agreement, people, fields=fields, reason=reason, source=source, by=by, at=at)


def note_received(
    agreement: Agreement,
    people: Sequence[UUID],
    *,
    fields: Sequence[str],
    source: tuple[str, UUID],
    at: datetime,
) -> None:
    """The partner's data about our people came here."""
    by = agreement.peer.reference
    _line("person.received", agreement, people, fields=fields, reason="delivery", source=source, by=by, at=at)


def _line(
    action: str,
    agreement: Agreement,
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
                "agreement": agreement.digest,
                "partner": str(agreement.peer_id),
                "partner_name": agreement.peer.name,
                "fields": sorted(fields),
                "people": len(part),
                "reason": reason,
                "legal_basis": agreement.terms.legal_basis,
                **sender,
            },
        )

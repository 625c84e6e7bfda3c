"""What one entry is: a public header and facts that may be withheld or erased."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from gada.engine.proof.canonical import canonical_bytes
from gada.engine.proof.merkle import leaf_hash

Reference = tuple[str, UUID]


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a thing happened, by public id: it decides who may see the entry."""

    agency: UUID | None = None
    site: UUID | None = None
    programme: UUID | None = None


NOWHERE = Scope()


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to record, in a batch of the same action."""

    about: Reference
    facts: dict[str, Any]
    subject: UUID | None = None
    mentions: tuple[UUID, ...] = ()
    happened_at: datetime | None = None
    scope: Scope | None = None
    case: Reference | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What apply functions see: the same object at first writing, at replay and after sync."""

    id: UUID
    log: UUID
    author: UUID
    action: str
    schema: int
    about: Reference
    by: Reference
    scope: Scope
    purpose: str
    case: Reference | None
    lamport: int
    happened_at: datetime
    recorded_at: datetime
    facts: dict[str, Any]
    subject: UUID | None = None
    mentions: tuple[UUID, ...] = field(default=())

    @property
    def version(self) -> str:
        """Names this change in `versions` of the fields it set; sorts by Lamport counter, then author.

        Zero-padded so that text order is version order on every database.
        """
        return f"{self.lamport:020d}:{self.author.hex}"


def header_bytes(entry: Entry, *, facts_digest: bytes) -> bytes:
    """The canonical public header (RFC 8785). Made once, kept, never re-serialised."""
    return canonical_bytes({
        "v": 1, "id": str(entry.id), "log": str(entry.log), "author": str(entry.author), "action": entry.action,
        "schema": entry.schema, "about": _reference(entry.about), "by": _reference(entry.by),
        "scope": [_text(entry.scope.agency), _text(entry.scope.site), _text(entry.scope.programme)],
        "purpose": entry.purpose, "case": _reference(entry.case) if entry.case else None, "lamport": entry.lamport,
        "happened_at": stamp(entry.happened_at), "recorded_at": stamp(entry.recorded_at), "facts": facts_digest.hex(),
    })


def header_leaf(header: bytes) -> bytes:
    """The Merkle leaf hashes the header alone: a node that may not see the facts still verifies the whole."""
    return leaf_hash(header)


def stamp(moment: datetime) -> str:
    """UTC, microseconds, `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _reference(reference: Reference) -> list[str]:
    return [reference[0], str(reference[1])]


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None

"""What a service is given about a household and its members, before anything is decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from gada.people.rules import Birth
from gada.people.words import BirthPrecision, LegalBasis, Relationship


@dataclass(frozen=True, slots=True)
class AnswerDraft:
    """One purpose put to a person, and what they said."""

    purpose: str
    answer: str
    basis: str = LegalBasis.CONSENT
    reason: str = ""
    given_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class DocumentDraft:
    kind: str
    number: str
    country: str = ""


@dataclass(frozen=True, slots=True)
class PersonDraft:
    """One member as declared at the desk or in a row of a file."""

    given: str
    surname: str = ""
    father: str = ""
    mother: str = ""
    sex: str = ""
    birth: Birth = Birth(None, None, BirthPrecision.UNKNOWN)
    birth_source: str = ""
    relationship: str = Relationship.OTHER_KIN
    recipient: str = ""
    residence_status: str = ""
    nationality: str = ""
    phone: str = ""
    phone_is_safe: bool = True
    documents: tuple[DocumentDraft, ...] = ()
    answers: tuple[AnswerDraft, ...] = ()
    needs_protection: bool = False
    unaccompanied: bool = False
    source_key: str = ""
    custom: dict[str, Any] = field(default_factory=dict)
    id: UUID | None = None  # given when a photo or print was already kept for this person


@dataclass(frozen=True, slots=True)
class HouseholdDraft:
    """One household to enrol with everybody in it."""

    members: tuple[PersonDraft, ...]
    place: str = ""
    origin: str = ""
    source: str = ""
    source_key: str = ""
    custom: dict[str, Any] = field(default_factory=dict)
    photos: dict[int, UUID] = field(default_factory=dict)  # member index → blob

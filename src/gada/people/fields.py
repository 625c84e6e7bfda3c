"""Every field of a person: its purpose, the sentence behind it, and how long it is kept (P1)."""

from __future__ import annotations

from dataclasses import dataclass

from gada.people.words import Purpose


@dataclass(frozen=True, slots=True)
class FieldClass:
    """Why a field is held and until when (days after the person leaves the programme)."""

    purpose: Purpose
    retention_days: int
    shareable: bool = True


YEAR = 365
FIELDS: dict[str, FieldClass] = {
    "number": FieldClass(Purpose.REGISTRATION, 5 * YEAR),
    "given": FieldClass(Purpose.REGISTRATION, 2 * YEAR),
    "surname": FieldClass(Purpose.REGISTRATION, 2 * YEAR),
    "father": FieldClass(Purpose.REGISTRATION, 2 * YEAR),
    "mother": FieldClass(Purpose.REGISTRATION, 2 * YEAR),
    "sex": FieldClass(Purpose.REGISTRATION, 2 * YEAR),
    "birth": FieldClass(Purpose.REGISTRATION, 2 * YEAR),
    "residence_status": FieldClass(Purpose.REGISTRATION, YEAR, shareable=False),
    "nationality": FieldClass(Purpose.REGISTRATION, YEAR, shareable=False),
    "phone": FieldClass(Purpose.REGISTRATION, YEAR),
    "place": FieldClass(Purpose.REGISTRATION, YEAR),
    "documents": FieldClass(Purpose.REGISTRATION, 2 * YEAR),
    "photo": FieldClass(Purpose.PHOTO, YEAR),
    "prints": FieldClass(Purpose.PRINTS, YEAR),
    "custom": FieldClass(Purpose.REGISTRATION, YEAR, shareable=False),
}
CORRECTABLE = (
    "given", "surname", "father", "mother", "sex", "birth_from", "birth_to", "birth_precision", "birth_source",
    "residence_status", "nationality", "phone", "phone_is_safe", "photo", "needs_protection", "unaccompanied",
)

"""Every field of a person: its purpose, the sentence behind it, and how long it is kept (P1)."""

from __future__ import annotations

from dataclasses import dataclass

from gada.people.retention import classes
from gada.people.words import Kept, Purpose


@dataclass(frozen=True, slots=True)
class FieldClass:
    """Why a field is held, and in which class of retention (config/retention.csv) it is kept."""

    purpose: Purpose
    kept: Kept
    shareable: bool = True

    @property
    def retention_days(self) -> int | None:
        """Days after the last contact; None: it stays, as accounts do."""
        figures = classes()[self.kept].figures
        return figures.after_contact if figures else None


FIELDS: dict[str, FieldClass] = {
    "number": FieldClass(Purpose.REGISTRATION, Kept.ACCOUNTS),
    "given": FieldClass(Purpose.REGISTRATION, Kept.IDENTITY),
    "surname": FieldClass(Purpose.REGISTRATION, Kept.IDENTITY),
    "father": FieldClass(Purpose.REGISTRATION, Kept.IDENTITY),
    "mother": FieldClass(Purpose.REGISTRATION, Kept.IDENTITY),
    "sex": FieldClass(Purpose.REGISTRATION, Kept.IDENTITY),
    "birth": FieldClass(Purpose.REGISTRATION, Kept.IDENTITY),
    "residence_status": FieldClass(Purpose.REGISTRATION, Kept.SITUATION, shareable=False),
    "nationality": FieldClass(Purpose.REGISTRATION, Kept.SITUATION, shareable=False),
    "phone": FieldClass(Purpose.REGISTRATION, Kept.CONTACT),
    "place": FieldClass(Purpose.REGISTRATION, Kept.IDENTITY),
    "documents": FieldClass(Purpose.REGISTRATION, Kept.IDENTITY),
    "photo": FieldClass(Purpose.PHOTO, Kept.PHOTO),
    "prints": FieldClass(Purpose.PRINTS, Kept.PRINTS),
    "custom": FieldClass(Purpose.REGISTRATION, Kept.ANSWERS, shareable=False),
}
CORRECTABLE = (
    "given", "surname", "father", "mother", "sex", "birth_from", "birth_to", "birth_precision", "birth_source",
    "residence_status", "nationality", "phone", "phone_is_safe", "photo", "needs_protection", "unaccompanied",
)

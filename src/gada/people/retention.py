"""How long each class of data is kept, and when it falls due: figures from config/retention.csv, pure arithmetic (P1).

A class is counted from the last contact with the household. Once its programme is over, or the person left, the shorter
figures for that count instead. Columns: `class`, `fields`, days `after_contact`, `after_end`, `after_leaving`, the
`least` and `most` a data-protection officer may set, whether children wait until they are adults, what happens `then`,
the legal `basis`, and why the figure is what it is (`fr`, `en`).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from uuid import UUID, uuid5

from django.utils.translation import gettext_lazy as _

from gada.engine.refusal import Invalid
from gada.people.words import Counted, Kept, LegalBasis

TABLE = Path(__file__).resolve().parent.parent / "config" / "retention.csv"
DEFAULT_DEADLINE_DAYS = 30  # for a request of a person; GDPR art. 12(3) says one month
ADULT_DAYS = 18 * 366  # rather late than early
_MARKS = UUID("5f1e2c7e-6f0f-5d0c-9a44-7b1f5f0a8f31")
# What a class blanks in the row of a person, with what stands there then.
BLANK: dict[str, dict[str, object]] = {
    Kept.PRINTS: {},
    Kept.PHOTO: {"photo": None},
    Kept.CONTACT: {"phone": "", "phone_is_safe": True},
    Kept.SITUATION: {"residence_status": "", "nationality": ""},
    Kept.ANSWERS: {"custom": {}},
}


@dataclass(frozen=True, slots=True)
class Figures:
    """Days a class is kept: after the last contact, after the end of the programme, after somebody left."""

    after_contact: int
    after_end: int
    after_leaving: int

    def as_facts(self) -> dict[str, int]:
        return {
            "after_contact": self.after_contact, "after_end": self.after_end, "after_leaving": self.after_leaving,
        }


@dataclass(frozen=True, slots=True)
class Class:
    """One class of data as the table has it; `figures` None: never erased by the clock."""

    name: Kept
    fields: tuple[str, ...]
    figures: Figures | None
    least: int
    most: int
    children_wait: bool
    then: str  # erase | pseudonymise | stay
    basis: LegalBasis
    fr: str
    en: str

    def why(self, language: str) -> str:
        """Why it is kept as long as that."""
        return self.en if language.startswith("en") else self.fr


@dataclass(frozen=True, slots=True)
class Due:
    """When something falls due, and what that was counted from."""

    at: datetime
    counted: Counted


@lru_cache
def classes() -> dict[str, Class]:
    """Every class by its name, in the order of the table."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["class"]: _class(row) for row in csv.DictReader(file)}


def ruled() -> list[Class]:
    """Those that the clock counts."""
    return [each for each in classes().values() if each.figures]


@dataclass(frozen=True, slots=True)
class Copy:
    """Something that is no record of a person but holds data: removed by itself when its days are over."""

    name: str
    kept_for: timedelta
    fr: str
    en: str


@lru_cache
def copies() -> dict[str, Copy]:
    """What is removed by itself, from config/copies.csv."""
    with TABLE.with_name("copies.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["copy"]: Copy(row["copy"], timedelta(days=int(row["days"])), row["fr"], row["en"])
            for row in csv.DictReader(file)
        }


def check_figures(name: str, figures: Figures) -> None:
    """Whether an officer may set these. Raises Invalid `retention-unknown`, `retention-limits`."""
    found = classes().get(name)
    if found is None or found.figures is None:
        raise Invalid("retention-unknown", _("There is no such class of data."))
    said = (figures.after_contact, figures.after_end, figures.after_leaving)
    if any(days < found.least or days > found.most for days in said):
        raise Invalid(
            "retention-limits", _("For this class choose between %(least)s and %(most)s days."), least=found.least,
            most=found.most,
        )


def falls_due(
    figures: Figures, *, contact: datetime, left: datetime | None = None, ended: datetime | None = None
) -> Due:
    """When this falls due. Leaving counts before all else; a programme that is over counts from its last contact."""
    if left is not None:
        return Due(left + timedelta(days=figures.after_leaving), Counted.LEFT)
    if ended is not None:
        return Due(max(ended, contact) + timedelta(days=figures.after_end), Counted.END)
    return Due(contact + timedelta(days=figures.after_contact), Counted.CONTACT)


def latest(dues: Iterable[Due]) -> Due:
    """Of several programmes the one that still needs it longest."""
    return max(dues, key=lambda due: due.at)


def fields_of(name: str) -> tuple[str, ...]:
    """The fields of a person's row that a class blanks."""
    return tuple(BLANK.get(name, {}))


def mark_of(person: UUID, name: str) -> UUID:
    """What the key store remembers of one class of one person: a restored backup must not bring it back."""
    return uuid5(_MARKS, f"{person} {name}")


def erased_after(facts: Mapping[str, object], name: str) -> str:
    """Which erasure of this the writer of these facts knew: it counts only against older ones."""
    known = facts.get("after")
    return str(known.get(name, "")) if isinstance(known, dict) else ""


def _class(row: Mapping[str, str]) -> Class:
    days = [row[name] for name in ("after_contact", "after_end", "after_leaving")]
    return Class(
        Kept(row["class"]), tuple(row["fields"].split()), Figures(*map(int, days)) if all(days) else None,
        int(row["least"] or 0), int(row["most"] or 0), row["children_wait"] == "yes", row["then"],
        LegalBasis(row["basis"]), row["fr"], row["en"],
    )

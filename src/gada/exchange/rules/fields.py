"""The fields an agreement may name: what a value of each looks like, and which can be settled here.

A value outside its form is refused on both sides. Content smuggled inside a permitted field (a number in a
name) cannot be told from content; docs/threats.md says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from gada.engine.refusal import Invalid
from gada.people.words import BirthPrecision, BirthSource, Relationship, Sex

MOST_DOCUMENTS = 10
MOST_MEMBERS = 60
PHONE = re.compile(r"\+?[0-9]{6,15}")
PLAIN = re.compile(r"[A-Za-z0-9 ./-]{1,40}")
CODE = re.compile(r"[a-z0-9-]{1,30}")
COUNTRY = re.compile(r"[A-Z]{3}")
HEX_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class FieldForm:
    """`fits` answers whether a value has the form; `settled` whether a difference can be settled on our row."""

    label: Any
    fits: Callable[[Any], bool]
    settled: bool = True
    compared: bool = True


def _text(longest: int) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        return (
            isinstance(value, str)
            and len(value) <= longest
            and unicodedata.is_normalized("NFC", value)
            and value == " ".join(value.split())
            and all(unicodedata.category(letter)[0] != "C" for letter in value)
        )

    return fits


def _birth(value: Any) -> bool:
    if not isinstance(value, dict) or set(value) != {"from", "to", "precision", "source"}:
        return False
    if value["precision"] not in BirthPrecision.values or value["source"] not in ("", *BirthSource.values):
        return False
    if value["from"] is None or value["to"] is None:
        return value["from"] is value["to"]
    try:
        first, last = date.fromisoformat(value["from"]), date.fromisoformat(value["to"])
    except (TypeError, ValueError):
        return False
    return (
        first <= last
        and [first.isoformat(), last.isoformat()] == [value["from"], value["to"]]
        and first.year >= 1880
    )


def _documents(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= MOST_DOCUMENTS
        and all(
            isinstance(each, dict)
            and set(each) == {"kind", "number", "country"}
            and all(isinstance(part, str) for part in each.values())
            and bool(CODE.fullmatch(each["kind"]))
            and bool(PLAIN.fullmatch(each["number"]))
            and bool(not each["country"] or COUNTRY.fullmatch(each["country"]))
            for each in value
        )
    )


def _household(value: Any) -> bool:
    """Relationship of this person, pairs of linked members, and how many others there are, unnamed."""
    return (
        isinstance(value, dict)
        and set(value) == {"relationship", "members", "others"}
        and value["relationship"] in Relationship.values
        and type(value["others"]) is int
        and 0 <= value["others"] <= MOST_MEMBERS
        and isinstance(value["members"], list)
        and len(value["members"]) <= MOST_MEMBERS
        and all(isinstance(pair, str) and bool(HEX_DIGEST.fullmatch(pair)) for pair in value["members"])
    )


FIELDS: Mapping[str, FieldForm] = {
    "given": FieldForm(_("Given name"), lambda value: _text(80)(value) and bool(value)),
    "surname": FieldForm(_("Surname"), _text(80)),
    "father": FieldForm(_("Father’s name"), _text(120)),
    "mother": FieldForm(_("Mother’s name"), _text(120)),
    "sex": FieldForm(_("Sex"), lambda value: value in Sex.values),
    "birth": FieldForm(_("Birth"), _birth),
    "phone": FieldForm(
        _("Phone"), lambda value: isinstance(value, str) and (not value or bool(PHONE.fullmatch(value)))
    ),
    "place": FieldForm(_("Where they live"), _text(80), settled=False),
    "documents": FieldForm(_("Documents"), _documents, settled=False),
    "household": FieldForm(_("Household"), _household, settled=False, compared=False),
}
PRINTS = "prints"  # never a field of the list: the agreement's clause on fingerprints speaks for them
LABELS: Mapping[str, Any] = {name: form.label for name, form in FIELDS.items()} | {PRINTS: _("Fingerprints")}


def check_value(field: str, value: Any) -> None:
    """Raises Invalid unless this value has the form of its field."""
    form = FIELDS.get(field)
    if form is None:
        raise Invalid(
            "field-not-agreed", _("The agreement does not cover this field: %(field)s."), field=field
        )
    if not form.fits(value):
        raise Invalid("field-form", _("A value does not have the form of its field: %(field)s."), field=field)


def same_value(field: str, ours: Any, theirs: Any) -> bool:
    """Whether two values say the same; capitals and spaces apart."""
    if field == "birth":
        return all(ours.get(part) == theirs.get(part) for part in ("from", "to"))
    if field == "household":
        # Who else of the household is linked is compared; those who are not are nobody's business (§5).
        return all(ours.get(part) == theirs.get(part) for part in ("relationship", "members"))
    if isinstance(ours, str) and isinstance(theirs, str):
        return " ".join(ours.split()).casefold() == " ".join(theirs.split()).casefold()
    return bool(ours == theirs)


def is_uuid(text: Any) -> bool:
    """Whether this is the text of one of our public ids."""
    try:
        return isinstance(text, str) and str(UUID(text)) == text
    except ValueError:
        return False

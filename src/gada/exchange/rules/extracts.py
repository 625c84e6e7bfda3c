"""What an extract for a partner without Gada may hold, what its rows are called, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _
from stdnum.iso7064 import mod_37_36

from gada.engine.proof.secrets import hmac_sha256
from gada.engine.refusal import Invalid, Refusal
from gada.exchange.rules.gate import Ground
from gada.exchange.rules.terms import People
from gada.people.rules import ALPHABET
from gada.people.words import PersonStatus

MOST_FAMILIES: Final = 20_000
LONGEST_LIFE: Final = timedelta(days=180)
CODE_BODY: Final = 11  # 55 bits of a keyed digest, then a check character: XXXX-XXXX-XXXX
NO_BOUND: Final = People(
    everyone=True, sites=frozenset(), programmes=frozenset(), statuses=frozenset({PersonStatus.ACTIVE})
)


class Kind(models.TextChoices):
    """What a partner is, for the wall of the gate."""

    HUMANITARIAN = "humanitarian", _("Aid agency or association")
    CIVIL = "civil", _("Civil service of a State")
    BORDER = "border", _("Border service")
    SECURITY = "security", _("Security service")


class ExtractPurpose(models.TextChoices):
    """What a partner wants it for; each is covered by the answer to “share with partner agencies”."""

    ASSISTANCE = "assistance", _("Hand out aid to these families")
    SERVICE = "service", _("Offer them a service: health, school, shelter")
    SURVEY = "survey", _("Ask them how the aid was")
    COORDINATION = "coordination", _("Know how many families are covered, and where")


class Source(models.TextChoices):
    LIST = "list", _("A distribution list")
    SITE = "site", _("A site")
    PROGRAMME = "programme", _("A programme")
    NUMBERS = "numbers", _("Numbers of families or people")


@dataclass(frozen=True, slots=True)
class ExtractField:
    """One column: how it is headed in both languages, and as which data of a person it is disclosed."""

    label: Any
    heading: str
    width: int
    discloses: tuple[str, ...]


FIELDS: Final[Mapping[str, ExtractField]] = {
    "name": ExtractField(_("Name of who collects"), "Nom / Name", 28, ("given", "surname")),
    "size": ExtractField(_("How many people"), "Personnes / People", 11, ("household",)),
    "place": ExtractField(_("Site"), "Site", 16, ("place",)),
    "number": ExtractField(_("Our family number"), "Numéro de famille / Family number", 16, ("number",)),
    "home": ExtractField(_("Where they live"), "Habite / Lives in", 16, ("place",)),
    "phone": ExtractField(_("Phone, where it is safe"), "Téléphone / Phone", 16, ("phone",)),
    "sex": ExtractField(_("Sex of who collects"), "Sexe / Sex", 8, ("sex",)),
    "birth_year": ExtractField(_("Year of birth of who collects"), "Né(e) en / Born in", 10, ("birth",)),
    "under_five": ExtractField(_("Children under five"), "Moins de 5 ans / Under 5", 11, ("household",)),
}
# The fewest that a purpose needs. Every other field is asked for with its reason.
PROPOSED: Final[Mapping[str, tuple[str, ...]]] = {
    ExtractPurpose.ASSISTANCE: ("name", "size", "place"), ExtractPurpose.SERVICE: ("name", "place"),
    ExtractPurpose.SURVEY: ("name", "place"), ExtractPurpose.COORDINATION: ("size", "place"),
}
# Members who are not named hold their family back only for these: a partner must not be led to them.
SHIELDS: Final = frozenset({"child-alone", "person-protected", "wall-forces", "wall-origin", "wall-fled"})
LEFT_OUT: Final[Mapping[str, Any]] = {
    "person-refused": _("said no to sharing, withdrew it or objected"),
    "consent-missing": _("were not asked whether their data may be shared"),
    "person-protected": _("are under protection"),
    "child-alone": _("a child alone: shared only by their caseworker"),
    "wall-origin": _("refugees whose country of origin this partner belongs to"),
    "wall-fled": _("displaced by the authority this partner belongs to"),
    "wall-forces": _("closed to border and security services"),
    "person-outside": _("nobody registered who could collect"),
    "family-withdrawn": _("withdrew, or their split was taken back"),
    "family-joined": _("joined to another family that is in the list"),
    "family-duplicate": _("judged the same family as another in the list"),
    "family-elsewhere": _("at sites or in programmes that are not yours"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A side of an extract, as the wall of the gate sees it."""

    kind: str
    country: str


def state_of_extract(state: str, expires_at: datetime, destroyed_at: datetime | None, at: datetime) -> str:
    """asked | refused | approved | lapsed | made | due (its end has come, nothing confirmed) | destroyed."""
    if destroyed_at is not None:
        return "destroyed"
    if at < expires_at or state == "refused":
        return state
    return "due" if state == "made" else "lapsed"


CLOSED: Final[Mapping[str, tuple[str, Any]]] = {
    "asked": ("extract-undecided", _("This request is not decided yet. Ask the data-protection officer to decide.")),
    "refused": ("extract-refused", _("This request was refused. Register a new one that heeds the reason.")),
    "lapsed": ("extract-over", _("The time asked for is over. Register a new request.")),
    "due": ("extract-over", _("This extract has expired: its file is gone. Register a new request.")),
    "destroyed": ("extract-over", _("The partner has destroyed this extract. Register a new request.")),
}


def ground_of(
    *, ours: Place, theirs: Place, legal_basis: str, fields: Mapping[str, str], state: str, field: str | None = None
) -> Ground:
    """What the gate is asked on for an extract. `state` as `state_of_extract` says."""
    closed = Refusal(*CLOSED[state]) if state in CLOSED else None
    if closed is None and field is not None and field not in fields:
        closed = Refusal("field-not-agreed", _("The request does not cover this field: %(field)s."), field=field)
    return Ground(ours, theirs, legal_basis, NO_BOUND, closed)


def check_fields(purpose: str, fields: Mapping[str, str]) -> None:
    """Fields beyond what the purpose proposes need a reason. Raises Invalid `extract-field…`."""
    if not fields:
        raise Invalid("extract-fields", _("Choose at least one field."))
    if unknown := set(fields) - set(FIELDS):
        raise Invalid("extract-field-unknown", _("There is no such field: %(field)s."), field=min(unknown))
    for name, reason in fields.items():
        if name not in PROPOSED[purpose] and not reason.strip():
            raise Invalid(
                "extract-field-reason",
                _("Say why the partner needs this field, or leave it out: %(field)s."),
                field=FIELDS[name].label,
            )


def row_code(key: bytes, extract: UUID, household: UUID) -> str:
    """What one family is called in one extract, and nowhere else: `XXXX-XXXX-XXXX`, with a check character."""
    for turn in range(256):
        digest = hmac_sha256(key, extract.bytes + household.bytes + bytes([turn]))
        drawn = int.from_bytes(digest[:7], "big")
        body = "".join(ALPHABET[drawn >> 5 * place & 31] for place in range(CODE_BODY))
        check = mod_37_36.calc_check_digit(body)
        if check in ALPHABET:  # one in nine would end in a letter that is read as another
            return f"{body[:4]}-{body[4:8]}-{body[8:]}{check}"
    raise AssertionError("a check character of 36 is among 32 once in 256 turns")


def read_code(text: str) -> str:
    """A row's code as it is written. Raises Invalid `code-mistyped`."""
    plain = "".join(character for character in text.upper() if character.isalnum())
    plain = plain.replace("O", "0").replace("I", "1").replace("L", "1")
    if len(plain) != CODE_BODY + 1 or not plain.isascii() or not mod_37_36.is_valid(plain):
        raise Invalid("code-mistyped", _("This code has a typing error: read it again from the row."))
    return f"{plain[:4]}-{plain[4:8]}-{plain[8:]}"

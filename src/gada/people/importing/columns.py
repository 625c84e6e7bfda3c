"""Which column of a file is which of ours: guessed from its heading, corrected by a person, remembered per source."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from gada.engine.refusal import Invalid

LEAVE_OUT, KEEP = "", "custom"
# Our column: what the screen calls it, and other headings that agencies use for it.
COLUMNS: Final[dict[str, tuple[Any, tuple[str, ...]]]] = {
    "registration_ref": (
        _("Reference of the person"),
        ("person_ref", "individual_id", "id", "id_individu", "person_id"),
    ),
    "household_ref": (
        _("Reference of the family"),
        (
            "household_id",
            "hh_id",
            "family_ref",
            "hhid",
            "id_menage",
            "numero_menage",
            "household_no",
            "household_number",
        ),
    ),
    "relationship": (
        _("Relationship to the head"),
        (
            "relationship_to_head",
            "relationship_to_hoh",
            "lien",
            "lien_de_parente",
            "lien_avec_le_chef",
            "lien_avec_le_chef_de_menage",
            "relation",
        ),
    ),
    "given_name": (
        _("Given names"),
        ("given", "first_name", "prenom", "prenoms", "firstname", "given_names"),
    ),
    "middle_name": (_("Middle name"), ("second_name",)),
    "family_name": (_("Surname"), ("surname", "last_name", "nom", "nom_de_famille", "lastname")),
    "full_name": (
        _("Whole name"),
        ("name", "nom_complet", "nom_et_prenom", "nom_et_prenoms", "prenom_et_nom", "fullname"),
    ),
    "father_name": (_("Father"), ("father", "pere", "nom_du_pere", "fathers_name")),
    "mother_name": (_("Mother"), ("mother", "mere", "nom_de_la_mere", "mothers_name")),
    "sex": (_("Sex"), ("gender", "sexe", "genre")),
    "birth_date": (
        _("Date of birth"),
        ("date_of_birth", "dob", "date_naissance", "date_de_naissance", "birthdate"),
    ),
    "age": (_("Age in years"), ("age_years", "age_en_annees", "age_ans")),
    "birth_estimated": (
        _("Date of birth is estimated"),
        ("estimated_birth_date", "dob_estimated", "date_estimee"),
    ),
    "birth_source": (_("How the birth is known"), ()),
    "birth_from": (_("Born at the earliest"), ()),
    "birth_to": (_("Born at the latest"), ()),
    "phone": (
        _("Telephone"),
        ("phone_no", "telephone", "phone_number", "tel", "numero_de_telephone", "mobile"),
    ),
    "place_pcode": (_("Place, as a code"), ("place", "pcode", "code_localite")),
    "place_name": (_("Place, by name"), ("location", "localite", "village", "site", "camp")),
    "origin": (
        _("Previous residence"),
        ("previous_residence", "place_of_origin", "provenance", "lieu_de_provenance"),
    ),
    "residence_status": (
        _("Residence status"),
        ("status", "statut", "statut_de_residence", "population_group"),
    ),
    "nationality": (_("Nationality"), ("nationalite", "citizenship")),
    "document_type": (_("Kind of document"), ("type_de_document", "id_type")),
    "document_number": (_("Document number"), ("document", "numero_de_document", "id_number")),
    "document_type_2": (_("Kind of the second document"), ()),
    "document_number_2": (_("Second document number"), ()),
    "document_type_3": (_("Kind of the third document"), ()),
    "document_number_3": (_("Third document number"), ()),
    "document:national-id": (_("National identity card"), ("national_id", "cni", "nid", "carte_d_identite")),
    "document:voter-card": (_("Voter card"), ("voter_card", "carte_d_electeur")),
    "document:passport": (_("Passport"), ("passport", "passeport")),
    "document:birth-certificate": (_("Birth certificate"), ("birth_certificate", "acte_de_naissance")),
    "document:refugee-card": (_("Refugee card"), ("refugee_card", "carte_de_refugie", "unhcr_id")),
    "document:other": (_("Another document"), ()),
    "refuses_prints": (_("Refuses fingerprints"), ()),
    "refuses_photo": (_("Refuses a photo"), ()),
    "refuses_sharing": (_("Refuses sharing with partners"), ()),
    "answers": (_("Answers, as Gada exports them"), ()),
    "recipient": (_("Who collects"), ("role", "recipient_type", "beneficiaire")),
    "phone_is_safe": (_("Telephone may be called"), ()),
    "needs_protection": (_("Needs protection"), ()),
    "unaccompanied": (_("Unaccompanied child"), ()),
    "household_custom": (_("Additional information of the family, as Gada exports it"), ()),
    "person_custom": (_("Additional information of the person, as Gada exports it"), ()),
}
FOLDER = Path(__file__).parent / "layouts"


@dataclass(frozen=True, slots=True)
class Layout:
    """A shape of file that is known beforehand; `households` and `members` when they lie in two sheets."""

    name: str
    label: str
    recognised_by: frozenset[str]
    columns: Mapping[str, str]
    households: Mapping[str, Sequence[str]] = field(default_factory=dict)
    members: Mapping[str, Sequence[str]] = field(default_factory=dict)
    lines_after_headings: int = 0


@dataclass(slots=True)
class Reading:
    """How a file is read: what the columns page shows and a source is remembered by.

    `columns`: heading → our column, `custom` or nothing. `words`: our column → a word of the file → ours.
    """

    sheet: str = ""
    households: str = ""
    layout: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    day_first: bool = True

    def as_facts(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@cache
def layouts() -> tuple[Layout, ...]:
    """Every known shape, from `layouts/*.json`."""
    found = [json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json")) if path.stem != "words"]
    return tuple(Layout(**{**each, "recognised_by": frozenset(each["recognised_by"])}) for each in found)


@cache
def known_words() -> dict[str, dict[str, str]]:
    """Column → folded word → ours, from `layouts/words.json`."""
    said = json.loads((FOLDER / "words.json").read_text("utf-8"))
    return {
        column: {fold(word): ours for ours, words in lists.items() for word in (ours, *words)}
        for column, lists in said.items()
    }


@cache
def fold(word: str) -> str:
    """A word without accents, case and what stands between its parts."""
    plain = unicodedata.normalize("NFD", word.casefold()).encode("ascii", "ignore").decode()
    return " ".join(re.split(r"[^a-z0-9]+", plain)).strip()


def plain_heading(heading: str) -> str:
    """`Ménage: Lien avec le chef` and `group/lien_avec_le_chef` are both `lien_avec_le_chef`."""
    last = heading.rsplit(": ", 1)[-1].rsplit("/", 1)[-1].strip()
    under = "_" if last.startswith("_") else ""
    return under + fold(last).replace(" ", "_")


def layout_of(headings: Iterable[str]) -> Layout | None:
    """The shape whose marks all stand among these headings."""
    plain = {plain_heading(heading) for heading in headings}
    fitting = [layout for layout in layouts() if layout.recognised_by <= plain]
    return max(fitting, key=lambda layout: len(layout.recognised_by), default=None)


def guess_columns(headings: Sequence[str], *, layout: Layout | None, remembered: Mapping[str, str]) -> dict[str, str]:
    """Our column for each heading; what was remembered first, then the layout's, then our names and others' words.

    A column of ours is given once, to the first heading that fits; unknown headings are left out.
    """
    guessed = {heading: remembered[heading] for heading in headings if heading in remembered}
    taken = {ours for ours in guessed.values() if ours not in (LEAVE_OUT, KEEP)}
    for heading in headings:
        if heading in guessed:
            continue
        plain = plain_heading(heading)
        ours = (layout.columns.get(plain) if layout else None) or _ours(plain)
        guessed[heading] = ours if ours not in taken else LEAVE_OUT
        if ours:
            taken.add(ours)
    return guessed


def check_columns(columns: Mapping[str, str]) -> None:
    """What is needed is there, nothing is there twice. Raises Invalid `import-columns`, `import-columns-twice`."""
    chosen = [ours for ours in columns.values() if ours not in (LEAVE_OUT, KEEP)]
    strange = next((ours for ours in chosen if ours not in COLUMNS), None)
    if strange is not None:
        raise Invalid("import-columns-unknown", _("Gada has no column of this name: %(column)s"), column=strange)
    missing = missing_columns(columns)
    if missing:
        raise Invalid("import-columns", _("These columns are missing: %(columns)s."), columns=", ".join(missing))
    check_once(chosen)


def check_once(chosen: Sequence[str]) -> None:
    """No column of ours comes from two of the file. Raises Invalid `import-columns-twice`."""
    named = [ours for ours in chosen if ours not in (LEAVE_OUT, KEEP)]
    twice = next((ours for ours in named if named.count(ours) > 1), None)
    if twice is not None:
        raise Invalid("import-columns-twice", _("This column is there twice: %(column)s."), column=twice)


def missing_columns(columns: Mapping[str, str]) -> list[str]:
    """What no list of people can do without."""
    chosen = set(columns.values())
    missing = [name for name in ("registration_ref", "household_ref") if name not in chosen]
    return missing if chosen & {"given_name", "full_name"} else [*missing, "given_name"]


def _ours(plain: str) -> str:
    if plain in COLUMNS:
        return plain
    return next((ours for ours, (_label, others) in COLUMNS.items() if plain in others), LEAVE_OUT)

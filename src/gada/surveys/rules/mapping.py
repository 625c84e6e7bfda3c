"""From answers to a family: per form, as data, with a guess to begin from.

A mapping is `{use, household: {field: path}, head: {field: path}, repeat: path, member: {field: path}, choices: {path:
{name: ours}}}`. Paths of `member` lie inside the repeat; `head` is for forms that ask for the head outside of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from gada.engine.refusal import Invalid
from gada.people.births import OLDEST
from gada.people.drafts import AnswerDraft, DocumentDraft, PersonDraft
from gada.people.importing.columns import fold, known_words
from gada.people.rules import Birth, birth_of
from gada.people.words import (
    DOCUMENT_KINDS,
    Answer,
    BirthSource,
    LegalBasis,
    Purpose,
    Recipient,
    Relationship,
    ResidenceStatus,
    Sex,
)
from gada.surveys.rules.reading import Answers

FAMILIES, ANSWERS = "families", "answers"
HOUSEHOLD_FIELDS = {"place": _("Where they live now"), "origin": _("Where they come from")}
PERSON_FIELDS = {
    "given": _("Given names"),
    "surname": _("Family name"),
    "father": _("Father’s name"),
    "mother": _("Mother’s name"),
    "relationship": _("Relationship to the head"),
    "sex": _("Sex"),
    "birth_date": _("Date of birth"),
    "birth_year": _("Year of birth"),
    "age": _("Age in years"),
    "phone": _("Phone"),
    "nationality": _("Nationality"),
    "residence_status": _("Status"),
    "document_kind": _("Kind of document"),
    "document_number": _("Number of the document"),
    "photo": _("Photo"),
    "agrees_prints": _("Agrees to fingerprints"),
    "agrees_photo": _("Agrees to a photo"),
    "agrees_sharing": _("Agrees to sharing with partners"),
}
TRANSLATED: dict[str, Any] = {
    "sex": Sex.choices,
    "relationship": Relationship.choices,
    "residence_status": ResidenceStatus.choices,
    "document_kind": list(DOCUMENT_KINDS.items()),
}
AGREES = {"agrees_prints": Purpose.PRINTS, "agrees_photo": Purpose.PHOTO, "agrees_sharing": Purpose.SHARING}
WORDS_OF = {"document_kind": "document_type"}
# Our field → words that forms use for it, folded. The longest word that fits wins.
ALIASES = {
    "place": "place site camp lieu village localite settlement location pcode residence",
    "origin": "origin origine provenance",
    "given": "given given_name first_name firstname prenom prenoms name nom_complet full_name nom_et_prenom",
    "surname": "surname family_name last_name lastname nom nom_de_famille",
    "father": "father father_name nom_du_pere pere",
    "mother": "mother mother_name nom_de_la_mere mere",
    "relationship": "relationship relation rel lien lien_parente lien_de_parente relationship_to_head",
    "sex": "sex sexe gender genre",
    "birth_date": "birth_date date_of_birth dob date_naissance date_de_naissance",
    "birth_year": "birth_year year_of_birth annee_naissance",
    "age": "age age_years",
    "phone": "phone telephone tel phone_number numero_telephone mobile",
    "nationality": "nationality nationalite",
    "residence_status": "residence_status status statut displacement_status",
    "document_kind": "document_kind document_type type_document id_type",
    "document_number": "document_number document id_number numero_document numero_piece",
    "photo": "photo picture image portrait",
    "agrees_prints": "agrees_prints consent_prints consent_fingerprints accord_empreintes",
    "agrees_photo": "agrees_photo consent_photo accord_photo",
    "agrees_sharing": "agrees_sharing consent_sharing accord_partage",
}

@dataclass(frozen=True, slots=True)
class FamilySaid:
    """A family as the form said it: members in order, and the name of the photo file of each."""

    place: str
    origin: str
    members: tuple[PersonDraft, ...]
    photos: tuple[str, ...]


def folded(text: str) -> str:
    """Lower case, without accents, words joined by underscores."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def guess_mapping(questions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the questions look like; somebody looks at it before it is used."""
    repeats = [q["path"] for q in questions if q["kind"] == "repeat"]
    scored = {path: _guess(_inside(questions, path), PERSON_FIELDS) for path in repeats}
    repeat = max(
        (path for path in repeats if "given" in scored[path]), key=lambda path: len(scored[path]), default=""
    )
    outside = [
        q
        for q in questions
        if not any(q["path"].startswith(f"{path}/") for path in repeats) and q["kind"] != "repeat"
    ]
    head = _guess([(q["path"], q) for q in outside], PERSON_FIELDS)
    member = scored.get(repeat, {})
    household = _guess([(q["path"], q) for q in outside if q["path"] not in head.values()], HOUSEHOLD_FIELDS)
    by_path = {q["path"]: q for q in questions}
    choices = {}
    for above, fields in (("", head), (f"{repeat}/", member)):
        for field, path in fields.items():
            if field in TRANSLATED and by_path[f"{above}{path}"]["choices"]:
                choices[f"{above}{path}"] = {
                    name: guess_choice(field, name, labels)
                    for name, labels in by_path[f"{above}{path}"]["choices"]
                }
    use = FAMILIES if "given" in head or "given" in member else ANSWERS
    return {
        "use": use,
        "household": household,
        "head": head if "given" in head else {},
        "repeat": repeat,
        "member": member,
        "choices": choices,
    }


def guess_choice(field: str, name: str, labels: Mapping[str, str]) -> str:
    """Our value for a choice, or nothing: by the words that imports know, too. What is read counts before its code."""
    known = known_words()[WORDS_OF.get(field, field)]
    return next((known[word] for word in map(fold, (*labels.values(), name)) if word in known), "")


def check_mapping(mapping: Mapping[str, Any], questions: Sequence[Mapping[str, Any]]) -> None:
    """A mapping names questions of the form, and a name for everybody. Raises Invalid `mapping-…`."""
    paths = {q["path"] for q in questions}
    repeat = mapping["repeat"]
    named = [
        *mapping["household"].values(),
        *mapping["head"].values(),
        *(f"{repeat}/{path}" for path in mapping["member"].values()),
    ]
    unknown = [path for path in named if path not in paths]
    if unknown or (repeat and repeat not in paths) or (mapping["member"] and not repeat):
        raise Invalid(
            "mapping-unknown", _("The form has no such question: %(path)s"), path=next(iter(unknown), repeat)
        )
    if mapping["use"] == FAMILIES and not ("given" in mapping["head"] or "given" in mapping["member"]):
        raise Invalid(
            "mapping-nameless",
            _("Say which question asks for the name: without one nobody can be registered."),
        )


def family_in(mapping: Mapping[str, Any], answers: Answers, *, instance_id: str, today: date) -> FamilySaid:
    """The family of one submission. Raises Invalid `birth-…`, `family-empty`; the rules of people judge the rest."""
    said: list[dict[str, str]] = []
    if "given" in mapping["head"]:
        said.append(
            {
                **_values(mapping["head"], "", answers, mapping["choices"], ""),
                "relationship": Relationship.HEAD,
            }
        )
    repeat = mapping["repeat"]
    for number in _times(repeat, answers):
        values = _values(mapping["member"], f"{repeat}[{number}]/", answers, mapping["choices"], f"{repeat}/")
        if any(values.values()):
            said.append(values)
    if not said:
        raise Invalid("family-empty", _("Nobody is named in these answers."))
    place, origin = (answers.get(mapping["household"].get(field, ""), "") for field in ("place", "origin"))
    return FamilySaid(
        place=place,
        origin=origin,
        photos=tuple(each.get("photo", "") for each in said),
        members=tuple(_person(each, f"{instance_id}#{n}", today=today) for n, each in enumerate(said, 1)),
    )


def _person(said: Mapping[str, str], key: str, *, today: date) -> PersonDraft:
    birth, source = _birth(said, today=today)
    relationship = said.get("relationship") or Relationship.OTHER_KIN
    number = said.get("document_number", "")
    answers = tuple(
        AnswerDraft(purpose, Answer.YES if known_words()["yes"].get(fold(said[field])) == "yes" else Answer.NO)
        for field, purpose in AGREES.items()
        if said.get(field)
    )
    return PersonDraft(
        birth=birth,
        birth_source=source,
        relationship=relationship,
        source_key=key,
        recipient=Recipient.PRINCIPAL if relationship == Relationship.HEAD else "",
        documents=(DocumentDraft(said.get("document_kind") or "other", number),) if number else (),
        answers=(AnswerDraft(Purpose.REGISTRATION, Answer.YES, LegalBasis.VITAL_INTEREST), *answers),
        given=said.get("given", ""),
        surname=said.get("surname", ""),
        father=said.get("father", ""),
        mother=said.get("mother", ""),
        sex=said.get("sex", ""),
        phone=said.get("phone", ""),
        nationality=said.get("nationality", ""),
        residence_status=said.get("residence_status", ""),
    )


def _birth(said: Mapping[str, str], *, today: date) -> tuple[Birth, str]:
    if day := said.get("birth_date"):
        try:
            exact = date.fromisoformat(day[:10])
        except ValueError:
            raise _impossible() from None
        return _past(birth_of(year=exact.year, month=exact.month, day=exact.day), today), BirthSource.DECLARED
    if year := said.get("birth_year", "")[:4]:
        if not year.isdecimal() or not 1900 <= int(year) <= 2100:
            raise _impossible()
        return _past(birth_of(year=int(year)), today), BirthSource.DECLARED
    if age := said.get("age"):
        if not age.isdecimal() or int(age) > OLDEST:
            raise Invalid("age-impossible", _("This age is not possible. Correct it, or leave it empty."))
        return birth_of(year=today.year - int(age), estimated=True), BirthSource.ESTIMATED
    return birth_of(), ""


def _past(birth: Birth, today: date) -> Birth:
    if birth.earliest and birth.earliest > today:
        raise Invalid(
            "birth-date-future", _("This date of birth lies in the future. Correct it, or leave it empty.")
        )
    return birth


def _impossible() -> Invalid:
    return Invalid("birth-date-impossible", _("This date does not exist. Check day and month."))


def _values(
    fields: Mapping[str, str],
    above: str,
    answers: Answers,
    choices: Mapping[str, Mapping[str, str]],
    plain: str,
) -> dict[str, str]:
    values = {}
    for field, path in fields.items():
        text = answers.get(f"{above}{path}", "")
        values[field] = choices.get(f"{plain}{path}", {}).get(text, "") if field in TRANSLATED else text
    return values


def _times(repeat: str, answers: Answers) -> list[int]:
    """Which times of a repeat were filled in, in order."""
    begins = re.compile(re.escape(repeat) + r"\[(\d+)\]/")
    return sorted({int(found[1]) for path in answers if repeat and (found := begins.match(path))})


def _inside(questions: Iterable[Mapping[str, Any]], repeat: str) -> list[tuple[str, Mapping[str, Any]]]:
    return [
        (q["path"].removeprefix(f"{repeat}/"), q) for q in questions if q["path"].startswith(f"{repeat}/")
    ]


def _guess(questions: Sequence[tuple[str, Mapping[str, Any]]], fields: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for field in fields:
        best, words = "", set(ALIASES[field].split())
        for path, question in questions:
            if (question["kind"] == "photo") != (field == "photo") or path in found.values():
                continue
            name = folded(path.rpartition("/")[2])
            ends = [name, name.partition("_")[2], *(folded(label) for label in question["label"].values())]
            if words & set(filter(None, ends)):
                best = best or path
        if best:
            found[field] = best
    return found

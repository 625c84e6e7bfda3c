"""What becomes of each row of a family: new, already here, changed, refused with the reason. Writes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from gada.agencies.models import Site
from gada.engine.proof.canonical import normalise_text
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Refusal
from gada.journal.models import LogEntry
from gada.people import rules
from gada.people.drafts import HouseholdDraft, PersonDraft
from gada.people.importing.families import Family
from gada.people.importing.judging import Judge
from gada.people.importing.reading import Row, cell_fault
from gada.people.models import Household, Membership, Person
from gada.people.services import check_draft
from gada.people.words import PersonStatus, Relationship

AT_ONCE: Final = 500
LARGEST_FAMILY: Final = 60  # more under one reference is a placeholder in the file, not a family
IMPORT: Final = "import"  # what a correction by a file names as its case
# Field of a person → the column it came from.
OUR_COLUMNS: Final = {
    "given": "given_name", "surname": "family_name", "father": "father_name", "mother": "mother_name", "phone": "phone",
    "kind": "document_type", "number": "document_number", "place": "place_pcode", "origin": "origin",
    "source_key": "registration_ref", "nationality": "nationality", "custom": "person_custom", "age": "age",
}
# Fields that a corrected file may change → the columns of which one must be in the file.
COMPARED: Final = {
    "given": ("given_name", "full_name"), "surname": ("family_name", "full_name"), "father": ("father_name",),
    "mother": ("mother_name",), "sex": ("sex",), "residence_status": ("residence_status",), "phone": ("phone",),
    "nationality": ("nationality",),
}
BIRTH: Final = ("birth_from", "birth_to", "birth_precision", "birth_source")


class Outcome(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    ALREADY = "already"
    CHANGED = "changed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """One row: what becomes of it; for a refusal its code and column; of whom it speaks, if of anybody."""

    number: int
    reference: str
    outcome: Outcome
    code: str = ""
    column: str = ""
    person: UUID | None = None


@dataclass(slots=True)
class Plan:
    """What some families would become."""

    outcomes: list[RowOutcome] = field(default_factory=list)
    households: list[HouseholdDraft] = field(default_factory=list)
    joining: list[tuple[UUID, PersonDraft]] = field(default_factory=list)  # household that is here, and who joins it
    changes: list[tuple[Person, dict[str, Any]]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Known:
    """Who and which families of this source are here already, by their reference; and where each person lives."""

    people: Mapping[str, Person]
    families: Mapping[str, UUID]
    homes: Mapping[UUID, frozenset[str]]


def plan_families(
    families: Sequence[Family], *, judge: Judge, source: str, twice: set[str], site: Site | None = None
) -> Plan:
    """What would become of these families, asked of the database in a few questions."""
    known = known_of(families, source=source)
    plan = Plan()
    for family in families:
        _plan_family(plan, family, judge=judge, known=known, source=source, twice=twice, site=site)
    return plan


def known_of(families: Iterable[Family], *, source: str) -> Known:
    """Everybody of these families who came in under this source before."""
    groups = list(families)
    people = list(_held(Person, source, [row["registration_ref"] for family in groups for row in family.rows]))
    homes: dict[UUID, set[str]] = {}
    for start in range(0, len(people), AT_ONCE):
        part = [person.id for person in people[start : start + AT_ONCE]]
        for person, key in Membership.objects.filter(person__in=part, until=None).values_list(
            "person_id", "household__source_key"
        ):
            homes.setdefault(person, set()).add(key)
    return Known(
        {person.source_key: person for person in people},
        {home.source_key: home.id for home in _held(Household, source, [family.key for family in groups])},
        {person: frozenset(keys) for person, keys in homes.items()},
    )


def _held(model: Any, source: str, keys: Iterable[str]) -> Iterable[Any]:
    wanted = sorted({key for key in keys if key})
    for start in range(0, len(wanted), AT_ONCE):
        yield from model.objects.filter(source=source, source_key__in=wanted[start : start + AT_ONCE])


def _plan_family(
    plan: Plan, family: Family, *, judge: Judge, known: Known, source: str, twice: set[str], site: Site | None
) -> None:
    fresh: list[tuple[Row, PersonDraft]] = []
    too_large = len(family.rows) > LARGEST_FAMILY
    for row in family.rows:
        if too_large:
            plan.outcomes.append(_refused(row, "import-family-large", "household_ref"))
            continue
        said = _judged(row, judge=judge, twice=twice)
        here = known.people.get(row["registration_ref"])
        if isinstance(said, RowOutcome):
            plan.outcomes.append(said)
        elif here is not None:
            plan.outcomes.append(_met(plan, row, here, said, family=family, known=known, site=site))
        else:
            fresh.append((row, said))
    if not fresh:
        return
    home = known.families.get(family.key)
    drafts = tuple(replace(draft, id=new_id()) for _row, draft in fresh)
    fault = _fault(drafts, joining=home is not None)
    for (row, _draft), draft in zip(fresh, drafts, strict=True):
        plan.outcomes.append(_refused(row, fault) if fault else RowOutcome(
            row.number, row["registration_ref"], Outcome.NEW, person=draft.id
        ))
    if fault:
        return
    if home is not None:
        plan.joining += [(home, draft) for draft in drafts]
    else:
        plan.households.append(_household(family, drafts, source))


def _judged(row: Row, *, judge: Judge, twice: set[str]) -> PersonDraft | RowOutcome:
    reference = row["registration_ref"]
    if not reference or reference in twice:
        return _refused(row, "import-reference", "registration_ref")
    if column := cell_fault(row):
        return _refused(row, "import-cell", column)
    if not row["given_name"] and not row["full_name"]:
        return _refused(row, "name-missing", "given_name")
    try:
        draft = judge.person(row)
        check_draft(draft)
        rules.check_lengths({"place": row["place_pcode"] or row["place_name"], "origin": row["origin"]})
        rules.check_lengths({"source_key": row["household_ref"]})
    except Refusal as refusal:
        field_ = str(refusal.facts.get("field", ""))
        return _refused(row, refusal.code, OUR_COLUMNS.get(field_, field_ or "birth_date"))
    return draft


def _met(
    plan: Plan, row: Row, here: Person, said: PersonDraft, *, family: Family, known: Known, site: Site | None
) -> RowOutcome:
    """Somebody of this source who is here: as the file says, or corrected in it since."""
    already = RowOutcome(row.number, row["registration_ref"], Outcome.ALREADY, person=here.id)
    if here.status == PersonStatus.ERASED or (site is not None and here.site_id != site.id):
        return replace(already, code="import-elsewhere")
    moved = family.key not in known.homes.get(here.id, frozenset())
    changes = changed_fields(row, said, here)
    kept = {name for name in changes if here.versions.get(name) and not _set_by_import(here, name)}
    if kept & set(BIRTH):
        kept |= set(BIRTH)
    changes = {name: value for name, value in changes.items() if name not in kept}
    if not changes:
        return replace(already, code="import-kept" if kept else "import-moved" if moved else "")
    plan.changes.append((here, changes))
    return replace(already, outcome=Outcome.CHANGED, code="import-moved" if moved else "", column=", ".join(changes))


def changed_fields(row: Row, said: PersonDraft, here: Person) -> dict[str, Any]:
    """What the file says otherwise than we do; an empty cell says nothing."""
    changes: dict[str, Any] = {}
    for name, columns in COMPARED.items():
        value = _as_held(name, str(getattr(said, name)))
        if value and value != getattr(here, name) and any(column in row.places for column in columns):
            changes[name] = value
    birth = said.birth
    if birth.earliest and (row["birth_date"] or row["birth_from"]) and (
        (birth.earliest, birth.latest) != (here.birth_from, here.birth_to)
    ):
        changes |= dict(zip(BIRTH, (
            birth.earliest.isoformat(), birth.latest.isoformat() if birth.latest else None, str(birth.precision),
            str(said.birth_source),
        ), strict=True))
    return changes


def _as_held(name: str, value: str) -> str:
    return "".join(value.split()) if name == "phone" else normalise_text(" ".join(value.split()))


def _set_by_import(person: Person, name: str) -> bool:
    """Whether the newest change of this field was a correction by a file: then a newer file may change it again."""
    entries = LogEntry.objects.filter(about_id=person.id, action="person.corrected")
    for entry in entries.filter(lamport=int(person.versions[name].partition(":")[0])):
        case = json.loads(bytes(entry.header))["case"]
        return bool(case) and case[0] == IMPORT
    return False


def _refused(row: Row, code: str, column: str = "") -> RowOutcome:
    return RowOutcome(row.number, row["registration_ref"], Outcome.REFUSED, code, column)


def _fault(drafts: Sequence[PersonDraft], *, joining: bool) -> str:
    heads = sum(draft.relationship == Relationship.HEAD for draft in drafts)
    principals = sum(draft.recipient == "principal" for draft in drafts)
    if heads != (0 if joining else 1):
        return "household-head"
    return "household-principal" if principals > (0 if joining else 1) else ""


def _household(family: Family, members: tuple[PersonDraft, ...], source: str) -> HouseholdDraft:
    row = family.rows[0]
    kept = json.loads(row["household_custom"] or "{}")
    return HouseholdDraft(
        members=members, place=row["place_pcode"] or row["place_name"], origin=row["origin"], source=source,
        source_key=family.key, custom=kept if isinstance(kept, dict) else {},
    )

"""Conflicts that a person decides: what two nodes changed without knowing of each other, and numbers given twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from gada.agencies.models import Operator, Site
from gada.exchange.models import OwnNode
from gada.people.merging import ASIDE, number_given
from gada.people.models import Change, Conflict, Correction, Household, Membership, Person
from gada.people.places import name_and_code
from gada.people.queries import households_here, people_in
from gada.people.words import HouseholdStatus, PersonStatus, Recipient, Relationship, ResidenceStatus, Sex

MOST = 50
LABELS = {
    "given": _("Given name"), "surname": _("Surname"), "father": _("Father’s name"), "mother": _("Mother’s name"),
    "sex": _("Sex"), "birth_from": _("Born, earliest"), "birth_to": _("Born, latest"),
    "birth_precision": _("Birth, how exact"),
    "birth_source": _("Birth, who said so"), "residence_status": _("Residence status"), "nationality": _("Nationality"),
    "phone": _("Phone"), "phone_is_safe": _("The phone may be called"), "photo": _("Photo"),
    "needs_protection": _("Needs protection"), "unaccompanied": _("Unaccompanied"), "status": _("Status"),
    "head": _("Head"), "principal": _("Principal recipient"), "recipient": _("Who collects"),
    "relationship": _("Relationship to the head"), "until": _("In the household"), "place": _("Place"),
    "site": _("Site"), "merged_into": _("Joined to"), "number": _("Number"),
}
WORDS = {
    "sex": Sex, "residence_status": ResidenceStatus, "status": PersonStatus, "recipient": Recipient,
    "relationship": Relationship,
}


@dataclass(frozen=True, slots=True)
class Side:
    """One of the values that stand against each other."""

    version: str
    value: str
    node: str
    shown: bool


@dataclass(frozen=True, slots=True)
class ConflictLine:
    """What two nodes changed without knowing of each other: a field of a person, or something about a household."""

    id: UUID
    people: tuple[UUID, ...]  # whose names the line shows
    number: str
    name: str
    field: str
    sides: tuple[Side, ...]
    household: UUID | None = None  # it is decided among what happened to this household


@dataclass(frozen=True, slots=True)
class NumberLine:
    """Somebody, or a household, who was given a number that another has."""

    id: UUID
    people: tuple[UUID, ...]
    number: str
    name: str
    keeper: str
    is_household: bool


def conflicts_for(viewer: Operator) -> tuple[list[ConflictLine], int]:
    """Conflicts that this operator may decide, and how many there are in all."""
    rows = Conflict.objects.filter(household=None, person__in=people_in(viewer).values("id"))
    homes = Conflict.objects.filter(household__in=households_here(viewer).values("id"))
    some = list(rows.order_by("person", "field")[:MOST])
    nodes = {node.id.hex: node.name for node in OwnNode.objects.all()}
    found = _of_people(some, nodes)
    chosen = sorted({(row.household, tuple(row.versions)) for row in homes[: MOST * 4] if row.household})
    for household, versions in chosen[:MOST]:
        alike = [row for row in homes.filter(household=household).order_by("id") if tuple(row.versions) == versions]
        found.append(_of_household(household, alike, nodes))
    return found, rows.count() + len(chosen)


def numbers_for(viewer: Operator) -> list[NumberLine]:
    """Everybody at this operator's sites who was given a number that another has."""
    found = []
    marked = people_in(viewer).filter(number__contains=ASIDE).exclude(status=PersonStatus.ERASED)
    for person in marked.order_by("id")[:MOST]:
        keeper = Person.objects.filter(number=number_given(person)).first()
        found.append(NumberLine(
            person.id, (person.id, *([keeper.id] if keeper else [])), number_given(person), _name(person),
            _name(keeper), is_household=False,
        ))
    for home in households_here(viewer).filter(number__contains=ASIDE).order_by("id")[:MOST]:
        other = Household.objects.filter(number=number_given(home)).first()
        heads = [_head_of(each.id) if each else None for each in (home, other)]
        found.append(NumberLine(
            home.id, tuple(head.id for head in heads if head), number_given(home), _name(heads[0]), _name(heads[1]),
            is_household=True,
        ))
    return found


def _of_people(some: Sequence[Conflict], nodes: dict[str, str]) -> list[ConflictLine]:
    named = Person.objects.in_bulk([row.person for row in some if row.person])
    said: dict[tuple[UUID, str, str], object] = {
        (each.person, each.field, each.version): each.value
        for each in Correction.objects.filter(person__in=named)
    }
    return [
        ConflictLine(
            row.id, (person.id,), number_given(person), _name(person), str(LABELS.get(row.field, row.field)), tuple(
                Side(
                    version, _words(row.field, said.get((person.id, row.field, version))), _node(version, nodes),
                    version == person.versions.get(row.field),
                )
                for version in row.versions
            ),
        )
        for row in some if row.person and (person := named.get(row.person))
    ]


def _of_household(household: UUID, alike: Sequence[Conflict], nodes: dict[str, str]) -> ConflictLine:
    """Everything about a household in which the same happenings are at odds: one decision."""
    home, head = Household.objects.get(id=household), _head_of(household)
    sides, people = [], [head.id] if head else []
    for version in alike[0].versions:
        values: dict[str, list[str]] = {}
        for row in alike:
            change = Change.objects.get(target=row.target, field=row.field, version=version)
            whose, value = _happened(change)
            people += [person.id for person in whose]
            values.setdefault(value, []).append(str(LABELS.get(row.field, row.field)))
        whole = {value: ", ".join(dict.fromkeys(names)) for value, names in values.items()}
        text = " · ".join(f"{names}: {value}" if len(whole) > 1 else value for value, names in whole.items())
        sides.append(Side(version, text, _node(version, nodes), version == alike[0].versions[-1]))
    fields = ", ".join(dict.fromkeys(str(LABELS.get(row.field, row.field)) for row in alike))
    return ConflictLine(
        alike[0].id, tuple(dict.fromkeys(people)), number_given(home), _name(head), fields, tuple(sides), household
    )


def _happened(change: Change) -> tuple[list[Person], str]:
    """Whom a change is about by name, and what it set, in words."""
    value = change.value
    if change.field in ("head", "principal"):
        named = Membership.objects.filter(id=value).select_related("person").first() if value else None
        return ([named.person], _name(named.person)) if named else ([], "–")
    whose = Person.objects.filter(id=change.person).first() if change.person else None
    text = _set(change.field, value, of_household=change.target == change.household)
    return ([whose], f"{_name(whose)} – {text}") if whose else ([], text)


def _set(field: str, value: Any, *, of_household: bool) -> str:
    if field == "until":
        return str(_("no longer") if value else _("yes"))
    if field == "site":
        return str(Site.objects.filter(id=value).values_list("name", flat=True).first() or "…")
    if field == "merged_into":
        return str(Household.objects.filter(id=value).values_list("number", flat=True).first() or "…")
    if field == "place":
        return name_and_code(str(value))[0]
    if field == "status" and of_household and value in HouseholdStatus.values:
        return str(HouseholdStatus(value).label)
    return _words(field, value)


def _words(field: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if field in WORDS and value in WORDS[field].values:
        return str(WORDS[field](value).label)
    if field in ("birth_from", "birth_to") and value:
        return date_format(date.fromisoformat(str(value)), "Y-m-d")
    return str(value) if value not in (None, "") else "–"


def _head_of(household: UUID) -> Person | None:
    lead = Membership.objects.filter(household=household, until=None, relationship=Relationship.HEAD)
    found = lead.select_related("person").first()
    return found.person if found else None


def _name(person: Person | None) -> str:
    return f"{person.given} {person.surname}".strip() if person else "–"


def _node(version: str, nodes: dict[str, str]) -> str:
    return nodes.get(version.rpartition(":")[2], "")


def shown_in(lines: Iterable[ConflictLine | NumberLine]) -> list[UUID]:
    """Everybody whose name these lines show: reading them is recorded."""
    return list(dict.fromkeys(person for line in lines for person in line.people))


__all__ = ["ConflictLine", "NumberLine", "Side", "conflicts_for", "numbers_for", "shown_in"]

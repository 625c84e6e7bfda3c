"""Rows written anew around whatever was said: households, their memberships, the status and site of people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from django.db.models import F, Q

from gada.journal.inserting import held_values, insert_rows
from gada.people.apply.standing import Belonging, Said, belongings
from gada.people.features import all_keys, features_of
from gada.people.keeping_keys import add_keys
from gada.people.merging import insert_numbered, note_conflicts, number_given, set_number
from gada.people.models import Change, Happening, Household, Membership, Person, SearchKey
from gada.people.words import Happened, HouseholdStatus, PersonStatus, Recipient, Relationship

OF_A_HOUSEHOLD = ("place", "site", "status", "merged_into", "number")
OF_A_PERSON = ("status", "site", "number")
LIVING = frozenset(PersonStatus.values) - {PersonStatus.ERASED}
STANDS = Q(happening=None) | Q(happening__undone_version="")
_REGISTERED = UUID("5f1d8c8e-3f0b-5b9e-9f52-6f0c4a1f7b11")  # namespace of what was said at registration


def changed_among(households: Iterable[UUID]) -> set[UUID]:
    """Those of these households to which anything happened: their memberships are worked out, not just kept."""
    ids, found = list(households), set[UUID]()
    for start in range(0, len(ids), 500):
        part = Change.objects.filter(household__in=ids[start : start + 500])
        found.update(part.values_list("household", flat=True).distinct())
    return found


def registered_into(household: UUID, membership: dict[str, Any]) -> None:
    """Somebody's registration arrives after things happened to their household: said, as at registration."""
    _say_as_registered(household, membership["person_id"], membership["id"], "start", {
        "person": str(membership["person_id"]), "relationship": membership["relationship"],
        "recipient": membership["recipient"], "since": _text(membership["since"]), "until": None,
    })


def follow(*, households: Iterable[UUID] = (), people: Iterable[UUID] = ()) -> None:
    """Make the rows of these households and people what is said of them now."""
    touched = set(people)
    for household in sorted(set(households)):
        touched |= _follow_household(household)
    for person in sorted(touched):
        _follow_person(person)


def _follow_household(household_id: UUID) -> set[UUID]:
    """Returns who is or was in it."""
    row = Household.objects.filter(id=household_id).first() or _founded(household_id)
    if row is None:
        return set()  # its registration has not arrived yet; it will ask again
    changes = list(Change.objects.filter(household=household_id).select_related("happening"))
    note_conflicts(changes)
    _keep_as_registered(row, changes)
    said = [
        Said(*each) for each in Change.objects.filter(STANDS, household=household_id)
        .values_list("target", "field", "value", "version")
    ]
    _set_household(row, changes, said)
    begun = Change.objects.filter(household=household_id, field="start").values_list("value", flat=True)
    status = dict(Person.objects.filter(id__in={each["person"] for each in begun}).values_list("id", "status"))
    known = {id_ for id_, now in status.items() if now != PersonStatus.ERASED}
    # An erased person leads and collects no more: where their registration never arrived nobody knows that they did.
    living = [one for one in said if one.field != "start" or status.get(UUID(one.value["person"])) in (None, *LIVING)]
    _write_memberships(row.id, [each for each in belongings(household_id, living) if each.person in known])
    return known


def _founded(household_id: UUID) -> Household | None:
    """A household that a split made."""
    change = Change.objects.filter(household=household_id, target=household_id, field="founded").first()
    if change is None or change.happening is None:
        return None
    facts = change.value
    return insert_numbered(Household, [Household(
        id=household_id, number=facts["number"], site_id=UUID(facts["site"]), programme_id=_id(facts["programme"]),
        place=facts["place"], origin=facts["origin"], custom=facts["custom"], enrolled_at=change.happening.at,
    )])[0]


def _keep_as_registered(row: Household, changes: Iterable[Change]) -> None:
    """What the rows said before anything happened, kept the first time something does."""
    changes = list(changes)
    begun = {change.target for change in changes if change.field == "start"}
    for membership in Membership.objects.filter(household=row).exclude(id__in=begun):
        _say_as_registered(row.id, membership.person_id, membership.id, "start", {
            "person": str(membership.person_id), "relationship": membership.relationship,
            "recipient": membership.recipient, "since": _text(membership.since),
            "until": _text(membership.until) if membership.until else None,
        })
    for name in {change.field for change in changes if change.target == row.id} & {"place", "site", "number"}:
        value = number_given(row) if name == "number" else getattr(row, Household._meta.get_field(name).attname)
        _say_as_registered(row.id, None, row.id, name, str(value))


def _set_household(row: Household, changes: Iterable[Change], said: Iterable[Said]) -> None:
    values = {"status": HouseholdStatus.ACTIVE, "merged_into": None} | _newest(row.id, said, OF_A_HOUSEHOLD)
    founding = next((change for change in changes if change.target == row.id and change.field == "founded"), None)
    if founding and founding.happening and founding.happening.undone_version:
        values["status"] = HouseholdStatus.UNDONE
    _update(Household, row, values)


def _write_memberships(household: UUID, wanted: list[Belonging]) -> None:
    """Rows that change step aside first, so that no constraint is broken on the way."""
    held = {row.id: row for row in Membership.objects.filter(household=household)}
    ids = {each.id for each in wanted}
    others = Membership.objects.filter(household=household).exclude(id__in=ids)
    others.exclude(person__status=PersonStatus.ERASED).delete()  # said no more: its beginning is undone
    others.update(relationship=Relationship.OTHER_KIN, recipient=Recipient.NONE)
    changed = [each for each in wanted if each.id in held and not _same(held[each.id], each)]
    Membership.objects.filter(id__in=[each.id for each in changed]).update(
        relationship="", recipient="", until=F("since")
    )
    for each in changed:
        Membership.objects.filter(id=each.id).update(
            relationship=each.relationship, recipient=each.recipient, until=_moment(each.until)
        )
    insert_rows([
        Membership(
            id=each.id, person_id=each.person, household_id=household, relationship=each.relationship,
            recipient=each.recipient, since=_moment(each.since), until=_moment(each.until),
        )
        for each in wanted if each.id not in held
    ])


def _same(row: Membership, each: Belonging) -> bool:
    return (row.relationship, row.recipient, row.until) == (each.relationship, each.recipient, _moment(each.until))


def _follow_person(person_id: UUID) -> None:
    row = Person.objects.exclude(status=PersonStatus.ERASED).filter(id=person_id).first()
    changes = list(Change.objects.filter(person=person_id, target=person_id).select_related("happening"))
    note_conflicts(changes)
    if row is None:
        return
    said_of = {change.field for change in changes}
    if "site" in said_of:
        _say_as_registered(None, person_id, person_id, "site", str(row.site_id))
    if "number" in said_of:
        _say_as_registered(None, person_id, person_id, "number", number_given(row))
    said = [
        Said(*each) for each in Change.objects.filter(STANDS, person=person_id, target=person_id)
        .values_list("target", "field", "value", "version")
    ]
    values = {"status": PersonStatus.ACTIVE} | _newest(person_id, said, OF_A_PERSON)
    if Happening.objects.filter(kind=Happened.BORN, person=person_id).exclude(undone_version="").exists():
        values["status"] = PersonStatus.WITHDRAWN  # the birth was noted by mistake
    _update(Person, row, values)
    renew_keys(row)


def renew_keys(person: Person) -> None:
    """Make the search keys those of what is known now."""
    home = Household.objects.filter(memberships__person=person, memberships__until=None).order_by("id").first()
    features = features_of(person, place=home.place if home else "", origin=home.origin if home else "")
    keys = all_keys(features)
    if sorted(SearchKey.objects.filter(person=person).values_list("key", flat=True)) != keys:
        SearchKey.objects.filter(person=person).delete()
        add_keys([(person.id, keys)])


def _newest(target: UUID, said: Iterable[Said], names: Iterable[str]) -> dict[str, Any]:
    of_it = sorted((one for one in said if one.target == target and one.field in names), key=lambda one: one.version)
    return {one.field: one.value for one in of_it}


def _update(model: Any, row: Any, values: Mapping[str, Any]) -> None:
    if "number" in values:
        set_number(model, row, values["number"])
    others = {name: value for name, value in values.items() if name != "number"}
    new = {model._meta.get_field(name).attname: value for name, value in others.items()}
    new = {name: _id(value) if name in ("site_id", "merged_into") else value for name, value in new.items()}
    if any(getattr(row, name) != value for name, value in new.items()):
        model.objects.filter(id=row.id).update(**new)


def _say_as_registered(household: UUID | None, person: UUID | None, target: UUID, field: str, value: Any) -> None:
    id_ = uuid5(_REGISTERED, f"{target} {field}")
    if not held_values("id", [id_], Change):
        insert_rows([Change(
            id=id_, happening=None, household=household, person=person, target=target, field=field, value=value,
            version="",
        )])


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _id(text: str | None) -> UUID | None:
    return UUID(str(text)) if text else None

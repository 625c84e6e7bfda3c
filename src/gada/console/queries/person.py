"""One person's sheet: what we know with where each part came from, and everything around it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gada import vault
from gada.agencies.models import Operator, Site
from gada.assistance.models import Entitlement
from gada.biometrics.models import Capture, Template
from gada.biometrics.queries import captures_of, may_take_prints
from gada.console.rules import DISCLOSURE_LIFE
from gada.engine.refusal import NotFound
from gada.exchange.queries import KnownTo, known_to
from gada.journal.models import LogEntry
from gada.matching.models import WideCheck
from gada.matching.queries import linked_people, people_in_open_cases
from gada.people.fields import CORRECTABLE
from gada.people.models import Consent, Membership, Person
from gada.people.queries import people_in, person_for
from gada.people.words import Purpose

NEWEST_CAPTURES = 30


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the value of a field came from: an entry of the journal, at an office, at a time."""

    action: str
    office: str
    at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class PersonSheet:
    """Everything the page of a person shows, except who read it."""

    person: Person
    memberships: tuple[Membership, ...]
    fellows: tuple[Membership, ...]  # of the present households, this person included
    answers: tuple[tuple[str, Consent | None], ...]
    captures: tuple[Capture, ...]
    fingers: tuple[Template, ...]
    no_prints: tuple[str, str] | None
    others: tuple[Person, ...]  # registrations judged to be the same person, at the viewer's sites
    others_elsewhere: int
    in_open_case: bool
    entitlements: tuple[Entitlement, ...]
    origins: dict[str, Origin]
    enrolled: Origin
    wide: WideCheck | None  # that the worker looked for this person's family again, more widely
    partners: tuple[KnownTo, ...]  # who knows this person too, and what they delivered

    @property
    def saw(self) -> dict[str, str]:
        """The version of each field that this page shows."""
        return {name: self.person.versions.get(name, "") for name in CORRECTABLE}


def person_sheet(viewer: Operator, person_id: UUID, *, at: datetime) -> PersonSheet:
    """The sheet of one person. Raises NotFound outside the viewer's sites."""
    person = person_for(viewer, person_id)
    memberships = tuple(person.memberships.all())
    present = [each.household_id for each in memberships if each.until is None]
    fellows = (
        Membership.objects.filter(household__in=present, until=None)
        .select_related("person", "household__looked_for_again")
        .order_by("person_id")
    )
    linked = [id_ for id_ in linked_people(person) if id_ != person.id]
    here = tuple(people_in(viewer).filter(id__in=linked).select_related("site"))
    newest: dict[str, Consent] = {consent.purpose: consent for consent in person.consents.all()}
    owed = (
        Entitlement.objects.filter(household__in=[each.household_id for each in memberships])
        .select_related("cycle__intervention", "list__site").order_by("-opened_at")[:20]
    )
    origins, enrolled = _origins(person)
    return PersonSheet(
        person=person,
        memberships=memberships,
        fellows=tuple(fellows),
        answers=tuple((purpose, newest.get(purpose)) for purpose in Purpose.values),
        captures=tuple(captures_of(viewer, person.id)[:NEWEST_CAPTURES]),
        fingers=tuple(Template.objects.filter(person=person).order_by("position", "-quality").defer("record")),
        no_prints=may_take_prints(person.id, at=at),
        others=here,
        others_elsewhere=len(linked) - len(here),
        in_open_case=bool(people_in_open_cases([person.id])),
        wide=next((check for each in fellows if (check := getattr(each.household, "looked_for_again", None))), None),
        entitlements=tuple(owed),
        origins=origins,
        enrolled=enrolled,
        partners=tuple(known_to(viewer, person.id, at=at)),
    )


def disclosure_opened(viewer: Operator, person_id: UUID, *, at: datetime) -> bool:
    """Whether this operator recognised this person, or vouched for them, a moment ago."""
    return LogEntry.objects.filter(
        action="disclosure.opened", about_type="person", about_id=person_id, by_id=viewer.id,
        recorded_at__gte=at - DISCLOSURE_LIFE,
    ).exists()


def photo_for(viewer: Operator, person_id: UUID) -> bytes:
    """The photo of somebody at the viewer's sites, as JPEG. Raises NotFound."""
    photo = people_in(viewer).filter(id=person_id).values_list("photo", flat=True).first()
    if photo is None:
        raise NotFound("photo-none", "There is no photo of this person.")
    return vault.get_blob(person_id, photo)


def _origins(person: Person) -> tuple[dict[str, Origin], Origin]:
    """By field the change that set it; a field nobody changed came with the registration."""
    rows = list(LogEntry.objects.filter(
        about_type="person", about_id=person.id, action__in=["person.enrolled", "person.corrected"]
    ).order_by("lamport"))
    offices = dict(Site.objects.filter(id__in={row.site for row in rows if row.site}).values_list("id", "name"))
    by_version: dict[str, Origin] = {}
    enrolled = Origin("person.enrolled", person.site.name, person.enrolled_at, person.source)
    for row in rows:
        office = offices.get(row.site, "") if row.site else ""
        origin = Origin(row.action, office, row.happened_at, person.source if row.action == "person.enrolled" else "")
        by_version[f"{row.lamport:020d}"] = origin
        if row.action == "person.enrolled":
            enrolled = origin
    versions: dict[str, Any] = person.versions
    return {
        name: by_version[version.split(":")[0]]
        for name, version in versions.items()
        if version.split(":")[0] in by_version
    }, enrolled

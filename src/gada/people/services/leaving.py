"""A death, a withdrawal, a return. Withdrawn is not duplicate: nobody judges anybody here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.engine.proof.canonical import normalise_text
from gada.engine.refusal import Invalid, NotFound, Refusal
from gada.journal import Item
from gada.people import rules
from gada.people.models import Change, Happening, Household, Membership, Person
from gada.people.rules import Birth
from gada.people.services.changing import follow_head
from gada.people.services.telling import Telling, locked_household, must_stand, open_memberships, tell
from gada.people.words import Happened, HouseholdStatus, LeavingReason, PersonStatus


@transaction.atomic
def note_death(
    *, operator: Operator, person_id: UUID, died: Birth, said_by: str, at: datetime, today: date,
    successors: Mapping[UUID, UUID] | None = None,
) -> Happening:
    """Somebody died: when, as far as it is known, and who said so. Their memberships end with it.

    `successors`: by household the membership of its next head, for each household they led.
    """
    person, homes = _leaving(person_id)
    authorize(operator, "household.change", site=person.site_id)
    _must_be_active(person)
    teller = normalise_text(" ".join(said_by.split()))
    if not teller:
        raise Invalid("teller-missing", _("Say who reported the death."))
    rules.check_lengths({"father": teller})  # a name, as long as a name
    rules.check_death(died, born=person.birth_from, today=today)
    telling = Telling(Happened.DIED, homes[0].household_id if homes else person.id, at, person=person.id)
    telling.set_person(person.id, "status", str(PersonStatus.DECEASED))
    for each in homes:
        _step_out(telling, each, successor=(successors or {}).get(each.household_id))
    details = Item(about=("person", person.id), subject=person.id, facts={
        "id": str(telling.id), "earliest": died.earliest.isoformat() if died.earliest else None,
        "latest": died.latest.isoformat() if died.latest else None, "precision": str(died.precision),
        "said_by": teller,
    })
    return tell(telling, operator=operator, household=_home(person, homes), before=[("person.died", [details])])


@transaction.atomic
def withdraw_person(
    *, operator: Operator, person_id: UUID, reason: str, at: datetime, successors: Mapping[UUID, UUID] | None = None
) -> Happening:
    """Somebody is no longer registered for aid, because they wish it or went away; their household goes on."""
    person, homes = _leaving(person_id)
    authorize(operator, "household.change", site=person.site_id)
    _must_be_active(person)
    kind, home = Happened.MEMBER_WITHDRAWN, _home(person, homes)
    telling = Telling(kind, home.id, at, person=person.id, reason=_reason(reason))
    telling.set_person(person.id, "status", str(PersonStatus.WITHDRAWN))
    for each in homes:
        _step_out(telling, each, successor=(successors or {}).get(each.household_id))
    return tell(telling, operator=operator, household=home)


@transaction.atomic
def return_person(*, operator: Operator, person_id: UUID, at: datetime) -> Happening:
    """Somebody who withdrew comes back, into the households that they left with it, as far as those still are."""
    person, homes = _leaving(person_id)
    authorize(operator, "household.change", site=person.site_id)
    if person.status != PersonStatus.WITHDRAWN:
        raise Refusal("not-withdrawn", _("Only who withdrew can come back. This person did not withdraw."))
    gone = (
        Happening.objects.filter(kind=Happened.MEMBER_WITHDRAWN, person=person.id, undone_version="")
        .order_by("version").last()
    )
    if gone is None:
        raise Refusal("withdrew-with-household", _("The whole household withdrew: let it come back as a whole."))
    telling = Telling(Happened.MEMBER_RETURNED, gone.household, at, person=person.id)
    telling.set_person(person.id, "status", str(PersonStatus.ACTIVE))
    ended = Change.objects.filter(happening=gone, field="until").values("target")
    here = {each.household_id for each in homes}
    for each in Membership.objects.filter(id__in=ended, household__status=HouseholdStatus.ACTIVE):
        if each.household_id not in here:
            telling.reopen(each)
    return tell(telling, operator=operator, household=locked_household(gone.household))


@transaction.atomic
def withdraw_household(*, operator: Operator, household_id: UUID, reason: str, at: datetime) -> Happening:
    """The whole household is no longer registered for aid. Aid already due stays due."""
    household = locked_household(household_id)
    authorize(operator, "household.change", site=household.site)
    must_stand(household)
    telling = Telling(Happened.WITHDRAWN, household.id, at, reason=_reason(reason))
    telling.set_household(household.id, "status", str(HouseholdStatus.WITHDRAWN))
    elsewhere = set(
        Membership.objects.filter(person__memberships__household=household, until=None)
        .exclude(household=household).values_list("person_id", flat=True)
    )
    for each in open_memberships(household):
        if each.person.status == PersonStatus.ACTIVE and each.person_id not in elsewhere:
            telling.set_person(each.person_id, "status", str(PersonStatus.WITHDRAWN))
    return tell(telling, operator=operator, household=household)


@transaction.atomic
def return_household(*, operator: Operator, household_id: UUID, at: datetime) -> Happening:
    """A household that withdrew is registered again, as it was."""
    household = locked_household(household_id)
    authorize(operator, "household.change", site=household.site)
    if household.status != HouseholdStatus.WITHDRAWN:
        raise Refusal("not-withdrawn", _("Only who withdrew can come back. This household did not withdraw."))
    telling = Telling(Happened.RETURNED, household.id, at)
    telling.set_household(household.id, "status", str(HouseholdStatus.ACTIVE))
    gone = Happening.objects.filter(kind=Happened.WITHDRAWN, household=household.id, undone_version="")
    went = set(Change.objects.filter(
        happening=gone.order_by("version").last(), field="status"
    ).exclude(person=None).values_list("person", flat=True))
    for each in open_memberships(household):
        if each.person_id in went and each.person.status == PersonStatus.WITHDRAWN:
            telling.set_person(each.person_id, "status", str(PersonStatus.ACTIVE))
    return tell(telling, operator=operator, household=household)


def _leaving(person_id: UUID) -> tuple[Person, list[Membership]]:
    standing = Person.objects.exclude(status=PersonStatus.ERASED).select_related("site")
    person = standing.select_for_update(of=("self",)).filter(id=person_id).first()
    if person is None:
        raise NotFound("person-unknown", _("Nobody is registered under this number."))
    mine = Membership.objects.filter(person=person, until=None)
    return person, list(mine.select_related("household__site", "household__programme").order_by("since", "id"))


def _home(person: Person, homes: list[Membership]) -> Household:
    if homes:
        return homes[0].household
    last = Membership.objects.filter(person=person).select_related("household__site", "household__programme")
    found = last.order_by("-since", "-id").first()
    if found is None:
        raise NotFound("household-unknown", _("There is no household under this number."))
    return found.household


def _step_out(telling: Telling, membership: Membership, *, successor: UUID | None) -> None:
    staying = [each for each in open_memberships(membership.household) if each.id != membership.id]
    telling.end(membership)
    follow_head(telling, membership.household, going=[membership], staying=staying, successor=successor)


def _must_be_active(person: Person) -> None:
    if person.status != PersonStatus.ACTIVE:
        raise Refusal("person-not-active", _("This person is not registered as active. Look at the history first."))


def _reason(reason: str) -> str:
    return str(reason if reason in LeavingReason.values else LeavingReason.OTHER)

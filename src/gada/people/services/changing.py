"""Who belongs to a household, who leads it, who collects and where it lives: each change one happening."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada.agencies.models import Operator, Site
from gada.agencies.services import authorize
from gada.engine.proof.canonical import normalise_text
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, NotFound, Refusal
from gada.people import rules
from gada.people.drafts import HouseholdDraft, PersonDraft
from gada.people.models import Happening, Household, Membership, Person
from gada.people.services.registering import check_draft, free_numbers, person_item
from gada.people.services.telling import (
    Telling,
    locked_household,
    member,
    must_stand,
    open_memberships,
    relatives,
    tell,
)
from gada.people.words import Happened, HouseholdStatus, LeavingReason, Recipient, Relationship


@transaction.atomic
def add_member(
    *, operator: Operator, household: Household, member: PersonDraft, at: datetime, born: bool = False
) -> Person:
    """Register one more person into an existing household: a newborn, somebody absent, a non-member who collects."""
    authorize(operator, "household.change", site=household.site_id)
    home = locked_household(household.id)
    must_stand(home)
    held = [
        {"relationship": each.relationship, "recipient": each.recipient, "given": each.person.given}
        for each in open_memberships(home)
    ]
    joined = {"relationship": member.relationship, "recipient": member.recipient, "given": member.given}
    rules.check_household([*held, joined])
    check_draft(member)
    place = HouseholdDraft(members=(member,), place=home.place, origin=home.origin, source=home.source)
    item = person_item(member, household=place, household_id=None, number=free_numbers(1)[0], photo=None)
    person_id = item.about[1]
    kind = Happened.BORN if born else Happened.JOINED
    telling = Telling(kind, home.id, at, person=person_id)
    telling.start(person_id, member.relationship, member.recipient)
    tell(telling, operator=operator, household=home, before=[("person.enrolled", [item])])
    return Person.objects.get(id=person_id)


@transaction.atomic
def end_membership(*, operator: Operator, membership_id: UUID, reason: str, at: datetime) -> Membership:
    """Somebody leaves a household; their history in it stays. A head is followed first."""
    ending = Membership.objects.filter(id=membership_id, until=None).first()
    if ending is None:
        raise NotFound("membership-ended", _("This person is no longer in that household."))
    household = locked_household(ending.household_id)
    authorize(operator, "household.change", site=household.site_id)
    here = open_memberships(household)
    if ending.relationship == Relationship.HEAD and len(here) > 1:
        raise Refusal("head-leaves", _("The head leaves last: choose a new head first."))
    known = normalise_text(reason) if reason in LeavingReason.values else LeavingReason.OTHER
    telling = Telling(Happened.LEFT, household.id, at, person=ending.person_id, reason=str(known))
    telling.end(ending)
    tell(telling, operator=operator, household=household)
    return Membership.objects.get(id=membership_id)


@transaction.atomic
def choose_head(
    *, operator: Operator, household_id: UUID, membership_id: UUID, former_becomes: str, at: datetime
) -> Membership:
    """Make one member the head and principal recipient; the former head becomes what is said and an alternate.

    Raises NotFound `household-unknown`, `membership-ended`; Invalid `relationship-unknown`; NotPermitted.
    """
    household = locked_household(household_id)
    authorize(operator, "household.change", site=household.site)
    must_stand(household)
    if former_becomes not in set(Relationship.values) - {Relationship.HEAD}:
        raise Invalid("relationship-unknown", _("Say what the former head is to the new one."))
    here = open_memberships(household)
    new = member(here, membership_id)
    former = next((each for each in here if each.relationship == Relationship.HEAD), None)
    if former is not None and former.id == new.id:
        return new
    telling = Telling(Happened.LED, household.id, at, person=new.person_id)
    telling.lead(new.id)
    telling.make_principal(new.id)
    if former is not None:
        telling.relate(former, former_becomes)
    for each in here:  # whoever collected as principal stays an alternate
        if each.id != new.id and (each == former or each.recipient == Recipient.PRINCIPAL):
            telling.let_collect(each, Recipient.ALTERNATE)
    tell(telling, operator=operator, household=household)
    return Membership.objects.get(id=new.id)


@transaction.atomic
def choose_recipients(
    *, operator: Operator, household_id: UUID, principal: UUID, alternates: Collection[UUID], at: datetime
) -> Happening:
    """Who collects for the household: one principal and any number of alternates, members or not."""
    household = locked_household(household_id)
    authorize(operator, "household.change", site=household.site)
    must_stand(household)
    here = open_memberships(household)
    chosen = member(here, principal)
    for alternate in alternates:
        member(here, alternate)
    telling = Telling(Happened.COLLECTING, household.id, at)
    telling.make_principal(chosen.id)
    for each in here:
        wanted = Recipient.ALTERNATE if each.id in set(alternates) else Recipient.NONE
        if each.id != chosen.id and each.recipient != wanted:
            telling.let_collect(each, wanted)
    return tell(telling, operator=operator, household=household)


@transaction.atomic
def split_household(
    *, operator: Operator, household_id: UUID, leaving: Mapping[UUID, str], at: datetime, place: str = "",
    stays_head: UUID | None = None,
) -> Household:
    """Some members become a household of their own, with its own number; each with what they are in it, one its head.

    `stays_head`: who leads those who stay, needed when the head is among those who leave.
    """
    household = locked_household(household_id)
    authorize(operator, "household.restructure", site=household.site)
    must_stand(household)
    here = open_memberships(household)
    going = [member(here, id_) for id_ in leaving]
    rules.check_lengths({"place": place})
    rules.check_household([
        {"relationship": leaving[each.id], "recipient": "", "given": each.person.given} for each in going
    ])
    staying = [each for each in here if each.id not in leaving]
    if not relatives(staying):
        raise Refusal("nobody-stays", _("Somebody has to stay. If all of them go, note that the household moved."))
    telling = Telling(Happened.SPLIT, household.id, at)
    founded = new_id()
    telling.set_household(founded, "founded", {
        "number": free_numbers(1)[0], "site": str(household.site_id),
        "programme": str(household.programme_id) if household.programme_id else None,
        "place": normalise_text(place) or household.place, "origin": household.origin, "custom": household.custom,
        "from": str(household.id),
    })
    for each in going:
        leads = leaving[each.id] == Relationship.HEAD
        telling.end(each)
        telling.start(
            each.person_id, leaving[each.id], Recipient.PRINCIPAL if leads else Recipient.NONE, household=founded
        )
    follow_head(telling, household, going=going, staying=staying, successor=stays_head)
    tell(telling, operator=operator, household=household)
    return Household.objects.select_related("site", "programme").get(id=founded)


@transaction.atomic
def merge_households(
    *, operator: Operator, household_id: UUID, other_id: UUID, becomes: Mapping[UUID, str], at: datetime
) -> Happening:
    """The members of the other household join this one, which goes on; both numbers still lead here.

    `becomes`: what each joining member is to the head here (by membership; else another relative).
    """
    if household_id == other_id:
        raise Invalid("same-household", _("This is the same household. Give the number of the other one."))
    household, other = locked_household(household_id), locked_household(other_id)
    for home in (household, other):
        authorize(operator, "household.restructure", site=home.site)
        must_stand(home)
    if household.site_id != other.site_id:
        raise Refusal("sites-differ", _("They are registered at two sites: move one of them first, then join them."))
    here = {each.person_id for each in open_memberships(household)}
    telling = Telling(Happened.MERGED, household.id, at)
    for each in open_memberships(other):
        telling.end(each)
        if each.person_id in here:
            continue
        role = becomes.get(each.id, Relationship.OTHER_KIN)
        if role == Relationship.HEAD or role not in Relationship.values:
            raise Invalid("household-head", _("A household has exactly one head. Choose who it is."))
        role = Relationship.COLLECTOR if each.relationship == Relationship.COLLECTOR else role
        recipient = Recipient.ALTERNATE if each.recipient else Recipient.NONE
        telling.start(each.person_id, role, recipient)
    telling.set_household(other.id, "status", str(HouseholdStatus.MERGED))
    telling.set_household(other.id, "merged_into", str(household.id))
    return tell(telling, operator=operator, household=household)


@transaction.atomic
def move_household(
    *, operator: Operator, household_id: UUID, place: str, at: datetime, site: Site | None = None
) -> Happening:
    """The household lives at another place, or belongs to another site of the same agency from now on."""
    household = locked_household(household_id)
    authorize(operator, "household.change", site=household.site)
    must_stand(household)
    rules.check_lengths({"place": place})
    new_place = normalise_text(" ".join(place.split())) or household.place
    new_site = site or household.site
    if new_site.agency_id != household.site.agency_id:
        raise Invalid("site-of-another-agency", _("This site belongs to another agency. Choose one of yours."))
    if (new_place, new_site.id) == (household.place, household.site_id):
        raise Invalid("nothing-moved", _("Give the new place, or choose another site."))
    telling = Telling(Happened.MOVED, household.id, at)
    if new_place != household.place:
        telling.set_household(household.id, "place", new_place)
    if new_site.id != household.site_id:
        telling.set_household(household.id, "site", str(new_site.id))
    for each in open_memberships(household):
        if new_site.id != household.site_id:
            telling.set_person(each.person_id, "site", str(new_site.id))
        telling.beside.append(each.person_id)  # their search keys hold the place
    return tell(telling, operator=operator, household=household)


def follow_head(
    telling: Telling, household: Household, *, going: Collection[Membership], staying: Collection[Membership],
    successor: UUID | None,
) -> None:
    """Whoever leads or collects and goes is followed in the same act. Raises Refusal `head-needed`."""
    left = relatives(list(staying))
    lead_goes = any(each.relationship == Relationship.HEAD for each in going)
    if not left or not (lead_goes or any(each.recipient == Recipient.PRINCIPAL for each in going)):
        return
    head = next((each for each in left if each.relationship == Relationship.HEAD), None)
    if lead_goes:
        head = next((each for each in left if each.id == successor), None)
        if head is None:
            raise Refusal("head-needed", _("The head is among those who go. Say who leads the household from now on."))
        telling.lead(head.id, household=household.id)
    if head and any(each.recipient == Recipient.PRINCIPAL for each in going):
        telling.make_principal(head.id, household=household.id)

"""A person settles what two nodes decided about a household unaware of each other, and numbers given twice."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.engine.refusal import Invalid, NotFound, Refusal
from gada.people.merging import ASIDE
from gada.people.models import Change, Conflict, Happening, Membership, Person
from gada.people.services.registering import free_numbers
from gada.people.services.telling import Telling, locked_household, tell
from gada.people.words import Happened

RESTRUCTURES = frozenset({"merged_into", "status"})


@transaction.atomic
def settle_happenings(*, operator: Operator, conflict_id: UUID, version: str, at: datetime) -> Happening:
    """One of several happenings stands, in everything in which the same ones are at odds.

    Raises NotFound `conflict-settled` when it is no more, Invalid `version-unknown` when that is none of its versions.
    """
    conflict = Conflict.objects.filter(id=conflict_id).first()
    if conflict is None or conflict.household is None:
        raise NotFound("conflict-settled", _("Somebody has decided this already."))
    household = locked_household(conflict.household)
    alike = [each for each in conflicts_of(household.id) if each.versions == conflict.versions]
    needs = "household.restructure" if any(each.field in RESTRUCTURES for each in alike) else "household.change"
    authorize(operator, needs, site=household.site)
    if version not in conflict.versions:
        raise Invalid("version-unknown", _("Choose one of the values that are shown."))
    telling = Telling(Happened.SETTLED, household.id, at)
    for each in alike:
        telling.say_again(Change.objects.get(target=each.target, field=each.field, version=version))
    return tell(telling, operator=operator, household=household)


@transaction.atomic
def give_new_number(*, operator: Operator, registered: UUID, at: datetime) -> Happening:
    """Somebody whose number another has gets one of their own. Raises Refusal `number-own` for one that nobody shares.

    `registered`: a person or a household; their cards and slips are to be printed again.
    """
    person = Person.objects.filter(id=registered).first()
    household = locked_household(_home_of(person) if person else registered)
    authorize(operator, "household.change", site=household.site)
    if ASIDE not in (person or household).number:
        raise Refusal("number-own", _("This number is theirs alone. Nothing has to change."))
    telling, [fresh] = Telling(Happened.RENUMBERED, household.id, at), free_numbers(1)
    if person:
        telling.person = person.id
        telling.set_person(person.id, "number", fresh)
    else:
        telling.set_household(household.id, "number", fresh)
    return tell(telling, operator=operator, household=household)


def conflicts_of(household: UUID) -> list[Conflict]:
    """What stands against each other among the happenings of one household."""
    return list(Conflict.objects.filter(household=household).order_by("id"))


def _home_of(person: Person) -> UUID:
    """Where they live, or lived last. Raises NotFound `household-unknown`."""
    homes = Membership.objects.filter(person=person).order_by("-since", "-id").values_list("household", "until")
    found = sorted(homes, key=lambda home: home[1] is not None)
    if not found:
        raise NotFound("household-unknown", _("There is no household under this number."))
    home: UUID = found[0][0]
    return home

"""Another head for a household: two memberships end and two begin, at once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, NotFound
from gada.journal import Item
from gada.people.models import Household, Membership
from gada.people.services import scope_of
from gada.people.words import Recipient, Relationship


@transaction.atomic
def change_head(
    *, operator: Operator, household_id: UUID, membership_id: UUID, former_becomes: str, at: datetime
) -> Membership:
    """Make one member the head; the former head becomes what is said. Their history stays.

    Raises NotFound `household-unknown`, `membership-ended`; Invalid `relationship-unknown`; NotPermitted.
    """
    household = (
        Household.objects.select_for_update(of=("self",))
        .select_related("site", "programme")
        .filter(id=household_id)
        .first()
    )
    if household is None:
        raise NotFound("household-unknown", _("There is no household under this number."))
    authorize(operator, "household.change", site=household.site)
    if former_becomes not in set(Relationship.values) - {Relationship.HEAD}:
        raise Invalid("relationship-unknown", _("Say what the former head is to the new one."))
    open_ = list(Membership.objects.filter(household=household, until=None))
    new = next((each for each in open_ if each.id == membership_id), None)
    if new is None:
        raise NotFound("membership-ended", _("This person is no longer in that household."))
    former = next((each for each in open_ if each.relationship == Relationship.HEAD), None)
    if former is not None and former.id == new.id:
        return new
    steps = [(new, str(Relationship.HEAD), str(Recipient.PRINCIPAL))]
    if former is not None:
        steps.append((former, former_becomes, str(Recipient.ALTERNATE)))
    steps += [  # whoever collected as principal besides the head stays an alternate
        (each, each.relationship, str(Recipient.ALTERNATE)) for each in open_
        if each.recipient == Recipient.PRINCIPAL and each not in (new, former)
    ]
    scope = scope_of(household.site, household.programme)
    journal.record_all(
        "membership.ended", by=operator, scope=scope, purpose="registration", at=at,
        items=[Item(about=("person", each.person_id), subject=each.person_id, facts={
            "id": str(each.id), "household": str(household.id), "reason": "new-head",
        }) for each, _relationship, _recipient in steps],
    )
    started = journal.record_all(
        "membership.started", by=operator, scope=scope, purpose="registration", at=at,
        items=[Item(about=("person", each.person_id), subject=each.person_id, facts={
            "id": str(new_id()), "household": str(household.id), "relationship": relationship, "recipient": recipient,
        }) for each, relationship, recipient in steps],
    )
    made: Membership = started[0]
    return made

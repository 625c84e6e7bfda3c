"""Readers of assistance: lists, the family at the desk, who may collect."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from gada.agencies.models import Operator
from gada.agencies.queries import sites_of
from gada.assistance.models import DistributionList, Entitlement, EntitlementStatus, Redemption, Verification
from gada.engine.refusal import NotFound
from gada.matching.queries import canonical_household_of
from gada.people.models import Household, Membership, Person
from gada.people.words import PersonStatus, Recipient


@dataclass(frozen=True, slots=True)
class AtTheDesk:
    """Everything one desk screen shows about one family."""

    entitlement: Entitlement
    household: Household
    recipients: tuple[Membership, ...]
    steps: tuple[Verification, ...]
    redemption: Redemption | None


def lists_for(viewer: Operator) -> QuerySet[DistributionList]:
    """Lists at this viewer's sites, newest first, with how many are served."""
    return (
        DistributionList.objects.filter(site__in=sites_of(viewer)).select_related("cycle__intervention", "site")
        .annotate(
            families=Count("entitlements", filter=Q(entitlements__status__in=["open", "redeemed"])),
            served=Count("entitlements", filter=Q(entitlements__status=EntitlementStatus.REDEEMED)),
        )
        .order_by("-made_at")
    )


def list_for(viewer: Operator, list_id: UUID) -> DistributionList:
    """One list. Raises NotFound outside the viewer's sites."""
    made = lists_for(viewer).filter(id=list_id).first()
    if made is None:
        raise NotFound("list-unknown", "There is no such distribution list.")
    return made


def entitlement_of(made: DistributionList, household_id: UUID) -> Entitlement | None:
    """What this household's family is owed on this list (collected ones included)."""
    family = canonical_household_of([household_id]).get(household_id, household_id)
    return (
        Entitlement.objects.filter(list=made, canonical_household=family)
        .exclude(status__in=[EntitlementStatus.CANCELLED, EntitlementStatus.HELD]).order_by("lamport").first()
    )


def at_the_desk(viewer: Operator, entitlement_id: UUID) -> AtTheDesk:
    """The family of one entitlement: contents, recipients, the steps taken so far."""
    entitlement = (
        Entitlement.objects.filter(list__site__in=sites_of(viewer))
        .select_related("list__site", "cycle__intervention", "household").filter(id=entitlement_id).first()
    )
    if entitlement is None:
        raise NotFound("entitlement-unknown", "There is no such entitlement.")
    return AtTheDesk(
        entitlement=entitlement, household=entitlement.household, recipients=recipients_of(entitlement),
        steps=tuple(Verification.objects.filter(entitlement=entitlement).order_by("at", "id")),
        redemption=Redemption.objects.filter(entitlement=entitlement, collected_twice=False).first(),
    )


def recipients_of(entitlement: Entitlement) -> tuple[Membership, ...]:
    """Who may collect: principal recipient and head first, then the alternates."""
    family = [entitlement.household_id, entitlement.canonical_household]
    rows = Membership.objects.filter(household__in=family, until=None, person__status=PersonStatus.ACTIVE).filter(
        ~Q(recipient=Recipient.NONE) | Q(relationship="head")
    ).select_related("person")
    order = {Recipient.PRINCIPAL: 0, Recipient.NONE: 1, Recipient.ALTERNATE: 2}
    return tuple(sorted(rows, key=lambda row: (order[Recipient(row.recipient)], str(row.id))))


def people_of_list(made: DistributionList) -> set[UUID]:
    """Everybody who may collect on this list: among whom a finger is searched."""
    households = Entitlement.objects.filter(list=made).values("household")
    return set(
        Membership.objects.filter(household__in=households, until=None)
        .filter(~Q(recipient=Recipient.NONE) | Q(relationship="head")).values_list("person_id", flat=True)
    )


def household_of_person(person: Person) -> UUID | None:
    """The household somebody belongs to now."""
    return Membership.objects.filter(person=person, until=None).order_by("since").values_list("household_id", flat=True).first()

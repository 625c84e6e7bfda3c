"""Lists for a viewer, who is on them, and how far they are."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet

from gada.agencies.models import Device, Operator
from gada.agencies.queries import programmes_of, within
from gada.assistance.models import (
    Cycle,
    DistributionList,
    Entitlement,
    EntitlementStatus,
    Intervention,
    Redemption,
)
from gada.assistance.queries.leaving_out import left_out
from gada.engine.refusal import NotFound
from gada.matching.queries import canonical_household_of, canonical_of
from gada.people.models import Household, Membership
from gada.people.words import PersonStatus, Relationship

OF_PROGRAMME = "cycle__intervention__programme"  # the path from a list, and from an entitlement
LAST_FAMILIES = 20  # the pace of the desk is that of its last families
LONGEST_SECONDS = 1800  # somebody recognised and served half an hour later was waiting, not being served


@dataclass(frozen=True, slots=True)
class Family:
    """One family of a list: households judged one are counted once, in the name of the first."""

    household_id: UUID
    canonical: UUID
    members: int
    households: int  # how many registrations stand behind it
    served_elsewhere: bool  # it already has an entitlement in this cycle
    left_out: bool = False  # somebody decided that it is on no new list for now

    @property
    def is_due(self) -> bool:
        return not self.served_elsewhere and not self.left_out


@dataclass(frozen=True, slots=True)
class Preview:
    """Who a list would serve if it were opened now: counts, no names."""

    families: int
    people: int
    by_size: tuple[tuple[int, int], ...]  # (members, families)
    joined: int  # registrations that are counted with another
    elsewhere: int  # families left out because they have an entitlement in this cycle
    suspended: int = 0  # families left out by a decision


def interventions_for(viewer: Operator) -> QuerySet[Intervention]:
    """What the viewer's programmes hand out."""
    return (
        Intervention.objects.filter(programme__in=programmes_of(viewer))
        .select_related("programme")
        .order_by("name")
    )


def cycles_for(viewer: Operator) -> QuerySet[Cycle]:
    """Rounds of the viewer's interventions, newest first."""
    return (
        Cycle.objects.filter(intervention__programme__in=programmes_of(viewer))
        .select_related("intervention")
        .order_by("-starts_on", "intervention__name")
    )


def lists_for(viewer: Operator) -> QuerySet[DistributionList]:
    """Lists at this viewer's sites, of their programmes, newest first, with how many are served."""
    return (
        DistributionList.objects.filter(within(viewer, programme=OF_PROGRAMME))
        .select_related("cycle__intervention__programme", "site__agency")
        .annotate(
            families=Count("entitlements", filter=Q(entitlements__status__in=["open", "redeemed"])),
            served=Count("entitlements", filter=Q(entitlements__status=EntitlementStatus.REDEEMED)),
            held=Count("entitlements", filter=Q(entitlements__status=EntitlementStatus.HELD)),
        )
        .order_by("-made_at")
    )


def list_for(viewer: Operator, list_id: UUID) -> DistributionList:
    """One list. Raises NotFound outside the viewer's sites."""
    made = lists_for(viewer).filter(id=list_id).first()
    if made is None:
        raise NotFound("list-unknown", "There is no such distribution list.")
    return made


def families_for(made: DistributionList) -> tuple[Family, ...]:
    """The families of the list's site, first registered first. Five queries, whatever the number."""
    here = Household.objects.filter(site=made.site, status=PersonStatus.ACTIVE)
    households = list(here.order_by("enrolled_at", "id").values_list("id", flat=True))
    families = canonical_household_of(households)
    rows = Membership.objects.filter(household__in=here, until=None, person__status=PersonStatus.ACTIVE)
    pairs = list(rows.exclude(relationship=Relationship.COLLECTOR).values_list("household_id", "person_id"))
    # Somebody registered twice eats once: members are counted as the people they were judged to be.
    people = canonical_of({person for _, person in pairs})
    members: dict[UUID, set[UUID]] = defaultdict(set)
    for household, person in pairs:
        members[families.get(household, household)].add(people.get(person, person))
    registrations = Counter(families.get(household, household) for household in households)
    taken = set(
        Entitlement.objects.filter(cycle=made.cycle_id, status__in=["open", "redeemed"]).values_list(
            "canonical_household", flat=True
        )
    )
    out = left_out(households, programme=made.cycle.intervention.programme_id)
    without = {families.get(household, household) for household in out}
    found: dict[UUID, Family] = {}
    for household in households:
        family = families.get(household, household)
        found.setdefault(
            family,
            Family(
                household,
                family,
                max(1, len(members[family])),
                registrations[family],
                family in taken,
                family in without,
            ),
        )
    return tuple(found.values())


def preview_of(made: DistributionList) -> Preview:
    """Counts of who a list would serve if it were opened now."""
    families = families_for(made)
    listed = [family for family in families if family.is_due]
    return Preview(
        families=len(listed),
        people=sum(family.members for family in listed),
        by_size=tuple(sorted(Counter(family.members for family in listed).items())),
        joined=sum(family.households - 1 for family in families),
        elsewhere=sum(family.served_elsewhere for family in families),
        suspended=sum(family.left_out and not family.served_elsewhere for family in families),
    )


def seconds_a_family(made: DistributionList) -> int | None:
    """From the first look to the hand-over, the middle of the last families; None before there are three."""
    rows = (
        Redemption.objects.filter(entitlement__list=made)
        .order_by("-at")
        .annotate(began=Min("entitlement__verifications__at"))
        .values_list("began", "at")[:LAST_FAMILIES]
    )
    spans = [
        seconds
        for began, at in rows
        if began and 0 < (seconds := (at - began).total_seconds()) < LONGEST_SECONDS
    ]
    return round(median(spans)) if len(spans) >= 3 else None


def leases_of(device: Device | None, made: DistributionList, *, at: datetime) -> int:
    """How many open entitlements of this list are set aside for this device."""
    if device is None:
        return 0
    return made.entitlements.filter(
        leased_to=device, lease_until__gt=at, status=EntitlementStatus.OPEN
    ).count()


def name_of(viewer: Operator, operator_id: UUID | None) -> str:
    """A colleague's name, to say who did something; nothing about operators of other agencies."""
    if operator_id is None:
        return ""
    found = (
        Operator.objects.filter(id=operator_id, agency=viewer.agency_id)
        .values_list("name", flat=True)
        .first()
    )
    return found or ""

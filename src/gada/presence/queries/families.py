"""Which registrations are one family, and the signs of life it gave: being seen, or collecting aid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from gada.assistance.models import Redemption
from gada.matching.models import CanonicalHousehold
from gada.matching.queries import canonical_household_of
from gada.people.models import Membership
from gada.presence.models import Sighting

AT_ONCE = 2000  # below the limit on parameters of one statement


@dataclass(slots=True)
class Signs:
    """When a family was seen (campaign and Lamport counter), and when it last collected aid."""

    seen: list[tuple[UUID, int]] = field(default_factory=list)
    collected: datetime | None = None

    def since(self, campaign: UUID, *, lamport: int, at: datetime) -> bool:
        """Seen in this campaign at any time, or in any after this counter; or served after this moment."""
        seen = any(each == campaign or counter > lamport for each, counter in self.seen)
        return seen or (self.collected is not None and self.collected > at)


def parts_of(ids: Collection[UUID]) -> Iterator[list[UUID]]:
    """These ids in parts that one statement can hold."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), AT_ONCE):
        yield ordered[start : start + AT_ONCE]


def registrations_of(households: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Each household with every other registration that was judged to be the same family."""
    families = {id_: {id_} for id_ in households}
    canonical = canonical_household_of(households)
    joined: dict[UUID, set[UUID]] = defaultdict(set)
    for part in parts_of(set(canonical.values())):
        rows = CanonicalHousehold.objects.filter(canonical__in=part)
        for household, family in rows.values_list("household_id", "canonical_id"):
            joined[family].add(household)
    for id_, whole in families.items():
        family = canonical.get(id_, id_)
        whole |= {family} | joined[family]
    return families


def signs_of(households: Collection[UUID]) -> dict[UUID, Signs]:
    """Signs of life of each of these households: of its members, and of every registration of the family."""
    families = registrations_of(households)
    of_family: dict[UUID, set[UUID]] = defaultdict(set)  # registration → the households asked about
    for id_, whole in families.items():
        for each in whole:
            of_family[each].add(id_)
    found = {id_: Signs() for id_ in households}
    for part in parts_of(set(of_family)):
        members = dict(_pairs(part))
        rows = Sighting.objects.filter(Q(household__in=part) | Q(person__in=list(members)))
        for campaign, person, household, lamport in rows.values_list("campaign", "person", "household", "lamport"):
            for home in {household, *members.get(person, ())}:
                for asked in of_family.get(home, ()):
                    found[asked].seen.append((campaign, lamport))
        served = Redemption.objects.filter(
            Q(entitlement__household__in=part) | Q(entitlement__canonical_household__in=part)
        )
        for household, family, at in served.values_list(
            "entitlement__household_id", "entitlement__canonical_household", "at"
        ):
            for asked in of_family.get(household, set()) | of_family.get(family, set()):
                before = found[asked].collected
                found[asked].collected = at if before is None else max(at, before)
    return found


def members_of(household: UUID) -> list[UUID]:
    """Who belongs to a household now."""
    return list(Membership.objects.filter(household=household, until=None).values_list("person_id", flat=True))


def families_seen(campaign: UUID) -> set[UUID]:
    """Families of whom anybody was seen in this campaign, by the id that stands for all their registrations."""
    seen = Sighting.objects.filter(campaign=campaign)
    homes = set(seen.values_list("household", flat=True))
    now = Membership.objects.filter(until=None, person__in=seen.values("person"))
    homes |= set(now.values_list("household_id", flat=True))
    return set(canonical_household_of(homes).values())


def families_served_since(moment: datetime) -> set[UUID]:
    """Families that collected aid since then: whoever collects is not absent."""
    served = Redemption.objects.filter(at__gte=moment)
    return set(served.values_list("entitlement__canonical_household", flat=True))


def _pairs(households: Collection[UUID]) -> Iterator[tuple[UUID, set[UUID]]]:
    rows = Membership.objects.filter(household__in=households, until=None).values_list("person_id", "household_id")
    homes: dict[UUID, set[UUID]] = defaultdict(set)
    for person, household in rows:
        homes[person].add(household)
    yield from homes.items()

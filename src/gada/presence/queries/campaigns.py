"""Campaigns for a viewer: their roll calls, who is expected, and how far each is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from gada.agencies.models import Operator, Site
from gada.agencies.queries import programmes_of, sites_of
from gada.engine.refusal import NotFound
from gada.matching.queries import canonical_household_of
from gada.people.models import Change, Household
from gada.people.queries import households_here
from gada.people.words import HouseholdStatus
from gada.presence.models import Closing, Means, RollCall, Sighting
from gada.presence.queries.families import families_seen

DAYS_SHOWN = 31


@dataclass(frozen=True, slots=True)
class Figures:
    """How far one roll call is. Counts only, of households the viewer may see."""

    roll_call: RollCall
    expected: int  # families
    seen: int  # of those expected
    besides: int  # families seen that were not expected: registered since, moved here, or of another programme
    people: int
    means: Counter[str]  # people by how they were recognised
    days: Counter[date]  # people by the day they were first seen
    elsewhere: int  # people of this site who were seen at another

    @property
    def missing(self) -> int:
        return self.expected - self.seen


def roll_calls_for(viewer: Operator) -> QuerySet[RollCall]:
    """Roll calls at the viewer's sites, of the programmes they work for; newest campaign first."""
    programmes = Q(campaign__programme=None) | Q(campaign__programme__in=programmes_of(viewer))
    closings = Closing.objects.filter(roll_call=OuterRef("pk"))
    return (
        RollCall.objects.filter(programmes, site__in=sites_of(viewer))
        .select_related("campaign__programme", "site__agency").annotate(closed=Exists(closings))
        .order_by("-campaign__opened_at", "campaign_id", "site__name")
    )


def roll_call_for(viewer: Operator, roll_call_id: UUID) -> RollCall:
    """One roll call. Raises NotFound outside the viewer's sites."""
    found = roll_calls_for(viewer).filter(id=roll_call_id).first()
    if found is None:
        raise NotFound("roll-call-unknown", "There is no such presence campaign at your sites.")
    return found


def roll_calls_of(viewer: Operator, campaign_id: UUID) -> list[RollCall]:
    """Those of one campaign that the viewer may see. Raises NotFound when there are none."""
    found = list(roll_calls_for(viewer).filter(campaign=campaign_id))
    if not found:
        raise NotFound("roll-call-unknown", "There is no such presence campaign at your sites.")
    return found


def is_over(roll_call: RollCall, *, at: datetime) -> bool:
    """Closed by a supervisor, or its last day is past: from then on who was not seen may be proposed."""
    closed = Closing.objects.filter(roll_call=roll_call.id).exists()
    return closed or timezone.localdate(at) > roll_call.campaign.ends_on


def expected_at(roll_call: RollCall) -> QuerySet[Household]:
    """Households registered at this site when the roll call opened, and of whom nobody heard since.

    Asked anew each time, never copied: a household that moved, withdrew or was joined to another since gave news of
    itself and is expected no longer; one that moved here since was expected elsewhere.
    """
    moved = Change.objects.filter(
        target=OuterRef("pk"), field="site", happening__at__gt=roll_call.opened_at, happening__undone_version="",
    )
    here = Household.objects.filter(
        site=roll_call.site_id, status=HouseholdStatus.ACTIVE, enrolled_at__lte=roll_call.opened_at
    ).exclude(Exists(moved))
    programme = roll_call.campaign.programme_id
    return here.filter(programme=programme) if programme else here


def figures_for(viewer: Operator, roll_calls: Sequence[RollCall]) -> list[Figures]:
    """How far each of these roll calls of one campaign is."""
    return [_figures(viewer, roll_call) for roll_call in roll_calls]


def open_sites_of(viewer: Operator) -> QuerySet[Site]:
    """Where the viewer may open a campaign."""
    return sites_of(viewer, action="presence.open").select_related("agency").order_by("name")


def sites_named(ids: set[UUID]) -> dict[UUID, str]:
    """Names of sites, to say where somebody was seen."""
    return {site.id: site.name for site in Site.objects.filter(id__in=ids)}


def _figures(viewer: Operator, roll_call: RollCall) -> Figures:
    expected = list(
        expected_at(roll_call)
        .filter(id__in=households_here(viewer).values("id"))
        .values_list("id", flat=True)
    )
    seen = families_seen(roll_call.campaign_id)
    families = canonical_household_of(expected)
    here = households_here(viewer).filter(site=roll_call.site_id)
    rows = list(
        Sighting.objects.filter(campaign=roll_call.campaign_id, household__in=here.values("id"))
        .order_by("lamport", "id").values_list("person", "household", "means", "at", "seen_at")
    )
    first = {row[0]: row for row in reversed(rows)}
    others = set(canonical_household_of({row[1] for row in rows}).values()) - set(families.values())
    return Figures(
        roll_call=roll_call, expected=len(set(families.values())), seen=len(set(families.values()) & seen),
        besides=len(others), people=len(first), means=Counter(Means(row[2]).value for row in first.values()),
        days=Counter(timezone.localdate(row[3]) for row in first.values()),
        elsewhere=sum(row[4] != roll_call.site_id for row in first.values()),
    )

"""Who is absent by the rule of a campaign, where each absence stands, and who is left out of lists meanwhile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from gada.agencies.models import Operator
from gada.assistance.models import DistributionList, Entitlement, EntitlementStatus, ListStatus
from gada.assistance.queries import LeftOut
from gada.engine.refusal import NotFound
from gada.matching.queries import canonical_household_of
from gada.people.models import Household, Membership, Person
from gada.people.queries import households_here
from gada.people.words import Relationship
from gada.presence import rules
from gada.presence.models import Campaign, RollCall, Sighting, Step, What
from gada.presence.queries.campaigns import expected_at, is_over
from gada.presence.queries.families import families_seen, families_served_since, parts_of, signs_of
from gada.presence.rules import Stage, Standing

LISTS_READ = 3  # times the number that must be missed: a family is not on every list
Key = tuple[UUID, UUID]  # campaign, household


@dataclass(frozen=True, slots=True)
class Absence:
    """One family in one campaign: why it is thought absent, what was done, where that stands."""

    campaign: UUID
    household: Household
    head: Person | None
    grounds: tuple[dict[str, Any], ...]
    steps: tuple[Step, ...]
    standing: Standing

    @property
    def stage(self) -> Stage:
        return self.standing.stage


def grounds_at(roll_call: RollCall, *, at: datetime) -> dict[UUID, list[dict[str, Any]]]:
    """Households that are absent by the campaign's rule at this moment, and by which sign. It proposes, nothing more.

    Whoever was seen in the campaign is never proposed in it; nor, as not seen, who collected aid since it opened.
    """
    campaign = roll_call.campaign
    expected = list(expected_at(roll_call).values_list("id", flat=True))
    families = canonical_household_of(expected)
    seen = families_seen(campaign.id)
    missing = [id_ for id_ in expected if families[id_] not in seen]
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    if campaign.not_seen and is_over(roll_call, at=at):
        served = families_served_since(roll_call.opened_at)
        for id_ in missing:
            if families[id_] not in served:
                found[id_].append({"kind": rules.NOT_SEEN})
    if campaign.misses:
        missed = _missed_at(roll_call, most=campaign.misses * LISTS_READ)
        for id_ in missing:
            if (count := missed.get(families[id_], 0)) >= campaign.misses:
                found[id_].append({"kind": rules.MISSED, "count": count})
    return dict(found)


def absences_at(viewer: Operator, roll_call: RollCall, *, at: datetime) -> list[Absence]:
    """Everybody of this roll call who is proposed or was listed, those for whom somebody must act first."""
    grounds = grounds_at(roll_call, at=at)
    stepped = set(
        Step.objects.filter(campaign=roll_call.campaign_id, site=roll_call.site_id).values_list("household", flat=True)
    )
    found = _absences(viewer, roll_call.campaign_id, {*grounds, *stepped}, grounds, at=at)
    order = [Stage.APPEALED, Stage.DUE, Stage.PROPOSED, Stage.WARNED, Stage.GRACE, Stage.SUSPENDED]
    return sorted(found, key=lambda each: (
        order.index(each.stage) if each.stage in order else len(order), each.household.number
    ))


def absence_for(viewer: Operator, roll_call: RollCall, household_id: UUID, *, at: datetime) -> Absence:
    """One family's absence. Raises NotFound where there is none, or outside the viewer's sites."""
    grounds = grounds_at(roll_call, at=at)
    listed = Step.objects.filter(campaign=roll_call.campaign_id, household=household_id).exists()
    found = _absences(viewer, roll_call.campaign_id, {household_id}, grounds, at=at)
    if not found or not (listed or household_id in grounds):
        raise NotFound("absence-unknown", "This family is not listed as absent here.")
    return found[0]


def standings_of(steps: Iterable[Step], *, at: datetime) -> dict[Key, Standing]:
    """Where these absences stand; the steps of each must be complete."""
    by_key: dict[Key, list[Step]] = defaultdict(list)
    for step in steps:
        by_key[step.campaign, step.household].append(step)
    signs = signs_of({household for _campaign, household in by_key})
    return {
        key: rules.standing_of(
            each, at=at,
            returned=signs[key[1]].since(
                key[0], lamport=min(step.lamport for step in each), at=min(step.at for step in each)
            ),
        )
        for key, each in by_key.items()
    }


def history_of(viewer: Operator, household_id: UUID) -> tuple[Household, list[Sighting], list[Step]]:
    """When this family was seen, and every step about its absence. Raises NotFound outside the viewer's sites."""
    household = households_here(viewer).select_related("site").filter(id=household_id).first()
    if household is None:
        raise NotFound("household-unknown", "There is no household under this number.")
    members = Membership.objects.filter(household=household, until=None).values("person")
    seen = Sighting.objects.filter(household=household_id) | Sighting.objects.filter(person__in=members)
    steps = Step.objects.filter(household=household_id)
    return household, list(seen.order_by("-lamport", "id")[:200]), list(steps.order_by("-lamport", "id")[:100])


def suspended_among(households: Collection[UUID], *, programme: UUID | None = None) -> dict[UUID, Step]:
    """Of these households those whose suspension stands now, for lists of this programme (None: of any)."""
    wanted = set(households)
    keys = {
        (campaign, household)
        for campaign, household in Step.objects.filter(what=What.SUSPENDED).values_list("campaign", "household")
        if household in wanted
    }
    if not keys:
        return {}
    campaigns = Campaign.objects.in_bulk([campaign for campaign, _household in keys])
    steps = [
        step for step in Step.objects.filter(household__in=[household for _campaign, household in keys])
        if (step.campaign, step.household) in keys
    ]
    standings = standings_of(steps, at=max(step.at for step in steps))
    return {
        step.household: step for step in sorted(steps, key=lambda step: (step.lamport, str(step.id)))
        if step.what == What.SUSPENDED and not standings[step.campaign, step.household].keeps_aid
        and _concerns(campaigns.get(step.campaign), programme)
    }


def who_is_left_out(households: Collection[UUID], *, programme: UUID) -> Mapping[UUID, LeftOut]:
    """What the lists of aid ask before they are made (installed by project/reactions.py)."""
    found = suspended_among(households, programme=programme)
    campaigns = Campaign.objects.in_bulk([step.campaign for step in found.values()])
    said: dict[UUID, LeftOut] = {}
    for household, step in found.items():
        campaign = campaigns.get(step.campaign)
        said[household] = LeftOut(
            household=household,
            since=step.at,
            reason=step.reason,
            what_to_do=_(
                "If the family is here, see it at the presence desk or receive its appeal: %(where)s. Both put it back."
            )
            % {"where": campaign.appeal_at if campaign else ""},
            url=reverse("presence:history", args=[household]),
        )
    return said


def _concerns(campaign: Campaign | None, programme: UUID | None) -> bool:
    if campaign is None or campaign.programme_id is None or programme is None:
        return True
    return campaign.programme_id == programme


def _absences(
    viewer: Operator, campaign: UUID, ids: Collection[UUID], grounds: Mapping[UUID, Any], *, at: datetime
) -> list[Absence]:
    steps: dict[UUID, list[Step]] = defaultdict(list)
    for step in Step.objects.filter(campaign=campaign).order_by("lamport", "id"):
        if step.household in ids:
            steps[step.household].append(step)
    standings = standings_of([step for each in steps.values() for step in each], at=at)
    households = households_here(viewer).select_related("site").in_bulk(list(ids))
    heads = heads_of(households)
    return [
        Absence(
            campaign, household, heads.get(id_), tuple(grounds.get(id_, ())), tuple(steps[id_]),
            standings.get((campaign, id_), Standing(Stage.PROPOSED)),
        )
        for id_, household in households.items()
    ]


def heads_of(households: Collection[UUID]) -> dict[UUID, Person]:
    """Who leads each of these households."""
    led = Membership.objects.filter(until=None, relationship=Relationship.HEAD).select_related("person")
    return {
        row.household_id: row.person
        for part in parts_of(households) for row in led.filter(household__in=part)
    }


def _missed_at(roll_call: RollCall, *, most: int) -> dict[UUID, int]:
    """By family: how many of the last closed distributions at this site it missed in a row."""
    closed = DistributionList.objects.filter(site=roll_call.site_id, status=ListStatus.CLOSED)
    if roll_call.campaign.programme_id:
        closed = closed.filter(cycle__intervention__programme=roll_call.campaign.programme_id)
    order = list(closed.exclude(frozen_at=None).order_by("-frozen_at", "-id").values_list("id", flat=True)[:most])
    outcomes: dict[UUID, dict[UUID, bool]] = defaultdict(dict)
    rows = Entitlement.objects.filter(
        list__in=order, status__in=[EntitlementStatus.OPEN, EntitlementStatus.REDEEMED]
    ).values_list("list_id", "canonical_household", "status")
    for made, family, status in rows:
        outcomes[family][made] = outcomes[family].get(made, False) or status == EntitlementStatus.REDEEMED
    return {family: rules.missed_in_a_row(each.get(made) for made in order) for family, each in outcomes.items()}

"""Writers of lists: what is handed out, in which round, to whom; made by one person, checked by another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Operator, Programme, Site
from gada.agencies.services import authorize
from gada.assistance import rules
from gada.assistance.models import Cycle, DistributionList, Intervention, ListStatus
from gada.assistance.queries import Family, families_for
from gada.engine.proof.canonical import normalise_text
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, NotFound, Refusal
from gada.journal import Entry, Item, Scope
from gada.matching.queries import canonical_household_of
from gada.people.models import Household

CHUNK = 500


@transaction.atomic
def create_intervention(
    *, operator: Operator, programme: Programme, name: str, item: str, at: datetime
) -> Intervention:
    """Begin what a programme hands out."""
    authorize(operator, "intervention.create", programme=programme)
    id_ = new_id()
    made: Intervention = journal.record(
        "intervention.created",
        by=operator,
        about=("intervention", id_),
        purpose="assistance",
        at=at,
        facts={"id": str(id_), "name": normalise_text(name), "item": normalise_text(item)},
        scope=Scope(agency=programme.agency_id, programme=programme.id),
    )
    return made


@transaction.atomic
def create_cycle(
    *, operator: Operator, intervention: Intervention, name: str, starts_on: date, ends_on: date, at: datetime
) -> Cycle:
    """Open one round of an intervention."""
    authorize(operator, "intervention.create", programme=intervention.programme)
    if ends_on < starts_on:
        raise Invalid("cycle-order", _("The last day lies before the first."))
    if Cycle.objects.filter(intervention=intervention, name=normalise_text(name)).exists():
        raise Refusal("cycle-exists", _("This intervention already has a cycle of this name. Give it another name."))
    id_ = new_id()
    made: Cycle = journal.record(
        "cycle.created",
        by=operator,
        about=("cycle", id_),
        purpose="assistance",
        at=at,
        facts={
            "id": str(id_),
            "intervention": str(intervention.id),
            "name": normalise_text(name),
            "starts_on": starts_on.isoformat(),
            "ends_on": ends_on.isoformat(),
        },
        scope=Scope(agency=intervention.programme.agency_id, programme=intervention.programme_id),
    )
    return made


@transaction.atomic
def make_list(
    *, operator: Operator, cycle: Cycle, site: Site, contents: Sequence[Mapping[str, Any]], at: datetime
) -> DistributionList:
    """Prepare the list of one site for one cycle; who is on it is decided when it is opened."""
    authorize(operator, "list.make", site=site)
    rules.check_contents(contents)
    if DistributionList.objects.filter(cycle=cycle, site=site).exists():
        raise Refusal("list-exists", _("There is already a list for this site and this cycle."))
    id_ = new_id()
    made: DistributionList = journal.record(
        "list.made",
        by=operator,
        about=("list", id_),
        purpose="assistance",
        at=at,
        scope=_scope(cycle, site),
        facts={"id": str(id_), "cycle": str(cycle.id), "contents": [dict(line) for line in contents]},
    )
    return made


@transaction.atomic
def verify_list(*, operator: Operator, list_id: UUID, at: datetime) -> DistributionList:
    """A second person checks the list."""
    made = _locked_list(list_id)
    authorize(operator, "list.verify", site=made.site)
    rules.may_verify_list(status=made.status, made_by=made.made_by, verifier=operator.id)
    verified: DistributionList = journal.record(
        "list.verified",
        by=operator,
        about=("list", made.id),
        facts={"households": len(families_for(made))},
        purpose="assistance",
        scope=_scope(made.cycle, made.site),
        at=at,
    )
    return verified


@transaction.atomic
def open_list(*, operator: Operator, list_id: UUID, at: datetime) -> DistributionList:
    """Freeze the list: one entitlement per family, and the desks may begin. Doing it again changes nothing."""
    made = _locked_list(list_id)
    authorize(operator, "list.open", site=made.site)
    if made.status == ListStatus.FROZEN:
        return made
    if made.status != ListStatus.VERIFIED:
        raise Refusal("list-not-verified", _("Somebody else must check this list before it is opened."))
    scope, items = _scope(made.cycle, made.site), _items_for(made)
    for start in range(0, len(items), CHUNK):
        journal.record_all(
            "entitlement.opened",
            items=items[start : start + CHUNK],
            by=operator,
            scope=scope,
            purpose="assistance",
            at=at,
        )
    opened: DistributionList = journal.record(
        "list.frozen",
        by=operator,
        about=("list", made.id),
        facts={"entitlements": len(items)},
        scope=scope,
        purpose="assistance",
        at=at,
    )
    return opened


@transaction.atomic
def close_list(*, operator: Operator, list_id: UUID, at: datetime) -> DistributionList:
    """No more handing over on this list."""
    made = _locked_list(list_id)
    authorize(operator, "list.open", site=made.site)
    if made.status == ListStatus.CLOSED:
        return made
    closed: DistributionList = journal.record(
        "list.closed",
        by=operator,
        about=("list", made.id),
        facts={},
        scope=_scope(made.cycle, made.site),
        purpose="assistance",
        at=at,
    )
    return closed


@transaction.atomic
def entitle_again(*, household: Household, since: datetime, entry: Entry) -> int:
    """A family that was left out of lists since this moment is due again: on each that is still open, what it missed.

    Two nodes that find this out at the same time make the same entitlement. Gives how many there are.
    """
    open_now = DistributionList.objects.filter(
        site=household.site_id, status=ListStatus.FROZEN, frozen_at__gte=since
    ).select_related("cycle__intervention__programme", "site")
    count = 0
    for made in open_now:
        for family in families_for(made):
            if not family.is_due or family.canonical not in canonical_household_of([household.id]).values():
                continue
            item = _item_for(made, family, uuid5(made.id, str(family.canonical)), made.cycle.intervention.item)
            journal.record_all(
                "entitlement.opened", items=[item], by=entry.by, scope=_scope(made.cycle, made.site),
                purpose="assistance", at=entry.recorded_at,
            )
            count += 1
    return count


def _items_for(made: DistributionList) -> list[Item]:
    """One entitlement per family that has none yet in this cycle."""
    item = made.cycle.intervention.item
    items = []
    for family in families_for(made):
        if family.is_due:
            items.append(_item_for(made, family, new_id(), item))
    return items


def _item_for(made: DistributionList, family: Family, id_: UUID, item: str) -> Item:
    return Item(
        about=("entitlement", id_),
        facts={
            "id": str(id_),
            "list": str(made.id),
            "cycle": str(made.cycle_id),
            "household": str(family.household_id),
            "canonical_household": str(family.canonical),
            "item": item,
            "members": family.members,
            "leased_to": None,
            "contents": rules.contents_for(made.contents, members=family.members),
        },
    )


def _locked_list(list_id: UUID) -> DistributionList:
    made = (
        DistributionList.objects.select_for_update(of=("self",))
        .select_related("cycle__intervention__programme", "site")
        .filter(id=list_id)
        .first()
    )
    if made is None:
        raise NotFound("list-unknown", _("There is no such distribution list."))
    return made


def _scope(cycle: Cycle, site: Site) -> Scope:
    return Scope(agency=site.agency_id, site=site.id, programme=cycle.intervention.programme_id)

"""Facts about aid become rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from gada.assistance.models import (
    Cycle,
    DistributionList,
    Entitlement,
    EntitlementStatus,
    Intervention,
    ListStatus,
    Redemption,
    RefusalSlip,
    Verification,
)
from gada.journal import Entry, applies, upcasts

REBUILT = (Intervention, Cycle, DistributionList, Entitlement, Verification, Redemption, RefusalSlip)
RECOGNISED = ("method", "recognised", "score", "finger", "reason", "source")


@applies("intervention.created", schema=1)
def interventions_created(entries: Sequence[Entry]) -> list[Intervention]:
    return [
        Intervention.objects.get_or_create(
            id=UUID(entry.facts["id"]),
            defaults={
                "programme_id": entry.scope.programme,
                "name": entry.facts["name"],
                "item": entry.facts["item"],
                "started_at": entry.happened_at,
            },
        )[0]
        for entry in entries
    ]


@applies("cycle.created", schema=1)
def cycles_created(entries: Sequence[Entry]) -> list[Cycle]:
    return [
        Cycle.objects.get_or_create(
            id=UUID(entry.facts["id"]),
            defaults={
                "intervention_id": UUID(entry.facts["intervention"]),
                "name": entry.facts["name"],
                "starts_on": date.fromisoformat(entry.facts["starts_on"]),
                "ends_on": date.fromisoformat(entry.facts["ends_on"]),
            },
        )[0]
        for entry in entries
    ]


@applies("list.made", schema=1)
def lists_made(entries: Sequence[Entry]) -> list[DistributionList]:
    return [
        DistributionList.objects.get_or_create(
            id=UUID(entry.facts["id"]),
            defaults={
                "cycle_id": UUID(entry.facts["cycle"]),
                "site_id": entry.scope.site,
                "contents": entry.facts["contents"],
                "made_by": entry.by[1],
                "made_at": entry.happened_at,
            },
        )[0]
        for entry in entries
    ]


@applies("list.verified", schema=1)
def lists_verified(entries: Sequence[Entry]) -> list[DistributionList]:
    for entry in entries:
        DistributionList.objects.filter(id=entry.about[1], status=ListStatus.DRAFT).update(
            status=ListStatus.VERIFIED, verified_by=entry.by[1]
        )
    return _lists(entries)


@applies("list.frozen", schema=1)
def lists_frozen(entries: Sequence[Entry]) -> list[DistributionList]:
    for entry in entries:
        DistributionList.objects.filter(id=entry.about[1]).exclude(status=ListStatus.CLOSED).update(
            status=ListStatus.FROZEN, frozen_at=entry.happened_at
        )
    return _lists(entries)


@applies("list.closed", schema=1)
def lists_closed(entries: Sequence[Entry]) -> list[DistributionList]:
    for entry in entries:
        DistributionList.objects.filter(id=entry.about[1]).update(status=ListStatus.CLOSED)
    return _lists(entries)


@applies("entitlement.opened", schema=1)
def entitlements_opened(entries: Sequence[Entry]) -> list[Entitlement]:
    known = Entitlement.objects.filter(id__in=[e.facts["id"] for e in entries])
    held = {id_: (lamport, at) for id_, lamport, at in known.values_list("id", "lamport", "opened_at")}
    Entitlement.objects.bulk_create(
        [_entitlement(e) for e in entries if UUID(e.facts["id"]) not in held], batch_size=200
    )
    for entry in entries:  # two nodes gave a family back what it missed: the first of them is the one, on every node
        id_, order = UUID(entry.facts["id"]), (entry.lamport, entry.happened_at)
        if id_ in held and order < held[id_]:
            held[id_] = order
            Entitlement.objects.filter(id=id_).update(
                opened_at=entry.happened_at, contents=entry.facts["contents"], members=entry.facts["members"],
                lamport=entry.lamport,
            )
    return _in_order(Entitlement, entries)


@applies("entitlement.settled", schema=1)
def entitlements_settled(entries: Sequence[Entry]) -> list[None]:
    """A judgement changed which households are one family: follow it, hold the younger claim, release what is free.

    Holding comes first and releasing last, so that at no moment one family has two open claims.
    """
    for entry in entries:
        facts = entry.facts
        rows = Entitlement.objects
        rows.filter(id__in=facts["hold"], status=EntitlementStatus.OPEN).update(
            status=EntitlementStatus.HELD, held_by=UUID(facts["judgement"])
        )
        rows.filter(id__in=facts["twice"]).update(collected_twice=True)
        for entitlement_id, family in facts["families"].items():
            rows.filter(id=entitlement_id).update(canonical_household=UUID(family))
        rows.filter(id__in=facts["once"]).update(collected_twice=False)
        rows.filter(id__in=facts["release"], status=EntitlementStatus.HELD).update(
            status=EntitlementStatus.OPEN, held_by=None
        )
    return []


@upcasts("collector.verified", from_schema=1)
@upcasts("entitlement.redeemed", from_schema=1)
def of_our_prints(facts: dict[str, Any]) -> dict[str, Any]:
    """Before partners' prints were compared, every print was ours."""
    return {**facts, "schema": 2, "source": None}


@applies("collector.verified", schema=2)
def collectors_verified(entries: Sequence[Entry]) -> list[Verification]:
    return [
        Verification.objects.get_or_create(
            id=UUID(entry.facts["id"]),
            defaults={
                "entitlement_id": UUID(entry.facts["entitlement"]),
                "person_id": entry.about[1],
                "operator_id": entry.by[1],
                "at": entry.happened_at,
                **{name: entry.facts[name] for name in RECOGNISED},
            },
        )[0]
        for entry in entries
    ]


@applies("entitlement.redeemed", schema=2)
def entitlements_redeemed(entries: Sequence[Entry]) -> list[Redemption]:
    """A second collection that already happened elsewhere is kept as such: apply never refuses."""
    made = []
    for entry in entries:
        entitlement_id = UUID(entry.facts["entitlement"])
        twice = _collected_before(UUID(entry.facts["id"]), entitlement_id)
        redemption, _ = Redemption.objects.get_or_create(
            id=UUID(entry.facts["id"]),
            defaults={
                "entitlement_id": entitlement_id,
                "collected_by": UUID(entry.facts["collected_by"]),
                "method": entry.facts["method"],
                "source": entry.facts["source"],
                "device": entry.facts["device"],
                "operator_id": entry.by[1],
                "at": entry.happened_at,
                "collected_twice": twice,
            },
        )
        Entitlement.objects.filter(id=entitlement_id).update(status=EntitlementStatus.REDEEMED, held_by=None)
        made.append(redemption)
    return made


@applies("collection.refused", schema=1)
def collections_refused(entries: Sequence[Entry]) -> list[RefusalSlip]:
    return [
        RefusalSlip.objects.get_or_create(
            id=UUID(entry.facts["id"]),
            defaults={
                "entitlement_id": UUID(entry.facts["entitlement"]),
                "operator_id": entry.by[1],
                "at": entry.happened_at,
                "appeal_until": date.fromisoformat(entry.facts["appeal_until"]),
                **{name: entry.facts[name] for name in ("number", "claimed_by", "reason", "way_forward")},
            },
        )[0]
        for entry in entries
    ]


def _entitlement(entry: Entry) -> Entitlement:
    facts = entry.facts
    return Entitlement(
        id=UUID(facts["id"]),
        list_id=UUID(facts["list"]),
        cycle_id=UUID(facts["cycle"]),
        household_id=UUID(facts["household"]),
        canonical_household=UUID(facts["canonical_household"]),
        item=facts["item"],
        contents=facts["contents"],
        members=facts["members"],
        opened_at=entry.happened_at,
        leased_to_id=UUID(facts["leased_to"]) if facts["leased_to"] else None,
        lease_until=None,
        lamport=entry.lamport,
    )


def _collected_before(redemption: UUID, entitlement: UUID) -> bool:
    """Of two collections the smaller random part of the id is the one that counts: the same choice on every node."""
    counted = Redemption.objects.filter(entitlement_id=entitlement, collected_twice=False).exclude(id=redemption)
    other = counted.first()
    if other is None or Redemption.objects.filter(id=redemption).exists():
        return False
    if other.id.bytes[8:] < redemption.bytes[8:]:
        return True
    counted.update(collected_twice=True)
    return False


def _lists(entries: Sequence[Entry]) -> list[DistributionList]:
    found = DistributionList.objects.in_bulk([entry.about[1] for entry in entries])
    return [found[entry.about[1]] for entry in entries]


def _in_order(model: Any, entries: Sequence[Entry]) -> list[Any]:
    found = model.objects.in_bulk([UUID(entry.facts["id"]) for entry in entries])
    return [found[UUID(entry.facts["id"])] for entry in entries]

"""Entitlements follow judgements: a family judged one keeps one, and undoing gives the other back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db.models import Q

from gada import journal
from gada.assistance import rules
from gada.assistance.models import Entitlement, EntitlementStatus
from gada.journal import Entry
from gada.matching.queries import canonical_household_of


def settle_after_judgement(entry: Entry) -> None:
    """Reaction to a judgement and to its undoing: entitlements follow the families, in the same transaction."""
    touched = {
        UUID(change[which]) for change in entry.facts["households"] for which in ("id", "before", "after")
    }
    if not touched:
        return
    whole = touched | set(canonical_household_of(touched).values())
    rows = list(
        Entitlement.objects.select_for_update(of=("self",))
        .filter(Q(household__in=whole) | Q(canonical_household__in=whole))
        .exclude(status=EntitlementStatus.CANCELLED)
    )
    now = canonical_household_of({row.household_id for row in rows})
    groups: dict[tuple[UUID, str], list[Entitlement]] = defaultdict(list)
    for row in rows:
        groups[row.cycle_id, row.item].append(row)
    for group in groups.values():
        _settle_group(entry, group, now)


def _settle_group(entry: Entry, group: Sequence[Entitlement], now: Mapping[UUID, UUID]) -> None:
    claims = [
        rules.Claim(
            row.id,
            now.get(row.household_id, row.household_id),
            row.status,
            row.collected_twice,
            (row.lamport, str(row.id)),
        )
        for row in group
    ]
    settled = rules.settle_claims(claims)
    moved = {
        str(claim.id): str(claim.canonical_household)
        for claim, row in zip(claims, group, strict=True)
        if claim.canonical_household != row.canonical_household
    }
    if not moved and not any((settled.hold, settled.release, settled.twice, settled.once)):
        return
    journal.record(
        "entitlement.settled",
        by=entry.by,
        about=("cycle", group[0].cycle_id),
        scope=entry.scope,
        purpose="assistance",
        case=entry.case or entry.about,
        at=entry.recorded_at,
        facts={
            "judgement": entry.facts["judgement"],
            "families": moved,
            "hold": [str(i) for i in settled.hold],
            "release": [str(i) for i in settled.release],
            "twice": [str(i) for i in settled.twice],
            "once": [str(i) for i in settled.once],
        },
    )

"""What a page says of the nodes of our own agency: contact, what waits, what is set aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max

from gada import vault
from gada.agencies.models import Operator, Site
from gada.agencies.queries import permissions_of
from gada.exchange.models import OwnNode
from gada.journal.carrying import held_sizes
from gada.journal.models import HeldEntry, Log, LogEntry

SOON = timedelta(days=14)
QUIET = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class NodeLine:
    """One node as the page shows it."""

    node: OwnNode
    ours: bool
    sites: str
    waiting: int  # entries here that it does not hold yet, as it last said
    aside: int  # entries of it that are set aside here
    expires: str  # "" | soon | past
    quiet: bool


def own_nodes_for(viewer: Operator, *, at: datetime) -> list[NodeLine]:
    """Every node of the agency, headquarters first."""
    if "node.see" not in permissions_of(viewer):
        return []
    own, names = vault.identity().node_id, {str(site.id): site.name for site in Site.objects.all()}
    aside = dict(HeldEntry.objects.values_list("author").annotate(Count("id")))
    sizes, lines = held_sizes(), []
    for node in OwnNode.objects.filter(agency=viewer.agency_id):
        past, soon = node.expired_at(at), node.expired_at(at + SOON)
        lines.append(NodeLine(
            node=node, ours=node.id == own, sites=", ".join(sorted(names.get(site, "…") for site in node.sites)),
            waiting=0 if node.id == own else _lacks(node, sizes), aside=aside.get(node.id, 0),
            expires="past" if past else "soon" if soon else "",
            quiet=node.id != own and (node.last_contact is None or node.last_contact < at - QUIET),
        ))
    return lines


def held_aside_for(viewer: Operator) -> list[dict[str, Any]]:
    """What arrived and is not applied, by author and reason; never what it says."""
    rows = HeldEntry.objects.all() if "node.see" in permissions_of(viewer) else HeldEntry.objects.none()
    counted = rows.values("author", "why").annotate(count=Count("id"), newest=Max("arrived_at"))
    return [dict(row) for row in counted.order_by("author", "why")]


def _lacks(node: OwnNode, sizes: Mapping[UUID, int]) -> int:
    """Entries under a head here that the node does not hold yet; a device is given only those of its sites."""
    held, lacking = node.held, 0
    for log in Log.objects.exclude(node_id=node.id):
        rows = LogEntry.objects.filter(log=log, position__gte=held.get(log.id, 0), position__lt=sizes.get(log.id, 0))
        if not node.headquarters:
            rows = rows.filter(site__in=node.site_ids)
        lacking += rows.count()
    return lacking


__all__ = ["NodeLine", "held_aside_for", "own_nodes_for"]

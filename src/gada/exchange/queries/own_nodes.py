"""What a page says of the nodes of our own agency: contact, what waits, what is set aside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max
from django.utils.translation import gettext_lazy as _

from gada import vault
from gada.agencies.models import Operator, Site
from gada.agencies.queries import permissions_of
from gada.agencies.services.known_actions import all_actions
from gada.engine.refusal import NotFound
from gada.exchange.models import OwnNode
from gada.journal.carrying import held_sizes
from gada.journal.keeping import Carried
from gada.journal.models import HeldEntry, HeldHead, Log, LogEntry

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


@dataclass(frozen=True, slots=True)
class BatchLine:
    """What a lost or expired device brought at one time."""

    id: UUID
    name: str
    why: str
    entries: int
    arrived_at: datetime
    first: bool  # the one to decide about next


@dataclass(frozen=True, slots=True)
class HeldLine:
    """One entry of a batch, in a few words."""

    what: str
    name: str
    at: datetime
    by: str


def batches_for(viewer: Operator) -> list[BatchLine]:
    """Batches to accept or refuse, each device's in its order."""
    if "node.see" not in permissions_of(viewer):
        return []
    names, held, lines = {node.id: node.name for node in OwnNode.objects.all()}, held_sizes(), []
    stands: dict[UUID, int] = {}
    for row in HeldHead.objects.order_by("author", "log_id", "size"):
        first = row.log_id not in stands
        start = stands.get(row.log_id, held.get(row.log_id, 0))
        stands[row.log_id] = row.size
        lines.append(BatchLine(
            row.id, names.get(row.author, "…"), str(HeldEntry.Why(row.why).label), row.size - start, row.arrived_at,
            first,
        ))
    return lines


def batch_for(viewer: Operator, batch: UUID, *, most: int = 200) -> tuple[list[HeldLine], list[UUID]]:
    """What a batch says, and whom it names. Raises NotFound `batch-decided`."""
    row = HeldHead.objects.filter(id=batch).first() if "node.decide" in permissions_of(viewer) else None
    if row is None:
        raise NotFound("batch-decided", _("Somebody has decided this already."))
    labels = {action.entry: str(action.label) for action in reversed([*all_actions()])}  # the first of each counts
    operators = {each.id: each.name for each in Operator.objects.all()}
    before = HeldHead.objects.filter(log_id=row.log_id, size__lt=row.size).aggregate(size=Max("size"))["size"]
    start = before or held_sizes().get(row.log_id, 0)
    lines, people = [], []
    held = HeldEntry.objects.filter(log_id=row.log_id, position__gte=start, position__lt=row.size)
    for each in held.order_by("position")[:most]:
        entry = Carried.of(json.loads(vault.open_for_node(bytes(each.box)))).entry()
        name = " ".join(str(entry.facts.get(part) or "") for part in ("given", "surname")).strip()
        people += [entry.about[1]] if name else []
        lines.append(HeldLine(
            labels.get(entry.action, entry.action), name, entry.happened_at, operators.get(entry.by[1], "–")
        ))
    return lines, people


def _lacks(node: OwnNode, sizes: Mapping[UUID, int]) -> int:
    """Entries under a head here that the node does not hold yet; a device is given only those of its sites."""
    held, lacking = node.held, 0
    for log in Log.objects.exclude(node_id=node.id):
        rows = LogEntry.objects.filter(log=log, position__gte=held.get(log.id, 0), position__lt=sizes.get(log.id, 0))
        if not node.headquarters:
            rows = rows.filter(site__in=node.site_ids)
        lacking += rows.count()
    return lacking


__all__ = ["BatchLine", "HeldLine", "NodeLine", "batch_for", "batches_for", "held_aside_for", "own_nodes_for"]

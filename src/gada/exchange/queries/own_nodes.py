"""What a page says of the nodes of our own agency: contact, what waits, what is set aside, conflicts to decide."""

from __future__ import annotations

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
from gada.exchange.models import OwnNode
from gada.journal.carrying import held_sizes
from gada.journal.models import HeldEntry, Log, LogEntry
from gada.people.models import Conflict, Correction, Person
from gada.people.queries import people_in
from gada.people.words import PersonStatus, ResidenceStatus, Sex

SOON = timedelta(days=14)
QUIET = timedelta(days=7)
MOST = 50
LABELS = {
    "given": _("Given name"), "surname": _("Surname"), "father": _("Father’s name"), "mother": _("Mother’s name"),
    "sex": _("Sex"), "birth_from": _("Born, earliest"), "birth_to": _("Born, latest"),
    "birth_precision": _("Birth, how exact"),
    "birth_source": _("Birth, who said so"), "residence_status": _("Residence status"), "nationality": _("Nationality"),
    "phone": _("Phone"), "phone_is_safe": _("The phone may be called"), "photo": _("Photo"),
    "needs_protection": _("Needs protection"), "unaccompanied": _("Unaccompanied"), "status": _("Status"),
}
WORDS = {"sex": Sex, "residence_status": ResidenceStatus, "status": PersonStatus}


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


@dataclass(frozen=True, slots=True)
class Side:
    """One of the values that stand against each other."""

    version: str
    value: str
    node: str
    shown: bool


@dataclass(frozen=True, slots=True)
class ConflictLine:
    """One field that two nodes changed without knowing of each other."""

    id: UUID
    person: UUID
    number: str
    name: str
    field: str
    sides: tuple[Side, ...]


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


def conflicts_for(viewer: Operator) -> tuple[list[ConflictLine], int]:
    """Conflicts that this operator may decide, and how many there are in all."""
    people = people_in(viewer).values("id")
    rows = Conflict.objects.filter(person__in=people).order_by("person", "field")
    some = list(rows[:MOST])
    named = Person.objects.in_bulk([row.person for row in some])
    authors = {node.id.hex: node.name for node in OwnNode.objects.all()}
    said: dict[tuple[UUID, str, str], object] = {
        (each.person, each.field, each.version): each.value
        for each in Correction.objects.filter(person__in=named)
    }
    return [
        ConflictLine(
            row.id, row.person, named[row.person].number,
            f"{named[row.person].given} {named[row.person].surname}".strip(),
            str(LABELS.get(row.field, row.field)), tuple(
                Side(
                    version, _words(row.field, said.get((row.person, row.field, version))),
                    authors.get(version.rpartition(":")[2], ""),
                    version == named[row.person].versions.get(row.field),
                )
                for version in row.versions
            ),
        )
        for row in some
    ], rows.count()


def _words(field: str, value: object) -> str:
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if field in WORDS and value in WORDS[field].values:
        return str(WORDS[field](value).label)
    return str(value) if value not in (None, "") else "–"


def _lacks(node: OwnNode, sizes: Mapping[UUID, int]) -> int:
    """Entries under a head here that the node does not hold yet; a device is given only those of its sites."""
    held, lacking = node.held, 0
    for log in Log.objects.exclude(node_id=node.id):
        rows = LogEntry.objects.filter(log=log, position__gte=held.get(log.id, 0), position__lt=sizes.get(log.id, 0))
        if not node.headquarters:
            rows = rows.filter(site__in=node.site_ids)
        lacking += rows.count()
    return lacking


__all__ = ["ConflictLine", "NodeLine", "Side", "conflicts_for", "held_aside_for", "own_nodes_for"]

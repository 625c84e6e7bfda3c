"""Which entries a node of ours may see, and which it may make. Headquarters: all. A device: its sites, and no more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from gada import vault
from gada.exchange.models import OwnNode
from gada.exchange.models.own_nodes import OwnNodeState
from gada.journal import registry
from gada.journal.arriving import Rules
from gada.journal.models import HeldEntry, LogEntry, Mention
from gada.people.models import Person
from gada.vault.enrolment import headquarters

Why = HeldEntry.Why
INTRODUCES = "node.admitted"
# What headquarters alone decides, and what never leaves it. A room that is not named here travels with its sites.
OF_HEADQUARTERS = frozenset({"agencies", "exchange"})
STAYS = frozenset({"exchange"})
ANYBODYS = frozenset({"operator.language_chosen"})
GOES_DOWN = frozenset({"node.admitted", "node.renewed", "node.withdrawn", "node.moved"})


def own_id() -> UUID:
    return vault.identity().node_id


def headquarters_id() -> UUID:
    """The node that admits others: ours, unless we came from a kit."""
    found = headquarters()
    return found.card.node_id if found else own_id()


def may_see(node: OwnNode) -> Callable[[Sequence[LogEntry]], set[UUID]]:
    """Of a page of entries, those that this node may see."""
    if node.headquarters:
        return lambda rows: {row.id for row in rows}
    sites, agency = node.site_ids, node.agency

    def choose(rows: Sequence[LogEntry]) -> set[UUID]:
        return _only_of_sites({row.id for row in rows if _goes_down(row, sites, agency)}, rows, sites)

    return choose


def _goes_down(row: LogEntry, sites: frozenset[UUID], agency: UUID) -> bool:
    if row.action in GOES_DOWN:
        return True
    if row.action not in registry.APPLY or room_of(row.action) in STAYS:
        return False  # readings, sign-ins and partners are headquarters' business
    return row.site in sites or (row.site is None and row.agency == agency)


def _only_of_sites(ids: set[UUID], rows: Sequence[LogEntry], sites: frozenset[UUID]) -> set[UUID]:
    """Without the entries that name people of other sites: a case between two sites stays at headquarters."""
    named: dict[UUID, set[UUID]] = {}
    for entry, person in Mention.objects.filter(entry__in=ids).values_list("entry_id", "person_id"):
        named.setdefault(person, set()).add(entry)
    for row in rows:
        if row.about_type == "person" and row.site is None and row.id in ids:
            named.setdefault(row.about_id, set()).add(row.id)
    elsewhere = Person.objects.filter(id__in=named).exclude(site__in=sites).values_list("id", flat=True)
    return ids - {entry for person in elsewhere for entry in named[person]}


def room_of(action: str) -> str:
    """The room whose rows an action changes."""
    return registry.APPLY[action].__module__.split(".")[1] if action in registry.APPLY else ""


def rules_for(sender: UUID, *, at: datetime) -> Rules:
    """What we know about the authors of what a node brings."""
    nodes = {node.id: node for node in OwnNode.objects.all()}
    found, root = headquarters(), headquarters_id()
    keys = {node.id: node.keys.signing for node in nodes.values()}
    if found is not None:
        keys[root] = found.card.signing

    def log_rule(author: UUID, log: UUID, size: int) -> str:
        if author == root:
            return ""
        node = nodes.get(author)
        if node is None:
            return Why.UNKNOWN
        if node.state == OwnNodeState.WITHDRAWN and size > int(node.kept.get(str(log), 0)):
            return Why.WITHDRAWN
        # Headquarters judges by its own clock when a device brings its entries; others follow headquarters.
        return Why.EXPIRED if sender == author and node.expired_at(at) else ""

    def entry_rule(header: dict[str, Any]) -> str:
        node = nodes.get(UUID(header["author"]))
        return beyond(header, node) if node is not None and not node.headquarters else ""

    return Rules(keys.get, log_rule, entry_rule, root, INTRODUCES)


def beyond(header: dict[str, Any], node: OwnNode) -> str:
    """Why this is not a device's to make ("": it is)."""
    agency, site, _programme = header["scope"]
    foreign = (site is not None and site not in node.sites) or (agency is not None and agency != str(node.agency))
    decides = room_of(header["action"]) in OF_HEADQUARTERS and header["action"] not in ANYBODYS
    return Why.BEYOND if foreign or decides or header["action"] in GOES_DOWN else ""

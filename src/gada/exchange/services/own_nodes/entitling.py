"""Which entries a node of ours may see, and which it may make. Headquarters: all. A device: its sites, and no more."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from gada import vault
from gada.exchange.models import OwnNode
from gada.exchange.models.own_nodes import OwnNodeState
from gada.journal import registry
from gada.journal.arriving import Rules
from gada.journal.models import Facts, HeldEntry, LogEntry, Mention
from gada.people.models import Change, Household, Membership, Person
from gada.people.words import Happened
from gada.vault.enrolment import headquarters

Why = HeldEntry.Why
INTRODUCES = "node.admitted"
ERASED = "person.erased"
# What headquarters alone decides, and what never leaves it. A room that is not named here travels with its sites.
OF_HEADQUARTERS = frozenset({"agencies", "exchange"})
STAYS = frozenset({"exchange"})
ANYBODYS = frozenset({"operator.language_chosen"})
HAPPENINGS = frozenset({f"household.{kind.value}" for kind in Happened} | {"household.change_undone"})
# A device knows every site by name: families move there, and come from there.
EVERYWHERE = frozenset({"site.created"})
GOES_DOWN = frozenset({"node.admitted", "node.renewed", "node.withdrawn", "node.moved", "node.batch_decided"})


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
        down = {row.id for row in rows if _goes_down(row, sites, agency)}
        others = [row for row in rows if row.id not in down and _travels(row)]
        happened = {row.id for row in rows if row.id in down and row.action in HAPPENINGS}
        told, newly = of_newcomers(others, sites)
        erased = _erased_who_were_here([row for row in rows if row.action == ERASED], sites)
        return happened | told | erased | _only_of_sites((down - happened) | newly, rows, sites)

    return choose


def _goes_down(row: LogEntry, sites: frozenset[UUID], agency: UUID) -> bool:
    if row.action in GOES_DOWN or (row.action in EVERYWHERE and row.agency in (agency, None)):
        return True
    return _travels(row) and (row.site in sites or (row.site is None and row.agency == agency))


def _travels(row: LogEntry) -> bool:
    """Readings, sign-ins and partners are headquarters' business."""
    return row.action in registry.APPLY and room_of(row.action) not in STAYS


def of_newcomers(rows: Sequence[LogEntry], sites: frozenset[UUID]) -> tuple[set[UUID], set[UUID]]:
    """Of entries made at other sites those about whoever belongs to these now: what happened to households, and others.

    What happened to a household names people by their ids alone; all of it is needed to know who leads and collects.
    """
    happened = [row for row in rows if row.action in HAPPENINGS]
    whose = {row.id: {row.about_id} for row in rows}
    for entry, subject in Facts.objects.filter(entry_id__in=whose).values_list("entry_id", "subject"):
        whose[entry] |= {subject} if subject else set()
    by_version: dict[str, UUID] = {version_of(row): row.id for row in happened}
    set_by = Change.objects.filter(Q(happening__version__in=by_version) | Q(happening__undone_version__in=by_version))
    said = set_by.values_list("happening__version", "happening__undone_version", "household", "person")
    for version, undone, *about in said:
        for name in {version, undone} & set(by_version):
            whose[by_version[name]] |= {each for each in about if each}
    here = belonging_to(sites, set().union(*whose.values())) if whose else set()
    chosen = {id_ for id_, about in whose.items() if about & here}
    told = chosen & {row.id for row in happened}
    return told, chosen - told


def _erased_who_were_here(rows: Sequence[LogEntry], sites: frozenset[UUID]) -> set[UUID]:
    """Whoever moved away and was erased elsewhere is erased where they were, too."""
    about = {row.about_id: row.id for row in rows}
    sites_of_them = Change.objects.filter(target__in=about, field="site").values_list("target", "value")
    return {about[person] for person, site in sites_of_them if UUID(str(site)) in sites}


def belonging_to(sites: frozenset[UUID], ids: set[UUID]) -> set[UUID]:
    """Of these people and households those of these sites, and whoever lives in a household of these sites."""
    homes = Household.objects.filter(id__in=ids, site__in=sites).values_list("id", flat=True)
    people = Person.objects.filter(id__in=ids, site__in=sites).values_list("id", flat=True)
    members = Membership.objects.filter(person__in=ids, until=None, household__site__in=sites)
    return {*homes, *people, *members.values_list("person", flat=True)}


def version_of(row: LogEntry) -> str:
    """As `Entry.version`: the names of what an entry set."""
    author = UUID(json.loads(bytes(row.header))["author"])
    return f"{row.lamport:020d}:{author.hex}"


def _only_of_sites(ids: set[UUID], rows: Sequence[LogEntry], sites: frozenset[UUID]) -> set[UUID]:
    """Without entries about people and households of other sites, or that name such people.

    A case between two sites stays at headquarters; so does what was said here of a family that has moved away since.
    """
    named: dict[UUID, set[UUID]] = {}
    for entry, person in Mention.objects.filter(entry__in=ids).values_list("entry_id", "person_id"):
        named.setdefault(person, set()).add(entry)
    for row in rows:
        if row.about_type in ("person", "household") and row.id in ids:
            named.setdefault(row.about_id, set()).add(row.id)
    known = set(Person.objects.filter(id__in=named).values_list("id", flat=True))
    known |= set(Household.objects.filter(id__in=named).values_list("id", flat=True))
    elsewhere = known - belonging_to(sites, set(named))
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
        late = sender == author and node.expired_at(at) and size > int(node.kept.get(str(log), 0))
        return Why.EXPIRED if late else ""

    def entry_rule(header: dict[str, Any]) -> str:
        node = nodes.get(UUID(header["author"]))
        return beyond(header, node) if node is not None and not node.headquarters else ""

    def refused(author: UUID, log: str, position: int) -> bool:
        stretches = nodes[author].refused.get(log, ()) if author in nodes else ()
        return any(start <= position < end for start, end in stretches)

    return Rules(keys.get, log_rule, entry_rule, root, INTRODUCES, refused)


def beyond(header: dict[str, Any], node: OwnNode) -> str:
    """Why this is not a device's to make ("": it is)."""
    agency, site, _programme = header["scope"]
    foreign = (site is not None and site not in node.sites) or (agency is not None and agency != str(node.agency))
    decides = room_of(header["action"]) in OF_HEADQUARTERS and header["action"] not in ANYBODYS
    return Why.BEYOND if foreign or decides or header["action"] in GOES_DOWN else ""

"""What a device was not shown at the time, of a household that belongs to its site now: sent when it moves there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from uuid import UUID

from django.db.models import Q

from gada.exchange.models import OwnNode
from gada.exchange.services.own_nodes.entitling import belonging_to, may_see, version_of
from gada.journal.carrying import PAGE, Record, Stretch, carry_earlier
from gada.journal.models import LogEntry
from gada.people.models import Change, Happening, Membership

MOVES = ("household.moved", "household.change_undone", "household.settled")
AT_ONCE = 100  # newcomers whose entries are gathered together


def earlier_entries(node: OwnNode, parts: Sequence[Stretch], held: Mapping[UUID, int]) -> Iterator[Record]:
    """Everything said of those whom these stretches move to the sites of a device, in what it holds as leaves alone.

    They go with the move: a device that holds the move holds them too, so that they are sent then and only then.
    """
    if node.headquarters:
        return
    choose = may_see(node)
    for people in _newcomers(node, parts):
        rows = _said_of(people, node, held)
        for start in range(0, len(rows), PAGE):
            page = rows[start : start + PAGE]
            chosen = choose(page)
            yield from carry_earlier([row for row in page if row.id in chosen])


def _newcomers(node: OwnNode, parts: Sequence[Stretch]) -> Iterator[list[UUID]]:
    """Households and people whose site something in these stretches set, if they belong to the device's sites now."""
    moves = _moves(parts)
    while batch := list(islice(moves, AT_ONCE)):
        set_there = Change.objects.filter(field="site").filter(
            Q(happening__version__in=batch) | Q(happening__undone_version__in=batch)
        )
        targets = set(set_there.values_list("target", flat=True))
        targets |= set(Membership.objects.filter(household__in=targets, until=None).values_list("person", flat=True))
        if here := sorted(belonging_to(node.site_ids, targets)):
            yield here


def _moves(parts: Sequence[Stretch]) -> Iterator[str]:
    for part in parts:
        rows = LogEntry.objects.filter(
            log=part.log, position__gte=part.start, position__lt=part.head.size, action__in=MOVES
        )
        yield from (version_of(row) for row in rows.order_by("position").iterator(PAGE))


def _said_of(newcomers: Sequence[UUID], node: OwnNode, held: Mapping[UUID, int]) -> list[LogEntry]:
    """Entries about them, sealed under their keys, or that set something of theirs, in the order of their making."""
    about = set(LogEntry.objects.filter(about_id__in=newcomers).values_list("id", flat=True))
    about |= set(LogEntry.objects.filter(kept_facts__subject__in=newcomers).values_list("id", flat=True))
    sets = Q(changes__household__in=newcomers) | Q(changes__person__in=newcomers)
    told = Happening.objects.filter(sets).distinct()
    for happening in told:
        ticks = [int(version[:20]) for version in (happening.version, happening.undone_version) if version]
        of_it = LogEntry.objects.filter(about_type="household", about_id=happening.household, lamport__in=ticks)
        about |= set(of_it.values_list("id", flat=True))
    rows = LogEntry.objects.filter(id__in=about).exclude(log__node_id=node.id).order_by("lamport", "id")
    return [row for row in rows if row.position is not None and row.position < held.get(row.log_id, 0)]

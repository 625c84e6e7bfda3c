"""Entries on their way to another node of ours: as they were authored, never made anew.

A log is carried in order of its positions, from where the receiver stands to one of the author's signed heads. What the
receiver may not see goes as its leaf alone, so that it still verifies the whole. Several logs are woven by Lamport
counter: what an entry builds on comes before it.
"""

from __future__ import annotations

import base64
import heapq
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Max

from gada import vault
from gada.engine.proof.digests import SALT_BYTES
from gada.engine.refusal import Invalid
from gada.journal.entry import header_leaf, stamp
from gada.journal.models import Facts, Head, HeldEntry, Log, LogEntry, Withheld

PAGE = 500
LEAVES_AT_ONCE = 2000
RELAYED = (HeldEntry.Why.WAITING, HeldEntry.Why.NEWER)  # what we cannot apply yet, others perhaps can
Record = dict[str, Any]
Choose = Callable[[Sequence[LogEntry]], set[UUID]]
"""Of these entries, the ids of those that the receiver may see."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One log from a position up to the size of one of its signed heads."""

    log: Log
    start: int
    head: Head


def held_sizes() -> dict[UUID, int]:
    """How far this node holds every log, its own among them: up to the newest head of each."""
    found = Head.objects.values("log_id").annotate(size=Max("size")).values_list("log_id", "size")
    return {log: int(size) for log, size in found}


def stretches(held: Mapping[UUID, int], *, most: int) -> list[Stretch]:
    """What a receiver who holds so much of each log still lacks, up to about `most` entries of each log."""
    found = []
    for log in Log.objects.order_by("opened_at", "id"):
        start = held.get(log.id, 0)
        heads = Head.objects.filter(log=log, size__gt=start)
        head = heads.filter(size__lte=start + most).order_by("-size").first() or heads.order_by("size").first()
        if head is not None:
            found.append(Stretch(log, start, head))
    return found


def carry(parts: Sequence[Stretch], *, may_see: Choose) -> Iterator[Record]:
    """The records of these stretches: their heads, then the entries woven by Lamport counter. Bounded memory."""
    for part in parts:
        yield _head_record(part)
    woven = heapq.merge(*(_entries(part, may_see) for part in parts), key=lambda pair: pair[0])
    for _order, record in woven:
        yield record


def carry_earlier(rows: Sequence[LogEntry]) -> Iterator[Record]:
    """Entries of which the receiver holds the leaf alone, now that it may see them: each proves itself by that leaf."""
    for record in _records(rows, {row.id for row in rows}):
        if record is not None:
            yield {**record, "kind": "earlier"}


def _head_record(part: Stretch) -> Record:
    log, head = part.log, part.head
    return {
        "kind": "head", "log": str(log.id), "node": str(log.node_id), "epoch": log.epoch, "start": part.start,
        "opened_at": stamp(log.opened_at), "restored_from": log.restored_from, "size": head.size,
        "document": bytes(head.document).decode(), "signature": head.signature,
    }


def _entries(part: Stretch, may_see: Choose) -> Iterator[tuple[tuple[int, str], Record]]:
    """Every position of a stretch in order, with its place in the weaving."""
    name, lamport, leaves, first = str(part.log.id), 0, bytearray(), part.start
    for position, seen, leaf in _positions(part, may_see):
        if seen is not None:
            if leaves:
                yield (lamport, name), _leaves_record(name, first, leaves)
                leaves = bytearray()
            lamport = max(lamport, seen.pop("lamport"))
            yield (lamport, name), seen
            continue
        if not leaves:
            first = position
        leaves += leaf
        if len(leaves) >= 32 * LEAVES_AT_ONCE:
            yield (lamport, name), _leaves_record(name, first, leaves)
            leaves = bytearray()
    if leaves:
        yield (lamport, name), _leaves_record(name, first, leaves)


def _leaves_record(log: str, first: int, leaves: bytearray) -> Record:
    return {"kind": "leaves", "log": log, "at": first, "leaves": base64.b64encode(leaves).decode()}


def _positions(part: Stretch, may_see: Choose) -> Iterator[tuple[int, Record | None, bytes]]:
    """(position, the record or None, the leaf) for every position of a stretch."""
    for start in range(part.start, part.head.size, PAGE):
        span = {"position__gte": start, "position__lt": min(start + PAGE, part.head.size)}
        rows = list(LogEntry.objects.filter(log=part.log, **span))
        chosen = may_see(rows)
        found: dict[int, tuple[Record | None, bytes]] = {}
        for row, record in zip(rows, _records(rows, chosen), strict=True):
            found[int(row.position or 0)] = (record, bytes(row.leaf))
        for position, leaf in Withheld.objects.filter(log=part.log, **span).values_list("position", "leaf"):
            found.setdefault(position, (None, bytes(leaf)))
        for kept in HeldEntry.objects.filter(log_id=part.log.id, **span):
            record = json.loads(vault.open_for_node(bytes(kept.box)))
            shown = {**record, "lamport": kept.lamport} if kept.why in RELAYED else None
            found.setdefault(kept.position, (shown, header_leaf(record["header"].encode())))
        for position in range(span["position__gte"], span["position__lt"]):
            if position not in found:
                raise Invalid("journal-hole", "Entry %(position)s of a journal is missing here.", position=position)
            yield position, *found[position]


def _records(rows: Sequence[LogEntry], chosen: set[UUID]) -> Iterator[Record | None]:
    kept = {facts.entry_id: facts for facts in Facts.objects.filter(entry_id__in=chosen)}
    keys = vault.data_keys({facts.subject for facts in kept.values() if facts.subject})
    for row in rows:
        if row.id not in chosen:
            yield None
            continue
        record: Record = {
            "kind": "entry", "log": str(row.log_id), "at": row.position, "header": bytes(row.header).decode(),
            "lamport": row.lamport,
        }
        facts = kept.get(row.id)
        if facts is not None and facts.subject:
            record["subject"] = str(facts.subject)
        if facts is not None and (facts.subject is None or facts.subject in keys) and facts.body:
            plain = vault.open_for(facts.subject, facts.body, keys=keys) if facts.subject else bytes(facts.body)
            record["salt"], record["facts"] = plain[:SALT_BYTES].hex(), plain[SALT_BYTES:].decode()
            if facts.subject:  # other facts may hold something sealed under it: a judge's reason
                record["key"] = keys[facts.subject].hex()
        yield record


__all__ = ["Record", "Stretch", "carry", "carry_earlier", "held_sizes", "stretches"]

"""Entries of other nodes of ours arrive: verified against their authors' signed heads, kept as authored, applied.

Nothing here decides or refuses an entry for what it says: it already happened. Entries that their author may not make,
that are too new for this release, or whose ground has not arrived are held aside, shown, and applied when they can be.
Kill it anywhere, give it the same again, in any order: the result is the same.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction

from gada.engine.proof.canonical import parse_canonical
from gada.engine.proof.digests import salted_digest
from gada.engine.proof.merkle import Frontier
from gada.engine.proof.signing import verify
from gada.engine.refusal import Invalid
from gada.journal.carrying import Record, held_sizes
from gada.journal.entry import header_leaf
from gada.journal.keeping import Carried, hold, hold_head, take, withhold
from gada.journal.models import Head, HeldEntry, HeldHead, Log, Withheld
from gada.journal.sealing import EMPTY_CHAIN, HEAD_TYPE, next_chain

BATCH = 500
DECIDED = (HeldEntry.Why.EXPIRED, HeldEntry.Why.WITHDRAWN)  # as a whole, by a person
RECEIVED = "log.received"
Records = Callable[[], Iterator[Record]]
Why = HeldEntry.Why


@dataclass(frozen=True, slots=True)
class Rules:
    """What the receiver knows about authors; the exchange room fills it in."""

    key_of: Callable[[UUID], bytes | None]  # an author's public signing key
    log_rule: Callable[[UUID, UUID, int], str]  # (author, log, size) → "" or why all of it is held aside
    entry_rule: Callable[[dict[str, Any]], str]  # header → "" or why this entry is held aside
    root: UUID  # the node whose entries introduce others: headquarters
    introduces: str  # the action that does, its facts with "node" and "signing"
    refused: Callable[[UUID, str, int], bool]  # (author, log, position): a person refused it


@dataclass(slots=True)
class Coming:
    """One log in what arrived."""

    log: UUID
    node: UUID
    epoch: int
    start: int
    size: int
    document: bytes
    signature: str
    opened_at: datetime
    restored_from: dict[str, Any] | None
    held: int = 0
    next: int = 0
    frontier: Frontier = field(default_factory=Frontier)
    chain: bytes = EMPTY_CHAIN
    record: Record = field(default_factory=dict)
    skipped: str = ""  # "repeated" | "gap"
    why: str = ""  # held aside as a whole


@dataclass(slots=True)
class Arrived:
    """What became of it."""

    kept: int = 0
    held: int = 0
    withheld: int = 0
    logs: dict[UUID, int] = field(default_factory=dict)
    gaps: list[UUID] = field(default_factory=list)
    news: bool = False  # anything beside others' receipts


def arrive(records: Records, *, rules: Rules, own: UUID, at: datetime) -> Arrived:
    """Take in what `records` gives (asked twice: once to verify all of it, once to apply it).

    Raises Invalid `sync-malformed`, `journal-rewritten`, `head-signature`: then nothing was kept.
    """
    coming = _verify(records(), rules, own)
    arrived = Arrived(gaps=[each.log for each in coming.values() if each.skipped == "gap"])
    wanted = {str(each.log): each for each in coming.values() if not each.skipped}
    with transaction.atomic():
        for each in wanted.values():
            if not each.why:
                _open_log(each)
    chosen = (
        record for record in records()
        if record["kind"] in ("entry", "earlier") or (record["kind"] == "leaves" and record["log"] in wanted)
    )
    while batch := list(islice(chosen, BATCH)):
        _take_earlier([record for record in batch if _is_earlier(record, wanted)], rules, arrived, at)
        _take_batch([record for record in batch if not _is_earlier(record, wanted)], wanted, rules, arrived, at)
    with transaction.atomic():
        for each in wanted.values():
            if not each.why:
                _keep_head(each, arrived)
            elif each.why in DECIDED:
                hold_head(each.record, each.why, at=at)
    return arrived


def _verify(records: Iterable[Record], rules: Rules, own: UUID) -> dict[str, Coming]:
    """Walk everything once: positions without holes, facts as committed, roots as signed by their authors."""
    held, coming, introduced = held_sizes(), dict[str, Coming](), dict[UUID, bytes]()
    for record in records:
        try:
            if record["kind"] == "head":
                coming[record["log"]] = _begin(record, held, own)
            elif record["kind"] in ("entry", "leaves"):
                each = coming[record["log"]]
                if not each.skipped:
                    _walk(each, record)
                    _introduce(record, each, rules, introduced)
                elif record["kind"] == "entry":
                    _check_earlier(record)
            elif record["kind"] == "earlier":
                _check_earlier(record)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise _malformed() from None
    if any(each.next != each.size for each in coming.values() if not each.skipped):
        raise _malformed()
    for each in sorted(coming.values(), key=lambda one: one.node != rules.root):
        if not each.skipped:
            _check_head(each, rules.key_of(each.node) or introduced.get(each.node))
            each.why = each.why or rules.log_rule(each.node, each.log, each.size)
            if each.why == Why.UNKNOWN and each.node in introduced:
                each.why = ""
    return coming


def _begin(record: Record, held: Mapping[UUID, int], own: UUID) -> Coming:
    log = UUID(record["log"])
    each = Coming(
        log, UUID(record["node"]), int(record["epoch"]), int(record["start"]), int(record["size"]),
        record["document"].encode(), record["signature"], datetime.fromisoformat(record["opened_at"]),
        record["restored_from"], held=held.get(log, 0), next=int(record["start"]), record=record,
    )
    if each.node == own or each.size <= each.held:
        each.skipped = "repeated"
    elif each.start > each.held:
        each.skipped = "gap"
    elif each.start:
        before = Head.objects.filter(log=log, size=each.start).first()
        if before is None:
            each.skipped = "gap"
        else:
            each.frontier, each.chain = Frontier.from_bytes(bytes(before.frontier)), bytes(before.chain)
    return each


def _walk(each: Coming, record: Record) -> None:
    if int(record["at"]) != each.next:
        raise ValueError
    if record["kind"] == "leaves":
        body = base64.b64decode(record["leaves"], validate=True)
        leaves = [body[at : at + 32] for at in range(0, len(body), 32)]
        if not leaves or len(leaves[-1]) != 32:
            raise ValueError
    else:
        header = json.loads(record["header"])
        if header["log"] != str(each.log) or header["author"] != str(each.node):
            raise ValueError
        _check_facts(record, header)
        leaves = [header_leaf(record["header"].encode())]
    for leaf in leaves:
        each.frontier.append(leaf)
        each.chain = next_chain(each.chain, leaf)
    each.next += len(leaves)


def _check_facts(record: Record, header: dict[str, Any]) -> None:
    if "facts" in record:
        said = salted_digest(bytes.fromhex(record["salt"]), record["facts"].encode())
        if said.hex() != header["facts"]:
            raise Invalid("facts-altered", "What an entry says is not what its author signed.")


def _check_earlier(record: Record) -> None:
    """What was withheld before and comes now is what its author signed then: the leaf that lies here says so."""
    header = json.loads(record["header"])
    _check_facts(record, header)
    kept = Withheld.objects.filter(log=header["log"], position=int(record["at"])).first()
    if kept is not None and bytes(kept.leaf) != header_leaf(record["header"].encode()):
        raise Invalid("entry-altered", "An entry that was withheld before is not the one that its author signed.")


def _is_earlier(record: Record, wanted: Mapping[str, Coming]) -> bool:
    """Said to be, or of a stretch that is here already, perhaps without what we may see only now."""
    if record["kind"] != "entry":
        return bool(record["kind"] == "earlier")
    each = wanted.get(record["log"])
    return each is None or int(record["at"]) < each.held


def _take_earlier(batch: list[Record], rules: Rules, arrived: Arrived, at: datetime) -> None:
    """Only what is known here by its leaf; anything else is here already, or was never proven."""
    entries, places = [], dict[str, set[int]]()
    for record in batch:
        places.setdefault(record["log"], set()).add(int(record["at"]))
    leaves = {
        (str(row.log_id), row.position)
        for log, positions in places.items() for row in Withheld.objects.filter(log=log, position__in=positions)
    }
    for carried in map(Carried.of, batch):
        place = (carried.header["log"], int(carried.record["at"]))
        if place in leaves and not rules.refused(UUID(carried.header["author"]), *place):
            if why := rules.entry_rule(carried.header):
                arrived.held += hold(carried, why, at=at)
            else:
                entries.append(carried)
    kept, held = take(entries, at=at)
    arrived.kept, arrived.held, arrived.news = arrived.kept + len(kept), arrived.held + held, arrived.news or bool(kept)
    for each in kept:
        Withheld.objects.filter(log=each.header["log"], position=each.record["at"]).delete()


def _introduce(record: Record, each: Coming, rules: Rules, introduced: dict[UUID, bytes]) -> None:
    # Believed only when the log it stands in verifies under headquarters' own key; that log is checked first.
    if each.node != rules.root or record["kind"] != "entry" or "facts" not in record:
        return
    if json.loads(record["header"])["action"] == rules.introduces:
        facts = parse_canonical(record["facts"].encode())
        introduced[UUID(facts["node"])] = bytes.fromhex(facts["signing"])


def _check_head(each: Coming, key: bytes | None) -> None:
    if key is None:
        each.why = Why.UNKNOWN
        return
    verify(key, each.signature, typ=HEAD_TYPE, payload=each.document)
    said = json.loads(each.document)
    ours = (str(each.node), str(each.log), each.epoch, each.size, each.frontier.root().hex(), each.chain.hex())
    if tuple(said[name] for name in ("node_id", "log", "epoch", "size", "root", "chain")) != ours:
        raise Invalid(
            "journal-rewritten", "The journal of a node does not continue what it signed before. Nothing was taken in."
        )


def _open_log(each: Coming) -> None:
    if Log.objects.filter(node_id=each.node, epoch=each.epoch).exclude(id=each.log).exists():
        raise Invalid("journal-forked", "A node wrote two journals at the same time. Nothing was taken in.")
    Log.objects.get_or_create(id=each.log, defaults={
        "node_id": each.node, "epoch": each.epoch, "opened_at": each.opened_at, "restored_from": each.restored_from,
    })


def _take_batch(
    batch: list[Record], wanted: Mapping[str, Coming], rules: Rules, arrived: Arrived, at: datetime
) -> None:
    entries: list[Carried] = []
    for record in batch:
        each = wanted[record["log"]]
        if record["kind"] == "leaves":
            if not each.why:
                body = base64.b64decode(record["leaves"])
                arrived.withheld += withhold(each.log, int(record["at"]), body)
            continue
        carried = Carried.of(record)
        if rules.refused(each.node, record["log"], int(record["at"])):
            arrived.withheld += withhold(each.log, int(record["at"]), header_leaf(record["header"].encode()))
            continue
        if why := each.why or rules.entry_rule(carried.header):
            arrived.held += hold(carried, why, at=at)
        else:
            entries.append(carried)
    kept, held = take(entries, at=at)
    arrived.kept, arrived.held = arrived.kept + len(kept), arrived.held + held
    arrived.news = arrived.news or any(each.header["action"] != RECEIVED for each in kept)


def _keep_head(each: Coming, arrived: Arrived) -> None:
    Head.objects.get_or_create(log_id=each.log, size=each.size, defaults={
        "root": each.frontier.root(), "chain": each.chain, "frontier": each.frontier.to_bytes(),
        "document": each.document, "signature": each.signature,
        "sealed_at": datetime.fromisoformat(json.loads(each.document)["sealed_at"]),
    })
    HeldHead.objects.filter(log_id=each.log, size__lte=each.size).delete()
    arrived.logs[each.log] = each.size


def _malformed() -> Invalid:
    return Invalid("sync-malformed", "What arrived from the other node cannot be read. Nothing was taken in.")


__all__ = ["RECEIVED", "Arrived", "Rules", "arrive"]

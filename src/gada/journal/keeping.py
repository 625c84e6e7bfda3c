"""Keeping what arrived: entries as their authors made them, with the rows that follow, or held aside."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID, uuid5

from django.db import OperationalError, transaction

from gada import vault
from gada.engine.proof.canonical import canonical_bytes, parse_canonical
from gada.engine.refusal import Refusal
from gada.journal import lamport, registry
from gada.journal.carrying import Record
from gada.journal.entry import Entry, Scope, header_leaf
from gada.journal.inserting import held_values, insert_values
from gada.journal.mentioning import people_mentioned
from gada.journal.models import Facts, HeldEntry, HeldHead, LogEntry, Mention, Withheld
from gada.journal.rebuilding import arriving
from gada.journal.recording import COLUMNS, row_of

Why = HeldEntry.Why
AGAIN = (Why.WAITING, Why.NEWER)


@dataclass(slots=True)
class Carried:
    """One entry as it came: its record, and what its header says."""

    record: Record
    header: dict[str, Any]

    @classmethod
    def of(cls, record: Record) -> Carried:
        return cls(record, json.loads(record["header"]))

    @property
    def id(self) -> UUID:
        return UUID(self.header["id"])

    @property
    def subject(self) -> UUID | None:
        return UUID(self.record["subject"]) if self.record.get("subject") else None

    def entry(self) -> Entry:
        """The entry; its facts as they were written (none where they were erased before it was sent)."""
        header = self.header
        agency, site, programme = (UUID(each) if each else None for each in header["scope"])
        facts = parse_canonical(self.record["facts"].encode()) if "facts" in self.record else {}
        return Entry(
            id=self.id, log=UUID(header["log"]), author=UUID(header["author"]), action=header["action"],
            schema=header["schema"], about=_reference(header["about"]), by=_reference(header["by"]),
            scope=Scope(agency, site, programme), purpose=header["purpose"],
            case=_reference(header["case"]) if header["case"] else None, lamport=header["lamport"],
            happened_at=datetime.fromisoformat(header["happened_at"]),
            recorded_at=datetime.fromisoformat(header["recorded_at"]), facts=facts, subject=self.subject,
        )


def take(entries: Sequence[Carried], *, at: datetime) -> tuple[list[Carried], int]:
    """Keep and apply these; gives those newly kept, and how many had to be held aside."""
    known = held_values("id", [each.id for each in entries], LogEntry) if entries else set()
    fresh = [each for each in entries if each.id not in known]
    kept: list[Carried] = []
    held = 0
    for each in fresh:
        if not registry.understands(each.header["action"], each.header["schema"]):
            held += hold(each, Why.NEWER, at=at)
    able = [each for each in fresh if registry.understands(each.header["action"], each.header["schema"])]
    held += _take_some(able, kept, at=at)
    return kept, held


def take_waiting(*, at: datetime) -> int:
    """Try again what was early or too new: until a whole round applies nothing more. Gives how many were applied."""
    applied = 0
    while True:
        before = applied
        for row in HeldEntry.objects.filter(why__in=AGAIN).order_by("lamport", "author", "id").iterator(500):
            carried = Carried.of(json.loads(vault.open_for_node(bytes(row.box))))
            if registry.understands(carried.header["action"], carried.header["schema"]):
                kept: list[Carried] = []
                _take_some([carried], kept, at=at)
                applied += len(kept)
        if applied == before:
            return applied


def hold(carried: Carried, why: str, *, at: datetime, detail: str = "") -> int:
    """Keep an entry aside, unread by anything else; gives 1 when it was not there yet."""
    header = carried.header
    said = {
        "log_id": UUID(header["log"]), "author": UUID(header["author"]), "position": carried.record["at"],
        "action": header["action"][:60], "lamport": header["lamport"], "why": why, "detail": detail[:200],
        "box": vault.seal_for_node(canonical_bytes(carried.record)),
    }
    _row, fresh = HeldEntry.objects.update_or_create(
        id=carried.id, defaults=said, create_defaults={**said, "arrived_at": at}
    )
    return int(fresh)


def hold_head(record: Record, why: str, *, at: datetime) -> None:
    """Keep how far a device brought its log, until a person decides about the batch."""
    HeldHead.objects.update_or_create(
        id=uuid5(UUID(record["log"]), str(record["size"])),
        defaults={"why": why, "box": vault.seal_for_node(canonical_bytes(record))},
        create_defaults={
            "log_id": UUID(record["log"]), "author": UUID(record["node"]), "size": record["size"], "why": why,
            "box": vault.seal_for_node(canonical_bytes(record)), "arrived_at": at,
        },
    )


def held_batch(batch: HeldHead, *, held: int, accept: bool) -> list[Record]:
    """A batch as it came, from where this node stands; refused, or decided before: by its leaves alone."""
    head: Record = json.loads(vault.open_for_node(bytes(batch.box)))
    rows = HeldEntry.objects.filter(log_id=batch.log_id, position__gte=held, position__lt=batch.size)
    records: list[Record] = [{**head, "start": held}]
    for row in rows.order_by("position"):
        record = json.loads(vault.open_for_node(bytes(row.box)))
        leaf = base64.b64encode(header_leaf(record["header"].encode())).decode()
        records.append(record if accept else {"kind": "leaves", "log": head["log"], "at": row.position, "leaves": leaf})
    return records


def withhold(log: UUID, first: int, leaves: bytes) -> int:
    """Keep leaves of positions that we may not see."""
    Withheld.objects.bulk_create([
        Withheld(log_id=log, position=first + at // 32, leaf=leaves[at : at + 32]) for at in range(0, len(leaves), 32)
    ], ignore_conflicts=True, batch_size=300)
    return len(leaves) // 32


def _take_some(entries: Sequence[Carried], kept: list[Carried], *, at: datetime) -> int:
    """In one transaction; if that cannot be, in halves, until the entry that cannot be applied stands alone."""
    if not entries:
        return 0
    try:
        with transaction.atomic():
            _write(entries)
    except (OperationalError, OSError, MemoryError):
        raise  # a full disk or a lock: nothing was kept, and the same may come again
    except Exception as problem:  # noqa: BLE001 - whatever an entry says, it is kept and the rest goes on
        if len(entries) == 1:
            detail = problem.code if isinstance(problem, Refusal) else type(problem).__name__
            return hold(entries[0], Why.WAITING, at=at, detail=detail)
        middle = len(entries) // 2
        return _take_some(entries[:middle], kept, at=at) + _take_some(entries[middle:], kept, at=at)
    kept += entries
    return 0


def _write(entries: Sequence[Carried]) -> None:
    """Entries with their position as authored, facts under our own keys, mentions, rows, consequences."""
    vault.adopt_keys({
        each.subject: bytes.fromhex(each.record["key"]) for each in entries if each.subject and "key" in each.record
    })
    keys = vault.data_keys({each.subject for each in entries if each.subject and "facts" in each.record}, create=True)
    drafted = [each.entry() for each in entries]
    rows, facts, mentions = [], [], []
    for each, entry in zip(entries, drafted, strict=True):
        header = each.record["header"].encode()
        rows.append((*row_of(entry, header), each.record["at"]))
        readable = "facts" in each.record and (each.subject is None or each.subject in keys)
        plain = bytes.fromhex(each.record["salt"]) + each.record["facts"].encode() if readable else b""
        sealed = vault.seal_for(each.subject, plain, keys=keys) if each.subject and readable else plain
        if readable or each.subject:  # else they were destroyed with one class of somebody's data (withdrawing.py)
            facts.append((entry.id, each.subject, sealed))
        if readable:
            mentions += [(entry.id, person) for person in sorted(people_mentioned(entry.action, entry.facts) or ())]
    insert_values(LogEntry, (*COLUMNS, "position"), rows)
    insert_values(Facts, ("entry_id", "subject", "body"), facts)
    insert_values(Mention, ("entry_id", "person_id"), mentions)
    HeldEntry.objects.filter(id__in=[entry.id for entry in drafted]).delete()
    lamport.observe(max(entry.lamport for entry in drafted))
    _apply(
        entry for entry in drafted if entry.facts and (entry.subject is None or entry.subject in keys)
    )


def _apply(entries: Iterable[Entry]) -> None:
    """Only the registered functions, in runs of one action; then what follows here from it."""
    for action, run in groupby(entries, key=lambda entry: entry.action):
        if action not in registry.APPLY:
            continue
        batch = [_current(entry) for entry in run]
        with arriving():
            registry.APPLY[action](batch)
        for follow in registry.RECEIVED.get(action, ()):
            follow(batch)


def _current(entry: Entry) -> Entry:
    return replace(entry, facts=registry.upcast(entry.action, entry.facts))


def _reference(pair: Sequence[str]) -> tuple[str, UUID]:
    return (pair[0], UUID(pair[1]))


__all__ = ["Carried", "held_batch", "hold", "hold_head", "take", "take_waiting", "withhold"]

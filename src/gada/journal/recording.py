"""`record`: draft the entry, apply it, keep it, react. Always the last act of a service."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from gada import vault
from gada.engine.proof.canonical import canonical_bytes
from gada.engine.proof.digests import new_salt, salted_digest
from gada.engine.proof.ids import new_id
from gada.journal import lamport, logs, registry
from gada.journal.entry import NOWHERE, Entry, Item, Reference, Scope, header_bytes, header_leaf
from gada.journal.inserting import insert_values
from gada.journal.mentioning import READ, facts_with_mentions
from gada.journal.models import Facts, Log, LogEntry, Mention

READ_SCHEMA = 1
COLUMNS = (
    "id", "log_id", "action", "about_type", "about_id", "by_type", "by_id", "agency", "site", "programme", "purpose",
    "lamport", "happened_at", "recorded_at", "header", "leaf",
)
Actor = Any  # an Operator, a Device … (anything with `.reference`), or a plain (type, id)


def record(
    action: str, *, by: Actor, about: Reference, facts: dict[str, Any], at: datetime, subject: UUID | None = None,
    mentions: Iterable[UUID] = (), scope: Scope = NOWHERE, purpose: str = "", case: Reference | None = None,
    happened_at: datetime | None = None,
) -> Any:
    """Record one entry and return what its apply function made (None when it has none)."""
    item = Item(about=about, facts=facts, subject=subject, mentions=tuple(mentions), happened_at=happened_at, case=case)
    made = record_all(action, items=[item], by=by, scope=scope, purpose=purpose, at=at)
    return made[0] if made else None


def record_all(
    action: str, *, items: Sequence[Item], by: Actor, at: datetime, scope: Scope = NOWHERE, purpose: str = "",
) -> Sequence[Any]:
    """Record a batch of entries of one action; returns what the apply function made, in order."""
    return record_each([(action, items)], by=by, at=at, scope=scope, purpose=purpose)[0]


def record_each(
    batches: Sequence[tuple[str, Sequence[Item]]],
    *,
    by: Actor,
    at: datetime,
    scope: Scope = NOWHERE,
    purpose: str = "",
) -> list[Sequence[Any]]:
    """Record batches of several actions: applied one after the other, kept in one go, then reacted to.

    Returns what each apply function made, batch by batch. Refuses to run outside a transaction: a rolled-back
    change leaves no entry.
    """
    if not transaction.get_connection().in_atomic_block:
        names = ", ".join(action for action, _ in batches)
        raise AssertionError(f"{names}: the journal records only inside the transaction of the change it describes")
    count = sum(len(items) for _, items in batches)
    if not count:
        return [[] for _ in batches]
    log, ticks = logs.own_log(), iter(lamport.next_ticks(count))
    reference = by if isinstance(by, tuple) else by.reference
    drafted: list[Entry] = []
    made: list[Sequence[Any]] = []
    for action, items in batches:
        entries = [
            _draft(action, item, log=log, by=reference, scope=scope, purpose=purpose, tick=next(ticks), at=at)
            for item in items
        ]
        apply = registry.APPLY.get(action)
        made.append(apply(entries) if apply and entries else [])
        drafted += entries
    keep(drafted)
    for entry in drafted:
        for reaction in registry.TOGETHER.get(entry.action, ()):
            reaction(entry)
        for later in registry.AFTERWARDS.get(entry.action, ()):
            later(entry)
    return made


def _draft(
    action: str, item: Item, *, log: Log, by: Reference, scope: Scope, purpose: str, tick: int, at: datetime
) -> Entry:
    schema = registry.SCHEMA.get(action, READ_SCHEMA)
    return Entry(
        id=new_id(), log=log.id, author=log.node_id, action=action, schema=schema, about=item.about, by=by,
        scope=item.scope or scope, purpose=purpose, case=item.case, lamport=tick,
        happened_at=item.happened_at or at, recorded_at=at,
        facts={"schema": schema, **facts_with_mentions(action, item.facts, item.mentions)},
        subject=item.subject, mentions=item.mentions,
    )


def keep(entries: Sequence[Entry]) -> None:
    """Write headers, sealed facts and mentions of fresh entries."""
    keys = vault.data_keys({entry.subject for entry in entries if entry.subject}, create=True)
    rows, facts, mentions = [], [], []
    for entry in entries:
        salt, body = new_salt(), canonical_bytes(entry.facts)
        rows.append(row_of(entry, header_bytes(entry, facts_digest=salted_digest(salt, body))))
        plain = salt + body
        sealed = vault.seal_for(entry.subject, plain, keys=keys) if entry.subject else plain
        facts.append((entry.id, entry.subject, sealed))
        mentions.extend((entry.id, person) for person in dict.fromkeys(entry.mentions))
    insert_values(LogEntry, COLUMNS, rows)
    insert_values(Facts, ("entry_id", "subject", "body"), facts)
    insert_values(Mention, ("entry_id", "person_id"), mentions)


def row_of(entry: Entry, header: bytes) -> tuple[Any, ...]:
    """The columns that repeat a header for queries, as COLUMNS names them."""
    return (
        entry.id, entry.log, entry.action, *entry.about, *entry.by, entry.scope.agency, entry.scope.site,
        entry.scope.programme, entry.purpose, entry.lamport, entry.happened_at, entry.recorded_at, header,
        header_leaf(header),
    )


def record_read(
    *, by: Actor, people: Iterable[UUID], purpose: str, page: str, at: datetime, scope: Scope = NOWHERE,
    case: Reference | None = None, criteria: dict[str, Any] | None = None,
) -> None:
    """Leave a line for every person whose data were just shown: one entry per page or search.

    A reader who has a standing (an operator) leaves it in the line: of which agency, in which roles, at that moment.

    `criteria` says what was asked, never a name: {"fields": ["given", "place"]}.
    """
    shown = tuple(dict.fromkeys(people))
    if not shown:
        return
    about = ("person", shown[0]) if len(shown) == 1 else ("node", logs.own_log().node_id)
    facts = {"page": page, "people": [str(person) for person in shown], "criteria": criteria or {}}
    if not isinstance(by, tuple):
        facts["reader"] = by.standing_at(scope, at=at)
    with transaction.atomic():
        record(
            READ,
            by=by,
            about=about,
            facts=facts,
            mentions=shown,
            scope=scope,
            purpose=purpose,
            case=case,
            at=at,
        )

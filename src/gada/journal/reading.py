"""Reading entries back: header columns, facts opened under their keys, tombstones where a key is gone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gada import vault
from gada.engine.proof.canonical import parse_canonical
from gada.engine.proof.digests import SALT_BYTES, salted_digest
from gada.engine.refusal import Invalid
from gada.journal import registry
from gada.journal.entry import Entry, Scope
from gada.journal.models import Facts, LogEntry


@dataclass(frozen=True, slots=True)
class Opened:
    """One entry as it lies: its row, its header, and its facts (None: erased or withheld)."""

    row: LogEntry
    header: dict[str, Any]
    facts: dict[str, Any] | None
    intact: bool  # the facts are those the header committed to
    subject: UUID | None = None


def open_entries(rows: Iterable[LogEntry], *, batch: int = 500) -> Iterator[Opened]:
    """Open entries in the given order, in batches that keep memory bounded."""
    part: list[LogEntry] = []
    for row in rows:
        part.append(row)
        if len(part) == batch:
            yield from _open_batch(part)
            part = []
    yield from _open_batch(part)


def _open_batch(rows: list[LogEntry]) -> Iterator[Opened]:
    kept = {facts.entry_id: facts for facts in Facts.objects.filter(entry_id__in=[row.id for row in rows])}
    keys = vault.data_keys({facts.subject for facts in kept.values() if facts.subject})
    for row in rows:
        header = json.loads(bytes(row.header))
        facts = kept.get(row.id)
        if facts is None or (facts.subject and facts.subject not in keys):
            yield Opened(row, header, None, True, facts.subject if facts else None)
            continue
        try:
            plain = vault.open_for(facts.subject, facts.body, keys=keys) if facts.subject else bytes(facts.body)
        except Invalid:
            yield Opened(row, header, None, False, facts.subject)
            continue
        salt, body = plain[:SALT_BYTES], plain[SALT_BYTES:]
        if len(salt) != SALT_BYTES or salted_digest(salt, body).hex() != header["facts"]:
            yield Opened(row, header, None, False, facts.subject)
            continue
        yield Opened(row, header, parse_canonical(body), True, facts.subject)


def entry_of(opened: Opened) -> Entry:
    """The Entry that apply functions see, its facts at the current schema. Asserts that facts are there."""
    assert opened.facts is not None
    row, header = opened.row, opened.header
    case = header["case"]
    return Entry(
        id=row.id, log=row.log_id, author=UUID(header["author"]), action=row.action, schema=header["schema"],
        about=(row.about_type, row.about_id), by=(row.by_type, row.by_id),
        scope=Scope(agency=row.agency, site=row.site, programme=row.programme), purpose=row.purpose,
        case=(case[0], UUID(case[1])) if case else None, lamport=row.lamport, happened_at=row.happened_at,
        recorded_at=row.recorded_at, facts=registry.upcast(row.action, opened.facts), subject=opened.subject,
    )

"""Whom an entry mentions: told from what it says, so that the index of mentions can be proven against the entries.

A line that vanished from that index would hide a reading or a disclosure from the person it was about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from gada.journal.models import Mention
from gada.journal.reading import Opened

READ = "person.read"
# Entries of these kinds that are older than `mentions` in the facts do not say whom they mention.
UNSAID_BEFORE = frozenset({
    "person.disclosed", "person.received", "link.made", "link.withdrawn", "pair.opened", "pair.judged", "case.opened",
    "case.weighed", "case.judged", "case.judgement_undone", "entitlement.redeemed", "collector.verified",
})
BATCH = 500


@dataclass(frozen=True, slots=True)
class WrongMention:
    """A line of the index that the entries do not bear out, or that they do and it lacks."""

    kind: str  # missing | added
    entry: UUID
    person: UUID


def facts_with_mentions(action: str, facts: dict[str, Any], mentions: Iterable[UUID]) -> dict[str, Any]:
    """The facts, and whom the entry mentions. A reading names its people already."""
    named = [str(person) for person in dict.fromkeys(mentions)]
    return facts if action == READ or not named else {**facts, "mentions": named}


def people_mentioned(action: str, facts: dict[str, Any]) -> set[UUID] | None:
    """Whom an entry with these facts mentions; None for an old one that does not say."""
    if action == READ:
        return {UUID(person) for person in facts["people"]}
    if "mentions" in facts:
        return {UUID(person) for person in facts["mentions"]}
    return None if action in UNSAID_BEFORE else set()


def check_mentions(entries: Iterable[Opened], found: list[WrongMention]) -> Iterator[Opened]:
    """Pass these entries on; what the index of mentions lacks or has too much goes into `found`."""
    whole = iter(entries)
    while batch := list(islice(whole, BATCH)):
        found.extend(_wrong(batch))
        yield from batch


def _wrong(batch: list[Opened]) -> Iterator[WrongMention]:
    rows: dict[UUID, Counter[UUID]] = {}
    kept = Mention.objects.using("default").filter(entry_id__in=[opened.row.id for opened in batch])
    for entry, person in kept.values_list("entry_id", "person_id"):
        rows.setdefault(entry, Counter())[person] += 1
    for opened in batch:
        said = people_mentioned(opened.row.action, opened.facts) if opened.facts is not None else None
        if said is None:
            continue
        here = rows.get(opened.row.id, Counter())
        yield from (WrongMention("missing", opened.row.id, person) for person in sorted(said - set(here)))
        for person, count in sorted(here.items()):
            if person not in said or count > 1:
                yield WrongMention("added", opened.row.id, person)

"""`gada journal compare`: rebuild the state from entries and name the rows that differ.

What the entries of an erased person said is gone, so rows that name one cannot be rebuilt; they are left out.
The index of mentions is proven in the same pass, entry by entry.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import transaction
from django.db.models import Model

from gada.journal import registry
from gada.journal.entry import Entry
from gada.journal.mentioning import WrongMention, check_mentions
from gada.journal.models import LogEntry, Mention
from gada.journal.reading import entry_of, open_entries
from gada.journal.rebuilding import memory_database, rebuilding

BATCH = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that is not what the entries say: edited, missing or added."""

    kind: str  # edited | missing | added
    model: str
    key: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a comparison saw."""

    entries: int
    rows: int
    erased: int  # people whose rows cannot be told from entries any more
    differences: tuple[Difference, ...]


def compare_state() -> Comparison:
    """Replay every entry into memory and compare each rebuilt table with the one in use."""
    with memory_database() as alias:
        erased: set[UUID] = set()
        wrong: list[WrongMention] = []
        entries = _replay(alias, erased, wrong)
        found = [Difference(each.kind, Mention._meta.label, f"{each.entry} {each.person}") for each in wrong]
        rows = 0
        for model in rebuilt_models():
            differences, count = _compare_model(model, alias, erased)
            found.extend(differences)
            rows += count
    return Comparison(entries, rows, len(erased), tuple(found))


def rebuilt_models() -> list[type[Model]]:
    """Every table that entries can rebuild, lower rooms first."""
    models: list[type[Model]] = []
    for room in apps.get_app_configs():
        if room.name.startswith("gada.") and find_spec(f"{room.name}.apply"):
            models.extend(getattr(import_module(f"{room.name}.apply"), "REBUILT", ()))
    return models


def _replay(alias: str, erased: set[UUID], wrong: list[WrongMention]) -> int:
    """Replay every entry that still has its facts; adds whose are gone to `erased`, false mentions to `wrong`."""
    count = 0
    for batch in _batches(erased, wrong):
        with rebuilding(), transaction.atomic(using=alias):
            registry.APPLY[batch[0].action](batch)
        count += len(batch)
    return count


def _batches(erased: set[UUID], wrong: list[WrongMention]) -> Iterator[list[Entry]]:
    """Entries with an apply function, oldest Lamport counter first, cut where the action changes."""
    batch: list[Entry] = []
    rows = LogEntry.objects.order_by("lamport", "id").iterator(BATCH)
    for opened in check_mentions(open_entries(rows), wrong):
        if opened.row.action not in registry.APPLY:
            continue
        if opened.facts is None:
            if opened.subject:
                erased.add(opened.subject)
            continue  # a tombstone rebuilds nothing
        entry = entry_of(opened)
        if batch and (batch[0].action != entry.action or len(batch) == BATCH):
            yield batch
            batch = []
        batch.append(entry)
    if batch:
        yield batch


def _compare_model(model: type[Model], alias: str, erased: set[UUID]) -> tuple[list[Difference], int]:
    left_out = set(getattr(model, "random_fields", ()))
    names = [field.attname for field in model._meta.concrete_fields if field.attname not in left_out]
    key = model._meta.pk.attname
    manager = model._base_manager
    truth = {row[key]: row for row in manager.using(alias).values(*names).iterator(2000)}
    found, count = [], 0
    for row in manager.using("default").values(*names).iterator(2000):
        said = truth.pop(row[key], None)
        if erased and not erased.isdisjoint(value for value in row.values() if isinstance(value, UUID)):
            continue
        count += 1
        if said is None:
            found.append(Difference("added", model._meta.label, str(row[key])))
            continue
        fields = tuple(name for name in names if not _same(said[name], row[name]))
        if fields:
            found.append(Difference("edited", model._meta.label, str(row[key]), fields))
    found.extend(
        Difference("missing", model._meta.label, str(missing)) for missing, row in truth.items()
        if erased.isdisjoint(value for value in row.values() if isinstance(value, UUID))
    )
    return found, count


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, memoryview | bytes) or isinstance(other, memoryview | bytes):
        return bytes(one or b"") == bytes(other or b"")
    return bool(one == other)


__all__ = ["Comparison", "Difference", "compare_state", "rebuilt_models"]

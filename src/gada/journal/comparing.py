"""`gada journal compare`: rebuild the state from entries and name the rows that differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import Model

from gada.journal import registry
from gada.journal.entry import Entry
from gada.journal.models import LogEntry
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
    differences: tuple[Difference, ...]


def compare_state() -> Comparison:
    """Replay every entry into memory and compare each rebuilt table with the one in use."""
    with memory_database() as alias:
        entries = _replay(alias)
        found, rows = [], 0
        for model in rebuilt_models():
            differences, count = _compare_model(model, alias)
            found.extend(differences)
            rows += count
    return Comparison(entries, rows, tuple(found))


def rebuilt_models() -> list[type[Model]]:
    """Every table that entries can rebuild, lower rooms first."""
    models: list[type[Model]] = []
    for room in apps.get_app_configs():
        if room.name.startswith("gada.") and find_spec(f"{room.name}.apply"):
            models.extend(getattr(import_module(f"{room.name}.apply"), "REBUILT", ()))
    return models


def _replay(alias: str) -> int:
    count = 0
    for batch in _batches():
        with rebuilding(), transaction.atomic(using=alias):
            registry.APPLY[batch[0].action](batch)
        count += len(batch)
    return count


def _batches() -> Iterator[list[Entry]]:
    """Entries with an apply function, oldest Lamport counter first, cut where the action changes."""
    batch: list[Entry] = []
    rows = LogEntry.objects.filter(action__in=list(registry.APPLY)).order_by("lamport", "id").iterator(BATCH)
    for opened in open_entries(rows):
        if opened.facts is None:
            continue  # erased: a tombstone rebuilds nothing
        entry = entry_of(opened)
        if batch and (batch[0].action != entry.action or len(batch) == BATCH):
            yield batch
            batch = []
        batch.append(entry)
    if batch:
        yield batch


def _compare_model(model: type[Model], alias: str) -> tuple[list[Difference], int]:
    left_out = set(getattr(model, "random_fields", ()))
    names = [field.attname for field in model._meta.concrete_fields if field.attname not in left_out]
    key = model._meta.pk.attname
    manager = model._base_manager
    truth = {row[key]: row for row in manager.using(alias).values(*names).iterator(2000)}
    found, count = [], 0
    for row in manager.using("default").values(*names).iterator(2000):
        count += 1
        said = truth.pop(row[key], None)
        if said is None:
            found.append(Difference("added", model._meta.label, str(row[key])))
            continue
        fields = tuple(name for name in names if not _same(said[name], row[name]))
        if fields:
            found.append(Difference("edited", model._meta.label, str(row[key]), fields))
    found.extend(Difference("missing", model._meta.label, str(missing)) for missing in truth)
    return found, count


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, memoryview | bytes) or isinstance(other, memoryview | bytes):
        return bytes(one or b"") == bytes(other or b"")
    return bool(one == other)


__all__ = ["Comparison", "Difference", "compare_state", "rebuilt_models"]

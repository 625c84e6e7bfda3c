"""How facts become rows here: made once, changed by the newest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model

from gada.journal import Entry
from gada.journal.inserting import insert_rows

Row = TypeVar("Row", bound=Model)


def make_rows(model: type[Row], rows: Sequence[Row]) -> list[Row]:
    """Insert those that are not there yet; an entry may come twice."""
    key = model._meta.pk.attname
    wanted = [getattr(row, key) for row in rows]
    held: dict[Any, Row] = {}
    for start in range(0, len(wanted), 500):
        held |= {row.pk: row for row in model._base_manager.filter(pk__in=wanted[start : start + 500])}
    fresh = [row for row in rows if getattr(row, key) not in held]
    if fresh:
        insert_rows(fresh)
    return [held.get(getattr(row, key), row) for row in rows]


def change_row(model: type[Row], key: Any, entry: Entry, **values: Any) -> Row | None:
    """Set fields that this entry is the newest to set."""
    row = model._base_manager.filter(pk=key).first()
    if row is None:
        return None
    versions: dict[str, str] = row.versions  # type: ignore[attr-defined]
    newer = {name: value for name, value in values.items() if entry.version > versions.get(name, "")}
    for name, value in newer.items():
        setattr(row, name, value)
        versions[name] = entry.version
    if newer:
        row.save(update_fields=[*newer, "versions"])
    return row


def identifier(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)

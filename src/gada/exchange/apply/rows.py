"""How facts become rows here: each made once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model

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


def identifier(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)

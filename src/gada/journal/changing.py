"""A row of which different nodes, or different moments, set different fields: the newest entry of each field counts."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model

from gada.journal.entry import Entry

Row = TypeVar("Row", bound=Model)


def change_row(model: type[Row], key: Any, entry: Entry, **values: Any) -> Row | None:
    """Set fields that this entry is the newest to set; an older one that arrives late changes nothing.

    The row keeps in `versions` which entry set what. None: there is no such row here.
    """
    row = model._base_manager.select_for_update().filter(pk=key).first()
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

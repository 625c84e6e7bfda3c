"""One digest of everything that entries say on this node: two nodes that hold the same entries have the same."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Model

from gada.journal.comparing import rebuilt_models
from gada.vault import keystore


def digest_state() -> dict[str, str]:
    """SHA-256 by table; rows that name an erased person are left out, as what was said of them is gone."""
    erased = {str(subject) for subject in keystore.erased()}
    return {model._meta.label: _digest(model, erased) for model in rebuilt_models()}


def _digest(model: type[Model], erased: set[str]) -> str:
    left_out, key = set(getattr(model, "random_fields", ())), model._meta.pk.attname
    names = [field.attname for field in model._meta.concrete_fields if field.attname not in left_out]
    digest = hashlib.sha256()
    for row in model._base_manager.order_by(key).values_list(*names).iterator(2000):
        values = [_plain(value) for value in row]
        if erased.isdisjoint(value for value in values if isinstance(value, str)):
            digest.update(json.dumps(values, sort_keys=True, ensure_ascii=False).encode() + b"\n")
    return digest.hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, memoryview | bytes):
        return bytes(value).hex()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value) if isinstance(value, UUID | date) else value


__all__ = ["digest_state"]

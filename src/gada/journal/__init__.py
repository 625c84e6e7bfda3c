"""Journal: audit, feed and memory in one. `record` is the one way a change enters (decision 0002)."""

from __future__ import annotations

from typing import Any

from gada.journal.entry import NOWHERE, Entry, Item, Scope
from gada.journal.registry import applies, upcasts

__all__ = [
    "NOWHERE", "Entry", "Item", "Scope", "applies", "record", "record_all", "record_each", "record_read", "seal",
    "upcasts", "withdraw_facts",
]


def __getattr__(name: str) -> Any:
    # The writers need models, which Django loads after this package.
    if name in ("record", "record_all", "record_each", "record_read"):
        from gada.journal import recording

        return getattr(recording, name)
    if name == "seal":
        from gada.journal import sealing

        return sealing.seal
    if name == "withdraw_facts":
        from gada.journal import withdrawing

        return withdrawing.withdraw_facts
    raise AttributeError(name)

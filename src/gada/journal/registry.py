"""Which function applies which action: the one write path, found by name at writing, replay and sync."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gada.journal.entry import Entry

Apply = Callable[[Sequence[Entry]], Sequence[Any]]
Upcast = Callable[[dict[str, Any]], dict[str, Any]]
Reaction = Callable[[Entry], None]

APPLY: dict[str, Apply] = {}
SCHEMA: dict[str, int] = {}
UPCASTS: dict[tuple[str, int], Upcast] = {}
TOGETHER: dict[str, list[Reaction]] = {}
AFTERWARDS: dict[str, list[Callable[[Entry], None]]] = {}


def applies(action: str, *, schema: int) -> Callable[[Apply], Apply]:
    """Register the apply function of an action at its current schema version.

    It always gets a batch, is total, idempotent by the ids inside the facts, commutative, reads no clock
    and asks nobody.
    """

    def register(function: Apply) -> Apply:
        if action in APPLY:
            raise AssertionError(f"{action} is applied twice: {APPLY[action].__module__} and {function.__module__}")
        APPLY[action], SCHEMA[action] = function, schema
        return function

    return register


def upcasts(action: str, *, from_schema: int) -> Callable[[Upcast], Upcast]:
    """Register how facts of an older release become those of the next schema version."""

    def register(function: Upcast) -> Upcast:
        UPCASTS[action, from_schema] = function
        return function

    return register


def upcast(action: str, facts: dict[str, Any]) -> dict[str, Any]:
    """Facts at the current schema version of their action."""
    while (step := UPCASTS.get((action, int(facts["schema"])))) is not None:
        facts = step(facts)
    return facts


def react(*, together: dict[str, list[Reaction]], afterwards: dict[str, list[Reaction]]) -> None:
    """Install the consequences of everything (called once, from project/reactions.py)."""
    TOGETHER.clear()
    TOGETHER.update(together)
    AFTERWARDS.clear()
    AFTERWARDS.update(afterwards)

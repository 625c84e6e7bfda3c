"""Which function applies which action: the one write path, found by name at writing, replay and sync."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gada.journal.entry import Entry

Apply = Callable[[Sequence[Entry]], Sequence[Any]]
Upcast = Callable[[dict[str, Any]], dict[str, Any]]
Reaction = Callable[[Entry], None]
Arrival = Callable[[Sequence[Entry]], None]

# Entries that only say what happened: they travel, and change no row. The rooms' actions are added at start.
ROWLESS = {
    "node.created", "node.keys_rotated", "node.restored", "node.unlocked", "operator.codes_forgotten",
    "operator.codes_set_up", "operator.password_set", "operator.sign_in_refused", "operator.signed_in",
    "operator.signed_out", "person.disclosed", "person.read", "person.received", "log.received",
}

APPLY: dict[str, Apply] = {}
SCHEMA: dict[str, int] = {}
UPCASTS: dict[tuple[str, int], Upcast] = {}
TOGETHER: dict[str, list[Reaction]] = {}
AFTERWARDS: dict[str, list[Callable[[Entry], None]]] = {}
RECEIVED: dict[str, list[Arrival]] = {}  # what follows here from what happened at another node of ours


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


def each(reaction: Reaction) -> Arrival:
    """A reaction to one entry, for all of a batch that arrived."""

    def follow(entries: Sequence[Entry]) -> None:
        for entry in entries:
            reaction(entry)

    return follow


def understands(action: str, schema: int) -> bool:
    """Can this release apply it, or keep it as one that changes no row?"""
    return schema <= SCHEMA[action] if action in APPLY else action in ROWLESS and schema <= 1


def react(
    *, together: dict[str, list[Reaction]], afterwards: dict[str, list[Reaction]], received: dict[str, list[Arrival]]
) -> None:
    """Install the consequences of everything (called once, from project/reactions.py)."""
    RECEIVED.clear()
    RECEIVED.update(received)
    TOGETHER.clear()
    TOGETHER.update(together)
    AFTERWARDS.clear()
    AFTERWARDS.update(afterwards)

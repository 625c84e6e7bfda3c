"""Facts about cards become rows: one entry, one row, in any order and however often."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from gada.credentials.models import Card, Copy, State, Step
from gada.journal import Entry, applies
from gada.journal.inserting import held_values, insert_rows

REBUILT = (Card, Copy, Step)


@applies("card.issued", schema=1)
def cards_issued(entries: Sequence[Entry]) -> list[Card]:
    return _add(Card, entries, lambda entry, facts: Card(
        id=UUID(facts["id"]), person_id=entry.about[1], number=facts["number"], replaces=_id(facts["replaces"]),
        issued_at=entry.happened_at, issued_by=entry.by[1], lamport=entry.lamport,
    ))


@applies("card.printed", schema=1)
def cards_printed(entries: Sequence[Entry]) -> list[Copy]:
    return _add(Copy, entries, lambda entry, facts: Copy(
        id=UUID(facts["id"]), card_id=UUID(facts["card"]), batch=UUID(facts["batch"]), serial=facts["serial"],
        paper=facts["paper"], printed_at=entry.happened_at, printed_by=entry.by[1], lamport=entry.lamport,
    ))


@applies("card.confirmed", schema=1)
def cards_confirmed(entries: Sequence[Entry]) -> list[Step]:
    return _steps(entries, State.CONFIRMED)


@applies("card.lost", schema=1)
def cards_lost(entries: Sequence[Entry]) -> list[Step]:
    return _steps(entries, State.LOST)


@applies("card.cancelled", schema=1)
def cards_cancelled(entries: Sequence[Entry]) -> list[Step]:
    return _steps(entries, State.CANCELLED)


def _steps(entries: Sequence[Entry], what: State) -> list[Step]:
    return _add(Step, entries, lambda entry, facts: Step(
        id=UUID(facts["id"]), card_id=UUID(facts["card"]), copy=_id(facts.get("copy")), what=what,
        reason=facts.get("reason", ""), at=entry.happened_at, operator_id=entry.by[1], lamport=entry.lamport,
    ))


def _add(model: Any, entries: Sequence[Entry], row: Any) -> list[Any]:
    """The row of each entry: those not there yet are made, the others stay as they lie."""
    ids = [UUID(entry.facts["id"]) for entry in entries]
    held = held_values("id", ids, model)
    fresh = {
        id_: row(entry, entry.facts) for id_, entry in zip(ids, entries, strict=True) if id_ not in held
    }
    insert_rows(list(fresh.values()))
    found = fresh | model.objects.in_bulk([id_ for id_ in ids if id_ in held])
    return [found[id_] for id_ in ids]


def _id(text: str | None) -> UUID | None:
    return UUID(text) if text else None

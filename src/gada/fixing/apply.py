"""Facts about sweeps and tokens become rows: one entry, one row, in any order and however often."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from gada.fixing.models import (
    Load,
    Phase,
    Printing,
    Spending,
    Sweep,
    Tokenless,
    Verdict,
    Visit,
    Voiding,
    Withdrawal,
)
from gada.journal import Entry, applies
from gada.journal.inserting import held_values, insert_rows

REBUILT = (Sweep, Phase, Printing, Load, Visit, Voiding, Withdrawal, Spending, Tokenless, Verdict)


@applies("sweep.planned", schema=1)
def sweeps_planned(entries: Sequence[Entry]) -> list[Sweep]:
    return _add(Sweep, entries, lambda entry, facts: Sweep(
        id=UUID(facts["id"]), site_id=entry.scope.site, name=facts["name"], day=date.fromisoformat(facts["day"]),
        prefix=facts["prefix"], planned_at=entry.happened_at, lamport=entry.lamport,
    ))


@applies("sweep.opened", schema=1)
def sweeps_opened(entries: Sequence[Entry]) -> list[Phase]:
    return _rows(Phase, entries, lambda facts: {"is_open": True})


@applies("sweep.closed", schema=1)
def sweeps_closed(entries: Sequence[Entry]) -> list[Phase]:
    return _rows(Phase, entries, lambda facts: {"is_open": False})


@applies("token.printed", schema=1)
def tokens_printed(entries: Sequence[Entry]) -> list[Printing]:
    return _rows(Printing, entries, lambda facts: _said(facts, "paper", "first", "last", "again"))


@applies("token.carried", schema=1)
def tokens_carried(entries: Sequence[Entry]) -> list[Load]:
    return _rows(Load, entries, lambda facts: _said(facts, "team", "first", "last"))


@applies("sweep.visited", schema=1)
def sweeps_visited(entries: Sequence[Entry]) -> list[Visit]:
    return _rows(Visit, entries, lambda facts: _said(
        facts, "team", "block", "round", "shelters", "empty", "first", "last"
    ))


@applies("token.voided", schema=1)
def tokens_voided(entries: Sequence[Entry]) -> list[Voiding]:
    return _rows(Voiding, entries, lambda facts: _said(facts, "first", "last", "why", "words"))


@applies("sweep.line_withdrawn", schema=1)
def lines_withdrawn(entries: Sequence[Entry]) -> list[Withdrawal]:
    return _rows(Withdrawal, entries, lambda facts: {"line": UUID(facts["line"])})


@applies("token.spent", schema=1)
def tokens_spent(entries: Sequence[Entry]) -> list[Spending]:
    return _rows(Spending, entries, lambda facts: {
        "number": facts["number"], "household_id": UUID(facts["household"])
    })


@applies("token.missed", schema=1)
def tokens_missed(entries: Sequence[Entry]) -> list[Tokenless]:
    return _rows(Tokenless, entries, lambda facts: {
        "household_id": UUID(facts["household"]), **_said(facts, "why", "words", "shown")
    })


@applies("token.judged", schema=1)
def tokens_judged(entries: Sequence[Entry]) -> list[Verdict]:
    return _rows(Verdict, entries, lambda facts: {
        "keeps": UUID(facts["keeps"]) if facts["keeps"] else None, **_said(facts, "number", "among", "words")
    })


def _said(facts: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: facts[name] for name in names}


def _rows(model: Any, entries: Sequence[Entry], values: Any) -> list[Any]:
    return _add(model, entries, lambda entry, facts: model(
        id=UUID(facts["id"]), sweep_id=UUID(facts["sweep"]), at=entry.happened_at, operator_id=entry.by[1],
        lamport=entry.lamport, **values(facts),
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

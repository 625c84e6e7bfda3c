"""Facts about presence and absence become rows: one entry, one row, in any order and however often."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from gada.journal import Entry, applies
from gada.journal.inserting import held_values, insert_rows
from gada.presence.models import Campaign, Closing, RollCall, Sighting, Step, What

REBUILT = (Campaign, RollCall, Closing, Sighting, Step)


@applies("presence.opened", schema=1)
def campaigns_opened(entries: Sequence[Entry]) -> list[RollCall]:
    """Each site has an entry of its own that says the whole campaign: a laptop of one site needs no other."""
    for entry in entries:
        facts, rule = entry.facts["campaign"], entry.facts["campaign"]["rule"]
        Campaign.objects.get_or_create(id=UUID(facts["id"]), defaults={
            "agency_id": entry.scope.agency, "programme_id": entry.scope.programme, "name": facts["name"],
            "starts_on": date.fromisoformat(facts["starts_on"]), "ends_on": date.fromisoformat(facts["ends_on"]),
            "not_seen": rule["not_seen"], "misses": rule["misses"], "grace_days": rule["grace_days"],
            "appeal_at": facts["appeal_at"], "opened_by": entry.by[1], "opened_at": entry.happened_at,
        })
    return _add(RollCall, entries, lambda entry, facts: RollCall(
        id=UUID(facts["id"]), campaign_id=UUID(facts["campaign"]["id"]), site_id=entry.scope.site,
        opened_at=entry.happened_at, lamport=entry.lamport,
    ))


@applies("presence.closed", schema=1)
def roll_calls_closed(entries: Sequence[Entry]) -> list[Closing]:
    return _add(Closing, entries, lambda entry, facts: Closing(
        id=UUID(facts["id"]), roll_call=entry.about[1], operator_id=entry.by[1], at=entry.happened_at,
    ))


@applies("presence.seen", schema=1)
def people_seen(entries: Sequence[Entry]) -> list[Sighting]:
    return _add(Sighting, entries, lambda entry, facts: Sighting(
        id=UUID(facts["id"]), campaign=UUID(facts["campaign"]), person=entry.about[1],
        household=UUID(facts["household"]), visit=UUID(facts["visit"]), seen_at=UUID(facts["seen_at"]),
        means=facts["means"], score=facts["score"], vouched_by=_id(facts["vouched_by"]), vouchers=facts["vouchers"],
        operator_id=entry.by[1], at=entry.happened_at, lamport=entry.lamport,
    ))


@applies("absence.warned", schema=1)
def families_warned(entries: Sequence[Entry]) -> list[Step]:
    return _steps(entries, What.WARNED)


@applies("absence.noticed", schema=1)
def families_noticed(entries: Sequence[Entry]) -> list[Step]:
    return _steps(entries, What.NOTICED)


@applies("absence.suspended", schema=1)
def families_suspended(entries: Sequence[Entry]) -> list[Step]:
    return _steps(entries, What.SUSPENDED)


@applies("absence.kept", schema=1)
def families_kept(entries: Sequence[Entry]) -> list[Step]:
    return _steps(entries, What.KEPT)


@applies("absence.appealed", schema=1)
def appeals_received(entries: Sequence[Entry]) -> list[Step]:
    return _steps(entries, What.APPEALED)


@applies("absence.heard", schema=1)
def appeals_refused(entries: Sequence[Entry]) -> list[Step]:
    return _steps(entries, What.HEARD)


@applies("absence.granted", schema=1)
def appeals_granted(entries: Sequence[Entry]) -> list[Step]:
    return _steps(entries, What.GRANTED)


def _steps(entries: Sequence[Entry], what: What) -> list[Step]:
    return _add(
        Step,
        entries,
        lambda entry, facts: Step(
            id=UUID(facts["id"]),
            campaign=UUID(facts["campaign"]),
            household=entry.about[1],
            site_id=entry.scope.site,
            what=what,
            reason=facts.get("reason", ""),
            grounds=facts.get("grounds", []),
            channel=facts.get("channel", ""),
            grace_days=facts.get("grace_days"),
            not_before=_moment(facts.get("not_before")),
            appeal=_id(facts.get("appeal")),
            hears=facts.get("hears", ""),
            operator_id=entry.by[1],
            at=entry.happened_at,
            lamport=entry.lamport,
        ),
    )


def _add(model: Any, entries: Sequence[Entry], row: Callable[[Entry, dict[str, Any]], Any]) -> list[Any]:
    """The row of each entry: those not there yet are made, the others stay as they lie."""
    ids = [UUID(entry.facts["id"]) for entry in entries]
    held = held_values("id", ids, model)
    fresh = {id_: row(entry, entry.facts) for id_, entry in zip(ids, entries, strict=True) if id_ not in held}
    insert_rows(list(fresh.values()))
    found = fresh | model.objects.in_bulk([id_ for id_ in ids if id_ in held])
    return [found[id_] for id_ in ids]


def _id(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None

"""What happened to a household is kept with everything it sets; the rows follow from what is not undone (standing.py).

An undo carries the whole of what it takes back, so that it may arrive first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid5

from django.db.models import Q

from gada.journal import Entry, applies
from gada.journal.inserting import held_values, insert_rows
from gada.people.apply.following import follow
from gada.people.models import Change, Death, Happening, Membership
from gada.people.words import Happened


def happenings_kept(entries: Sequence[Entry]) -> list[Happening]:
    """Every `household.<what happened>`."""
    _keep([_said(entry, entry.facts) for entry in entries])
    return _in_order(entries)


for _kind in Happened:
    applies(f"household.{_kind.value}", schema=1)(happenings_kept)


@applies("household.change_undone", schema=1)
def happenings_undone(entries: Sequence[Entry]) -> list[Happening]:
    """Undone twice, on two nodes: the first undoing (Lamport counter, node) is the one that is shown."""
    for entry in entries:
        taken = entry.facts["undone"]
        _keep([{**taken, "by": UUID(taken["by"]), "at": datetime.fromisoformat(taken["at"])}])
        earlier = Happening.objects.filter(Q(undone_version="") | Q(undone_version__gt=entry.version))
        earlier.filter(id=taken["id"]).update(
            undone_version=entry.version, undone_by=entry.by[1], undone_at=entry.happened_at
        )
        _follow(taken["changes"])
    found = Happening.objects.in_bulk([UUID(entry.facts["undone"]["id"]) for entry in entries])
    return [found[UUID(entry.facts["undone"]["id"])] for entry in entries]


@applies("person.died", schema=1)
def deaths_noted(entries: Sequence[Entry]) -> list[Death]:
    """The day and who said so: about the person alone, so that it goes with their data key."""
    held = held_values("id", [UUID(entry.facts["id"]) for entry in entries], Death)
    return list(insert_rows([
        Death(
            id=UUID(facts["id"]), person=entry.about[1], earliest=_date(facts["earliest"]),
            latest=_date(facts["latest"]), precision=facts["precision"], said_by=facts["said_by"],
        )
        for entry in entries if UUID((facts := entry.facts)["id"]) not in held
    ]))


@applies("membership.started", schema=1)
def memberships_started(entries: Sequence[Entry]) -> list[Membership]:
    """As earlier releases wrote it: one membership, with head and recipient said in it."""
    _keep([_said(entry, {
        "id": str(entry.id), "kind": Happened.JOINED, "household": entry.facts["household"],
        "person": str(entry.about[1]), "reason": "", "changes": [{
            "household": entry.facts["household"], "person": str(entry.about[1]), "target": entry.facts["id"],
            "field": "start", "value": {
                "person": str(entry.about[1]), "relationship": entry.facts["relationship"],
                "recipient": entry.facts["recipient"], "since": entry.happened_at.astimezone(UTC).isoformat(),
            },
        }],
    }) for entry in entries])
    return list(Membership.objects.filter(id__in=[entry.facts["id"] for entry in entries]))


@applies("membership.ended", schema=1)
def memberships_ended(entries: Sequence[Entry]) -> list[Membership]:
    """As earlier releases wrote it."""
    _keep([_said(entry, {
        "id": str(entry.id), "kind": Happened.LEFT, "household": entry.facts["household"],
        "person": str(entry.about[1]), "reason": "", "changes": [{
            "household": entry.facts["household"], "person": str(entry.about[1]), "target": entry.facts["id"],
            "field": "until", "value": entry.happened_at.astimezone(UTC).isoformat(),
        }],
    }) for entry in entries])
    return list(Membership.objects.filter(id__in=[entry.facts["id"] for entry in entries]))


def _said(entry: Entry, facts: dict[str, Any]) -> dict[str, Any]:
    return {**facts, "version": entry.version, "by": entry.by[1], "at": entry.happened_at}


def _keep(said: Sequence[dict[str, Any]]) -> None:
    held = held_values("id", [UUID(each["id"]) for each in said], Happening)
    fresh = list({UUID(each["id"]): each for each in said if UUID(each["id"]) not in held}.values())
    insert_rows([
        Happening(
            id=UUID(each["id"]), kind=each["kind"], household=UUID(each["household"]), person=_id(each["person"]),
            reason=each["reason"], by=each["by"], at=each["at"], version=each["version"],
        )
        for each in fresh
    ])
    insert_rows([
        Change(
            id=uuid5(UUID(each["id"]), f"{change['target']} {change['field']}"), happening_id=UUID(each["id"]),
            household=_id(change["household"]), person=_id(change["person"]), target=UUID(change["target"]),
            field=change["field"], value=change["value"], version=each["version"], settles=change.get("saw"),
        )
        for each in fresh for change in each["changes"]
    ])
    _follow(change for each in fresh for change in each["changes"])


def _follow(changes: Iterable[dict[str, Any]]) -> None:
    changes = list(changes)
    follow(
        households={UUID(change["household"]) for change in changes if change["household"]},
        people={UUID(change["person"]) for change in changes if change["person"]},
    )


def _in_order(entries: Sequence[Entry]) -> list[Happening]:
    found = Happening.objects.in_bulk([UUID(entry.facts["id"]) for entry in entries])
    return [found[UUID(entry.facts["id"])] for entry in entries]


def _id(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None

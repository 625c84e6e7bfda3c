"""Who belongs to a household, who leads it and who collects: worked out from everything said and not undone.

A function of a set, without any database: the same in any order of arrival, and one head whatever was said where.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from gada.people.words import Recipient, Relationship

AS_REGISTERED = ""  # the version of what was said at registration: older than every change


@dataclass(frozen=True, slots=True)
class Said:
    """One value of one field, and when it was said (Lamport counter and node)."""

    target: UUID
    field: str
    value: Any
    version: str = AS_REGISTERED


@dataclass(frozen=True, slots=True)
class Belonging:
    """One membership as it stands. Moments are ISO text, as in the facts."""

    id: UUID
    person: UUID
    relationship: str
    recipient: str
    since: str
    until: str | None


@dataclass(slots=True)
class _Sayings:
    newest: dict[tuple[UUID, str], list[Said]] = field(default_factory=dict)  # the newest first

    def value(self, target: UUID, name: str, default: Any) -> Any:
        found = self.newest.get((target, name))
        return found[0].value if found else default


def belongings(household: UUID, said: Iterable[Said]) -> list[Belonging]:
    """The memberships of one household, ended ones too, by id."""
    told = _Sayings()
    for one in sorted(said, key=lambda one: (one.version, str(one.value)), reverse=True):
        told.newest.setdefault((one.target, one.field), []).append(one)
    starts = {target: each[-1] for (target, name), each in told.newest.items() if name == "start"}
    until = {id_: told.value(id_, "until", start.value.get("until")) or None for id_, start in starts.items()}
    _end_doubles(starts, until)
    present = {id_: start for id_, start in starts.items() if until[id_] is None}
    head = _head(household, present, told)
    collects = {id_: str(told.value(id_, "recipient", start.value["recipient"])) for id_, start in starts.items()}
    principal = _principal(household, present, starts, collects, told, head)
    return [
        Belonging(
            id=id_, person=UUID(start.value["person"]), since=start.value["since"], until=until[id_],
            relationship=_relationship(id_, start, told, head, ended=until[id_] is not None),
            recipient=_recipient(id_, collects[id_], principal, ended=until[id_] is not None),
        )
        for id_, start in sorted(starts.items())
    ]


def _end_doubles(starts: Mapping[UUID, Said], until: dict[UUID, str | None]) -> None:
    """Somebody let in twice, on two nodes, is in once: the older membership goes on."""
    held: set[str] = set()
    for id_, start in sorted(starts.items()):
        if until[id_] is None:
            if start.value["person"] in held:
                until[id_] = start.value["since"]
            held.add(start.value["person"])


def _head(household: UUID, present: Mapping[UUID, Said], told: _Sayings) -> UUID | None:
    """The newest choice who still belongs; when all of those are gone the longest-standing relative."""
    chosen = [(one.version, UUID(one.value)) for one in told.newest.get((household, "head"), [])]
    chosen += [
        (start.version, id_) for id_, start in present.items() if start.value["relationship"] == Relationship.HEAD
    ]
    for _version, id_ in sorted(chosen, reverse=True):
        if id_ in present:
            return id_
    kin = [
        (start.value["since"], id_) for id_, start in present.items()
        if start.value["relationship"] != Relationship.COLLECTOR
    ]
    return min(kin)[1] if kin else None


def _principal(
    household: UUID, present: Mapping[UUID, Said], starts: Mapping[UUID, Said], collects: Mapping[UUID, str],
    told: _Sayings, head: UUID | None,
) -> UUID | None:
    """The newest choice who still belongs; the head when there was one and they are gone; nobody if nobody ever was."""
    chosen = [(one.version, one.value) for one in told.newest.get((household, "principal"), [])]
    chosen += [
        (start.version, str(id_)) for id_, start in starts.items()
        if start.value["recipient"] == Recipient.PRINCIPAL and collects[id_] == Recipient.PRINCIPAL
    ]
    for _version, id_ in sorted(chosen, reverse=True):
        if not id_:
            return None
        if UUID(id_) in present:
            return UUID(id_)
    return head if chosen else None


def _relationship(id_: UUID, start: Said, told: _Sayings, head: UUID | None, *, ended: bool) -> str:
    if id_ == head:
        return Relationship.HEAD.value
    said = str(told.value(id_, "relationship", start.value["relationship"]))
    # Whoever led until they left is remembered so; whoever is led by another now is some relative of theirs.
    return said if ended or said != Relationship.HEAD else Relationship.OTHER_KIN.value


def _recipient(id_: UUID, said: str, principal: UUID | None, *, ended: bool) -> str:
    if id_ == principal:
        return Recipient.PRINCIPAL.value
    return said if ended or said != Recipient.PRINCIPAL else Recipient.ALTERNATE.value

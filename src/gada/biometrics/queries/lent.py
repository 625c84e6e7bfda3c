"""Prints that others lend us so that our people can be recognised; they are never ours and never stored here.

This room compares them and knows nothing of agreements: whoever lends says at each question which records may
be used at that moment (`lend_prints`, installed by project/reactions.py).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from gada.biometrics.gallery import usable_people
from gada.biometrics.queries.comparing import MINIMUM_SCORE, Verification, compare_fingers
from gada.biometrics.rules import is_usable
from gada.engine.fingerprint import Template
from gada.engine.gallery import Gallery


@dataclass(frozen=True, slots=True)
class Lent:
    """A record of fingers lent for one of our people. `open` reads it: empty when it went meanwhile."""

    id: UUID
    person_id: UUID
    lender: tuple[str, UUID]
    lender_name: str
    open: Callable[[], Mapping[int, Template]]


class Lender(Protocol):
    def __call__(self, people: Collection[UUID], *, at: datetime) -> Iterable[Lent]: ...


@dataclass(frozen=True, slots=True)
class FoundByLent:
    """Somebody whom a finger found through a lent record, and how alike."""

    person_id: UUID
    score: int
    lent: Lent


_lenders: list[Lender] = []
_lock = threading.Lock()
_shelf = Gallery()  # lent records opened before, by their id; in memory only
_owners: dict[UUID, UUID] = {}  # record → person


def lend_prints(lenders: Iterable[Lender]) -> None:
    """Install those who lend (called once, from project/reactions.py)."""
    _lenders[:] = lenders


def prints_lent(people: Collection[UUID], *, at: datetime) -> list[Lent]:
    """What may be compared now for these people, unopened; nobody who refused prints or is not registered."""
    found = [lent for lender in _lenders for lent in lender(people, at=at)] if people else []
    usable = usable_people({lent.person_id for lent in found})
    return [lent for lent in found if lent.person_id in usable]


def verify_lent(lent: Lent, fingers: Mapping[int, Template]) -> Verification | None:
    """Are these fingers those of a lent record? None when there is nothing to compare."""
    return compare_fingers(lent.person_id, fingers, _usable(lent))


def identify_lent(
    *, fingers: Mapping[int, Template], among: Set[UUID], at: datetime, limit: int = 20,
    minimum_score: int = MINIMUM_SCORE,
) -> tuple[list[FoundByLent], int]:
    """Whom of these people a finger may belong to by lent records, best first; and how many records it looked at.

    Records are opened at the first search that needs them and stay in this process's memory while they may be
    used: each search asks the lenders again and forgets what may not be used any more.
    """
    with _lock:
        may = {lent.id: lent for lent in prints_lent(among | set(_owners.values()), at=at)}
        for id_ in [id_ for id_ in _owners if id_ not in may]:
            _shelf.remove(id_)
            del _owners[id_]
        looked_at = {id_ for id_, lent in may.items() if lent.person_id in among}
        for id_ in looked_at - _owners.keys():
            if opened := _usable(may[id_]):
                _shelf.add(id_, opened)
                _owners[id_] = may[id_].person_id
        looked_at &= _owners.keys()
        # Several records of one person may stand in front of another person.
        found = _shelf.search(fingers, limit=limit * 4, minimum_score=minimum_score, among=looked_at)
    best: dict[UUID, FoundByLent] = {}
    for candidate in found:
        lent = may[candidate.subject]
        best.setdefault(lent.person_id, FoundByLent(lent.person_id, candidate.score, lent))
    return list(best.values())[:limit], len(looked_at)


def _usable(lent: Lent) -> dict[int, Template]:
    return {position: template for position, template in lent.open().items() if is_usable(template)}

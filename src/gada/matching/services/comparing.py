"""Many newcomers at once against everybody, by the engine's batch linkage: an import does not ask person by person.

What is found is weighed as at a registration, and the same cases are opened. Fingers are not searched here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final
from uuid import UUID

from gada.agencies.models import Operator, Site
from gada.agencies.services import authorize
from gada.engine.linkage import Features, Outcome, search_keys
from gada.engine.linkage.batch import FoundPair, find_pairs
from gada.matching import rules
from gada.matching.queries.features import everybody, model_in_use, own_model, weighed_people
from gada.matching.services.checking import MOST_BY_TEXT, open_cases, people_and_sites
from gada.matching.services.finding import weigh_pairs
from gada.people.queries import candidate_ids

FEW: Final = 300  # newcomers
WEIGHED_AT_ONCE: Final = 100
THREADS: Final = 2
MOST_LIKELY: Final = 3  # others named for one newcomer
LIKELY: Final = 0.5
Newcomer = tuple[int, Hashable, Features]  # a number of the caller's, whom they come with, what is said of them
Alive = Callable[[int, int], None]  # told how far it is; may raise to end it


@dataclass(slots=True)
class Likely:
    """Newcomer → others they may be, most probable first: a person here or another newcomer, and how probably.

    `stopped` says why nothing was compared: half of all share a name, a date.
    """

    of: dict[int, list[tuple[UUID | int, float]]] = field(default_factory=dict)
    stopped: str = ""


def likely_same(newcomers: Iterable[Newcomer]) -> Likely:
    """Whom these newcomers may be, among themselves and among everybody registered here. Writes nothing.

    Few are looked up by their search keys; many are compared with everybody at once.
    """
    coming = iter(newcomers)
    few = list(islice(coming, FEW + 1))
    if len(few) <= FEW:
        return _looked_up(few)

    def both() -> Iterator[tuple[UUID | int, Hashable | None, Features]]:
        yield from everybody()
        yield from few
        yield from coming

    pairs, found = find_pairs(both(), model=own_model(), threads=THREADS, at_least=LIKELY)
    likely = Likely(stopped=str(found.report["stopped"] or ""))
    for pair in pairs:
        for one, other in ((pair.left, pair.right), (pair.right, pair.left)):
            if isinstance(one, int):
                held = likely.of.setdefault(one, [])
                if len(held) < MOST_LIKELY:
                    held.append((other, pair.probability))
    return likely


def _looked_up(newcomers: Sequence[Newcomer]) -> Likely:
    """Each by their search keys, as at a registration."""
    likely, people, alike = Likely(), people_and_sites().people + len(newcomers), _sharing_keys(newcomers)
    for number, registration, features in newcomers:
        others = weighed_people(candidate_ids(features, most=MOST_BY_TEXT))
        known: dict[UUID | int, Features] = {id_: other.features for id_, other in others.items()}
        known |= {other: held for other, theirs, held in alike[number] if theirs != registration}
        found = []
        for other, held in known.items():
            decision = rules.weigh_pair(features, held, {}, {}, people=people, model=model_in_use())
            if decision.outcome != Outcome.UNIQUE:
                found.append((other, 1 / (1 + 10 ** (-decision.total / 10))))
        if found:
            likely.of[number] = sorted(found, key=lambda each: -each[1])[:MOST_LIKELY]
    return likely


def _sharing_keys(newcomers: Sequence[Newcomer]) -> dict[int, list[Newcomer]]:
    """For each newcomer the others that share a search key."""
    holders: dict[int, list[int]] = {}
    for place, (_number, _registration, features) in enumerate(newcomers):
        for key in search_keys(features):
            holders.setdefault(key, []).append(place)
    sharing: dict[int, set[int]] = {place: set() for place in range(len(newcomers))}
    for places in holders.values():
        for place in places if len(places) <= MOST_BY_TEXT else ():
            sharing[place].update(places)
    return {
        newcomers[place][0]: [newcomers[other] for other in sorted(others - {place})]
        for place, others in sharing.items()
    }


def pairs_of(people: set[UUID]) -> tuple[list[tuple[UUID, UUID]], str]:
    """Pairs that the engine finds with at least one of these people in them; and why it stopped, if it did."""
    pairs: Sequence[FoundPair[UUID]]
    pairs, found = find_pairs(everybody(), model=own_model(), threads=THREADS)
    wanted = [rules.pair_of(pair.left, pair.right) for pair in pairs if pair.left in people or pair.right in people]
    return wanted, str(found.report["stopped"] or "")


def open_cases_of(
    *, operator: Operator, site: Site, pairs: Sequence[tuple[UUID, UUID]], at: datetime, told: Alive = lambda *_: None
) -> tuple[int, bool]:
    """Weigh these pairs and open a case for each that a person should look at: how many, and whether it was too many.

    Opening a pair's case twice opens one.
    """
    authorize(operator, "case.open", site=site, at=at)
    people = people_and_sites().people
    opened = 0
    for start in range(0, len(pairs), WEIGHED_AT_ONCE):
        noticed = weigh_pairs(pairs[start : start + WEIGHED_AT_ONCE], found={}, people=people)
        known = weighed_people({id_ for pair in noticed for id_ in pair})
        _cases, fresh = open_cases(noticed, known, at=at, operator=operator)
        opened += len(fresh)
        told(min(start + WEIGHED_AT_ONCE, len(pairs)), len(pairs))
        if rules.is_absurd(checked=people, cases=opened):
            return opened, True
    return opened, False

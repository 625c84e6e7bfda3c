"""From fingers to candidates in three stages, each exact about the few that the one before left.

1. scan (its own file): every resident finger of the same position or of unknown position; and, because clerks swap
   hands, of the same finger of the other hand.
2. compare: those whose fingers add up to most, by the stored templates of their resident fingers, all minutiae, fused
   over fingers.
3. confirm: the same of those who remain with all fingers that both sides have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING, Final
from uuid import UUID

from gada.engine.fingerprint import parameters
from gada.engine.fingerprint.calibration import fuse_scores, score_of
from gada.engine.fingerprint.compare import compare, compare_each
from gada.engine.fingerprint.descriptors import describe
from gada.engine.fingerprint.template import Template
from gada.engine.fingerprint.tracing import Trace
from gada.engine.gallery.candidate import Candidate
from gada.engine.gallery.enrolled import Enrolled
from gada.engine.gallery.residents import mirrored
from gada.engine.gallery.scan import Pairing, Plan, plans_of, scan

if TYPE_CHECKING:
    from gada.engine.gallery.gallery import Gallery

COMPARED_TOGETHER: Final = 64  # templates in one call, so that all threads have work


def search_people(
    gallery: Gallery,
    fingers: Mapping[int, Template],
    *,
    limit: int,
    minimum_score: int,
    among: Set[UUID] | None,
    trace: Trace | None = None,
) -> list[Candidate]:
    """Candidates for `fingers`, best first, ties by subject; `among` some people only.

    `trace` receives `plans` (before the scan), `scanned` (for each plan the people to compare), `compared` (those to
    confirm, best first) and `confirmed` (the answer).
    """
    usable = {p: t for p, t in fingers.items() if len(t) >= parameters.FEWEST_MINUTIAE}
    if not usable or not len(gallery) or limit <= 0:
        return []
    plans = plans_of(usable, gallery.stocked())
    _tell(trace, "plans", plans)
    scanned = scan(gallery, {p: describe(t) for p, t in usable.items()}, plans=plans, among=among)
    _tell(trace, "scanned", scanned)
    remaining: dict[UUID, tuple[int, Enrolled]] = {}
    for plan, people in zip(plans, scanned, strict=True):
        for score, person in _compare(gallery, usable, plan=plan, people=people):
            if score > remaining.get(person.subject, (-1,))[0]:
                remaining[person.subject] = score, person
    best = sorted(remaining.values(), key=lambda each: (-each[0], each[1].subject))[: 2 * limit]
    promising = [person for score, person in best if score >= minimum_score - 10]
    _tell(trace, "compared", promising)
    confirmed = (_confirm(usable, person) for person in promising if person.subject in gallery)
    candidates = [c for c in confirmed if c is not None and c.score >= minimum_score]
    answer = sorted(candidates, key=lambda c: (-c.score, c.subject))[:limit]
    _tell(trace, "confirmed", answer)
    return answer


def _tell(trace: Trace | None, stage: str, result: object) -> None:
    if trace is not None:
        trace(stage, result)


def _compare(
    gallery: Gallery, fingers: Mapping[int, Template], *, plan: Plan, people: Sequence[Enrolled]
) -> list[tuple[int, Enrolled]]:
    """Stage 2: fused score of each person, over the plan's pairings."""
    jobs: list[tuple[Pairing, list[int], list[bytes]]] = []
    for pairing in plan.pairings:
        having = [
            (number, person.packed[pairing[1]]) for number, person in enumerate(people) if pairing[1] in person.places
        ]
        for start in range(0, len(having), COMPARED_TOGETHER):
            part = having[start : start + COMPARED_TOGETHER]
            jobs.append((pairing, [number for number, _ in part], [packed for _, packed in part]))
    answers = gallery.pool.map(lambda job: compare_each(fingers[job[0][0]], job[2]), jobs)
    found: dict[int, list[tuple[int, int, int]]] = {}
    for (pairing, numbers, _), raws in zip(jobs, answers, strict=True):
        for number, raw in zip(numbers, raws.tolist(), strict=True):
            found.setdefault(number, []).append((score_of(raw), *pairing))
    return [
        (fuse_scores(_assigned(options), choices=1 + plan.swapped), people[number]) for number, options in found.items()
    ]


def _assigned(options: list[tuple[int, int, int]]) -> list[int]:
    """Scores of the best one-to-one assignment of probe fingers to gallery fingers, taken greedily."""
    return [score for score, _, _ in _assignment(options)]


def _assignment(options: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    taken: list[tuple[int, int, int]] = []
    for option in sorted(options, key=lambda o: (-o[0], o[1], o[2])):
        if all(option[1] != other[1] and option[2] != other[2] for other in taken):
            taken.append(option)
    return taken


def _confirm(fingers: Mapping[int, Template], person: Enrolled) -> Candidate | None:
    """Stage 3: exact, on all fingers that both sides have, hands as labelled or swapped."""
    stored = {position: person.template(position) for position in person.packed}
    ways = []
    for swapped in (False, True):
        options, tried = [], 0
        for position, template in fingers.items():
            wanted = mirrored(position) if swapped else position
            for other in person.packed:
                if wanted == other or (not swapped and 0 in (position, other)):
                    tried += 1
                    options.append((compare(template, stored[other]).score, position, other))
        assigned = _assignment(options)
        choices = 2 if swapped else max(1, tried - len(assigned) + 1)
        if assigned:
            ways.append((fuse_scores([score for score, _, _ in assigned], choices=choices), assigned))
    if not ways:
        return None
    score, assigned = max(ways, key=lambda way: way[0])
    by_finger = {position: one for one, position, _ in sorted(assigned, key=lambda a: a[1])}
    return Candidate(person.subject, score, by_finger, {position: other for _, position, other in assigned})

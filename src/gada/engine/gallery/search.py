"""From fingers to candidates in three stages, each exact about the few that the one before left.

1. scan: 12 by 16 cylinders (16 by 16 when the probe is one finger) against every resident finger of the same
   position or of unknown position; and, with 8 by 16, of the same finger of the other hand, because clerks swap hands.
2. compare: the best of both lists, the stored templates of their resident fingers, all minutiae, fused over fingers.
3. confirm: the same of those who remain with all fingers that both sides have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint import _kernels, parameters
from gada.engine.fingerprint.calibration import fuse_scores, score_of
from gada.engine.fingerprint.compare import compare, compare_each
from gada.engine.fingerprint.descriptors import Descriptors, describe
from gada.engine.fingerprint.template import Template
from gada.engine.fingerprint.tracing import Trace
from gada.engine.gallery.candidate import Candidate
from gada.engine.gallery.residents import mirrored
from gada.engine.gallery.shelf import LANES, NOBODY, Chunk, Cylinders

if TYPE_CHECKING:
    from gada.engine.gallery.gallery import Gallery

FEWEST_COMPARED: Final = 200  # a gallery of this size is compared exactly as a whole
COMPARED_SHARE: Final = 0.0002  # of a larger one, on top: no real mate of two fingers was lost (bench/retention.py)
ALONE_SHARE: Final = 0.002  # when one finger alone must tell
TOGETHER_MINUTIAE: Final = 12  # of each probe finger when there are several: no more mates were lost than with 16
COMPARED_TOGETHER: Final = 64  # templates in one call, so that all threads have work
MIRRORED_MINUTIAE: Final = 8
MIRRORED_SHARE: Final = 0.3  # of those compared as labelled: swaps are rare

Pairing = tuple[int, int]  # probe position, shelf position


@dataclass(frozen=True, slots=True)
class Plan:
    """One way to put fingers side by side: as labelled, or with the hands swapped."""

    pairings: tuple[Pairing, ...]
    probe_minutiae: int
    swapped: bool

    def wanted(self, people: int) -> int:
        """How many of the people of a gallery go on to be compared."""
        fingers = len({position for position, _ in self.pairings})
        share = ALONE_SHARE if fingers == 1 else COMPARED_SHARE
        return round((FEWEST_COMPARED + share * people) * (MIRRORED_SHARE if self.swapped else 1))


def search_people(
    gallery: Gallery,
    fingers: Mapping[int, Template],
    *,
    limit: int,
    minimum_score: int,
    among: Sequence[int] | None,
    trace: Trace | None = None,
) -> list[Candidate]:
    """Candidates for `fingers`, best first, ties by subject. `among` holds indexes of people.

    `trace` receives `plans` (before the scan), `scanned` (for each plan int64[k], indexes of the people to compare),
    `compared` (indexes of those to confirm, best first) and `confirmed` (the answer).
    """
    usable = {p: t for p, t in fingers.items() if len(t) >= parameters.FEWEST_MINUTIAE}
    probe = {position: describe(template) for position, template in usable.items()}
    people = len(gallery.people)
    if not probe or not people or limit <= 0:
        return []
    considered = np.zeros(people, np.bool_)
    considered[:] = among is None
    if among is not None:
        considered[[index for index in among if index < people]] = True
    remaining: dict[int, int] = {}
    plans = _plans(probe, gallery)
    _tell(trace, "plans", plans)
    scanned = _scan(gallery, probe, plans=plans, considered=considered)
    _tell(trace, "scanned", scanned)
    for plan, chosen in zip(plans, scanned, strict=True):
        for index, score in _compare(gallery, usable, plan=plan, chosen=chosen.tolist()).items():
            remaining[index] = max(remaining.get(index, 0), score)
    promising = sorted(remaining, key=lambda i: (-remaining[i], _subject_order(gallery, i)))[: 2 * limit]
    promising = [index for index in promising if remaining[index] >= minimum_score - 10]
    _tell(trace, "compared", promising)
    confirmed = (_confirm(gallery, usable, index) for index in promising)
    candidates = [c for c in confirmed if c is not None and c.score >= minimum_score]
    answer = sorted(candidates, key=lambda c: (-c.score, c.subject))[:limit]
    _tell(trace, "confirmed", answer)
    return answer


def _tell(trace: Trace | None, stage: str, result: object) -> None:
    if trace is not None:
        trace(stage, result)


def _plans(probe: Mapping[int, Descriptors], gallery: Gallery) -> list[Plan]:
    stocked = [position for position, shelf in enumerate(gallery.shelves) if shelf.used]
    labelled = tuple((p, s) for p in probe for s in stocked if p == 0 or s in (0, p))
    swapped = tuple((p, s) for p in probe for s in stocked if p and s and s == mirrored(p))
    minutiae = parameters.SCAN_PROBE_MINUTIAE if len(probe) == 1 else TOGETHER_MINUTIAE
    plans = [Plan(labelled, minutiae, False), Plan(swapped, MIRRORED_MINUTIAE, True)]
    return [plan for plan in plans if plan.pairings]


def _scan(
    gallery: Gallery, probe: Mapping[int, Descriptors], *, plans: Sequence[Plan], considered: NDArray[np.bool_]
) -> list[NDArray[np.int64]]:
    """Stage 1: for each plan, indexes of the people to compare. Everybody, when few are considered.

    Each shelf is read once for all plans: half of the time of a scan is waiting for memory.
    """
    if int(considered.sum()) <= FEWEST_COMPARED:
        return [np.flatnonzero(considered)] * len(plans)
    asked: dict[int, list[tuple[int, Cylinders]]] = {}
    for number, plan in enumerate(plans):
        for position, shelf in plan.pairings:
            best, one = slice(0, plan.probe_minutiae), probe[position]
            asked.setdefault(shelf, []).append((number, (one.words[best], one.density[best])))
    jobs = [
        (shelf, chunk, blocks) for shelf in asked for chunk, blocks in gallery.shelves[shelf].blocks_in_use()
    ]
    scanned = gallery.pool.map(lambda job: _scan_chunk([probe for _, probe in asked[job[0]]], *job[1:]), jobs)
    found: list[list[tuple[NDArray[np.int32], NDArray[np.int32]]]] = [[] for _ in plans]
    for (shelf, chunk, blocks), scores in zip(jobs, scanned, strict=True):
        for (number, _), line in zip(asked[shelf], scores, strict=True):
            found[number].append((chunk.owners[: blocks * LANES], line))
    return [
        _most_alike(gallery, lines, wanted=plan.wanted(len(gallery)), considered=considered)
        for plan, lines in zip(plans, found, strict=True)
    ]


def _most_alike(
    gallery: Gallery, lines: Sequence[tuple[NDArray[np.int32], NDArray[np.int32]]], *, wanted: int,
    considered: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Indexes of the people to compare: those whose fingers add up to most. `lines`: owners and scores of fingers."""
    owners = np.concatenate([owners for owners, _ in lines])
    scores = np.concatenate([scores for _, scores in lines])
    known = np.where((owners == NOBODY) | (owners >= len(considered)), len(considered), owners)
    sums = np.bincount(known, weights=scores, minlength=len(considered) + 1)[:-1]
    totals = np.where(considered, sums, 0.0).astype(np.int64)
    return _best(totals, wanted=wanted, gallery=gallery)


def _scan_chunk(probes: Sequence[Cylinders], chunk: Chunk, blocks: int) -> NDArray[np.int32]:
    """Stage 1 scores int32[probe, finger] of some probe fingers, above what strangers reach on average."""
    scores = np.empty((len(probes), blocks, LANES), np.int32)
    _kernels.scan_blocks(
        chunk.words[:blocks], chunk.density[:blocks],
        np.concatenate([words for words, _ in probes]), np.concatenate([density for _, density in probes]),
        np.cumsum([len(words) for words, _ in probes]), parameters.SCAN_MINUTIAE, parameters.SCAN_FLOOR, scores,
    )  # fmt: skip
    return scores.reshape(len(probes), -1)


def _best(totals: NDArray[np.int64], *, wanted: int, gallery: Gallery) -> NDArray[np.int64]:
    """The `wanted` highest of the positive totals; those equal at the edge are taken by subject."""
    positive = np.flatnonzero(totals > 0)
    if len(positive) <= wanted:
        return positive
    edge = np.partition(totals[positive], len(positive) - wanted)[len(positive) - wanted]
    above = positive[totals[positive] > edge]
    level = sorted(positive[totals[positive] == edge], key=lambda i: _subject_order(gallery, int(i)))
    return np.concatenate((above, np.array(level[: wanted - len(above)], np.int64)))


def _compare(
    gallery: Gallery, fingers: Mapping[int, Template], *, plan: Plan, chosen: Sequence[int]
) -> dict[int, int]:
    """Stage 2: fused score per person index, over the plan's pairings."""
    jobs: list[tuple[Pairing, list[int], list[bytes]]] = []
    people = [(index, person) for index in chosen if (person := gallery.people[index]) is not None]
    for pairing in plan.pairings:
        having = [(index, person.packed[pairing[1]]) for index, person in people if pairing[1] in person.places]
        for start in range(0, len(having), COMPARED_TOGETHER):
            part = having[start : start + COMPARED_TOGETHER]
            jobs.append((pairing, [index for index, _ in part], [packed for _, packed in part]))
    answers = gallery.pool.map(lambda job: compare_each(fingers[job[0][0]], job[2]), jobs)
    found: dict[int, list[tuple[int, int, int]]] = {}
    for (pairing, indexes, _), raws in zip(jobs, answers, strict=True):
        for index, raw in zip(indexes, raws.tolist(), strict=True):
            found.setdefault(index, []).append((score_of(raw), *pairing))
    return {
        index: fuse_scores(_assigned(options), choices=1 + plan.swapped) for index, options in found.items()
    }


def _assigned(options: list[tuple[int, int, int]]) -> list[int]:
    """Scores of the best one-to-one assignment of probe fingers to gallery fingers, taken greedily."""
    return [score for score, _, _ in _assignment(options)]


def _assignment(options: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    taken: list[tuple[int, int, int]] = []
    for option in sorted(options, key=lambda o: (-o[0], o[1], o[2])):
        if all(option[1] != other[1] and option[2] != other[2] for other in taken):
            taken.append(option)
    return taken


def _confirm(gallery: Gallery, fingers: Mapping[int, Template], index: int) -> Candidate | None:
    """Stage 3: exact, on all fingers that both sides have, hands as labelled or swapped."""
    person = gallery.people[index]
    if person is None:  # removed while the search ran
        return None
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


def _subject_order(gallery: Gallery, index: int) -> int:
    person = gallery.people[index]
    return person.subject.int if person is not None else -1

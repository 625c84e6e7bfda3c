"""From fingers to candidates in three stages, each exact about the few that the one before left.

1. scan: every resident finger of the same position or of unknown position; and, because clerks swap hands, of the same
   finger of the other hand. At a glance first, 8 by 12 cylinders of everybody; then closely, 16 by 16, of those whose
   fingers add up to most.
2. compare: the best of both lists, the stored templates of their resident fingers, all minutiae, fused over fingers.
3. confirm: the same of those who remain with all fingers that both sides have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint import parameters
from gada.engine.fingerprint._kernels import scan_blocks
from gada.engine.fingerprint.calibration import fuse_scores, score_of
from gada.engine.fingerprint.compare import compare, compare_each
from gada.engine.fingerprint.descriptors import Descriptors, describe
from gada.engine.fingerprint.parameters import LANES
from gada.engine.fingerprint.template import Template
from gada.engine.fingerprint.tracing import Trace
from gada.engine.gallery import _kernels
from gada.engine.gallery.candidate import Candidate
from gada.engine.gallery.residents import mirrored
from gada.engine.gallery.shelf import Chunk, Cylinders

if TYPE_CHECKING:
    from gada.engine.gallery.gallery import Gallery

COMPARED_AS_A_WHOLE: Final = 200  # a gallery of this size is not scanned
FEWEST_COMPARED: Final = 80
COMPARED_SHARE: Final = 0.0001  # of the people, on top: no real mate of two fingers was lost (bench/retention.py)
ALONE_SHARE: Final = 0.002  # when one finger alone must tell
SWAPPED_SHARE: Final = 0.5  # of those compared as labelled: swaps are rare
COMPARED_TOGETHER: Final = 64  # templates in one call, so that all threads have work
FEWEST_SCANNED: Final = 4096  # so many are looked at closely without a glance before
SCANNED_SHARE: Final = 0.03  # of a larger gallery, on top (measured: bench/retention.py)

Pairing = tuple[int, int]  # probe position, shelf position


@dataclass(frozen=True, slots=True)
class Plan:
    """One way to put fingers side by side: as labelled, or with the hands swapped."""

    pairings: tuple[Pairing, ...]
    swapped: bool

    def wanted(self, people: int) -> int:
        """How many of the people of a gallery go on to be compared."""
        fingers = len({position for position, _ in self.pairings})
        share = ALONE_SHARE if fingers == 1 else COMPARED_SHARE
        return round((FEWEST_COMPARED + share * people) * (SWAPPED_SHARE if self.swapped else 1))


@dataclass(frozen=True, slots=True)
class Look:
    """How many of the best cylinders of each probe finger are held against how many of each resident finger."""

    probe_minutiae: int
    minutiae: int


GLANCE: Final = Look(8, 12)
GLANCE_ALONE: Final = Look(12, 12)  # when the probe is one finger
CLOSE: Final = Look(parameters.SCAN_PROBE_MINUTIAE, parameters.SCAN_MINUTIAE)


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
    return [plan for plan in (Plan(labelled, False), Plan(swapped, True)) if plan.pairings]


def _scan(
    gallery: Gallery, probe: Mapping[int, Descriptors], *, plans: Sequence[Plan], considered: NDArray[np.bool_]
) -> list[NDArray[np.int64]]:
    """Stage 1: for each plan, indexes of the people to compare. Everybody, when few are considered."""
    many = int(considered.sum())
    if many <= COMPARED_AS_A_WHOLE or not plans:
        return [np.flatnonzero(considered)] * len(plans)
    chosen = considered
    if many > FEWEST_SCANNED:
        glance = GLANCE_ALONE if len(probe) == 1 else GLANCE
        totals = add_looks(gallery, probe, plans=plans, look=glance, among=None).max(axis=0)
        chosen = considered & _highest(totals * considered, wanted=round(FEWEST_SCANNED + SCANNED_SHARE * len(gallery)))
    totals = add_looks(gallery, probe, plans=plans, look=CLOSE, among=chosen) * chosen
    return [
        _best(line, wanted=plan.wanted(len(gallery)), gallery=gallery) for plan, line in zip(plans, totals, strict=True)
    ]


def add_looks(
    gallery: Gallery, probe: Mapping[int, Descriptors], *, plans: Sequence[Plan], look: Look,
    among: NDArray[np.bool_] | None,
) -> NDArray[np.int32]:
    """What the fingers of each person add up to in each plan, int32[plan, person]; of some people, or of all.

    Each shelf is read once for all plans: half of the time of a glance is waiting for memory.
    """
    asked: dict[int, list[tuple[int, Cylinders]]] = {}
    for number, plan in enumerate(plans):
        for position, shelf in plan.pairings:
            best, one = slice(0, look.probe_minutiae), probe[position]
            asked.setdefault(shelf, []).append((number, (one.words[best], one.density[best])))
    jobs = [(shelf, part) for shelf in asked for part in gallery.shelves[shelf].blocks_in_use()]
    people = len(gallery.people) if among is None else len(among)

    def looked(job: tuple[int, tuple[Chunk, int]]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        shelf, (chunk, blocks) = job
        return _look(chunk, blocks, probes=[one for _, one in asked[shelf]], minutiae=look.minutiae, among=among)

    totals = np.zeros((len(plans), people), np.int32)
    for (shelf, _), (owners, scores) in zip(jobs, gallery.pool.map(looked, jobs), strict=True):
        for (number, _), line in zip(asked[shelf], scores, strict=True):
            _kernels.add_up(owners, line, totals[number])
    return totals


def _look(
    chunk: Chunk, blocks: int, *, probes: Sequence[Cylinders], minutiae: int, among: NDArray[np.bool_] | None
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Owners int32[finger] and scores int32[probe, finger], above what strangers reach on average, of one chunk."""
    owners, words, density = chunk.owners[: blocks * LANES], chunk.words[:blocks], chunk.density[:blocks]
    if among is not None:
        held = (owners >= 0) & (owners < len(among))
        fingers = np.flatnonzero(held & among[np.where(held, owners, 0)])
        blocks = -(-len(fingers) // LANES)
        gathered = (
            np.empty((blocks, minutiae, *words.shape[2:]), np.uint64),
            np.empty((blocks, minutiae, LANES), np.float32),
        )
        _kernels.gather(words, density, fingers, *gathered)
        owners, (words, density) = owners[fingers], gathered
    scores = np.empty((len(probes), blocks, LANES), np.int32)
    scan_blocks(
        words, density, np.concatenate([words for words, _ in probes]), np.concatenate([share for _, share in probes]),
        np.cumsum([len(words) for words, _ in probes]), minutiae, parameters.SCAN_FLOOR, scores,
    )  # fmt: skip
    return owners, scores.reshape(len(probes), -1)[:, : len(owners)]


def _highest(totals: NDArray[np.int32], *, wanted: int) -> NDArray[np.bool_]:
    """Those of the positive totals that are among the `wanted` highest; all of those equal at the edge."""
    if wanted >= len(totals):
        return totals > 0
    edge = np.partition(totals, len(totals) - wanted)[len(totals) - wanted]
    return totals >= max(int(edge), 1)


def _best(totals: NDArray[np.int32], *, wanted: int, gallery: Gallery) -> NDArray[np.int64]:
    """The `wanted` highest of the positive totals; those equal at the edge are taken by subject."""
    among = np.flatnonzero(_highest(totals, wanted=wanted))
    if len(among) <= wanted:
        return among
    edge = totals[among].min()
    above = among[totals[among] > edge]
    level = sorted(among[totals[among] == edge].tolist(), key=lambda index: _subject_order(gallery, index))
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

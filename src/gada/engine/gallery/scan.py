"""Stage 1 of a search: what the resident fingers of each person add up to, of everybody, without an index.

People in memory are looked at in two steps: at a glance, 12 by 12 cylinders of each finger; then closely, 16 by 16, of
those whose fingers add up to most. Of people on disk every segment is looked at closely while it is open: opening it
takes three times as long.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint import parameters
from gada.engine.fingerprint._kernels import scan_blocks
from gada.engine.fingerprint.descriptors import Descriptors
from gada.engine.fingerprint.parameters import LANES
from gada.engine.gallery import _kernels
from gada.engine.gallery.beyond import SealedSegment
from gada.engine.gallery.enrolled import Enrolled
from gada.engine.gallery.residents import mirrored
from gada.engine.gallery.shelf import Chunk, Cylinders

if TYPE_CHECKING:
    from gada.engine.gallery.gallery import Gallery

COMPARED_AS_A_WHOLE: Final = 200  # so few people are not scanned
FEWEST_COMPARED: Final = 100
COMPARED_SHARE: Final = 0.0001  # of the people, on top: no real mate of two fingers was lost (bench/retention.py)
ALONE_SHARE: Final = 0.002  # when one finger alone must tell
SWAPPED_SHARE: Final = 0.5  # of those compared as labelled: swaps are rare
FEWEST_SCANNED: Final = 4096  # so many are looked at closely without a glance before
LOOKED_AT_TOGETHER: Final = 4  # chunks in one call
SCANNED_SHARE: Final = 0.015  # of the people, on top (measured: bench/retention.py)

Pairing = tuple[int, int]  # probe position, shelf position
Shelves = Mapping[int, Sequence[tuple[Chunk, int]]]
"""By position, chunks and how many of their blocks hold fingers."""


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
    """How many of the best cylinders of each probe finger, as labelled and of swapped hands, are held against how many
    of each resident finger."""

    labelled: int
    swapped: int
    minutiae: int


GLANCE: Final = Look(12, 8, 12)
GLANCE_ALONE: Final = Look(16, 12, 12)  # when the probe is one finger
CLOSE: Final = Look(parameters.SCAN_PROBE_MINUTIAE, parameters.SCAN_PROBE_MINUTIAE, parameters.SCAN_MINUTIAE)


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """All that is looked for on one shelf: cylinders of several fingers one after another (see `scan_blocks`), and the
    number of the plan of each."""

    plans: tuple[int, ...]
    words: NDArray[np.uint64]
    density: NDArray[np.float32]
    ends: NDArray[np.int64]


@dataclass(slots=True)
class Most:
    """The `wanted` people whose fingers add up to most, ties by subject; `edge`: below it nobody need be offered."""

    wanted: int
    found: list[tuple[int, Enrolled]] = field(default_factory=list)
    edge: int = 1
    _lock: Any = field(default_factory=threading.Lock)

    def offer(self, found: Iterable[tuple[int, Enrolled]]) -> None:
        """Keep of these and of those before the ones that add up to most."""
        with self._lock:
            best = sorted([*self.found, *found], key=lambda each: (-each[0], each[1].subject))
            self.found = best[: self.wanted]
            if len(self.found) == self.wanted:
                self.edge = max(1, self.found[-1][0])

    def people(self) -> list[Enrolled]:
        """Who they are, best first."""
        return [person for _, person in self.found]


def plans_of(probe: Iterable[int], stocked: Iterable[int]) -> list[Plan]:
    """Ways to put the fingers of a probe beside those of the shelves that hold any."""
    probe, stocked = sorted(probe), sorted(stocked)
    labelled = tuple((p, s) for p in probe for s in stocked if p == 0 or s in (0, p))
    swapped = tuple((p, s) for p in probe for s in stocked if p and s and s == mirrored(p))
    return [plan for plan in (Plan(labelled, False), Plan(swapped, True)) if plan.pairings]


def scan(
    gallery: Gallery, probe: Mapping[int, Descriptors], *, plans: Sequence[Plan], among: Set[UUID] | None
) -> list[list[Enrolled]]:
    """For each plan the people to compare, of all or of some. Everybody, when few are considered."""
    considered = _considered(gallery, among)
    wanted_bytes = None if among is None else np.frombuffer(b"".join(one.bytes for one in among), "V16")
    sealed = [(each, rows) for each in gallery.beyond if (rows := each.rows(wanted_bytes)).any()]
    if int(considered.sum()) + sum(int(rows.sum()) for _, rows in sealed) <= COMPARED_AS_A_WHOLE:
        everybody = [person for index in np.flatnonzero(considered) if (person := gallery.people[index]) is not None]
        for each, rows in sealed:
            segment = each.open()
            everybody += [segment.enrolled(int(row)) for row in np.flatnonzero(rows)]
        return [everybody] * len(plans)
    most = [Most(plan.wanted(len(gallery))) for plan in plans]
    _scan_residents(gallery, probe, plans=plans, considered=considered, most=most)
    look = partial(_scan_sealed, probe=probe, plans=plans, most=most)
    for _ in gallery.pool.map(lambda each: look(*each), sealed):
        pass
    return [each.people() for each in most]


def _considered(gallery: Gallery, among: Set[UUID] | None) -> NDArray[np.bool_]:
    """Of the people in memory, by index."""
    considered = np.zeros(len(gallery.people), np.bool_)
    considered[:] = among is None
    if among is not None:
        chosen = (gallery.index_of(subject) for subject in among)
        considered[[index for index in chosen if index is not None and index < len(considered)]] = True
    return considered


def _scan_residents(
    gallery: Gallery, probe: Mapping[int, Descriptors], *, plans: Sequence[Plan], considered: NDArray[np.bool_],
    most: Sequence[Most],
) -> None:
    shelves = {position: shelf.blocks_in_use() for position, shelf in enumerate(gallery.shelves)}
    look = partial(add_looks, shelves, probe, plans=plans, people=len(considered), pool=gallery.pool)
    chosen = considered
    if int(considered.sum()) > FEWEST_SCANNED:
        totals = look(GLANCE_ALONE if len(probe) == 1 else GLANCE).max(axis=0, initial=0)
        wanted = round(FEWEST_SCANNED + SCANNED_SHARE * len(considered))
        chosen = considered & highest(totals * considered, wanted=wanted)
    for totals, best in zip(look(CLOSE, among=chosen) * chosen, most, strict=True):
        indexes = np.flatnonzero(highest(totals, wanted=best.wanted)).tolist()
        best.offer((int(totals[i]), person) for i in indexes if (person := gallery.people[i]) is not None)


def _scan_sealed(
    sealed: SealedSegment, rows: NDArray[np.bool_], *, probe: Mapping[int, Descriptors], plans: Sequence[Plan],
    most: Sequence[Most],
) -> None:
    segment = sealed.open()
    shelves = {position: [(chunk, len(chunk.words))] for position, chunk in segment.shelves.items()}
    looked = add_looks(shelves, probe, CLOSE, plans=plans, people=len(rows))
    for totals, best in zip(looked * rows, most, strict=True):
        chosen = np.flatnonzero(totals >= best.edge)
        chosen = chosen[highest(totals[chosen], wanted=best.wanted)].tolist()
        best.offer([(int(totals[row]), segment.enrolled(row)) for row in chosen])


def add_looks(
    shelves: Shelves, probe: Mapping[int, Descriptors], look: Look, *, plans: Sequence[Plan], people: int,
    among: NDArray[np.bool_] | None = None, pool: ThreadPoolExecutor | None = None,
) -> NDArray[np.int32]:
    """What the fingers of each person add up to in each plan, int32[plan, person]; of some people, or of all.

    Each shelf is read once for all plans: half of the time of a glance is waiting for memory.
    """
    asked = _asked(probe, look, plans)
    jobs = [
        (one, shelves[shelf][start : start + LOOKED_AT_TOGETHER])
        for shelf, one in asked.items()
        for start in range(0, len(shelves.get(shelf, ())), LOOKED_AT_TOGETHER)
    ]

    def looked(job: tuple[Asked, Sequence[tuple[Chunk, int]]]) -> list[tuple[NDArray[np.int32], NDArray[np.int32]]]:
        one, run = job
        if among is not None:
            return [_look_at_some(run, one, minutiae=look.minutiae, among=among)]
        return [
            _look(chunk.words[:blocks], chunk.density[:blocks], chunk.owners[: blocks * LANES], one, look.minutiae)
            for chunk, blocks in run
        ]

    totals = np.zeros((len(plans), people), np.int32)
    for (one, _), answers in zip(jobs, map(looked, jobs) if pool is None else pool.map(looked, jobs), strict=True):
        for owners, scores in answers:
            for number, line in zip(one.plans, scores, strict=True):
                _kernels.add_up(owners, line, totals[number])
    return totals


def _asked(probe: Mapping[int, Descriptors], look: Look, plans: Sequence[Plan]) -> dict[int, Asked]:
    """By shelf."""
    found: dict[int, list[tuple[int, Cylinders]]] = {}
    for number, plan in enumerate(plans):
        best = slice(0, look.swapped if plan.swapped else look.labelled)
        for position, shelf in plan.pairings:
            one = probe[position]
            found.setdefault(shelf, []).append((number, (one.words[best], one.density[best])))
    return {
        shelf: Asked(
            tuple(number for number, _ in ones),
            np.concatenate([words for _, (words, _) in ones]),
            np.concatenate([density for _, (_, density) in ones]),
            np.cumsum([len(density) for _, (_, density) in ones]),
        )
        for shelf, ones in found.items()
    }


def _look(
    words: NDArray[np.uint64], density: NDArray[np.float32], owners: NDArray[np.int32], asked: Asked, minutiae: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Owners int32[finger] and scores int32[probe, finger], above what strangers reach on average, of some blocks."""
    scores = np.empty((len(asked.plans), len(words), LANES), np.int32)
    floor = parameters.SCAN_FLOOR
    scan_blocks(words, density, asked.words, asked.density, asked.ends, minutiae, floor, scores)
    return owners, scores.reshape(len(asked.plans), -1)[:, : len(owners)]


def _look_at_some(
    run: Sequence[tuple[Chunk, int]], asked: Asked, *, minutiae: int, among: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The same, of some people only: their fingers are copied side by side first."""
    most = sum(blocks for _, blocks in run)  # memory is taken only as it is written
    words = np.empty((most, minutiae, parameters.WORDS, LANES), np.uint64)
    density, owners = np.empty((most, minutiae, LANES), np.float32), np.empty(most * LANES, np.int32)
    count = 0
    for chunk, blocks in run:
        whose = chunk.owners[: blocks * LANES]
        count = _kernels.gather(chunk.words, chunk.density, whose, among, count, words, density, owners)
    blocks = -(-count // LANES)
    return _look(words[:blocks], density[:blocks], owners[:count], asked, minutiae)


def highest(totals: NDArray[np.int32], *, wanted: int) -> NDArray[np.bool_]:
    """Those of the positive totals that are among the `wanted` highest; all of those equal at the edge."""
    if wanted >= len(totals):
        return totals > 0
    edge = np.partition(totals, len(totals) - wanted)[len(totals) - wanted]
    return totals >= max(int(edge), 1)

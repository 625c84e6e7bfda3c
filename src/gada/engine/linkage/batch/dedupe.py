"""Who of a whole population was registered twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gada.engine.linkage._level_kernels import weigh_pairs
from gada.engine.linkage.batch.blocks import Blocks, blocks_of, nobody_compared, pairs_in
from gada.engine.linkage.batch.deciding import Decided, Pairs, decide, log_odds
from gada.engine.linkage.batch.households import members_beside
from gada.engine.linkage.batch.population import Population
from gada.engine.linkage.batch.training import train
from gada.engine.linkage.model import Model
from gada.engine.linkage.usual import USUAL

FLOOR_BITS: Final = -10.0
"""log2 odds below which a pair is not kept for deciding."""
FEWEST_TO_TRAIN: Final = 2000
FEWEST_TO_JUDGE: Final = 100
MOST_PAIRS_EACH: Final = 10
"""Pairs for each person who is in one: somebody registered twenty times is in 190 pairs, but not most people are."""


Weigh = Callable[[NDArray[np.int32], NDArray[np.int32]], Pairs]


@dataclass
class Found:
    """What a run found: `pairs` and, beside them, what was `decided`; and the report of the run."""

    pairs: Pairs
    decided: Decided
    model: Model
    report: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Clock:
    seconds: dict[str, float] = field(default_factory=dict)
    say: Callable[[str], None] = lambda text: None

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        self.say(name)
        yield
        self.seconds[name] = round(time.perf_counter() - start, 2)


def dedupe(
    population: Population, *, model: Model | None = None, threads: int = 2, anyway: bool = False,
    say: Callable[[str], None] = lambda text: None,
) -> Found:
    """Find pairs of one person. Without a model, one is learned from these people first, if they are enough.

    Where half of all people share a key nothing is compared, unless `anyway`: the report says why it `stopped`.
    """
    clock = _Clock(say=say)
    with clock.stage("blocks"):
        blocks = blocks_of(population)
    largest_key = int(blocks.too_large.max(initial=0))
    stopped = absurd(len(population), largest_key=largest_key)
    if stopped and not anyway:
        blocks, model = nobody_compared(blocks), model or USUAL
    with clock.stage("training"):
        if model is None:
            model = train(population, blocks, USUAL, name="own-1") if len(population) >= FEWEST_TO_TRAIN else USUAL
    priors, registration = model.priors(len(population)), population.people.registration
    with clock.stage("comparing"):
        weigh = weighing(population, model)
        pairs, compared = compare_all(population, blocks, weigh, threads=threads)
    with clock.stage("deciding"):
        decided = decide(pairs, registration, priors)
        beside = members_beside(pairs, decided.probability, registration)
        if len(beside[0]):
            pairs = joined([pairs, weigh(*beside)])
            compared += len(beside[0])
            decided = decide(pairs, registration, priors)
    one_person = decided.probability >= 0.5
    involved = np.union1d(pairs.left[one_person], pairs.right[one_person])
    pairs_found = int(one_person.sum())
    stopped = absurd(len(population), largest_key=largest_key, pairs=pairs_found, involved=len(involved))
    return Found(pairs, decided, model, {
        "people": len(population), "model": model.name, "pairs_compared": compared, "pairs_kept": len(pairs),
        "pairs": pairs_found, "people_in_pairs": len(involved),
        "keys_too_common": [int(size) for size in blocks.too_large[:5]],
        "stopped": stopped,
        "seconds": clock.seconds,
    })


def absurd(people: int, *, largest_key: int, pairs: int = 0, involved: int = 0) -> str:
    """Why this cannot be true, as a code; empty when it can. The file or the form is at fault then, not the people.

    `everybody-alike`: half of all people share one search key. `too-many-pairs`: whoever was found twice was found
    so many times over that most of the pairs must be wrong.
    """
    if people >= FEWEST_TO_JUDGE and largest_key * 2 > people:
        return "everybody-alike"
    if involved >= FEWEST_TO_JUDGE and pairs > MOST_PAIRS_EACH * involved:
        return "too-many-pairs"
    return ""


def compare_all(population: Population, blocks: Blocks, weigh: Weigh, *, threads: int) -> tuple[Pairs, int]:
    """Weigh every pair that shares a key; keep those that may be one person. How many were compared, too."""

    def compare(part: tuple[int, int]) -> tuple[Pairs, int]:
        left, right = pairs_in(blocks, part, population)
        return weigh(left, right), len(left)

    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(compare, blocks.parts()))
    return joined([pairs for pairs, _ in found]), sum(count for _, count in found)


def weighing(population: Population, model: Model) -> Weigh:
    """What weighs pairs of these people by this model, and keeps those that may be one person."""
    shares, weights, priors = population.shares_of(model), model.weights(), model.priors(len(population))
    arrays = population.words, population.place_words, population.place_parents

    def weigh(left: NDArray[np.int32], right: NDArray[np.int32]) -> Pairs:
        said = np.empty((len(left), 3))
        weigh_pairs(left, right, population.people, *arrays, shares, weights, said)
        kept = log_odds(said, priors) >= FLOOR_BITS
        return Pairs(left[kept], right[kept], said[kept])

    return weigh


def joined(parts: list[Pairs]) -> Pairs:
    """Parts one after another."""
    empty = Pairs(np.empty(0, np.int32), np.empty(0, np.int32), np.empty((0, 3)))
    every = [empty, *parts]
    return Pairs(
        np.concatenate([p.left for p in every]), np.concatenate([p.right for p in every]),
        np.concatenate([p.said for p in every]),
    )

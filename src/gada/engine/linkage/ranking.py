"""One person against those who share a search key: who of them is the likeliest to be the same, by the model."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from gada.engine.linkage._level_kernels import weigh_pairs
from gada.engine.linkage.batch.deciding import log_odds
from gada.engine.linkage.batch.population import Population
from gada.engine.linkage.batch.training import priors_of
from gada.engine.linkage.features import NAME_FIELDS, Features
from gada.engine.linkage.model import Model
from gada.engine.linkage.people import Vocabulary, encode
from gada.engine.linkage.usual import USUAL

MOST_PER_KEY: Final = 500
"""A key that more people share is passed over: reading them all would cost more than it tells."""
MOST_WEIGHED: Final = 150
MOST_WORDS: Final = 500_000
Key = TypeVar("Key")
Id = TypeVar("Id")


def nearest(found: Mapping[Key, Sequence[Id]], *, people: int, most: int = MOST_WEIGHED) -> list[Id]:
    """Those who share most, rare keys counting for more; each key with the people who have it.

    A key shared by n of `people` people is worth log2(people / n) bits. Ties are settled by the order of ids.
    """
    worth: dict[Id, float] = defaultdict(float)
    for holders in found.values():
        if 0 < len(holders) <= MOST_PER_KEY:
            bits = math.log2(max(people, 2) / len(holders))
            for holder in holders:
                worth[holder] += bits
    return sorted(worth, key=lambda holder: (-worth[holder], holder))[:most]  # type: ignore[operator]


@dataclass(slots=True)
class Ranker:
    """Weighs candidates by a model in process; keeps the words it has met, so that the next search is faster.

    Not for several threads at once.
    """

    model: Model = USUAL
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    _shares: NDArray[np.float64] = field(default_factory=lambda: np.empty((len(NAME_FIELDS), 1024)))
    _known: int = 0  # families whose shares are there

    def weigh(self, probe: Features, candidates: Sequence[Features], *, people: int) -> NDArray[np.float64]:
        """log2 odds, float64[n], that each candidate is the probe, among `people` people."""
        if len(self.vocabulary.names) > MOST_WORDS:
            self.vocabulary, self._known = Vocabulary(), 0
        population = Population(encode([probe, *candidates], self.vocabulary), self.vocabulary)
        count = len(candidates)
        said = np.empty((count, 3))
        weigh_pairs(
            np.zeros(count, np.int32), np.arange(1, count + 1, dtype=np.int32), population.people, population.words,
            population.place_words, population.place_parents, self.shares(), self.model.weights(), said,
        )  # fmt: skip
        return log_odds(said, priors_of(self.model, people))

    def shares(self) -> NDArray[np.float64]:
        """float64[4, families]: how common each family met so far is in each name."""
        names = self.vocabulary.names.family_names()
        if len(names) > self._shares.shape[1]:
            grown = np.empty((len(NAME_FIELDS), 2 * len(names)))
            grown[:, : self._known] = self._shares[:, : self._known]
            self._shares = grown
        for i, name_field in enumerate(NAME_FIELDS):
            new = names[self._known :]
            self._shares[i, self._known : len(names)] = [self.model.share(name_field, family) for family in new]
        self._known = len(names)
        return self._shares


def best(ids: Iterable[Id], odds: NDArray[np.float64], *, most: int) -> list[tuple[Id, float]]:
    """The likeliest first, each with its log2 odds."""
    ranked = sorted(zip(ids, odds.tolist(), strict=True), key=lambda each: -each[1])
    return ranked[:most]

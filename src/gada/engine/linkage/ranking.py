"""One person against those who share a search key: who of them is the likeliest to be the same, by the model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from gada.engine.linkage._level_kernels import weigh_pairs
from gada.engine.linkage.batch.deciding import log_odds
from gada.engine.linkage.batch.population import Population
from gada.engine.linkage.features import NAME_FIELDS, Features
from gada.engine.linkage.model import Model, Weights
from gada.engine.linkage.people import Vocabulary, encode
from gada.engine.linkage.usual import USUAL

MOST_WORDS: Final = 500_000
Id = TypeVar("Id")


@dataclass(slots=True)
class Ranker:
    """Weighs candidates by a model in process; keeps the words it has met, so that the next search is faster.

    Not for several threads at once.
    """

    model: Model = USUAL
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    _shares: NDArray[np.float64] = field(default_factory=lambda: np.empty((len(NAME_FIELDS), 1024)))
    _known: int = 0  # families whose shares are there
    _weights: Weights = field(init=False)

    def __post_init__(self) -> None:
        self._weights = self.model.weights()

    def weigh(self, probe: Features, candidates: Sequence[Features], *, people: int) -> NDArray[np.float64]:
        """log2 odds, float64[n], that each candidate is the probe, among `people` people."""
        if len(self.vocabulary.names) > MOST_WORDS:
            self.vocabulary, self._known = Vocabulary(), 0
        population = Population(encode([probe, *candidates], self.vocabulary), self.vocabulary)
        count = len(candidates)
        said = np.empty((count, 3))
        weigh_pairs(
            np.zeros(count, np.int32), np.arange(1, count + 1, dtype=np.int32), population.people, population.words,
            population.place_words, population.place_parents, self.shares(), self._weights, said,
        )  # fmt: skip
        return log_odds(said, self.model.priors(people))

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

"""Batch linkage: a whole population compared with itself, in two threads and a few gigabytes for millions."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from gada.engine.linkage.batch.dedupe import Found, dedupe
from gada.engine.linkage.batch.population import Population
from gada.engine.linkage.features import Features
from gada.engine.linkage.model import Model
from gada.engine.linkage.people import Vocabulary, encode

Id = TypeVar("Id", bound=Hashable)

__all__ = ["Found", "FoundPair", "Population", "dedupe", "find_pairs"]


@dataclass(frozen=True, slots=True)
class FoundPair(Generic[Id]):
    """Two records that may be one person: how probably, and the weight of the evidence in bits, prior left out."""

    left: Id
    right: Id
    probability: float
    bits: float


def find_pairs(
    people: Iterable[tuple[Id, Hashable | None, Features]], *, model: Model | None = None, threads: int = 2,
    at_least: float = 0.05,
) -> tuple[list[FoundPair[Id]], Found]:
    """Pairs of these people, most probable first, and the run they come from.

    Each comes with an id, whom they were registered with (None: alone; equal: together, never a pair), and features.
    """
    ids: list[Id] = []
    registrations: dict[Hashable, int] = {}
    features, together = [], []
    for id_, registration, known in people:
        ids.append(id_)
        features.append(known)
        together.append(-1 if registration is None else registrations.setdefault(registration, len(registrations)))
    vocabulary = Vocabulary()
    population = Population(encode(features, vocabulary, together), vocabulary)
    del features
    found = dedupe(population, model=model, threads=threads)
    probability, bits = found.decided.probability, found.decided.bits
    order = np.flatnonzero(probability >= at_least)
    order = order[np.argsort(-probability[order], kind="stable")]
    pairs = [
        FoundPair(ids[found.pairs.left[k]], ids[found.pairs.right[k]], float(probability[k]), float(bits[k]))
        for k in order
    ]
    return pairs, found

"""Batch linkage: a whole population compared with itself, in two threads and a few gigabytes for millions."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from gada.engine.linkage.batch.dedupe import Found, dedupe
from gada.engine.linkage.batch.population import Population
from gada.engine.linkage.features import Features
from gada.engine.linkage.model import Model
from gada.engine.linkage.people import People, Vocabulary, encode

Id = TypeVar("Id", bound=Hashable)
ENCODED_AT_ONCE: Final = 5000

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
    ids, population = _population_of(people)
    found = dedupe(population, model=model, threads=threads)
    probability, bits = found.decided.probability, found.decided.bits
    order = np.flatnonzero(probability >= at_least)
    order = order[np.argsort(-probability[order], kind="stable")]
    pairs = [
        FoundPair(ids[found.pairs.left[k]], ids[found.pairs.right[k]], float(probability[k]), float(bits[k]))
        for k in order
    ]
    return pairs, found


def _population_of(people: Iterable[tuple[Id, Hashable | None, Features]]) -> tuple[list[Id], Population]:
    """Encoded some at a time: as objects a hundred thousand people take three times the memory of their columns."""
    ids: list[Id] = []
    registrations: dict[Hashable, int] = {}
    vocabulary, parts, coming = Vocabulary(), list[People](), iter(people)
    while some := list(islice(coming, ENCODED_AT_ONCE)):
        ids += [id_ for id_, _registration, _known in some]
        together = [
            -1 if registration is None else registrations.setdefault(registration, len(registrations))
            for _id, registration, _known in some
        ]
        parts.append(encode([known for _id, _registration, known in some], vocabulary, together))
    columns = [*map(list, zip(*parts or [encode([], vocabulary, [])], strict=True))]
    parts.clear()
    return ids, Population(People(*map(_joined, columns)), vocabulary)


def _joined(pieces: list[NDArray[Any]]) -> NDArray[Any]:
    """One column; its pieces are let go at once, before the next column is joined."""
    whole = np.concatenate(pieces)
    pieces.clear()
    return whole

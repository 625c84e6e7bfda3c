"""Everybody of a file or of a node, encoded, with what comparing them needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gada.engine.linkage.features import NAME_FIELDS
from gada.engine.linkage.model import SMALLEST_SHARE, Model
from gada.engine.linkage.people import People, Vocabulary
from gada.engine.linkage.wordlist import WordArrays

LARGEST_REGISTRATION = 60
"""People registered together at most; a "household" of more is a placeholder in the file."""


@dataclass
class Population:
    """n people by number 0 … n-1. Nothing may be added once it is compared."""

    people: People
    vocabulary: Vocabulary

    def __len__(self) -> int:
        return len(self.people)

    @cached_property
    def words(self) -> WordArrays:
        return self.vocabulary.words()

    @cached_property
    def place_words(self) -> WordArrays:
        return self.vocabulary.place_words()

    @cached_property
    def place_parents(self) -> NDArray[np.uint64]:
        return self.vocabulary.place_parents()

    def registrations(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Who was registered together: see `by_group`."""
        return by_group(self.people.registration)

    def others_registered(self) -> float:
        """How many others each person was registered together with, on average."""
        registration = self.people.registration
        sizes = np.bincount(registration[registration >= 0], minlength=1)
        return float((sizes * (sizes - 1)).sum()) / max(1, len(self))

    def own_shares(self) -> NDArray[np.float64]:
        """float64[4, families]: the share of people with a word of this family in each name, as counted here."""
        count = len(self.vocabulary.names.family_names())
        shares = np.zeros((len(NAME_FIELDS), max(count, 1)))
        for i in range(len(NAME_FIELDS)):
            words = self.people.names[:, i, :].ravel()
            known = self.words.family[words[words >= 0]]
            people = max(1, int((self.people.names[:, i, 0] >= 0).sum()))
            shares[i] = np.bincount(known, minlength=shares.shape[1]) / people
        return np.maximum(shares, SMALLEST_SHARE)

    def shares_of(self, model: Model) -> NDArray[np.float64]:
        """The same as the model has counted them, or as counted here where it has counted nothing."""
        if not model.shares:
            return self.own_shares()
        names = self.vocabulary.names.family_names()
        rows = [[model.share(f, name) for name in names] or [SMALLEST_SHARE] for f in NAME_FIELDS]
        return np.array(rows)


def by_group(group: NDArray[np.integer[Any]]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Numbers 0 … n-1 in the order of their group, int32, and where each group begins, int64[groups + 1].

    Group g holds order[starts[g]:starts[g + 1]], ascending; whoever is in no group, -1, stands before the first.
    """
    order = np.argsort(group, kind="stable").astype(np.int32)
    return order, np.searchsorted(group[order], np.arange(int(group.max(initial=-1)) + 2))

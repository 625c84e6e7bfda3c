"""From what the stories say of each pair to a probability: whole registrations are compared, one member with one.

Two things are known of registrations that pairs alone do not tell. Nobody is two members of one registration, so a
person is at most one of the members of another: what speaks for one of them speaks against the others. And where
other members of two registrations are the same people, the two were one household: strangers become unlikely, kin do
not. That is a term of its own, with a limit, because it is said by the others and not by the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MOST_HOUSEHOLD_BITS: Final = 8.0
SAME, HOUSEHOLD, STRANGERS = range(3)
CLASSES: Final = ("same", "household", "strangers")


@dataclass(frozen=True, slots=True)
class Pairs:
    """m pairs of people by number; `said` float64[m, 3] log2 of how likely each story makes them, priors left out."""

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    said: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.left)

    def among(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> Pairs:
        return Pairs(self.left[chosen], self.right[chosen], self.said[chosen])


def pair_numbers(left: NDArray[Any], right: NDArray[Any]) -> NDArray[np.int64]:
    """One number for each pair of two numbers below 2^31, whichever stands left."""
    numbers: NDArray[np.int64] = np.minimum(left, right).astype(np.int64) << 32 | np.maximum(left, right)
    return numbers


@dataclass(frozen=True, slots=True)
class Decided:
    """`probability` float64[m] that they are one person; `bits` float64[m] the weight of evidence for it, log2, prior
    left out; `household_bits` float64[m] what of it the other members said; `kind` int8[m] the likeliest of CLASSES."""

    probability: NDArray[np.float64]
    bits: NDArray[np.float64]
    household_bits: NDArray[np.float64]
    kind: NDArray[np.int8]


def decide(pairs: Pairs, registration: NDArray[np.int32], priors: NDArray[np.float64]) -> Decided:
    """Decide all pairs together; `registration` int32[people], -1 for people registered on their own."""
    ours, theirs = registration[pairs.left].astype(np.int64), registration[pairs.right].astype(np.int64)
    alone = int(registration.max(initial=-1)) + 1
    # Whoever was registered alone is a registration of their own.
    ours = np.where(ours < 0, alone + pairs.left, ours)
    theirs = np.where(theirs < 0, alone + pairs.right.astype(np.int64), theirs)
    first = _one_to_one(pairs, ours, theirs, log_odds(pairs.said, priors))
    support = _support(ours, theirs, first)
    said = pairs.said.copy()
    said[:, STRANGERS] -= support
    odds = log_odds(said, priors)
    odds = _one_to_one(pairs, ours, theirs, odds)
    probability = 1 / (1 + np.exp2(-np.clip(odds, -1000, 1000)))
    kind = np.argmax(said + priors, axis=1).astype(np.int8)
    kind = np.where(probability >= 0.5, SAME, np.where(kind == SAME, HOUSEHOLD, kind)).astype(np.int8)
    return Decided(probability, odds - (priors[SAME] - np.log2(1 + np.exp2(priors[HOUSEHOLD]))), support, kind)


def log_odds(said: NDArray[np.float64], priors: NDArray[np.float64]) -> NDArray[np.float64]:
    """log2 odds of the same person against kin and strangers together."""
    likely = said + priors
    against: NDArray[np.float64] = np.logaddexp2(likely[:, HOUSEHOLD], likely[:, STRANGERS])
    return likely[:, SAME] - against


def _one_to_one(
    pairs: Pairs, ours: NDArray[np.int64], theirs: NDArray[np.int64], odds: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Take from each pair what speaks for one of the two being another member of the other's registration."""
    # Both sides together: a person may stand left in one pair and right in another.
    people = np.concatenate((pairs.left, pairs.right)).astype(np.int64)
    others = _others_in(people, np.concatenate((theirs, ours)), np.concatenate((odds, odds)))
    taken: NDArray[np.float64] = odds - np.log2(1 + others).reshape(2, -1).sum(axis=0)
    return taken


def _others_in(
    person: NDArray[np.int64], registration: NDArray[np.int64], odds: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Of each pair, the sum of the odds of the other pairs of this person with this registration."""
    _, group = np.unique(person * (registration.max(initial=0) + 1) + registration, return_inverse=True)
    plain = np.exp2(np.clip(odds, -200, 200))
    order = np.lexsort((plain, group))
    largest = order[np.flatnonzero(np.diff(group[order], append=-1))]
    # The largest of a group is added apart: taken from the sum of all it would leave nothing but rounding.
    rest, top = plain.copy(), np.zeros(len(plain))
    rest[largest] = 0.0
    top[group[largest]] = plain[largest]
    added = top[group]
    added[largest] = 0.0
    others: NDArray[np.float64] = np.maximum(np.bincount(group, weights=rest)[group] - rest, 0.0) + added
    return others


def _support(
    ours: NDArray[np.int64], theirs: NDArray[np.int64], odds: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What other members who are probably the same say for two registrations being of one household, in bits."""
    low, high = np.minimum(ours, theirs), np.maximum(ours, theirs)
    _, group = np.unique(np.stack((low, high), axis=1), axis=0, return_inverse=True)
    own = np.clip(odds, 0, MOST_HOUSEHOLD_BITS)
    sums = np.bincount(group, weights=own)
    support: NDArray[np.float64] = np.clip(sums[group] - own, 0, MOST_HOUSEHOLD_BITS)
    return support

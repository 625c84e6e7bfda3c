"""Members of two registrations that are one household, put side by side although they share no key themselves.

Where one member is surely the same person, another may be too, whose names a clerk wrote past every key.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from gada.engine.linkage.batch.deciding import Pairs, pair_numbers
from gada.engine.linkage.batch.population import by_group

SURE: Final = 0.9  # probability of the pair that brings two registrations together


def members_beside(
    pairs: Pairs, probability: NDArray[np.float64], registration: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Pairs of people, the smaller number left, of registrations with a sure pair, that are not among `pairs`.

    `registration` int32[people], -1 for people registered on their own: they bring nobody along.
    """
    ours, theirs = registration[pairs.left], registration[pairs.right]
    sure = (probability >= SURE) & (ours >= 0) & (theirs >= 0)
    both = np.stack((np.minimum(ours, theirs)[sure], np.maximum(ours, theirs)[sure]), axis=1)
    first, second = np.unique(both, axis=0).T.astype(np.int64) if len(both) else np.empty((2, 0), np.int64)
    order, starts = by_group(registration)
    sizes = np.diff(starts)
    each = sizes[first] * sizes[second]
    of = np.repeat(np.arange(len(first)), each)
    within = np.arange(len(of)) - np.repeat(np.cumsum(each) - each, each)
    one = order[starts[first[of]] + within // sizes[second[of]]]
    other = order[starts[second[of]] + within % sizes[second[of]]]
    left, right = np.minimum(one, other), np.maximum(one, other)
    new = ~np.isin(pair_numbers(left, right), pair_numbers(pairs.left, pairs.right))
    return left[new], right[new]

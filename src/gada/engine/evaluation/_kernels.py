"""The baseline's inner loop. Its plain twin stands in its test."""

# mypy: ignore-errors
# (numba gives its functions no types; the arrays are stated in the docstring)
from __future__ import annotations

import numpy as np
from numba import njit

from gada.engine.fingerprint._vectors import popcount


@njit(cache=True, nogil=True, error_model="numpy")
def mean_of_top_pairs(words_a, density_a, words_b, density_b, tops):
    """Mean of the `tops.shape[0]` highest similarities among all pairs of cylinders, 0..1 (of fewer pairs: over the
    same number). words uint64[n, 7], density float32[n]; `tops` float32[t] is scratch."""
    tops[:] = np.float32(0.0)
    last = tops.shape[0] - 1
    for i in range(words_a.shape[0]):
        for j in range(words_b.shape[0]):
            both = np.int32(0)
            for k in range(6):
                both += np.int32(popcount(words_a[i, k] & words_b[j, k]))
            shared = np.int32(popcount(words_a[i, 6] & words_b[j, 6]))
            alike = np.float32(both) / (np.float32(shared) * (density_a[i] + density_b[j]) + np.float32(1.0))
            if alike > tops[last]:
                at = last
                while at > 0 and tops[at - 1] < alike:
                    tops[at] = tops[at - 1]
                    at -= 1
                tops[at] = alike
    total = np.float32(0.0)
    for t in range(tops.shape[0]):
        total += tops[t]
    return total / np.float32(tops.shape[0])

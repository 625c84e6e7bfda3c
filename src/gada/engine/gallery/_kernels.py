"""Inner loops of the gallery, in numba: few fingers out of many, and the sums of people. Plain twins: their tests."""

# mypy: ignore-errors
# (numba gives its functions no types; the arrays are stated in each docstring)
from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def gather(words, density, owners, among, first, kept, shares, people):
    """Copy the fingers of some people, bool[n] by index, out of a chunk, one after another from number `first` on.

    words uint64[b, m, 7, 32], density float32[b, m, 32], owners int32[k]. Finger number i goes to block i // 32, lane
    i % 32 of kept and shares, which may hold fewer minutiae, and its owner to people[i]. The number after the last.
    """
    lanes = words.shape[3]
    for finger in range(owners.shape[0]):
        if not 0 <= owners[finger] < among.shape[0] or not among[owners[finger]]:
            continue
        block, lane, to_block, to_lane = finger // lanes, finger % lanes, first // lanes, first % lanes
        for m in range(kept.shape[1]):
            shares[to_block, m, to_lane] = density[block, m, lane]
            for k in range(words.shape[2]):
                kept[to_block, m, k, to_lane] = words[block, m, k, lane]
        people[first] = owners[finger]
        first += 1
    return first


@njit(cache=True, nogil=True, error_model="numpy")
def add_up(owners, scores, totals):
    """Add scores int32[k] of fingers to totals int32[n] of their owners int32[k]; who is not below n is left out."""
    for i in range(owners.shape[0]):
        if 0 <= owners[i] < totals.shape[0]:
            totals[owners[i]] += scores[i]

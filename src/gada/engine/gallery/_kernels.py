"""Inner loops of the gallery, in numba: few fingers out of many, and the sums of people. Plain twins: their tests."""

# mypy: ignore-errors
# (numba gives its functions no types; the arrays are stated in each docstring)
from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def gather(words, density, fingers, gathered_words, gathered_density):
    """Copy some fingers of a chunk, int64[k], side by side: finger number i goes to block i // 32, lane i % 32.

    words uint64[b, m, 7, 32], density float32[b, m, 32]; what is filled may hold fewer minutiae of each.
    """
    lanes = words.shape[3]
    for i in range(fingers.shape[0]):
        block, lane = fingers[i] // lanes, fingers[i] % lanes
        to_block, to_lane = i // lanes, i % lanes
        for m in range(gathered_words.shape[1]):
            gathered_density[to_block, m, to_lane] = density[block, m, lane]
            for k in range(words.shape[2]):
                gathered_words[to_block, m, k, to_lane] = words[block, m, k, lane]


@njit(cache=True, nogil=True, error_model="numpy")
def add_up(owners, scores, totals):
    """Add scores int32[k] of fingers to totals int32[n] of their owners int32[k]; who is not below n is left out."""
    for i in range(owners.shape[0]):
        if 0 <= owners[i] < totals.shape[0]:
            totals[owners[i]] += scores[i]

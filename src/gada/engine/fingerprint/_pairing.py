"""Inner loops of the second stage, first half: which minutiae of two impressions look alike and agree.

Plain twins of the same names stand in the tests. An impression is given as
`places` float32[k, 5]: x, y upwards, angle in radians, its cosine, its sine; and its cylinders as in `_kernels`.
"""

# mypy: ignore-errors
# (numba gives its functions no types; the arrays are stated in each docstring)
from __future__ import annotations

import numpy as np
from numba import njit

from gada.engine.fingerprint._vectors import popcount

COLUMN_BITS = 7
LAST_COLUMN = (1 << COLUMN_BITS) - 1
SIMILARITY_ONE = np.float32(8388608.0)
"""A key holds similarity above and column below, so that one integer maximum finds both."""


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def fill_keys(words_a, planes_b, density_a, density_b, keys):
    """keys[i, j] int32 = similarity of cylinders i and j in steps of 2^-23, then the column counted downwards.

    words_a uint64[n, 7], planes_b uint64[7, m or more], density float32[n], float32[m].
    """
    for i in range(keys.shape[0]):
        p0, p1, p2, p3 = words_a[i, 0], words_a[i, 1], words_a[i, 2], words_a[i, 3]
        p4, p5, p6, own = words_a[i, 4], words_a[i, 5], words_a[i, 6], density_a[i]
        for j in range(keys.shape[1]):
            both = popcount(p0 & planes_b[0, j]) + popcount(p1 & planes_b[1, j]) + popcount(p2 & planes_b[2, j])
            both += popcount(p3 & planes_b[3, j]) + popcount(p4 & planes_b[4, j]) + popcount(p5 & planes_b[5, j])
            shared = popcount(p6 & planes_b[6, j])
            expected = np.float32(np.int32(shared)) * (own + density_b[j]) + np.float32(1.0)
            alike = min(np.float32(np.int32(both)) / expected, np.float32(1.99))  # what is more has no bits left
            steps = np.int32(alike * SIMILARITY_ONE)
            keys[i, j] = np.int32(steps << np.int32(COLUMN_BITS)) | np.int32(np.int32(LAST_COLUMN) - np.int32(j))


@njit(cache=True, nogil=True, error_model="numpy")
def highest(keys, i):
    """The highest of keys[i] int32; integers, because a maximum of floats is not vectorised."""
    top = np.int32(-1)
    for j in range(keys.shape[1]):
        top = max(top, keys[i, j])
    return top


@njit(cache=True, nogil=True, error_model="numpy")
def pair_alike(words_a, planes_b, density_a, density_b, pairs, weights):
    """The most similar pairs of minutiae, one to one, best first, taken greedily.

    words_a uint64[n, 7]; planes_b uint64[7, m or more]; density float32[n], float32[m]; n and m at most 128.
    Fills pairs int32[p, 2] and weights[:, 0] float32 with the similarity; returns how many pairs there are.
    """
    n = density_a.shape[0]
    keys = np.empty((n, density_b.shape[0]), np.int32)
    fill_keys(words_a, planes_b, density_a, density_b, keys)
    tops = np.empty((1, n), np.int32)
    for i in range(n):
        tops[0, i] = highest(keys, i)
    found = 0
    while found < pairs.shape[0]:
        top = highest(tops, 0)
        if top <= LAST_COLUMN:  # nothing similar is left
            break
        i, j = 0, LAST_COLUMN - (top & LAST_COLUMN)
        while tops[0, i] != top:
            i += 1
        pairs[found, 0], pairs[found, 1] = i, j
        weights[found, 0] = np.float32(top >> COLUMN_BITS) / SIMILARITY_ONE
        found += 1
        tops[0, i] = -1
        for r in range(n):
            keys[r, j] = -1
            if tops[0, r] >= 0 and LAST_COLUMN - (tops[0, r] & LAST_COLUMN) == j:
                tops[0, r] = highest(keys, r)
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def relax(a, b, pairs, found, settings, weights, agree):
    """Weigh pairs by how well they agree with one another.

    a, b places; pairs int32[p, 2], the first `found` of them; settings float32: pair distance, pair angle,
    rounds, weight. Fills weights[:, 1] from weights[:, 0], and agree float32[p, p].
    """
    distance_gate, angle_gate, rounds, keep = settings
    before, support = np.empty(found, np.float32), np.empty(found, np.float32)
    for s in range(found):
        agree[s, s] = np.float32(0.0)
        for t in range(s):
            agree[s, t] = agree[t, s] = agreement(
                a, b, pairs[s, 0], pairs[s, 1], pairs[t, 0], pairs[t, 1], distance_gate, angle_gate
            )
        before[s] = weights[s, 0]
    share = (np.float32(1.0) - keep) / np.float32(max(found - 1, 1))
    for _ in range(int(rounds)):
        support[:] = np.float32(0.0)
        for t in range(found):
            for s in range(found):
                support[s] += agree[t, s] * before[t]
        for s in range(found):
            before[s] = keep * before[s] + share * support[s]
    weights[:found, 1] = before


@njit(cache=True, nogil=True, error_model="numpy")
def agreement(a, b, i, j, k, m, distance_gate, angle_gate):
    """0..1: do the pairs (i, j) and (k, m) tell the same movement? Distance, turn and bearing (MCC relaxation).

    Rows of a and b are places. They are not sliced out: counting references to them would cost more than
    the arithmetic.
    """
    ax, ay, bx, by = a[k, 0] - a[i, 0], a[k, 1] - a[i, 1], b[m, 0] - b[j, 0], b[m, 1] - b[j, 1]
    gap = abs(np.sqrt(ax * ax + ay * ay) - np.sqrt(bx * bx + by * by)) / distance_gate
    if gap >= 1:
        return np.float32(0.0)
    turn = abs(wrapped((a[k, 2] - a[i, 2]) - (b[m, 2] - b[j, 2]))) / angle_gate
    if turn >= 1:
        return np.float32(0.0)
    along_a = ax * a[i, 3] + ay * a[i, 4]  # seen from the first minutia
    aside_a = ay * a[i, 3] - ax * a[i, 4]
    along_b = bx * b[j, 3] + by * b[j, 4]
    aside_b = by * b[j, 3] - bx * b[j, 4]
    ahead, across = along_a * along_b + aside_a * aside_b, along_a * aside_b - aside_a * along_b
    if ahead <= 0 and ahead * ahead + across * across > 0:  # more than a right angle: no gate is that wide
        return np.float32(0.0)
    bearing = abs(np.arctan2(across, ahead)) / angle_gate
    if bearing >= 1:
        return np.float32(0.0)
    return np.float32((1 - gap * gap) * (1 - turn * turn) * (1 - bearing * bearing))


@njit(cache=True, nogil=True, error_model="numpy")
def wrapped(radians):
    """The same angle between -pi and pi."""
    return radians - np.float32(2.0 * np.pi) * np.floor(
        (radians + np.float32(np.pi)) / np.float32(2.0 * np.pi)
    )

"""The second stage as a whole: one impression with one other, and with many packed templates."""

# mypy: ignore-errors
# (numba gives its functions no types; the arrays are stated in each docstring)
from __future__ import annotations

import numpy as np
from numba import njit

from gada.engine.fingerprint._kernels import fill_cylinders, fill_places, trace_hull
from gada.engine.fingerprint._pairing import pair_alike, relax
from gada.engine.fingerprint._superposing import superpose

HEAD_BYTES = 6
MINUTIA_BYTES = 7
"""A packed template (gallery.packing): head, then x int16, y int16, angle, kind and quality of each minutia."""


@njit(cache=True, nogil=True, error_model="numpy")
def comes_first(a, b, sure_a, sure_b):
    """One order of two impressions for both ways to compare them: the smaller, then by places and confidences."""
    if a.shape[0] != b.shape[0]:
        return a.shape[0] < b.shape[0]
    for i in range(a.shape[0]):
        for k in range(3):
            if a[i, k] != b[i, k]:
                return a[i, k] < b[i, k]
        if sure_a[i] != sure_b[i]:
            return sure_a[i] < sure_b[i]
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def compare_described(
    a, b, words_a, words_b, planes_a, planes_b, density_a, density_b, sure_a, sure_b, hull_a, hull_b, relaxing,
    superposing, pairs, weights, partners, misses, evidence,
):  # fmt: skip
    """Pairs, relaxation, superposition, the same whichever impression is called a.

    Places, words uint64[n, 7], planes uint64[7, n or more], density, confidences and hull of both. Fills pairs
    int32[p, 2], weights float32[p, 2], partners int32[n, 2], misses float32[n] (n: the larger impression), evidence
    float32[4]; returns how many pairs and partners there are.
    """
    if comes_first(a, b, sure_a, sure_b):
        return compare_ordered(
            a, b, words_a, planes_b, density_a, density_b, sure_a, sure_b, hull_a, hull_b, relaxing, superposing,
            pairs, weights, partners, misses, evidence,
        )  # fmt: skip
    found, count = compare_ordered(
        b, a, words_b, planes_a, density_b, density_a, sure_b, sure_a, hull_b, hull_a, relaxing, superposing,
        pairs, weights, partners, misses, evidence,
    )  # fmt: skip
    for p in range(found):
        pairs[p, 0], pairs[p, 1] = pairs[p, 1], pairs[p, 0]
    for p in range(count):
        partners[p, 0], partners[p, 1] = partners[p, 1], partners[p, 0]
    return found, count


@njit(cache=True, nogil=True, error_model="numpy")
def compare_ordered(
    a, b, words_a, planes_b, density_a, density_b, sure_a, sure_b, hull_a, hull_b, relaxing, superposing, pairs,
    weights, partners, misses, evidence,
):  # fmt: skip
    """`compare_described` in the order given."""
    evidence[:] = np.float32(0.0)
    found = pair_alike(words_a, planes_b, density_a, density_b, pairs, weights)
    if found < 2:
        return found, 0
    agree = np.empty((found, found), np.float32)
    relax(a, b, pairs, found, relaxing, weights, agree)
    count = superpose(
        a, b, sure_a, sure_b, hull_a, hull_b, pairs, weights, agree, found, superposing, partners, misses, evidence
    )
    for p in range(found):
        evidence[3] += weights[p, 1]
    return found, count


@njit(cache=True, nogil=True, error_model="numpy")
def hull_of(x, y):
    """Convex hull float32[h, 2] of x, y float32[n], counter-clockwise."""
    order = np.argsort(x.astype(np.int64) * np.int64(65536) + y.astype(np.int64))
    points = np.empty((x.shape[0], 2), np.float32)
    for i in range(x.shape[0]):
        points[i, 0], points[i, 1] = x[order[i]], y[order[i]]
    corners = np.empty((2 * x.shape[0] + 1, 2), np.float32)
    return corners[: trace_hull(points, corners)]


@njit(cache=True, nogil=True, error_model="numpy")
def compare_packed(
    data, ends, most, unreported, by_direction, bell, cylinders, a, words_a, planes_a, density_a, sure_a, hull_a,
    relaxing, superposing, most_pairs, evidence,
):  # fmt: skip
    """One impression with many packed templates: data uint8[...], template k from ends[k] to ends[k + 1].

    Of each, the first `most` minutiae. Fills evidence float32[k, 4].
    """
    pairs, weights = np.empty((most_pairs, 2), np.int32), np.empty((most_pairs, 2), np.float32)
    widest = max(a.shape[0], most)
    partners, misses = np.empty((widest, 2), np.int32), np.empty(widest, np.float32)
    words, density = np.empty((most, 7), np.uint64), np.empty(most, np.float32)
    planes = np.empty((7, most), np.uint64)
    x, y = np.empty(most, np.float32), np.empty(most, np.float32)
    angle, sure = np.empty(most, np.uint8), np.empty(most, np.float32)
    places = np.empty((most, 5), np.float32)
    for k in range(ends.shape[0] - 1):
        count = min((ends[k + 1] - ends[k] - HEAD_BYTES) // MINUTIA_BYTES, most)
        if count < 1 or a.shape[0] < 1:
            continue
        for i in range(count):
            at = ends[k] + HEAD_BYTES + MINUTIA_BYTES * i
            x[i] = np.float32(np.int16(np.uint16(data[at]) | (np.uint16(data[at + 1]) << np.uint16(8))))
            y[i] = np.float32(np.int16(np.uint16(data[at + 2]) | (np.uint16(data[at + 3]) << np.uint16(8))))
            angle[i] = data[at + 4]
            quality = data[at + 6]
            sure[i] = np.float32(quality) / np.float32(100.0) if quality else np.float32(unreported)
        hull = hull_of(x[:count], y[:count])
        fill_cylinders(
            x[:count], y[:count], angle[:count], hull, by_direction, bell, cylinders, words[:count], density[:count]
        )
        for i in range(count):
            for w in range(7):
                planes[w, i] = words[i, w]
        fill_places(x[:count], y[:count], angle[:count], places)
        upwards = np.empty_like(hull)
        for c in range(hull.shape[0]):
            upwards[c, 0], upwards[c, 1] = hull[hull.shape[0] - 1 - c, 0], -hull[hull.shape[0] - 1 - c, 1]
        compare_described(
            a, places[:count], words_a, words[:count], planes_a, planes, density_a, density[:count], sure_a,
            sure[:count], hull_a, upwards, relaxing, superposing, pairs, weights, partners, misses, evidence[k],
        )  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def compare_stacked(
    planes, density, places, sure, hulls, counts, corners, a, words_a, planes_a, density_a, sure_a, hull_a,
    relaxing, superposing, most_pairs, evidence,
):  # fmt: skip
    """One impression with the first of many described ones, stacked: planes uint64[s, 7, m], density float32[s, m],
    places float32[s, m, 5], sure float32[s, m], hulls float32[s, h, 2], counts and corners int64[s].

    Fills evidence float32[k, 4], k at most s.
    """
    pairs, weights = np.empty((most_pairs, 2), np.int32), np.empty((most_pairs, 2), np.float32)
    widest = max(a.shape[0], planes.shape[2])
    partners, misses = np.empty((widest, 2), np.int32), np.empty(widest, np.float32)
    words = np.empty((planes.shape[2], 7), np.uint64)
    for k in range(evidence.shape[0]):
        n = counts[k]
        if n and a.shape[0]:
            for i in range(n):
                for w in range(7):
                    words[i, w] = planes[k, w, i]
            compare_described(
                a, places[k, :n], words_a, words[:n], planes_a, planes[k], density_a, density[k, :n], sure_a,
                sure[k, :n], hull_a, hulls[k, : corners[k]], relaxing, superposing, pairs, weights, partners, misses,
                evidence[k],
            )  # fmt: skip

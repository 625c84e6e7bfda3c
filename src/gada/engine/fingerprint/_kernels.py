"""Inner loops in numba. Each has a plain twin of the same name in `plain.py`, compared in its test.

Layout of gallery words: uint64[block, minutia, word, finger]. The finger is last, so that one vector
instruction works on eight fingers at once and no reduction runs across lanes. Words 0..5 are planes of
64 cells, word 6 says which cells are valid. LLVM makes vpopcntq of `popcount` where the processor has it
(AVX-512) and a table of nibbles where it has not; results are the same.
"""

# mypy: ignore-errors
# (numba gives its functions no types; the arrays are stated in each docstring)
from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic


@intrinsic
def popcount(typing_context: Any, word: Any) -> Any:
    """Number of set bits of a uint64."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


@njit(cache=True, nogil=True, error_model="numpy")
def fill_cylinders(x, y, angle, hull, by_direction, settings, words, density):
    """Cylinders of the first `words.shape[0]` minutiae, with all of x, y, angle as neighbours.

    x, y float32[n], angle uint8[n]; hull float32[h, 2] counter-clockwise; by_direction float32[256, 6];
    settings float32: radius, sigma, bit threshold, hull margin. Fills words uint64[k, 7], density float32[k].
    """
    radius, sigma, threshold, margin = settings
    side = np.float32(2.0) * radius / np.float32(8.0)
    reach = np.float32(3.0) * sigma
    scale = np.float32(1.0) / (sigma * sigma * np.float32(2.0))
    height = np.float32(1.0 / 2.5066283) / sigma
    cells = np.empty((64, 6), np.float32)
    one = np.uint64(1)
    for m in range(words.shape[0]):
        turn = np.float32(angle[m]) * np.float32(2.0 * np.pi / 256.0)
        cosine, sine = np.cos(turn), np.sin(turn)
        cells[:] = np.float32(0.0)
        for t in range(x.shape[0]):
            if t == m:
                continue
            right, up = x[t] - x[m], y[m] - y[t]
            along, aside = right * cosine + up * sine, up * cosine - right * sine
            bound = radius + reach
            if along * along + aside * aside > bound * bound:
                continue
            turned = by_direction[(np.int64(angle[m]) - np.int64(angle[t])) & 255]
            for i in range(8):
                dx = (np.float32(i) - np.float32(3.5)) * side - along
                if dx > reach or dx < -reach:
                    continue
                for j in range(8):
                    dy = (np.float32(j) - np.float32(3.5)) * side - aside
                    square = dx * dx + dy * dy
                    if square > reach * reach:
                        continue
                    near = height * np.exp(-square * scale)
                    for k in range(6):
                        cells[i * 8 + j, k] += near * turned[k]
        valid = np.uint64(0)
        places = 0
        for i in range(8):
            for j in range(8):
                along = (np.float32(i) - np.float32(3.5)) * side
                aside = (np.float32(j) - np.float32(3.5)) * side
                if along * along + aside * aside > radius * radius:
                    continue
                px = x[m] + along * cosine - aside * sine
                py = y[m] - along * sine - aside * cosine
                if near_hull(px, py, hull, margin):
                    valid |= one << np.uint64(i * 8 + j)
                    places += 1
        bits = 0
        for k in range(6):
            word = np.uint64(0)
            for c in range(64):
                if cells[c, k] > threshold and (valid >> np.uint64(c)) & one:
                    word |= one << np.uint64(c)
                    bits += 1
            words[m, k] = word
        words[m, 6] = valid
        density[m] = np.float32(bits) / np.float32(max(places, 1))


@njit(cache=True, nogil=True, error_model="numpy")
def trace_hull(points, corners):
    """Andrew's monotone chain over points float32[n, 2] sorted by x, then y. Fills corners, returns how many."""
    count = 0
    for way in range(2):
        floor = count  # the last corner of one chain begins the other
        for step in range(points.shape[0]):
            point = points[step] if way == 0 else points[points.shape[0] - 1 - step]
            while count - floor > 1:
                ax, ay = corners[count - 2, 0], corners[count - 2, 1]
                bx, by = corners[count - 1, 0], corners[count - 1, 1]
                if (bx - ax) * (point[1] - ay) - (by - ay) * (point[0] - ax) > 0:
                    break
                count -= 1
            corners[count, 0], corners[count, 1] = point[0], point[1]
            count += 1
        count -= 1
    return max(count, 1)


@njit(cache=True, nogil=True, error_model="numpy")
def near_hull(px, py, hull, margin):
    """Whether a point lies in a convex polygon or within `margin` of it."""
    corners = hull.shape[0]
    inside = corners > 2
    for c in range(corners):
        ax, ay = hull[c, 0], hull[c, 1]
        bx, by = hull[(c + 1) % corners, 0], hull[(c + 1) % corners, 1]
        ex, ey, qx, qy = bx - ax, by - ay, px - ax, py - ay
        if ex * qy - ey * qx < 0:
            inside = False
        length = ex * ex + ey * ey
        share = np.float32(0.0)
        if length > 0:
            share = min(max((qx * ex + qy * ey) / length, np.float32(0.0)), np.float32(1.0))
        gx, gy = qx - share * ex, qy - share * ey
        if gx * gx + gy * gy <= margin * margin:
            return True
    return inside


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def keep_most_similar(best, g0, g1, g2, g3, g4, g5, g6, density, p, probe_density):
    """best[f] = max(best[f], similarity of probe cylinder `p` with finger f), as integer of 65536."""
    p0, p1, p2, p3, p4, p5, p6 = p[0], p[1], p[2], p[3], p[4], p[5], p[6]
    for f in range(best.shape[0]):
        both = popcount(p0 & g0[f]) + popcount(p1 & g1[f]) + popcount(p2 & g2[f])
        both += popcount(p3 & g3[f]) + popcount(p4 & g4[f]) + popcount(p5 & g5[f])
        shared = popcount(p6 & g6[f])
        expected = np.float32(np.int32(shared)) * (probe_density + density[f]) + np.float32(1.0)
        alike = np.int32(np.float32(np.int32(both)) * np.float32(65536.0) / expected)
        best[f] = max(best[f], alike)


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def scan_blocks(words, density, probe_words, probe_density, ends, gallery_minutiae, floor, scores):
    """Stage 1: scores[q, b, f] = sum over cylinders of probe q of what their best match exceeds `floor`.

    words uint64[b, m, 7, f], density float32[b, m, f]; only the first `gallery_minutiae` of m are looked at. Probes
    stand one after another in probe_words uint64[k, 7] and probe_density float32[k], probe q up to ends[q]: all of
    them look at a block while it is in the fastest cache. Fills scores int32[q, b, f].
    """
    fingers = words.shape[3]
    best = np.empty(fingers, np.int32)
    for b in range(words.shape[0]):
        first = 0
        for q in range(ends.shape[0]):
            total = scores[q, b]
            total[:] = 0
            for i in range(first, ends[q]):
                best[:] = 0
                for j in range(gallery_minutiae):
                    w = words[b, j]
                    keep_most_similar(
                        best, w[0], w[1], w[2], w[3], w[4], w[5], w[6],
                        density[b, j], probe_words[i], probe_density[i],
                    )  # fmt: skip
                for f in range(fingers):
                    total[f] += max(best[f] - np.int32(floor), np.int32(0))
            first = ends[q]


@njit(cache=True, nogil=True, error_model="numpy")
def fill_similarities(row, planes, density, p, own_density):
    """row[j] = similarity of cylinder `p` uint64[7] with cylinder j of planes uint64[7, m], float32."""
    b0, b1, b2, b3, b4, b5, b6 = planes[0], planes[1], planes[2], planes[3], planes[4], planes[5], planes[6]
    p0, p1, p2, p3, p4, p5, p6 = p[0], p[1], p[2], p[3], p[4], p[5], p[6]
    for j in range(row.shape[0]):
        both = popcount(p0 & b0[j]) + popcount(p1 & b1[j]) + popcount(p2 & b2[j])
        both += popcount(p3 & b3[j]) + popcount(p4 & b4[j]) + popcount(p5 & b5[j])
        shared = popcount(p6 & b6[j])
        expected = np.float32(np.int32(shared)) * (own_density + density[j]) + np.float32(1.0)
        row[j] = np.float32(np.int32(both)) / expected


@njit(cache=True, nogil=True, error_model="numpy")
def highest(values):
    """The highest of int32[n]; integers, because a maximum of floats is not vectorised."""
    top = np.int32(-1)
    for i in range(values.shape[0]):
        top = max(top, values[i])
    return top


@njit(cache=True, nogil=True, error_model="numpy")
def relax(a, b, words_a, planes_b, density_a, density_b, settings, pairs, weights):
    """Stage 2: the best one-to-one pairs of minutiae, weighed by how well they agree with one another.

    a float32[n, 5], b float32[m, 5]: x, y, angle in radians, its cosine and sine; words_a uint64[n, 7];
    planes_b uint64[7, m or more]; density float32[.]; n and m at most 32. settings float32: pair distance,
    pair angle, rounds, weight. Fills pairs int32[p, 2] and weights float32[p, 2] (similarity before, weight
    after) and returns how many pairs there are.
    """
    distance_gate, angle_gate, rounds, keep = settings
    n, m = a.shape[0], b.shape[0]
    alike = np.empty((n, m), np.float32)
    for i in range(n):
        fill_similarities(alike[i], planes_b, density_b, words_a[i], density_a[i])
    keys = np.empty((n, m), np.int32)  # similarity, then column: one integer maximum finds both
    tops = np.empty(n, np.int32)
    for i in range(n):
        for j in range(m):
            keys[i, j] = (np.int32(alike[i, j] * np.float32(16777216.0)) << 5) | (31 - j)
        tops[i] = highest(keys[i])
    found = 0
    while found < pairs.shape[0]:
        top = highest(tops)
        if top < 32:  # nothing similar is left
            break
        i, j = 0, 31 - (top & 31)
        while tops[i] != top:
            i += 1
        pairs[found, 0], pairs[found, 1] = i, j
        weights[found, 0] = weights[found, 1] = alike[i, j]
        found += 1
        tops[i] = -1
        for r in range(n):
            keys[r, j] = -1
            if tops[r] >= 0 and (tops[r] & 31) == 31 - j:
                tops[r] = highest(keys[r])
    agree = np.zeros((found, found), np.float32)
    for s in range(found):
        for t in range(s):
            agree[s, t] = agree[t, s] = agreement(
                a, b, pairs[s, 0], pairs[s, 1], pairs[t, 0], pairs[t, 1], distance_gate, angle_gate
            )
    before = np.empty(found, np.float32)
    for _ in range(int(rounds)):
        before[:] = weights[:found, 1]
        for s in range(found):
            support = np.float32(0.0)
            for t in range(found):
                support += agree[s, t] * before[t]
            weights[s, 1] = keep * before[s] + (np.float32(1.0) - keep) * support / np.float32(
                max(found - 1, 1)
            )
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def total_weight(weights, found):
    """The weights after relaxation added up, in ten-thousandths."""
    total = np.float32(0.0)
    for p in range(found):
        total += weights[p, 1]
    return np.int64(np.rint(total * np.float32(10000.0)))


@njit(cache=True, nogil=True, error_model="numpy")
def compare_lanes(words, density, spots, counts, lanes, a, words_a, density_a, settings, most_pairs, raws):
    """Stage 2 of one probe against some fingers of a chunk: raws[i] for finger `lanes[i]`.

    words, density as in `scan_blocks`; spots int16[finger, m, 3] x, y, angle; counts uint8[finger];
    lanes int64[k]; a, words_a, density_a the probe as in `relax`. Fills raws int64[k].
    """
    wide = words.shape[3]
    pairs = np.empty((most_pairs, 2), np.int32)
    weights = np.empty((most_pairs, 2), np.float32)
    places = np.empty((words.shape[1], 5), np.float32)
    planes_b = np.empty((7, words.shape[1]), np.uint64)
    density_b = np.empty(words.shape[1], np.float32)
    for q in range(lanes.shape[0]):
        lane = lanes[q]
        block, column = lane // wide, lane % wide
        count = np.int64(counts[lane])
        for j in range(count):
            for k in range(7):
                planes_b[k, j] = words[block, j, k, column]
            density_b[j] = density[block, j, column]
            places[j, 0] = spots[lane, j, 0]
            places[j, 1] = spots[lane, j, 1]
            places[j, 2] = np.float32(spots[lane, j, 2]) * np.float32(2.0 * np.pi / 256.0)
            places[j, 3], places[j, 4] = np.cos(places[j, 2]), np.sin(places[j, 2])
        found = relax(
            a,
            places[:count],
            words_a,
            planes_b,
            density_a,
            density_b[:count],
            settings,
            pairs,
            weights,
        )
        raws[q] = total_weight(weights, found)


@njit(cache=True, nogil=True, error_model="numpy")
def agreement(a, b, i, j, k, m, distance_gate, angle_gate):
    """0..1: do the pairs (i, j) and (k, m) tell the same movement? Distance, turn and bearing (MCC relaxation).

    Rows of a and b are x, y, angle in radians, its cosine, its sine. Rows are not sliced out: counting
    references to them would cost more than the arithmetic.
    """
    ax, ay, bx, by = a[k, 0] - a[i, 0], a[k, 1] - a[i, 1], b[m, 0] - b[j, 0], b[m, 1] - b[j, 1]
    gap = abs(np.sqrt(ax * ax + ay * ay) - np.sqrt(bx * bx + by * by)) / distance_gate
    if gap >= 1:
        return np.float32(0.0)
    turn = abs(wrapped((a[k, 2] - a[i, 2]) - (b[m, 2] - b[j, 2]))) / angle_gate
    if turn >= 1:
        return np.float32(0.0)
    along_a = ax * a[i, 3] - ay * a[i, 4]  # seen from the first minutia
    aside_a = -ay * a[i, 3] - ax * a[i, 4]
    along_b = bx * b[j, 3] - by * b[j, 4]
    aside_b = -by * b[j, 3] - bx * b[j, 4]
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

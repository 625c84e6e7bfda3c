"""Inner loops of cylinders and of the scan, in numba. Each has a plain twin in `plain.py`, compared in its test.

Layout of gallery words: uint64[block, minutia, word, 32 fingers]. The finger is last, so that one vector
instruction works on eight fingers at once and no reduction runs across lanes. Words 0..5 are planes of
64 cells, word 6 says which cells are valid. LLVM makes vpopcntq of `popcount` where the processor has it
(AVX-512) and a table of nibbles where it has not; results are the same.
"""

# mypy: ignore-errors
# (numba gives its functions no types; the arrays are stated in each docstring)
from __future__ import annotations

import numpy as np
from numba import njit

from gada.engine.fingerprint._vectors import add_eight, bits_above, fetch_soon, popcount, widest_vectors
from gada.engine.fingerprint.parameters import LANES, WORDS

LINE = 8  # words of a cache line


@njit(cache=True, nogil=True, error_model="numpy")
def fill_cylinders(x, y, angle, hull, by_direction, bell, settings, words, density):
    """Cylinders of the first `words.shape[0]` minutiae, with all of x, y, angle as neighbours.

    x, y float32[n], angle uint8[n]; hull float32[h, 2] counter-clockwise; by_direction float32[256, 6];
    bell float32[s, 8]: what a neighbour at step s of the axis gives to its 8 cells; settings float32: radius,
    reach, steps of the bell a pixel, bit threshold, hull margin. Fills words uint64[k, 7], density float32[k].
    """
    radius, reach, steps, threshold, margin = settings
    cells = np.empty((6, 8, 8), np.float32)
    disc = cells_within(radius)
    bound = radius + reach
    for m in range(words.shape[0]):
        turn = np.float32(angle[m]) * np.float32(2.0 * np.pi / 256.0)
        cosine, sine = np.cos(turn), np.sin(turn)
        cells[:] = np.float32(0.0)
        for t in range(x.shape[0]):
            right, up = x[t] - x[m], y[m] - y[t]
            if t == m or right * right + up * up > bound * bound:
                continue
            ahead = np.int64((right * cosine + up * sine + bound) * steps + np.float32(0.5))
            aside = np.int64((up * cosine - right * sine + bound) * steps + np.float32(0.5))
            step = (np.int64(angle[m]) - np.int64(angle[t])) & 255
            for i in range(8):
                here = bell[ahead, i]
                if here > 0:
                    for k in range(6):
                        add_eight(cells, k * 8 + i, bell, aside, here * by_direction[step, k])
        valid = disc
        if depth_within(x[m], y[m], hull) + margin < radius:
            valid = cells_near(x[m], y[m], cosine, sine, hull, margin, radius, disc)
        bits = 0
        for k in range(6):
            words[m, k] = bits_above(cells, k, threshold) & valid
            bits += popcount(words[m, k])
        words[m, 6] = valid
        density[m] = np.float32(np.int64(bits)) / np.float32(max(np.int64(popcount(valid)), 1))


@njit(cache=True, nogil=True, error_model="numpy")
def cells_within(radius):
    """The cells, as bits, whose centres lie within the cylinder's radius."""
    word = np.uint64(0)
    side = radius / np.float32(4.0)
    for i in range(8):
        for j in range(8):
            ahead, aside = (np.float32(i) - np.float32(3.5)) * side, (np.float32(j) - np.float32(3.5)) * side
            if ahead * ahead + aside * aside <= radius * radius:
                word |= np.uint64(1) << np.uint64(i * 8 + j)
    return word


@njit(cache=True, nogil=True, error_model="numpy")
def cells_near(x, y, cosine, sine, hull, margin, radius, disc):
    """Those cells of `disc` that lie in the hull or within `margin` of it, around a minutia turned so.

    Sides that have all cells on their inner side are left out; of the others those count that a cell is outside of.
    """
    corners = hull.shape[0]
    sides, count = np.empty((corners, 5), np.float32), 0  # a corner, the way to the next, squared length
    for c in range(corners):
        d = c + 1 if c + 1 < corners else 0
        ex, ey = hull[d, 0] - hull[c, 0], hull[d, 1] - hull[c, 1]
        length = np.sqrt(ex * ex + ey * ey)
        if corners < 3 or ex * (y - hull[c, 1]) - ey * (x - hull[c, 0]) < (radius + np.float32(1.0)) * length:
            sides[count, 0], sides[count, 1], sides[count, 2], sides[count, 3] = hull[c, 0], hull[c, 1], ex, ey
            sides[count, 4] = ex * ex + ey * ey
            count += 1
    word = np.uint64(0)
    side = radius / np.float32(4.0)
    for i in range(8):
        for j in range(8):
            bit = np.uint64(1) << np.uint64(i * 8 + j)
            ahead, aside = (np.float32(i) - np.float32(3.5)) * side, (np.float32(j) - np.float32(3.5)) * side
            px, py = x + ahead * cosine - aside * sine, y - ahead * sine - aside * cosine
            if not disc & bit:
                continue
            inside, near = corners > 2, False
            for c in range(count):
                ex, ey, qx, qy = sides[c, 2], sides[c, 3], px - sides[c, 0], py - sides[c, 1]
                if corners > 2 and ex * qy - ey * qx >= 0:
                    continue
                inside, share = False, np.float32(0.0)
                if sides[c, 4] > 0:
                    share = min(max((qx * ex + qy * ey) / sides[c, 4], np.float32(0.0)), np.float32(1.0))
                gx, gy = qx - share * ex, qy - share * ey
                near = near or gx * gx + gy * gy <= margin * margin
            if inside or near:
                word |= bit
    return word


@njit(cache=True, nogil=True, error_model="numpy")
def depth_within(px, py, hull):
    """How far inside of a convex polygon a point lies, in pixels; negative outside, or when it is a line."""
    corners = hull.shape[0]
    depth = np.float32(1e9 if corners > 2 else -1e9)
    for c in range(corners):
        d = c + 1 if c + 1 < corners else 0
        ex, ey = hull[d, 0] - hull[c, 0], hull[d, 1] - hull[c, 1]
        length = np.sqrt(ex * ex + ey * ey)
        if length > 0:
            depth = min(depth, (ex * (py - hull[c, 1]) - ey * (px - hull[c, 0])) / length)
    return depth


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


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def scan_blocks(words, density, probe_words, probe_density, ends, gallery_minutiae, floor, scores):
    """Stage 1: scores[q, b, f] = sum over cylinders of probe q of what their best match exceeds `floor`.

    words uint64[b, m, 7, 32], density float32[b, m, 32], contiguous; only the first `gallery_minutiae` of m are looked
    at. Probes stand one after another in probe_words uint64[k, 7] and probe_density float32[k], probe q up to ends[q]:
    all of them look at a block while it is in the fastest cache, and ask for the next one meanwhile. Fills scores
    int32[q, b, 32]. A similarity is an integer of 65536: a maximum of floats would not be vectorised.
    """
    widest_vectors()
    best = np.empty(LANES, np.int32)
    held = density.shape[1]
    share = -(-WORDS * LANES // (LINE * max(ends[-1], 1)))  # of a minutia in the next block, for each cylinder
    all_words, all_density = words.reshape(-1), density.reshape(-1)
    for b in range(words.shape[0]):
        first = 0
        for q in range(ends.shape[0]):
            total = scores[q, b]
            total[:] = 0
            for i in range(first, ends[q]):
                p = probe_words[i]
                p0, p1, p2, p3, p4, p5, p6 = p[0], p[1], p[2], p[3], p[4], p[5], p[6]
                best[:] = 0
                for j in range(b * held, b * held + gallery_minutiae):
                    w = all_words[j * WORDS * LANES : (j + 1) * WORDS * LANES]
                    for line in range(share * i, share * (i + 1)):
                        fetch_soon(all_words, (j + held) * WORDS * LANES + line * LINE)
                    shares = all_density[j * LANES : (j + 1) * LANES]
                    for f in range(LANES):
                        both = popcount(p0 & w[f]) + popcount(p1 & w[f + LANES]) + popcount(p2 & w[f + 2 * LANES])
                        both += popcount(p3 & w[f + 3 * LANES]) + popcount(p4 & w[f + 4 * LANES])
                        both += popcount(p5 & w[f + 5 * LANES])
                        shared = np.float32(np.int32(popcount(p6 & w[f + 6 * LANES])))
                        expected = shared * (probe_density[i] + shares[f]) + np.float32(1.0)
                        best[f] = max(best[f], np.int32(np.float32(np.int32(both)) * np.float32(65536.0) / expected))
                for f in range(LANES):
                    total[f] += max(best[f] - np.int32(floor), np.int32(0))
            first = ends[q]


@njit(cache=True, nogil=True, error_model="numpy")
def fill_places(x, y, angle, places):
    """places float32[n, 5]: x, y upwards, the angle in radians, its cosine and sine."""
    for i in range(x.shape[0]):
        radians = np.float32(angle[i]) * np.float32(2.0 * np.pi / 256.0)
        places[i, 0], places[i, 1], places[i, 2] = x[i], -y[i], radians
        places[i, 3], places[i, 4] = np.cos(radians), np.sin(radians)

"""The kernels again, written to be read: what `_kernels` must compute, slowly."""

from __future__ import annotations

from math import atan2, cos, exp, floor, hypot, pi, sin, sqrt

import numpy as np


def near_hull(px, py, hull, margin):
    """Whether a point lies in a convex polygon or within `margin` of it."""
    corners = [tuple(map(float, corner)) for corner in hull]
    edges = list(zip(corners, corners[1:] + corners[:1], strict=True))
    gaps = []
    for (ax, ay), (bx, by) in edges:
        length = (bx - ax) ** 2 + (by - ay) ** 2
        share = 0.0
        if length:
            share = min(max(((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / length, 0.0), 1.0)
        gaps.append(hypot(px - ax - share * (bx - ax), py - ay - share * (by - ay)))
    within = len(corners) > 2 and all(
        (bx - ax) * (py - ay) - (by - ay) * (px - ax) >= 0 for (ax, ay), (bx, by) in edges
    )
    return within or min(gaps) <= margin


def convex_hull(points):
    """Corners such that every point lies to the left of every edge, counter-clockwise."""
    points = sorted({(float(x), float(y)) for x, y in points})

    def is_edge(a, b):
        sides = [(b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) for p in points]
        return a != b and min(sides) >= 0

    following = {}
    for a in points:
        ends = [b for b in points if is_edge(a, b)]
        if ends:
            following[a] = max(ends, key=lambda b: hypot(b[0] - a[0], b[1] - a[1]))
    corners = [points[0]]
    while following.get(corners[-1], corners[0]) != corners[0]:
        corners.append(following[corners[-1]])
    return corners


def cylinder_values(m, x, y, angle, hull, by_direction, settings):
    """Values float[8, 8, 6] and validity bool[8, 8] of the cylinder of minutia m."""
    radius, sigma, _, margin = map(float, settings)
    turn = 2 * pi * int(angle[m]) / 256
    values, valid = np.zeros((8, 8, 6)), np.zeros((8, 8), bool)
    for i in range(8):
        for j in range(8):
            along, aside = (i - 3.5) * radius / 4, (j - 3.5) * radius / 4
            right = along * cos(turn) - aside * sin(turn)
            up = along * sin(turn) + aside * cos(turn)
            px, py = float(x[m]) + right, float(y[m]) - up
            valid[i, j] = hypot(along, aside) <= radius and near_hull(px, py, hull, margin)
            for t in range(len(x)):
                gap = hypot(px - float(x[t]), py - float(y[t]))
                if t != m and gap <= 3 * sigma:
                    near = exp(-gap * gap / (2 * sigma * sigma)) / (sigma * sqrt(2 * pi))
                    values[i, j] += near * by_direction[(int(angle[m]) - int(angle[t])) % 256]
    return values, valid


def similarity(words_a, density_a, words_b, density_b):
    """What two cylinders share, over what their densities let expect: about 0.5 for equal ones."""
    both = sum((int(words_a[k]) & int(words_b[k])).bit_count() for k in range(6))
    shared = (int(words_a[6]) & int(words_b[6])).bit_count()
    return both / (shared * (float(density_a) + float(density_b)) + 1)


def scan(probe_words, probe_density, words, density, floor_at):
    """Stage 1 of one probe finger with one gallery finger, [minutia, word] and [minutia]."""
    total = 0
    for i in range(len(probe_words)):
        best = max(
            int(65536 * similarity(probe_words[i], probe_density[i], words[j], density[j]))
            for j in range(len(words))
        )
        total += max(best - floor_at, 0)
    return total


def wrapped(radians):
    """The same angle between -pi and pi."""
    return radians - 2 * pi * floor((radians + pi) / (2 * pi))


def agreement(a1, a2, b1, b2, distance_gate, angle_gate):
    """Do two pairs of minutiae tell the same movement? Each difference must stay within its gate."""

    def polar(p, q):
        return hypot(q[0] - p[0], q[1] - p[1]), atan2(p[1] - q[1], q[0] - p[0]) - p[2], q[2] - p[2]

    (far_a, bearing_a, turn_a), (far_b, bearing_b, turn_b) = polar(a1, a2), polar(b1, b2)
    misses = (
        abs(far_a - far_b) / distance_gate,
        abs(wrapped(turn_a - turn_b)) / angle_gate,
        abs(wrapped(bearing_a - bearing_b)) / angle_gate,
    )
    return 0.0 if max(misses) >= 1 else float(np.prod([1 - miss * miss for miss in misses]))


def relax(a, b, most_pairs, settings):
    """Stage 2 on descriptors: pairs [(i, j)], weights [(before, after)]."""
    distance_gate, angle_gate, rounds, keep = map(float, settings)
    alike = np.array(
        [
            [
                np.float32(similarity(a.words[i], a.density[i], b.words[j], b.density[j]))
                for j in range(len(b))
            ]
            for i in range(len(a))
        ]
    )
    pairs = []
    while len(pairs) < min(most_pairs, len(a), len(b)):
        i, j = np.unravel_index(np.argmax(alike), alike.shape)
        if alike[i, j] <= 0:
            break
        pairs.append((int(i), int(j), float(alike[i, j])))
        alike[i, :] = alike[:, j] = -1
    before = np.array([value for _, _, value in pairs])
    after = before.copy()
    agree = np.zeros((len(pairs), len(pairs)))
    for s, (i, j, _) in enumerate(pairs):
        for t, (k, m, _) in enumerate(pairs):
            if s > t:
                gates = (distance_gate, angle_gate)
                agree[s, t] = agree[t, s] = agreement(
                    a.places[i], a.places[k], b.places[j], b.places[m], *gates
                )
    for _ in range(int(rounds)):
        after = keep * after + (1 - keep) * agree @ after / max(len(pairs) - 1, 1)
    return [(i, j) for i, j, _ in pairs], np.stack((before, after), axis=1)

"""The kernels again, written to be read: what `_kernels`, `_pairing` and `_superposing` must compute, slowly."""

from __future__ import annotations

from cmath import exp as turned_by
from cmath import phase
from math import atan2, cos, exp, floor, hypot, inf, pi, sin, sqrt

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


def depth_within(px, py, hull):
    """Distance to the nearest side of a convex polygon; negative outside, and hugely so for a line."""
    if len(hull) < 3:
        return -1e9
    sides = zip(hull.astype(float), np.roll(hull, -1, axis=0).astype(float), strict=True)
    return min(
        ((bx - ax) * (py - ay) - (by - ay) * (px - ax)) / hypot(bx - ax, by - ay)
        for (ax, ay), (bx, by) in sides
    )


def inside(px, py, hull):
    """Whether a point lies in a convex polygon, its sides included; a line holds nothing."""
    return depth_within(px, py, hull) >= 0


def cell_centre(i, j, radius):
    """Where cell (i, j) lies seen from its minutia: ahead, and to the left."""
    return (i - 3.5) * radius / 4, (j - 3.5) * radius / 4


def cells_within(radius):
    """bool[8, 8]: cells whose centre lies within the radius."""
    return np.array([[hypot(*cell_centre(i, j, radius)) <= radius for j in range(8)] for i in range(8)])


def cells_near(x, y, turn, hull, margin, radius):
    """bool[8, 8]: cells within the radius whose centre lies in the hull or within `margin` of it."""
    near = cells_within(radius)
    for i in range(8):
        for j in range(8):
            ahead, aside = cell_centre(i, j, radius)
            right, up = ahead * cos(turn) - aside * sin(turn), ahead * sin(turn) + aside * cos(turn)
            near[i, j] &= near_hull(x + right, y - up, hull, margin)
    return near


def cylinder_values(m, x, y, angle, hull, by_direction, settings, sigma):
    """Values float[8, 8, 6] and validity bool[8, 8] of the cylinder of minutia m.

    A neighbour gives a Gaussian of its distance to each cell, nothing to cells beyond `reach` along either axis,
    and nothing at all when it is further away than radius and reach together.
    """
    radius, reach, _, _, margin = map(float, settings)
    turn = 2 * pi * int(angle[m]) / 256
    values, valid = np.zeros((8, 8, 6)), cells_near(float(x[m]), float(y[m]), turn, hull, margin, radius)
    for t in range(len(x)):
        right, up = float(x[t]) - float(x[m]), float(y[m]) - float(y[t])
        if t == m or hypot(right, up) > radius + reach:
            continue
        share = by_direction[(int(angle[m]) - int(angle[t])) % 256]
        for i in range(8):
            for j in range(8):
                ahead, aside = cell_centre(i, j, radius)
                ahead -= right * cos(turn) + up * sin(turn)
                aside -= up * cos(turn) - right * sin(turn)
                if max(abs(ahead), abs(aside)) <= reach:
                    gap = hypot(ahead, aside)
                    values[i, j] += share * exp(-gap * gap / (2 * sigma * sigma)) / (sigma * sqrt(2 * pi))
    return values, valid


def places_of(x, y, angle):
    """x, y upwards, angle in radians, its cosine and sine."""
    radians = [2 * pi * int(step) / 256 for step in angle]
    return np.array([(float(x[i]), -float(y[i]), r, cos(r), sin(r)) for i, r in enumerate(radians)])


def similarity(words_a, density_a, words_b, density_b):
    """What two cylinders share, over what their densities let expect: about 0.5 for equal ones.

    In single precision, as the kernels: similarities are quotients of small numbers, and two of them often tie.
    """
    both = sum((int(words_a[k]) & int(words_b[k])).bit_count() for k in range(6))
    shared = (int(words_a[6]) & int(words_b[6])).bit_count()
    return float(np.float32(both) / (np.float32(shared) * (density_a + density_b) + np.float32(1)))


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
    """Do two pairs of minutiae (x, y upwards, angle) tell the same movement? Each difference stays within its gate."""

    def polar(p, q):
        return hypot(q[0] - p[0], q[1] - p[1]), atan2(q[1] - p[1], q[0] - p[0]) - p[2], q[2] - p[2]

    (far_a, bearing_a, turn_a), (far_b, bearing_b, turn_b) = polar(a1, a2), polar(b1, b2)
    in_one_place = far_a == 0 or far_b == 0  # no bearing can be told
    misses = (
        abs(far_a - far_b) / distance_gate,
        abs(wrapped(turn_a - turn_b)) / angle_gate,
        0 if in_one_place else abs(wrapped(bearing_a - bearing_b)) / angle_gate,
    )
    return 0.0 if max(misses) >= 1 else float(np.prod([1 - miss * miss for miss in misses]))


def fill_keys(a, b):
    """[[(steps of similarity, column)]] of all cylinders of two descriptors, in steps of 2^-23."""
    return [
        [(floor(min(similarity(wa, da, wb, db), 1.99) * 2**23), j) for j, (wb, db) in enumerate(zip(*b, strict=True))]
        for wa, da in zip(*a, strict=True)
    ]


def highest(row):
    """The highest key of a row; -1 when it is empty."""
    return max(row, default=-1)


def pair_alike(a, b, most_pairs):
    """The most similar cylinders of two descriptors, one to one: [(i, j, similarity)], best first.

    Similarities count in steps of 2^-23; of equal ones, the lowest column and then the lowest row comes first.
    """
    alike = np.array(
        [
            [similarity(a.words[i], a.density[i], b.words[j], b.density[j]) for j in range(len(b))]
            for i in range(len(a))
        ]
    )
    pairs = []
    while len(pairs) < min(most_pairs, len(a), len(b)):
        j, i = np.unravel_index(np.argmax(np.floor(alike.T * 2**23)), alike.T.shape)
        if alike[i, j] <= 0:
            break
        pairs.append((int(i), int(j), float(alike[i, j])))
        alike[i, :] = alike[:, j] = -1
    return pairs


def relax(a, b, pairs, before, settings):
    """Weights of pairs [(i, j)] after relaxation, float[p], and how they agree, float[p, p]; a, b are places."""
    distance_gate, angle_gate, rounds, keep = map(float, settings)
    agree = np.zeros((len(pairs), len(pairs)))
    for s, (i, j) in enumerate(pairs):
        for t, (k, m) in enumerate(pairs):
            if s > t:  # seen from the later pair
                agree[s, t] = agree[t, s] = agreement(a[i], a[k], b[j], b[m], distance_gate, angle_gate)
    after = np.array(before, float)
    for _ in range(int(rounds)):
        after = keep * after + (1 - keep) * agree @ after / max(len(pairs) - 1, 1)
    return after, agree


def fit_movement(a, b, pairs, weights, arm):
    """The rotation and shift that lay a upon b: (centre in a, centre in b, angle), places as complex numbers.

    Directions pull as if each minutia had a second point `arm` pixels ahead of it. None when nothing can be told.
    """
    total = sum(weights)
    if total <= 0:
        return None
    spots_a, spots_b = a[:, 0] + 1j * a[:, 1], b[:, 0] + 1j * b[:, 1]
    centre_a = sum(w * spots_a[i] for w, (i, _) in zip(weights, pairs, strict=True)) / total
    centre_b = sum(w * spots_b[j] for w, (_, j) in zip(weights, pairs, strict=True)) / total
    turn = 0j
    for w, (i, j) in zip(weights, pairs, strict=True):
        turn += w * np.conj(spots_a[i] - centre_a) * (spots_b[j] - centre_b)
        turn += w * arm * arm * turned_by(1j * (b[j, 2] - a[i, 2]))
    return (centre_a, centre_b, phase(turn)) if abs(turn) > 0 else None


def move(a, movement):
    """x, y and angle of a's minutiae after a movement, float[n, 3]."""
    centre_a, centre_b, angle = movement
    spots = (a[:, 0] + 1j * a[:, 1] - centre_a) * turned_by(1j * angle) + centre_b
    return np.column_stack((spots.real, spots.imag, a[:, 2] + angle))


def stretch(a, b, partners, reach, moved):
    """Each minutia shifted by the mean miss of the others' partners, near ones first; half a voice says: stay."""
    shifted = np.array(moved, float)
    for i in range(len(a)):
        voices, shift = 0.5, np.zeros(2)
        for k, j in partners:
            if k != i:
                gap = hypot(a[i, 0] - a[k, 0], a[i, 1] - a[k, 1])
                voice = (1 + gap * gap / (2 * reach * reach)) ** -2
                shift += voice * (b[j, :2] - moved[k, :2])
                voices += voice
        shifted[i, :2] += shift / voices
    return shifted


def fill_misses(moved, b, distance_gate, angle_gate):
    """float[n, m]: squared distance and squared angle, each over its gate; infinite outside of either."""
    misses = np.full((len(moved), len(b)), inf)
    for i, (x, y, turn) in enumerate(moved[:, :3]):
        for j in range(len(b)):
            gap = hypot(b[j, 0] - x, b[j, 1] - y) / distance_gate
            twist = wrapped(b[j, 2] - turn) / angle_gate
            if gap <= 1 and abs(twist) <= 1:
                misses[i, j] = gap * gap + twist * twist
    return misses


def find_partners(moved, b, distance_gate, angle_gate):
    """[(i, j, miss)]: minutiae that are each other's nearest, within both gates."""
    misses = fill_misses(moved, b, distance_gate, angle_gate)
    mutual = []
    for i in range(len(moved)):
        j = int(np.argmin(misses[i]))
        if misses[i, j] < inf and int(np.argmin(misses[:, j])) == i:
            mutual.append((i, j, float(misses[i, j])))
    return mutual


def expected_partners(moved, sure, hull, partnered):
    """Confidences of the minutiae that have a partner or lie where the other impression saw the finger."""
    return sum(
        float(sure[i]) for i in range(len(moved)) if partnered[i] or inside(moved[i, 0], moved[i, 1], hull)
    )


def weigh_partners(a, b, movement, partners):
    """Evidence (closeness, confidence, expectation) of partners [(i, j, miss)] of two descriptors after a movement."""
    centre_a, centre_b, angle = movement
    with_a, with_b = {i for i, _, _ in partners}, {j for _, j, _ in partners}
    there, back = move(a.places.astype(float), movement), move(b.places.astype(float), (centre_b, centre_a, -angle))
    expected = expected_partners(there, a.confidence, b.hull, [i in with_a for i in range(len(a))])
    expected += expected_partners(back, b.confidence, a.hull, [j in with_b for j in range(len(b))])
    sure = sum(float(a.confidence[i]) * float(b.confidence[j]) for i, j, _ in partners)
    return sum(exp(-2 * miss) for _, _, miss in partners), sure, expected


def gather(pairs, after, agree, seed):
    """The pairs that agree with a seed, how much each pulls, and which need not be tried as seeds any more."""
    group = [p for p in range(len(pairs)) if agree[seed, p] > 0]
    pull = [agree[seed, p] * (after[p] + 1e-6) for p in group]
    return [pairs[p] for p in group], pull, {p for p in range(len(pairs)) if agree[seed, p] > 0.3}


def lay(a, b, group, pull, settings):
    """One way to lay a upon b (descriptors), from pairs and how much each pulls: (movement, partners), or None."""
    _, arm, wide, narrow, angle_gate, reach = map(float, settings[:6])
    places_a, places_b = a.places.astype(float), b.places.astype(float)
    movement = fit_movement(places_a, places_b, group, pull, arm)
    if movement is None:
        return None
    partners = find_partners(move(places_a, movement), places_b, wide, angle_gate)
    if np.dot(weigh_partners(a, b, movement, partners), settings[6:9]) < settings[9]:
        return None
    for _ in range(2):
        pairs = [(i, j) for i, j, _ in partners]
        better = fit_movement(places_a, places_b, pairs, [1.0] * len(pairs), arm)
        if better is None:
            break
        movement = better
        moved = stretch(places_a, places_b, pairs, reach, move(places_a, movement))
        partners = find_partners(moved, places_b, narrow, angle_gate)
    return movement, partners


def superpose(a, b, pairs, after, agree, settings):
    """Partners [(i, j, miss)] and evidence (closeness, confidence, expectation) of the best of a few ways; a, b are
    descriptors, `after` and `agree` what `relax` gave for `pairs`."""
    kept, evidence = [], (0.0, 0.0, 0.0)
    agree = agree + np.eye(len(pairs))  # a seed agrees with itself
    used: set[int] = set()
    for _ in range(int(settings[0])):
        left = [p for p in range(len(pairs)) if p not in used]
        if not left:
            break
        seed = max(left, key=lambda p: after[p])
        group, pull, like_it = gather(pairs, after, agree, seed)
        used |= {seed} | like_it
        laid = lay(a, b, group, pull, settings)
        if laid is not None:
            weighed = weigh_partners(a, b, *laid)
            if weighed[0] > evidence[0]:
                kept, evidence = laid[1], weighed
    return kept, evidence


def comes_first(a, b):
    """Whether descriptor a is compared as the first: the smaller; then by x, y upwards, angle and confidence."""
    rows_a, rows_b = (
        [(*map(float, place[:3]), float(sure)) for place, sure in zip(each.places, each.confidence, strict=True)]
        for each in (a, b)
    )
    return (len(rows_a), rows_a) <= (len(rows_b), rows_b)


def evidence(a, b, most_pairs, relaxing, superposing):
    """All four numbers of two descriptors: closeness, confidence, expectation, weight after relaxation."""
    pairs = pair_alike(a, b, most_pairs)
    if len(pairs) < 2:
        return np.zeros(4)
    both = [(i, j) for i, j, _ in pairs]
    after, agree = relax(a.places.astype(float), b.places.astype(float), both, [w for _, _, w in pairs], relaxing)
    return np.array((*superpose(a, b, both, after, agree, superposing)[1], after.sum()))

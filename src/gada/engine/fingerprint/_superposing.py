"""Inner loops of the second stage, second half: one impression laid upon the other, and what then coincides.

Pairs that agree tell a movement. Moved by it, each minutia looks for its partner; the partners found tell a
better movement, and how the skin was stretched around each of them; twice more, and what coincides is
counted against what should have coincided, because it lies where both impressions have seen the finger.
Plain twins of the same names stand in the tests; `places` as in `_pairing`.
"""

# mypy: ignore-errors
# (numba gives its functions no types; the arrays are stated in each docstring)
from __future__ import annotations

import numpy as np
from numba import njit

_FAR = np.int32(0x7FFFFFFF)
_STEPS = np.float32(16777216.0)  # of a miss, which is at most 2


@njit(cache=True, nogil=True, error_model="numpy")
def fit_movement(a, b, pairs, weights, count, arm, movement):
    """The rotation and translation of a that bring it nearest to b, by weighted least squares.

    pairs int32[p, 2] and weights float32[p], the first `count`; directions pull as much as a point `arm`
    pixels away would. Fills movement float32[6]: centre in a, centre in b, cosine, sine. False when there is none.
    """
    total = np.float32(0.0)
    movement[:] = np.float32(0.0)
    for p in range(count):
        w, i, j = weights[p], pairs[p, 0], pairs[p, 1]
        total += w
        movement[0] += w * a[i, 0]
        movement[1] += w * a[i, 1]
        movement[2] += w * b[j, 0]
        movement[3] += w * b[j, 1]
    if total <= 0:
        return False
    movement[:4] /= total
    ahead, across = np.float32(0.0), np.float32(0.0)
    for p in range(count):
        w, i, j = weights[p], pairs[p, 0], pairs[p, 1]
        px, py = a[i, 0] - movement[0], a[i, 1] - movement[1]
        qx, qy = b[j, 0] - movement[2], b[j, 1] - movement[3]
        ahead += w * (px * qx + py * qy + arm * arm * (a[i, 3] * b[j, 3] + a[i, 4] * b[j, 4]))
        across += w * (px * qy - py * qx + arm * arm * (a[i, 3] * b[j, 4] - a[i, 4] * b[j, 3]))
    length = np.sqrt(ahead * ahead + across * across)
    if length <= 0:
        return False
    movement[4], movement[5] = ahead / length, across / length
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def move(a, movement, moved):
    """moved float32[n, 3]: x, y and angle of the minutiae of a after `movement`."""
    cosine, sine = movement[4], movement[5]
    turn = np.arctan2(sine, cosine)
    for i in range(a.shape[0]):
        px, py = a[i, 0] - movement[0], a[i, 1] - movement[1]
        moved[i, 0] = cosine * px - sine * py + movement[2]
        moved[i, 1] = sine * px + cosine * py + movement[3]
        moved[i, 2] = a[i, 2] + turn


@njit(cache=True, nogil=True, error_model="numpy")
def stretch(a, b, pairs, count, reach, moved):
    """Shift each moved minutia as its neighbours' partners lie beside them: skin stretches smoothly.

    `reach` pixels is how far a neighbour speaks; half a neighbour's worth says: no stretch.
    """
    n = a.shape[0]
    scale = np.float32(1.0) / (np.float32(2.0) * reach * reach)
    shift = np.zeros((3, n), np.float32)
    for p in range(count):
        k, j = pairs[p, 0], pairs[p, 1]
        x, y, right, up = a[k, 0], a[k, 1], b[j, 0] - moved[k, 0], b[j, 1] - moved[k, 1]
        for i in range(n):
            dx, dy = a[i, 0] - x, a[i, 1] - y
            near = np.float32(1.0) + (dx * dx + dy * dy) * scale
            near = np.float32(1.0 if i != k else 0.0) / (near * near)
            shift[0, i] += near * right
            shift[1, i] += near * up
            shift[2, i] += near
    for i in range(n):
        moved[i, 0] += shift[0, i] / (shift[2, i] + np.float32(0.5))
        moved[i, 1] += shift[1, i] / (shift[2, i] + np.float32(0.5))


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def fill_misses(moved, bx, by, bt, distance_gate, angle_gate, misses, least_a, least_b):
    """misses[i, j] int32: squared distance and squared angle, each over its gate, in steps; _FAR outside of the gates.

    moved float32[n, 3]; bx, by, bt float32[m]. Fills least_a int32[n] and least_b int32[m], the least of each.
    """
    far, near = np.float32(1.0) / (distance_gate * distance_gate), np.float32(1.0) / (angle_gate * angle_gate)
    circle = np.float32(2.0 * np.pi)
    once, one, half = np.float32(1.0) / circle, np.float32(1.0), np.float32(0.5)
    least_b[:] = _FAR
    for i in range(misses.shape[0]):
        x, y, turn = moved[i, 0], moved[i, 1], moved[i, 2]
        least = _FAR
        for j in range(misses.shape[1]):
            dx, dy, dt = bx[j] - x, by[j] - y, bt[j] - turn
            dt -= circle * np.floor(dt * once + half)
            gap, twist = (dx * dx + dy * dy) * far, dt * dt * near
            steps = np.int32((gap + twist) * _STEPS) if (gap <= one) & (twist <= one) else _FAR
            misses[i, j] = steps
            least = min(least, steps)
            least_b[j] = min(least_b[j], steps)
        least_a[i] = least


@njit(cache=True, nogil=True, error_model="numpy")
def find_partners(moved, bx, by, bt, distance_gate, angle_gate, work, least_a, least_b, partners, misses):
    """Minutiae that are each other's nearest within the gates (pixels, radians).

    moved float32[n, 3]; bx, by, bt float32[m]: x, y, angle of b; work int32[n, m], least_a int32[n] and least_b
    int32[m] to work in. Fills partners int32[p, 2] and misses float32[p] (0..2); returns how many.
    """
    fill_misses(moved, bx, by, bt, distance_gate, angle_gate, work, least_a, least_b)
    count = 0
    for i in range(moved.shape[0]):
        least = least_a[i]
        if least != _FAR:
            j = 0
            while work[i, j] != least:
                j += 1
            if least_b[j] == least:
                least_b[j] = -1  # taken: of two as near, the first
                partners[count, 0], partners[count, 1] = i, j
                misses[count] = np.float32(least) / _STEPS
                count += 1
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def inside(x, y, hull):
    """Whether a point lies in a convex polygon float32[h, 2], counter-clockwise; never when it is a line."""
    corners = hull.shape[0]
    for c in range(corners):
        d = c + 1 if c + 1 < corners else 0
        across = (hull[d, 0] - hull[c, 0]) * (y - hull[c, 1]) - (hull[d, 1] - hull[c, 1]) * (x - hull[c, 0])
        if across < 0:
            return False
    return corners > 2


@njit(cache=True, nogil=True, error_model="numpy")
def expected_partners(places, movement, sure, hull, partnered):
    """How much of an impression lies where the other has seen the finger: confidences float32[n], added up.

    places float32[n, 2 or more] brought to the other by `movement`; its hull; `partnered` bool[n] lie there anyhow.
    """
    total = np.float32(0.0)
    cosine, sine = movement[4], movement[5]
    for i in range(places.shape[0]):
        px, py = places[i, 0] - movement[0], places[i, 1] - movement[1]
        x, y = cosine * px - sine * py + movement[2], sine * px + cosine * py + movement[3]
        if partnered[i] or inside(x, y, hull):
            total += sure[i]
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def weigh_partners(a, b, sure_a, sure_b, hull_a, hull_b, movement, partners, misses, count, evidence):
    """Fill evidence float32[3]: how closely partners coincide, added up; the product of their confidences, added up;
    the confidences of both impressions that had to find partners."""
    close, sure = np.float32(0.0), np.float32(0.0)
    has_a, has_b = np.zeros(a.shape[0], np.bool_), np.zeros(b.shape[0], np.bool_)
    for p in range(count):
        i, j = partners[p, 0], partners[p, 1]
        close += np.exp(np.float32(-2.0) * misses[p])
        sure += sure_a[i] * sure_b[j]
        has_a[i] = has_b[j] = True
    back = np.empty(6, np.float32)
    back[:2], back[2:4], back[4], back[5] = movement[2:4], movement[:2], movement[4], -movement[5]
    evidence[0], evidence[1] = close, sure
    evidence[2] = expected_partners(a, movement, sure_a, hull_b, has_a)
    evidence[2] += expected_partners(b, back, sure_b, hull_a, has_b)


@njit(cache=True, nogil=True, error_model="numpy")
def gather(pairs, weights, agree, found, seed, used, group, pull):
    """The pairs that agree with pair `seed`, into group int32[g, 2] and their pull float32[g]; returns g.

    Marks those that agree well in used bool[found]: they need not be tried as seeds.
    """
    count = 0
    for p in range(found):
        with_seed = np.float32(1.0) if p == seed else agree[seed, p]
        if with_seed > 0:
            used[p] |= with_seed > np.float32(0.3)
            group[count, 0], group[count, 1] = pairs[p, 0], pairs[p, 1]
            pull[count] = with_seed * (weights[p, 1] + np.float32(1e-6))
            count += 1
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def superpose(a, b, sure_a, sure_b, hull_a, hull_b, pairs, weights, agree, found, settings, partners, misses, evidence):
    """Lay a upon b, from the strongest groups of pairs, and keep the best way.

    a, b places; sure float32 confidences; hulls float32[h, 2]; pairs, weights, agree, found from `relax`; settings
    float32: seeds, arm, first distance gate, distance gate, angle gate, reach of stretch, three weights of evidence
    and the least that a first laying must weigh. Fills partners int32[n, 2], misses float32[n] and the first three
    of evidence (see `weigh_partners`; zeros when nothing was worth laying); returns how many partners.
    """
    seeds, arm, wide, narrow, angle_gate, reach = settings[:6]
    n, m = a.shape[0], b.shape[0]
    bx, by, bt = b[:, 0].copy(), b[:, 1].copy(), b[:, 2].copy()
    work, least_a, least_b = np.empty((n, m), np.int32), np.empty(n, np.int32), np.empty(m, np.int32)
    moved, movement, weighed = np.empty((n, 3), np.float32), np.empty(6, np.float32), np.empty(3, np.float32)
    most = max(n, found)
    tried, off, pull = np.empty((most, 2), np.int32), np.empty(n, np.float32), np.empty(most, np.float32)
    used = np.zeros(found, np.bool_)
    kept = 0
    for _ in range(int(seeds)):
        seed = -1
        for p in range(found):
            if not used[p] and (seed < 0 or weights[p, 1] > weights[seed, 1]):
                seed = p
        if seed < 0:
            break
        used[seed] = True
        count = gather(pairs, weights, agree, found, seed, used, tried, pull)
        if not fit_movement(a, b, tried, pull, count, arm, movement):
            continue
        move(a, movement, moved)
        count = find_partners(moved, bx, by, bt, wide, angle_gate, work, least_a, least_b, tried, off)
        weigh_partners(a, b, sure_a, sure_b, hull_a, hull_b, movement, tried, off, count, weighed)
        if settings[6] * weighed[0] + settings[7] * weighed[1] + settings[8] * weighed[2] < settings[9]:
            continue
        pull[:] = np.float32(1.0)
        for _ in range(2):
            if not fit_movement(a, b, tried, pull, count, arm, movement):
                break
            move(a, movement, moved)
            stretch(a, b, tried, count, reach, moved)
            count = find_partners(moved, bx, by, bt, narrow, angle_gate, work, least_a, least_b, tried, off)
        weigh_partners(a, b, sure_a, sure_b, hull_a, hull_b, movement, tried, off, count, weighed)
        if weighed[0] > evidence[0]:
            kept = count
            partners[:count] = tried[:count]
            misses[:count] = off[:count]
            evidence[:3] = weighed
    return kept

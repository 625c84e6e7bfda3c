"""The kernels that only other kernels call, each against its plain twin."""

from __future__ import annotations

import numpy as np
import pytest

from gada.engine.fingerprint import Template, _comparing, _kernels, _pairing, _superposing, parameters
from gada.engine.fingerprint.descriptors import (
    bell,
    convex_hull,
    cylinder_settings,
    describe,
    share_by_direction,
)
from tests.engine.fingerprint import plain
from tests.engine.fingerprint.made import a_template, moved
from tests.engine.fingerprint.test_kernels import bits_of, in_their_hull, many

FULL = np.uint64(2**64 - 1)


def columns_of(template):
    """x, y float32, angle uint8, and their hull, as the kernels take them."""
    x, y = template.x.astype(np.float32), template.y.astype(np.float32)
    return x, y, np.array(template.angle), convex_hull(x, y)


def test_cells_near_are_the_plain_twin():
    random, radius = np.random.default_rng(5), np.float32(70)
    for count in (1, 2, 9):
        hull = in_their_hull(count, count)
        for x, y, turn in random.uniform((-60, -60, 0), (360, 360, 6.28), (60, 3)).astype(np.float32):
            found = _kernels.cells_near(x, y, np.cos(turn), np.sin(turn), hull, np.float32(50), radius, FULL)
            inside = found & _kernels.cells_within(radius)
            assert (bits_of(inside) != plain.cells_near(x, y, turn, hull, 50, 70)).sum() <= 1, "but on the very edge"


def test_cylinders_of_the_first_minutiae_have_all_as_neighbours():
    x, y, angle, hull = columns_of(a_template(3, count=40))
    settings = share_by_direction(), bell(), cylinder_settings()
    whole, few = (np.zeros((count, parameters.WORDS), np.uint64) for count in (40, 9))
    density = np.zeros(40, np.float32)
    _kernels.fill_cylinders(x, y, angle, hull, *settings, whole, density)
    _kernels.fill_cylinders(x, y, angle, hull, *settings, few, density[:9])
    assert np.array_equal(whole[:9], few)


def test_places_and_hulls_are_the_plain_twins():
    x, y, angle, hull = columns_of(a_template(4, count=30))
    places = np.empty((30, 5), np.float32)
    _kernels.fill_places(x, y, angle, places)
    assert np.allclose(places, plain.places_of(x, y, angle), atol=1e-5)
    points = np.array(sorted(zip(x, y, strict=True)), np.float32)
    corners = np.empty((61, 2), np.float32)
    count = _kernels.trace_hull(points, corners)
    assert [tuple(corner) for corner in corners[:count].tolist()] == plain.convex_hull(points)
    assert np.array_equal(corners[:count], hull)


def test_keys_hold_similarity_and_column():
    a, b = describe(a_template(1, count=20)), describe(moved(a_template(1, count=20), seed=2))
    keys = np.empty((len(a), len(b)), np.int32)
    _pairing.fill_keys(a.words, np.ascontiguousarray(b.words.T), a.density, b.density, keys)
    wanted = plain.fill_keys((a.words, a.density), (b.words, b.density))
    for i, row in enumerate(wanted):
        assert np.abs((keys[i] >> 7) - np.array([steps for steps, _ in row])).max() <= 1, "one rounding"
        assert (127 - (keys[i] & 127)).tolist() == [column for _, column in row]
        assert _pairing.highest(keys, i) == plain.highest(keys[i])
    assert _pairing.highest(keys[:, :0], 0) == plain.highest([])


@pytest.mark.parametrize(("distance", "angle"), [(20.0, 0.5), (5.0, 0.2)])
def test_misses_are_the_plain_twin(distance, angle):
    a, b = (describe(each) for each in (a_template(6, count=40), moved(a_template(6, count=40), seed=6)))
    bx, by, bt = (np.ascontiguousarray(b.places[:, column]) for column in range(3))
    steps, least = np.empty((len(a), len(b)), np.int32), (np.empty(len(a), np.int32), np.empty(len(b), np.int32))
    shifted = np.ascontiguousarray(a.places[:, :3])
    gates = np.float32(distance), np.float32(angle)
    _superposing.fill_misses(shifted, bx, by, bt, *gates, steps, *least)
    wanted = plain.fill_misses(a.places.astype(float), b.places.astype(float), distance, angle)
    far = steps == 2**31 - 1
    assert np.array_equal(far, np.isinf(wanted))
    assert 0 < (~far).sum() < far.sum()
    assert np.allclose(steps[~far] / 2**24, wanted[~far], atol=1e-4)
    assert np.array_equal(least[0], steps.min(axis=1)) and np.array_equal(least[1], steps.min(axis=0))


def test_a_group_is_gathered_as_by_the_plain_twin():
    random = np.random.default_rng(3)
    for _ in range(20):
        pairs, weights = random.integers(0, 30, (14, 2)).astype(np.int32), random.random((14, 2)).astype(np.float32)
        agree = np.where(random.random((14, 14)) < 0.5, random.random((14, 14)), 0).astype(np.float32)
        np.fill_diagonal(agree, 0)
        used, group, pull = np.zeros(14, bool), np.empty((14, 2), np.int32), np.empty(14, np.float32)
        seed = int(random.integers(14))
        count = _superposing.gather(pairs, weights, agree, 14, seed, used, group, pull)
        wanted = plain.gather(pairs.tolist(), weights[:, 1].astype(float), agree + np.eye(14), seed)
        assert group[:count].tolist() == wanted[0]
        assert pull[:count] == pytest.approx(wanted[1], rel=1e-6)
        assert set(np.flatnonzero(used).tolist()) == wanted[2]


def test_partners_are_weighed_as_by_the_plain_twin():
    a, b = (describe(each) for each in (a_template(8, count=40), moved(a_template(8, count=40), seed=8)))
    movement = np.array([100, -120, 104, -117, np.cos(0.2), np.sin(0.2)], np.float32)
    pairs = [(i, i, 0.1 * (i % 9)) for i in range(0, 36, 3)]
    partners = np.array([pair[:2] for pair in pairs], np.int32)
    misses, evidence = np.array([pair[2] for pair in pairs], np.float32), np.empty(3, np.float32)
    _superposing.weigh_partners(
        a.places, b.places, a.confidence, b.confidence, a.hull, b.hull, movement, partners, misses, len(pairs), evidence
    )
    assert evidence == pytest.approx(plain.weigh_partners(a, b, (100 - 120j, 104 - 117j, 0.2), pairs), rel=1e-4)


def test_the_order_of_two_is_the_plain_twin():
    described = [describe(template) for template in many()[1]]
    same = a_template(5, count=9)
    for column in ("x", "y", "angle", "quality"):  # the last of nine minutiae differs in one of them
        columns = {name: np.array(getattr(same, name)) for name in ("x", "y", "angle", "kind", "quality")}
        columns[column][-1] += 1
        described.append(describe(Template(same.width, same.height, **columns, finger_quality=50)))
    described += [describe(same), describe(moved(same, seed=1))]
    for a in described:
        for b in described:
            order = _comparing.comes_first(a.places, b.places, a.confidence, b.confidence)
            assert order == plain.comes_first(a, b)

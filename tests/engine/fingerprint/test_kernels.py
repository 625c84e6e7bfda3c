"""Each kernel against its plain twin."""

import numpy as np
import pytest

from gada.engine.fingerprint import _kernels, parameters
from gada.engine.fingerprint.compare import relaxation_settings, relaxed_pairs
from gada.engine.fingerprint.descriptors import (
    convex_hull,
    cylinder_settings,
    describe,
    share_by_direction,
)
from gada.engine.gallery.shelf import Shelf
from tests.engine.fingerprint import plain
from tests.engine.fingerprint.made import a_template, moved

MOST_PAIRS = parameters.PAIRS


def test_popcount_counts_every_bit():
    empty = np.zeros((1, 7), np.uint64)
    full = np.full((1, 7), np.uint64(2**64 - 1))
    one = np.ones(1, np.float32)
    places = np.array([[0, 0, 0, 1, 0]], np.float32)
    for words, expected in ((full, 6 * 64 / (64 * 2 + 1)), (empty, 0.0)):
        pairs, weights = np.zeros((1, 2), np.int32), np.zeros((1, 2), np.float32)
        found = _kernels.relax(
            places, places, words, words.T, one, one, relaxation_settings(), pairs, weights
        )
        assert found == (1 if expected else 0)
        assert weights[0, 0] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_cylinders_are_those_of_the_plain_twin(seed):
    template = a_template(seed, count=20)
    described = describe(template)
    x, y = template.x.astype(np.float32), template.y.astype(np.float32)
    hull = convex_hull(x, y)
    threshold = float(cylinder_settings()[2])
    for m in range(0, 20, 5):
        values, valid = plain.cylinder_values(
            m, x, y, template.angle, hull, share_by_direction(), cylinder_settings()
        )
        word_of_valid = [int(described.words[m, 6]) >> c & 1 for c in range(64)]
        assert np.mean(np.array(word_of_valid) == valid.ravel()) > 0.98  # cells on the very edge may differ
        for k in range(6):
            bits = np.array([int(described.words[m, k]) >> c & 1 for c in range(64)], bool)
            wanted = (values[:, :, k].ravel() > threshold) & valid.ravel()
            clear = np.abs(values[:, :, k].ravel() - threshold) > 1e-4
            agreed = np.array(word_of_valid) == valid.ravel()
            assert (bits == wanted)[clear & agreed].all()


@pytest.mark.parametrize("count", [1, 2, 3, 4, 12, 60])
def test_the_hull_is_the_plain_twin(count):
    points = np.random.default_rng(count).integers(0, 40, (count, 2)).astype(np.float32)
    hull = convex_hull(points[:, 0], points[:, 1])
    assert [tuple(corner) for corner in hull.tolist()] == plain.convex_hull(points)


def test_the_hull_of_one_place_and_of_a_line():
    same = np.full(5, 7, np.float32)
    assert {tuple(corner) for corner in convex_hull(same, same).tolist()} == {(7, 7)}
    line = np.arange(5, dtype=np.float32)
    assert convex_hull(line, line).tolist() == [[0, 0], [4, 4]]


def test_near_hull_is_the_plain_twin():
    random = np.random.default_rng(3)
    points = random.uniform(0, 300, (12, 2)).astype(np.float32)
    hull = convex_hull(points[:, 0], points[:, 1])
    for px, py in random.uniform(-100, 400, (300, 2)).astype(np.float32):
        assert _kernels.near_hull(px, py, hull, np.float32(50)) == plain.near_hull(px, py, hull, 50)
    for few in (points[:1], points[:2]):
        hull = convex_hull(few[:, 0], few[:, 1])
        for px, py in random.uniform(-100, 400, (50, 2)).astype(np.float32):
            assert _kernels.near_hull(px, py, hull, np.float32(50)) == plain.near_hull(px, py, hull, 50)


def test_the_scan_is_the_plain_twin():
    shelf = Shelf()
    templates = [a_template(seed, count=10 + seed % 25) for seed in range(70)]
    for owner, template in enumerate(templates):
        shelf.put(describe(template), owner=owner)
    probes = [describe(moved(templates[5], seed=1)).best(8), describe(moved(templates[63], seed=2)).best(5)]
    chunk, blocks = shelf.blocks_in_use()[0]
    scores = np.empty((2, blocks, chunk.words.shape[3]), np.int32)
    _kernels.scan_blocks(
        chunk.words[:blocks],
        chunk.density[:blocks],
        np.concatenate([probe.words for probe in probes]),
        np.concatenate([probe.density for probe in probes]),
        np.array([8, 13]),
        parameters.SCAN_MINUTIAE,
        parameters.SCAN_FLOOR,
        scores,
    )
    for probe, line, mate in zip(probes, scores.reshape(2, -1), (5, 63), strict=True):
        for finger in (0, 5, 63, 64, 69):
            gallery = describe(templates[finger]).best(parameters.SCAN_MINUTIAE)
            wanted = plain.scan(probe.words, probe.density, gallery.words, gallery.density, parameters.SCAN_FLOOR)
            assert abs(int(line[finger]) - wanted) <= 8  # one rounding per probe cylinder
        assert int(line.argmax()) == mate
        assert not line[70:].any()


@pytest.mark.parametrize("seed", range(3))
def test_relaxation_is_the_plain_twin(seed):
    a = a_template(seed, count=24)
    b = moved(a, seed=seed, turn=20, lost=5)
    pairs, weights = relaxed_pairs(describe(a), describe(b))
    wanted_pairs, wanted_weights = plain.relax(describe(a), describe(b), MOST_PAIRS, relaxation_settings())
    assert np.allclose(weights[:, 0], wanted_weights[:, 0], atol=1e-6)
    assert {tuple(pair) for pair in pairs.tolist()} == set(wanted_pairs)
    assert weights[:, 1].sum() == pytest.approx(wanted_weights[:, 1].sum(), rel=1e-3)


def test_agreement_and_wrapping_are_the_plain_twins():
    random = np.random.default_rng(8)
    for radians in random.uniform(-20, 20, 200).astype(np.float32):
        assert _kernels.wrapped(radians) == pytest.approx(plain.wrapped(float(radians)), abs=1e-4)
    for _ in range(200):
        four = np.column_stack(
            (random.uniform(0, 60, 4), random.uniform(0, 60, 4), random.uniform(0, 6.28, 4))
        ).astype(np.float32)
        four[2:, :] = four[:2] + random.normal(0, 0.2, (2, 3))
        seen = np.column_stack((four, np.cos(four[:, 2]), np.sin(four[:, 2]))).astype(np.float32)
        a, b = seen[:2], seen[2:]
        kernel = _kernels.agreement(a, b, 0, 0, 1, 1, np.float32(12), np.float32(0.52))
        assert kernel == pytest.approx(plain.agreement(*four.astype(float), 12, 0.52), abs=1e-3)


def test_lanes_in_the_gallery_score_like_two_templates():
    shelf = Shelf()
    templates = [a_template(seed, count=12 + seed) for seed in range(20)]
    for owner, template in enumerate(templates):
        shelf.put(describe(template), owner=owner)
    probe = describe(moved(templates[7], seed=2, turn=9))
    chunk = shelf.chunks[0]
    raws = np.zeros(20, np.int64)
    _kernels.compare_lanes(
        chunk.words,
        chunk.density,
        chunk.spots,
        chunk.counts,
        np.arange(20),
        probe.places,
        probe.words,
        probe.density,
        relaxation_settings(),
        MOST_PAIRS,
        raws,
    )
    for finger, template in enumerate(templates):
        _, weights = relaxed_pairs(probe, describe(template))
        assert raws[finger] == _kernels.total_weight(weights, len(weights))
    assert int(raws.argmax()) == 7

"""Each kernel against its plain twin."""

import platform

import numpy as np
import pytest
from llvmlite import binding
from numba import jit

from gada.engine.fingerprint import Template, _comparing, _kernels, _pairing, _superposing, parameters
from gada.engine.fingerprint.compare import (
    evidence_of_each,
    evidence_of_stack,
    relaxation_settings,
    stacked,
    superpose,
    superposition_settings,
)
from gada.engine.fingerprint.descriptors import (
    bell,
    confidence_of,
    convex_hull,
    cylinder_settings,
    describe,
    share_by_direction,
)
from gada.engine.gallery.packing import pack
from tests.engine.fingerprint import plain
from tests.engine.fingerprint.made import a_template, moved

THRESHOLD = parameters.BIT_THRESHOLD


def two_impressions(seed: int, *, count: int = 34) -> tuple[Template, Template]:
    """Two touches of one set of minutiae: turned, jittered, some lost."""
    first = a_template(seed, count=count)
    return first, moved(first, seed=seed, turn=20 * seed % 256, lost=6)


def bits_of(word: np.uint64) -> np.ndarray:
    """bool[8, 8]: the cells of a word."""
    return np.array([int(word) >> cell & 1 for cell in range(64)], bool).reshape(8, 8)


def in_their_hull(seed: int, count: int) -> np.ndarray:
    """Corners of the hull of points at random, counter-clockwise, float32[h, 2]."""
    points = np.random.default_rng(seed).uniform(0, 300, (count, 2)).astype(np.float32)
    return convex_hull(points[:, 0], points[:, 1])


# --- cylinders -------------------------------------------------------------------------------------


def test_the_bell_is_half_of_the_gaussian():
    """The product of two axes is the Gaussian of MCC, cut at three sigma along either."""
    sigma, reach = parameters.SIGMA_SPACE_PIXELS, parameters.BELL_REACH * parameters.SIGMA_SPACE_PIXELS
    for step in range(0, len(bell()), 7):
        place = step / parameters.BELL_STEPS - (parameters.RADIUS_PIXELS + reach)
        for cell in range(8):
            gap = (cell - 3.5) * parameters.RADIUS_PIXELS / 4 - place
            wanted = np.exp(-gap * gap / (2 * sigma * sigma)) / (sigma * np.sqrt(2 * np.pi))
            wanted *= bool(abs(gap) <= reach)
            assert float(bell()[step, cell]) * float(bell().max()) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_cylinders_are_those_of_the_plain_twin(seed):
    template = a_template(seed, count=20)
    described = describe(template)
    x, y = template.x.astype(np.float32), template.y.astype(np.float32)
    hull = convex_hull(x, y)
    for m in range(0, 20, 5):
        values, valid = plain.cylinder_values(
            m, x, y, template.angle, hull, share_by_direction(), cylinder_settings(), parameters.SIGMA_SPACE_PIXELS
        )
        valid_bits = bits_of(described.words[m, 6])
        assert np.mean(valid_bits == valid) > 0.98  # cells on the very edge may differ
        clear = np.abs(values - THRESHOLD) > 6e-4  # the bell is tabled in eighths of a pixel
        assert clear.mean() > 0.95
        bits = np.stack([bits_of(described.words[m, k]) for k in range(6)], axis=2)
        wanted = (values > THRESHOLD) & valid[:, :, None]
        assert (bits == wanted)[clear & (valid_bits == valid)[:, :, None]].all()
        assert described.density[m] == pytest.approx(bits.sum() / valid_bits.sum(), rel=1e-6)


def test_cells_within_are_the_plain_twin():
    for radius in (70.0, 53.0, 4.0):
        assert (bits_of(_kernels.cells_within(np.float32(radius))) == plain.cells_within(radius)).all()


@pytest.mark.parametrize("count", [1, 2, 3, 4, 12, 60])
def test_the_hull_is_the_plain_twin(count):
    points = np.random.default_rng(count).integers(0, 40, (count, 2)).astype(np.float32)
    hull = convex_hull(points[:, 0], points[:, 1])
    assert [tuple(corner) for corner in hull.tolist()] == plain.convex_hull(points)
    assert (_comparing.hull_of(points[:, 0].copy(), points[:, 1].copy()) == hull).all()


def test_the_hull_of_one_place_and_of_a_line():
    same = np.full(5, 7, np.float32)
    line = np.arange(5, dtype=np.float32)
    for hull_of in (convex_hull, _comparing.hull_of):
        assert {tuple(corner) for corner in hull_of(same, same).tolist()} == {(7, 7)}
        assert hull_of(line, line).tolist() == [[0, 0], [4, 4]]


def test_cells_depth_and_inside_are_the_plain_twins():
    random = np.random.default_rng(3)
    for count in (1, 2, 12):
        hull = in_their_hull(3, count)
        for px, py in random.uniform(-100, 400, (200, 2)).astype(np.float32):
            depth = plain.depth_within(float(px), float(py), hull)
            assert _kernels.depth_within(px, py, hull) == pytest.approx(depth, abs=1e-3)
            if abs(depth) > 1e-3:
                assert _superposing.inside(px, py, hull) == plain.inside(float(px), float(py), hull)
        for px, py, turn in random.uniform(0, 400, (40, 3)).astype(np.float32):
            cosine, sine = np.float32(np.cos(turn)), np.float32(np.sin(turn))
            disc = _kernels.cells_within(np.float32(70))
            word = int(_kernels.cells_near(px, py, cosine, sine, hull, np.float32(50), np.float32(70), disc))
            for bit in range(64):
                ahead, aside = (bit // 8 - 3.5) * 17.5, (bit % 8 - 3.5) * 17.5
                place = float(px + ahead * cosine - aside * sine), float(py - ahead * sine - aside * cosine)
                surely = plain.near_hull(*place, hull, 49.99), plain.near_hull(*place, hull, 50.01)
                if surely[0] == surely[1]:
                    assert (word >> bit & 1) == (int(disc) >> bit & 1 and surely[0])
    corner = in_their_hull(3, 12)[0]
    assert _superposing.inside(corner[0], corner[1], in_their_hull(3, 12))


def test_places_are_the_plain_twin():
    template = a_template(2)
    wanted = plain.places_of(template.x, template.y, template.angle)
    assert np.allclose(describe(template).places, wanted, atol=1e-5)


# --- the scan --------------------------------------------------------------------------------------


def laid_out(templates: list[Template], *, minutiae: int, fingers: int) -> tuple[np.ndarray, np.ndarray]:
    """Gallery words uint64[b, m, 7, f] and density float32[b, m, f] of templates, one after another."""
    blocks = -(-len(templates) // fingers)
    words = np.zeros((blocks, minutiae, 7, fingers), np.uint64)
    density = np.zeros((blocks, minutiae, fingers), np.float32)
    for owner, template in enumerate(templates):
        block, finger = divmod(owner, fingers)
        described = describe(template)
        count = min(len(described), minutiae)
        words[block, :count, :, finger] = described.words[:count]
        density[block, :count, finger] = described.density[:count]
    return words, density


def test_the_scan_is_the_plain_twin():
    templates = [a_template(seed, count=10 + seed % 25) for seed in range(70)]
    words, density = laid_out(templates, minutiae=20, fingers=32)
    probes = [describe(moved(templates[mate], seed=1)) for mate in (5, 63)]
    kept, looked_at = (8, 5), parameters.SCAN_MINUTIAE
    scores = np.empty((2, len(words), 32), np.int32)
    _kernels.scan_blocks(
        words,
        density,
        np.concatenate([probe.words[:count] for probe, count in zip(probes, kept, strict=True)]),
        np.concatenate([probe.density[:count] for probe, count in zip(probes, kept, strict=True)]),
        np.cumsum(kept),
        looked_at,
        parameters.SCAN_FLOOR,
        scores,
    )
    for probe, count, line, mate in zip(probes, kept, scores.reshape(2, -1), (5, 63), strict=True):
        for finger in (0, 5, 31, 32, 63, 69):
            gallery = describe(templates[finger])
            wanted = plain.scan(
                probe.words[:count],
                probe.density[:count],
                gallery.words[:looked_at],
                gallery.density[:looked_at],
                parameters.SCAN_FLOOR,
            )
            assert abs(int(line[finger]) - wanted) <= count  # one rounding per probe cylinder
        assert int(line.argmax()) == mate
        assert not line[70:].any()


@pytest.mark.skipif(
    platform.machine().lower() not in {"x86_64", "amd64"}, reason="looks for instructions of x86 processors"
)
def test_the_scan_works_on_many_fingers_with_one_instruction():
    words, density = laid_out([a_template(1)], minutiae=2, fingers=64)
    probe, scores = describe(a_template(2)), np.empty((1, 1, 64), np.int32)
    compiled_now = jit(**_kernels.scan_blocks.targetoptions)(_kernels.scan_blocks.py_func)  # not from the cache
    compiled_now(words, density, probe.words, probe.density, np.array([len(probe)]), 2, 0, scores)
    (assembly,) = compiled_now.inspect_asm().values()
    if binding.get_host_cpu_features().get("avx512vpopcntdq"):
        counted = [line for line in assembly.splitlines() if "vpopcntq" in line]
        assert any("zmm" in line or "ymm" in line for line in counted), "set bits are not counted by vectors"
    else:
        assert "pshufb" in assembly, "set bits are not counted by a vector table of nibbles"
    assert "pmaxsd" in assembly, "the best of each finger is not kept by vectors"


# --- which minutiae look alike and agree -----------------------------------------------------------


def test_popcount_counts_every_bit():
    full, empty = np.full((1, 7), np.uint64(2**64 - 1)), np.zeros((1, 7), np.uint64)
    for words, bits, expected in ((full, 6, 6 * 64 / (64 * 12 + 1)), (empty, 0, 0.0)):
        density = np.full(1, bits, np.float32)
        pairs, weights = np.zeros((1, 2), np.int32), np.zeros((1, 2), np.float32)
        found = _pairing.pair_alike(words, np.ascontiguousarray(words.T), density, density, pairs, weights)
        assert found == (1 if expected else 0)
        assert weights[0, 0] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_pairs_and_relaxation_are_the_plain_twins(seed):
    a, b = map(describe, two_impressions(seed))
    wanted = plain.pair_alike(a, b, parameters.PAIRS)
    found = superpose(a, b)
    assert np.allclose(found.weights[:, 0], [similarity for _, _, similarity in wanted], atol=1e-6)
    clear = found.weights[:, 0] > found.weights[-1, 0] + 1e-6  # among those equal to the last, rounding chooses
    assert {tuple(pair) for pair in found.pairs[clear].tolist()} <= {(i, j) for i, j, _ in wanted}
    pairs = [(int(i), int(j)) for i, j in found.pairs]
    after, agree = plain.relax(a.places, b.places, pairs, found.weights[:, 0], relaxation_settings())
    assert np.allclose(found.weights[:, 1], after, rtol=1e-3, atol=1e-5)
    weights, agreed = found.weights.copy(), np.empty((len(pairs), len(pairs)), np.float32)
    _pairing.relax(a.places, b.places, found.pairs, len(pairs), relaxation_settings(), weights, agreed)
    assert np.allclose(agreed, agree, atol=1e-3)


def test_a_cylinder_is_paired_once_and_nothing_with_the_unlike():
    described = describe(a_template(3, count=12))
    nothing = np.zeros((7, 12), np.uint64)
    pairs, weights = np.zeros((14, 2), np.int32), np.zeros((14, 2), np.float32)
    own = np.ascontiguousarray(described.words.T)
    found = _pairing.pair_alike(described.words, own, described.density, described.density, pairs, weights)
    assert found > 6
    assert len({*pairs[:found, 0]}) == len({*pairs[:found, 1]}) == found
    assert (np.diff(weights[:found, 0]) <= 0).all()
    assert _pairing.pair_alike(described.words, nothing, described.density, described.density, pairs, weights) == 0


def test_agreement_and_wrapping_are_the_plain_twins():
    random = np.random.default_rng(8)
    for radians in random.uniform(-20, 20, 200).astype(np.float32):
        assert _pairing.wrapped(radians) == pytest.approx(plain.wrapped(float(radians)), abs=1e-4)
    agreeing = 0
    for _ in range(300):
        four = np.column_stack(
            (random.uniform(0, 60, 4), random.uniform(0, 60, 4), random.uniform(0, 6.28, 4))
        ).astype(np.float32)
        four[2:] = four[:2] + random.normal(0, (2, 2, 0.1), (2, 3))
        seen = np.column_stack((four, np.cos(four[:, 2]), np.sin(four[:, 2]))).astype(np.float32)
        kernel = _pairing.agreement(seen[:2], seen[2:], 0, 0, 1, 1, np.float32(12), np.float32(0.52))
        wanted = plain.agreement(*four.astype(float), 12, 0.52)
        assert kernel == pytest.approx(wanted, abs=1e-3)
        agreeing += wanted > 0
    assert 100 < agreeing < 300


def test_minutiae_in_one_place_agree_by_their_directions():
    place = np.array([[5, 5, 1, np.cos(1), np.sin(1)]] * 2, np.float32)
    apart = place + np.array([[0], [1]], np.float32) * np.array([3, 0, 0, 0, 0], np.float32)
    for a, b in ((place, place), (place, apart), (apart, place)):
        kernel = _pairing.agreement(a, b, 0, 0, 1, 1, np.float32(12), np.float32(0.52))
        assert kernel == pytest.approx(plain.agreement(a[0], a[1], b[0], b[1], 12, 0.52), abs=1e-5)


# --- one impression laid upon the other ------------------------------------------------------------


def test_a_movement_is_the_plain_twin():
    random = np.random.default_rng(4)
    for seed in range(20):
        a, b = (describe(template).places for template in two_impressions(seed))
        pairs = random.permutation(28)[:10, None].repeat(2, 1).astype(np.int32)
        weights = random.uniform(0, 1, 10).astype(np.float32)
        movement, shifted = np.empty(6, np.float32), np.empty((len(a), 3), np.float32)
        assert _superposing.fit_movement(a, b, pairs, weights, 10, np.float32(40), movement)
        _superposing.move(a, movement, shifted)
        wanted = plain.fit_movement(a.astype(float), b.astype(float), pairs, weights, 40)
        assert movement[:4] == pytest.approx([wanted[0].real, wanted[0].imag, wanted[1].real, wanted[1].imag], abs=1e-2)
        assert movement[4:] == pytest.approx([np.cos(wanted[2]), np.sin(wanted[2])], abs=1e-4)
        far = plain.move(a.astype(float), wanted)
        assert np.allclose(shifted[:, :2], far[:, :2], atol=0.1)
        assert np.allclose(np.cos(shifted[:, 2] - far[:, 2]), 1, atol=1e-5)
    assert not _superposing.fit_movement(a, b, pairs, weights * 0, 10, np.float32(40), movement)
    assert plain.fit_movement(a, b, pairs, weights * 0, 40) is None


@pytest.mark.parametrize("seed", range(4))
def test_stretch_and_partners_are_the_plain_twins(seed):
    first = a_template(seed, count=34)
    a, b = describe(first), describe(moved(first, seed=seed, lost=6))
    shifted = np.ascontiguousarray(a.places[:, :3])
    bx, by, bt = (np.ascontiguousarray(b.places[:, column]) for column in range(3))
    work, least = np.empty((len(a), len(b)), np.int32), (np.empty(len(a), np.int32), np.empty(len(b), np.int32))
    partners, misses = np.empty((len(a), 2), np.int32), np.empty(len(a), np.float32)
    for distance, angle in ((20.0, 0.5), (5.0, 0.2)):
        count = _superposing.find_partners(
            shifted, bx, by, bt, np.float32(distance), np.float32(angle), work, *least, partners, misses
        )
        wanted = plain.find_partners(shifted.astype(float), b.places.astype(float), distance, angle)
        assert partners[:count].tolist() == [[i, j] for i, j, _ in wanted]
        assert misses[:count] == pytest.approx([miss for _, _, miss in wanted], abs=1e-4)
    assert count > 10
    before = shifted.copy()
    _superposing.stretch(a.places, b.places, partners, count, np.float32(60), shifted)
    pairs = [(i, j) for i, j, _ in wanted]
    assert np.allclose(shifted, plain.stretch(a.places, b.places, pairs, 60, before), atol=1e-3)
    assert not np.allclose(shifted, before, atol=0.1)
    has = np.zeros(len(a), bool)
    has[partners[:count, 0]] = True
    movement = np.array([90, -80, 70, -95, np.cos(0.3), np.sin(0.3)], np.float32)
    expected = _superposing.expected_partners(a.places, movement, a.confidence, b.hull, has)
    there = plain.move(a.places.astype(float), (90 - 80j, 70 - 95j, 0.3))
    assert expected == pytest.approx(plain.expected_partners(there, a.confidence, b.hull, has), rel=1e-5)


def in_order(a, b):
    """Two descriptors as a comparison takes them, whichever is given first."""
    return (a, b) if _comparing.comes_first(a.places, b.places, a.confidence, b.confidence) else (b, a)


@pytest.mark.parametrize("seed", range(12))
def test_the_superposition_is_the_plain_twin(seed):
    a, b = in_order(*map(describe, two_impressions(seed)))
    found = superpose(a, b)
    pairs = [(int(i), int(j)) for i, j in found.pairs]
    after, agree = plain.relax(a.places, b.places, pairs, found.weights[:, 0], relaxation_settings())
    partners, evidence = plain.superpose(a, b, pairs, after, agree, superposition_settings())
    assert {(i, j) for i, j, _ in partners} == {tuple(pair) for pair in found.partners.tolist()}
    assert sorted(found.misses) == pytest.approx(sorted(miss for _, _, miss in partners), abs=2e-3)
    assert len(partners) > 15
    assert found.evidence[:3] == pytest.approx(evidence, rel=2e-3)
    whole = plain.evidence(a, b, parameters.PAIRS, relaxation_settings(), superposition_settings())
    assert found.evidence == pytest.approx(whole, rel=2e-3)


@pytest.mark.parametrize("seed", range(12))
def test_the_superposition_of_strangers_is_the_plain_twin(seed):
    """Nothing fits here: what is found by chance still is the same."""
    a, b = in_order(describe(a_template(seed, count=60)), describe(a_template(seed + 100, count=60)))
    wanted = plain.evidence(a, b, parameters.PAIRS, relaxation_settings(), superposition_settings())
    assert superpose(a, b).evidence == pytest.approx(wanted, rel=2e-3, abs=1e-4)


# --- with many -------------------------------------------------------------------------------------


def many() -> tuple[Template, list[Template]]:
    """A probe, and templates of every size, some of which are its mates."""
    probe = a_template(1, count=40)
    sizes = (0, 1, 2, 5, 12, 40, 96, 97, 255)
    templates = [a_template(seed, count=size) for seed, size in enumerate(sizes)]
    unreported = moved(probe, seed=9, turn=3)
    unreported = Template(
        unreported.width, unreported.height, unreported.x, unreported.y, unreported.angle, unreported.kind,
        np.zeros(len(unreported)), 50,
    )  # fmt: skip
    return probe, [*templates, moved(probe, seed=7, turn=200, lost=9), unreported]


def test_packed_and_stacked_give_the_evidence_of_one_comparison():
    probe, templates = many()
    each = np.array([superpose(describe(probe), describe(template)).evidence for template in templates])
    assert (each[-2:, 0] > 8).all()
    assert np.allclose(evidence_of_each(describe(probe), [pack(template) for template in templates]), each, rtol=1e-5)
    stack = stacked([describe(template) for template in templates])
    assert np.allclose(evidence_of_stack(describe(probe), stack, len(templates)), each, rtol=1e-5)
    assert np.allclose(evidence_of_stack(describe(probe), stack, 4), each[:4], rtol=1e-5)
    assert confidence_of(templates[-1].quality).tolist() == [parameters.UNREPORTED_CONFIDENCE] * len(templates[-1])


def test_an_empty_probe_and_no_templates_give_nothing():
    nobody, (_, templates) = describe(a_template(1, count=0)), many()
    assert not evidence_of_each(nobody, [pack(template) for template in templates]).any()
    assert evidence_of_each(describe(templates[-1]), []).shape == (0, 4)
    assert not evidence_of_stack(nobody, stacked([describe(template) for template in templates]), 11).any()

"""Each kernel of the network against its plain twin."""

import numpy as np
import pytest

from gada.engine.fingerprint.leader import _kernels, _product
from gada.engine.fingerprint.leader.layers import Window, packed
from tests.engine.fingerprint.leader import plain

SIZES = [(2, 2), (6, 10), (20, 50), (34, 98), (18, 200)]


def some(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def a_product(seed, outputs, *inputs):
    matrix = some(seed, outputs, *inputs) / np.float32(np.sqrt(np.prod(inputs)))
    return matrix, some(seed + 1, outputs)


def flat(planes):
    return planes.reshape(len(planes), -1)


def agree(found, wanted):
    np.testing.assert_allclose(found, wanted, atol=2e-5, rtol=2e-5)


@pytest.mark.parametrize(("outputs", "inputs", "count"), [(1, 1, 1), (5, 7, 10), (16, 25, 48), (37, 64, 100)])
def test_products_read_their_source_through_offsets(outputs, inputs, count):
    product = a_product(1, outputs, inputs)
    room = count + 2 * _product.COLUMNS
    source, first = some(3, (inputs + 2) * room), 5
    offsets = np.random.default_rng(4).permutation(inputs) * room
    rows = len(packed(*product)[1])
    found, wanted = np.zeros((2, 3 + rows * room), np.float32)
    _product.multiply(packed(*product), source, first, offsets, found, 3, room, count)
    plain.multiply(product, source, first, offsets, wanted, 3, room, count)
    for n in range(outputs):
        agree(found[3 + n * room :][:count], wanted[3 + n * room :][:count])


def test_the_activation_is_that_of_the_network_near_zero_and_far_away():
    values = np.concatenate([np.linspace(-12, 12, 4092), [-1e4, 1e4, 0.0, 1e-6]]).astype(np.float32)
    found = values.copy()
    _kernels.activate(found)
    np.testing.assert_allclose(found, plain.activate(values.astype(np.float64)), atol=6e-7, rtol=6e-7)
    ones, share = np.ones_like(values), np.empty_like(values)
    _kernels.open_gate(ones, values, share, len(values))
    np.testing.assert_allclose(share, plain.open_gate(ones, values), atol=6e-7)


@pytest.mark.parametrize("pixels", [1, 48, 192, 500])
def test_work_on_single_pixels(pixels):
    planes, skip = some(1, 13, pixels) * 5 + 40, some(2, 13, pixels)
    norm, small = (some(3, 13), some(4, 13)), (some(5, 9), some(6, 9))
    mixture, wide, narrow = a_product(7, 9, 13), a_product(9, 41, 13), a_product(11, 13, 41)

    tile = planes.copy().ravel()
    _kernels.normalise(tile, *norm, pixels)
    agree(tile.reshape(planes.shape), plain.normalise(planes, norm))

    mixed = np.empty((9, pixels), np.float32)
    _kernels.mix(planes, packed(*mixture), small, mixed)
    agree(mixed, plain.mix(planes, mixture, small))

    parts = norm, wide, narrow, mixture
    as_packed = norm, packed(*wide), packed(*narrow), packed(*mixture)
    _kernels.expand(planes, skip, 0, *as_packed, mixed)
    agree(mixed, plain.expand(planes, skip, *parts))
    late = np.zeros((9, pixels + 5), np.float32)
    _kernels.expand(planes, np.pad(skip, ((0, 0), (5, 0))), 5, *as_packed, late)
    assert np.array_equal(late[:, 5:], mixed)
    assert not late[:, :5].any()

    square = a_product(13, 13, 13)
    refined = planes.copy()
    _kernels.refine(refined, norm, packed(*square))
    agree(refined, plain.refine(planes, norm, square))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("side", [5, 7])
def test_windows_over_single_planes(size, side):
    planes, windows = some(1, 3, *size), some(2, 3, side, side)
    wanted = plain.depthwise(planes, windows)
    agree(Window(windows)(planes), wanted)
    y, x = (np.random.default_rng(3).integers(0, end, 20) for end in size)
    agree(Window(windows).at(planes, y, x), plain.depthwise_at(planes, windows, y, x))
    assert Window(windows).at(planes, y[:0], x[:0]).shape == (3, 0)


@pytest.mark.parametrize("size", [*SIZES, (52, 30)])
def test_a_bottleneck_is_its_two_halves(size):
    planes, windows, norm = some(1, 5, *size), some(2, 5, 7, 7), (some(3, 5), some(4, 5))
    wide, narrow, last = a_product(5, 20, 5), a_product(7, 5, 20), a_product(9, 3, 5)
    window, found = Window(windows), np.empty((3, *size), np.float32)
    products = packed(*wide), packed(*narrow), packed(*last)
    _kernels.bottleneck(planes, flat(planes), window.bands, window.side, norm, *products, flat(found))
    agree(found, plain.bottleneck(planes, windows, norm, wide, narrow, last))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("highest", [True, False])
def test_the_first_layer(size, highest):
    image = some(1, *size)
    near, far = a_product(2, 8, 1, 5, 5), a_product(4, 8, 1, 5, 5)
    norm = some(6, 16), some(7, 16)
    found = np.empty((16, size[0] // 2, size[1] // 2), np.float32)
    _kernels.begin(image, packed(*near), packed(*far), norm, highest, found)
    agree(found, plain.begin(image, near, far, norm, highest))


@pytest.mark.parametrize("size", SIZES)
def test_the_gate(size):
    planes, gate = some(1, 6, *size), a_product(9, 6, 9)
    parts = [a_product(seed, 3, 6, 3, 3) for seed in (2, 4, 6)]
    found = np.empty_like(planes)
    _kernels.attend(planes, *(packed(*part) for part in parts), packed(*gate), found)
    agree(found, plain.attend(planes, *parts, gate))


@pytest.mark.parametrize("size", SIZES)
def test_halving_doubling_and_peaks(size):
    planes = some(1, 6, *size)
    half = np.empty((6, size[0] // 2, size[1] // 2), np.float32)
    _kernels.halve(planes, half)
    agree(half, plain.halve(planes))
    twice = np.empty((6, 2 * size[0], 2 * size[1]), np.float32)
    _kernels.double(planes, twice)
    assert np.array_equal(twice, plain.double(planes))
    values = np.round(np.abs(planes[0]), 1)  # with peaks of equal height
    peaks = np.empty_like(values)
    _kernels.keep_peaks(values, peaks)
    assert np.array_equal(peaks, plain.keep_peaks(values))


@pytest.mark.parametrize(("first", "count"), [(0, 1), (7, 48), (100, _kernels.TILE)])
def test_tiles_are_taken_and_given(first, count):
    planes, tile = some(1, 5, 400), some(2, 5, _kernels.TILE)
    taken, given, line = tile.copy().ravel(), planes.copy(), tile[0].copy()
    _kernels.take(planes, first, count, taken)
    assert np.array_equal(taken.reshape(tile.shape), plain.take(planes, first, count, tile))
    _kernels.give(tile.ravel(), given, first, count)
    assert np.array_equal(given, plain.give(tile, planes, first, count))
    _kernels.copy(planes[0], line, count)
    assert np.array_equal(line, plain.copy(planes[0], tile[0], count))
    assert _kernels.lines_of(count).tolist() == plain.lines_of(count, _kernels.TILE)


def test_lines_are_added_from_other_places():
    values, line, places = some(1, 90), some(2, 30), np.random.default_rng(3).integers(0, 90, 30)
    added = line.copy()
    _kernels.add_shifted(values, places, np.float32(0.7), added)
    agree(added, plain.add_shifted(values, places, np.float32(0.7), line))


@pytest.mark.parametrize(("step", "side"), [(1, 3), (3, 3), (6, 3), (2, 5)])
def test_offsets_of_a_window(step, side):
    offsets = np.full(side * side + 4, -1, np.int64)
    _kernels.around(50, step, side, offsets, 2)
    assert offsets.tolist() == [-1, -1, *plain.around(50, step, side), -1, -1]


@pytest.mark.parametrize("highest", [True, False])
def test_two_lines_become_one(highest):
    upper, lower, line = some(1, 60), some(2, 60), np.empty(30, np.float32)
    _kernels.halve_line(upper, lower, highest, line)
    agree(line, plain.halve_line(upper, lower, highest))


@pytest.mark.parametrize(("first", "rows"), [(0, 20), (6, 7), (19, 1)])
def test_some_rows_of_windows_over_single_planes(first, rows):
    planes, windows = some(1, 3, 20, 50), some(2, 3, 7, 7)
    window, found = Window(windows), np.empty((3, rows, 50), np.float32)
    _kernels.depthwise(planes, window.bands, window.side, first, found)
    wanted = plain.depthwise(planes, windows)
    agree(found, wanted[:, first : first + rows])
    y, x, single = np.array([0, 19, 7]), np.array([49, 0, 7]), np.empty((3, 3), np.float32)
    _kernels.depthwise_at(planes, windows, y, x, single)
    agree(single, plain.depthwise_at(planes, windows, y, x))


def test_activation_and_products_work_lane_by_lane():
    """`activate` and `multiply` are made of vectors: one lane sees nothing of the next."""
    values = some(4, 4 * _product.COLUMNS)
    found = values.copy()
    _product.activate(found)
    np.testing.assert_allclose(found, plain.activate(values.astype(np.float64)), atol=6e-7, rtol=6e-7)
    values[3] = np.inf
    _product.activate(values)
    assert np.isfinite(np.delete(values, 3)).all()

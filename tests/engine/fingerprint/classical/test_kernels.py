"""Each kernel of the classical extractor against its plain twin."""

import numpy as np
import pytest

from gada.engine.fingerprint.classical import _kernels
from gada.engine.fingerprint.classical.fields import normalise
from gada.engine.fingerprint.classical.filtering import filter_bank
from gada.engine.fingerprint.classical.parameters import (
    GRID_PIXELS,
    LEAST_DEVIATION,
    MOST_DEVIATIONS,
    NORMALISED_REACH_PIXELS,
)
from tests.engine.fingerprint.classical import plain

SIZES = [(40, 40), (41, 63), (64, 50)]


def agree(found, wanted):
    np.testing.assert_allclose(found, wanted, atol=2e-4, rtol=2e-4)


def a_grid(seed, shape):
    """Waves at random on the grid of an image, the vectors looked for, and what was touched."""
    random = np.random.default_rng(seed)
    grid = shape[0] // GRID_PIXELS, shape[1] // GRID_PIXELS
    wave = random.normal(size=(2, *grid)).astype(np.float32)
    angle, length = random.uniform(0, 2 * np.pi, grid), random.uniform(0.45, 1.4, grid)
    vectors = (np.array([np.cos(angle), np.sin(angle)]) * length).astype(np.float32)
    return wave, vectors, random.random(grid) < 0.95


@pytest.mark.parametrize("shape", SIZES)
def test_pixels_are_normalised(shape):
    pixels = np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)
    pixels[:20, :20] = 200  # nothing to divide by
    reach, flat = NORMALISED_REACH_PIXELS, np.zeros(shape, np.float32)
    _kernels.normalise(np.pad(pixels, reach, mode="reflect"), reach, LEAST_DEVIATION, MOST_DEVIATIONS, flat)
    agree(normalise(pixels), flat)
    agree(flat, plain.normalise(pixels, NORMALISED_REACH_PIXELS, LEAST_DEVIATION, MOST_DEVIATIONS))


def test_sums_stay_exact_over_a_large_white_image():
    flat = normalise(np.full((300, 900), 255, np.uint8))
    assert not flat.any()


@pytest.mark.parametrize("shape", SIZES)
def test_gradients_are_squared(shape):
    flat = np.random.default_rng(2).normal(size=shape).astype(np.float32)
    touched = a_grid(2, shape)[2]
    squares = np.zeros((3, *touched.shape), np.float32)
    _kernels.square_gradients(flat, GRID_PIXELS, touched, squares)
    agree(squares, plain.square_gradients(flat, GRID_PIXELS, touched))


@pytest.mark.parametrize("shape", SIZES)
def test_each_place_is_filtered_by_its_own(shape):
    filters, _ = filter_bank()
    flat = np.random.default_rng(3).normal(size=shape).astype(np.float32)
    touched = a_grid(3, shape)[2]
    choice = np.random.default_rng(4).integers(0, len(filters), touched.shape).astype(np.int32)
    wave, reach = np.zeros((2, *touched.shape), np.float32), filters.shape[-1] // 2
    _kernels.filter_each(np.pad(flat, reach), GRID_PIXELS, choice, touched, filters, wave)
    agree(wave, plain.filter_each(flat, GRID_PIXELS, choice, touched, filters))


@pytest.mark.parametrize("shape", SIZES)
def test_steps_of_the_phase_are_squared(shape):
    wave, vectors, touched = a_grid(5, shape)
    squares = np.zeros((4, *touched.shape), np.float32)
    _kernels.square_phase_steps(wave, vectors, touched, GRID_PIXELS, squares)
    agree(squares, plain.square_phase_steps(wave, vectors, touched, GRID_PIXELS))


@pytest.mark.parametrize("shape", SIZES)
def test_turns_are_found(shape):
    wave, vectors, touched = a_grid(6, shape)
    found = np.zeros((4096, 6), np.float32)
    count = _kernels.find_turns(wave, vectors, touched, GRID_PIXELS, found)
    wanted = plain.find_turns(wave, vectors, touched, GRID_PIXELS)
    assert count == len(wanted) > 20
    for (row, column, turns), answer in zip(wanted, found[:count], strict=True):
        assert answer[2] == turns
        assert row <= answer[0] <= row + 1 and column <= answer[1] <= column + 1


def test_no_more_turns_than_there_is_room_for():
    wave, vectors, touched = a_grid(6, (64, 64))
    found = np.zeros((7, 6), np.float32)
    assert _kernels.find_turns(wave, vectors, touched, GRID_PIXELS, found) == 7


def test_the_phase_runs_on_to_a_neighbour():
    wave, vectors, _ = a_grid(7, (40, 40))
    for row, column, down, across in ((3, 4, 0, 1), (5, 9, 1, 0), (8, 8, -1, 0), (11, 2, 0, -1)):
        east, north, carrier = _kernels.phase_step(wave, vectors, row, column, down, across, GRID_PIXELS)
        run, wanted = plain.phase_step(wave, vectors, row, column, down, across, GRID_PIXELS)
        agree((east, north, carrier), (run.real, run.imag, wanted))


def test_turns_along_a_path_and_the_zero_within_it():
    random, (down, across) = np.random.default_rng(8), np.array(plain.PATH).T
    seen = set()
    for _ in range(200):
        values = random.normal(size=4) + 1j * random.normal(size=4)
        vectors = random.normal(0.5, 0.1, (4, 2))
        values, vectors = np.append(values, values[0]), np.concatenate((vectors, vectors[:1]))
        parts = values.real, values.imag, vectors[:, 0], vectors[:, 1]
        turns = _kernels.turns_around(*parts, down, across, GRID_PIXELS)
        assert turns == plain.turns_around(values, vectors, GRID_PIXELS)
        seen.add(turns)
        found = _kernels.zero_within(values.real, values.imag, *vectors[0], down, across, GRID_PIXELS)
        agree(found, plain.zero_within(values, vectors[0], GRID_PIXELS))
    assert seen == {-1, 0, 1}

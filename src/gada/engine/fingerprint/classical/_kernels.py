"""Inner loops of the classical extractor in numba. Each has a plain twin in the tests' `plain.py`."""

# mypy: ignore-errors
# (numba gives its functions no types; the arrays are stated in each docstring)
from __future__ import annotations

from math import atan2, cos, pi, sin

import numpy as np
from numba import njit

from gada.engine.fingerprint.classical.parameters import FILTER_REACH_PIXELS

_SIDE = 2 * FILTER_REACH_PIXELS + 1  # known when compiled, so that the loops over a filter unroll


@njit(cache=True, nogil=True, error_model="numpy")
def normalise(padded, reach, least, most, flat):
    """flat float32[height, width] = (pixel - mean) / (deviation + least), at most `most` either way.

    Mean and deviation of the square of 2 reach + 1 around; padded uint8[height + 2 reach, width + 2 reach]. Sums are
    of integers, so they stay exact however far they run.
    """
    height, width = flat.shape
    side, across = 2 * reach + 1, padded.shape[1]
    sums, squares = np.zeros(across, np.int32), np.zeros(across, np.int32)
    for y in range(side):
        for x in range(across):
            value = np.int32(padded[y, x])
            sums[x] += value
            squares[x] += value * value
    share = np.float32(1.0 / (side * side))
    for y in range(height):
        total, square = np.int64(0), np.int64(0)
        for x in range(side):
            total += sums[x]
            square += squares[x]
        for x in range(width):
            mean = np.float32(total) * share
            variance = max(np.float32(square) * share - mean * mean, np.float32(0.0))
            value = (np.float32(padded[y + reach, x + reach]) - mean) / (
                np.sqrt(variance) + np.float32(least)
            )
            flat[y, x] = min(max(value, np.float32(-most)), np.float32(most))
            if x + 1 < width:
                total += sums[x + side] - sums[x]
                square += squares[x + side] - squares[x]
        if y + 1 < height:
            for x in range(across):
                new, old = np.int32(padded[y + side, x]), np.int32(padded[y, x])
                sums[x] += new - old
                squares[x] += new * new - old * old


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def square_gradients(flat, step, touched, squares):
    """squares float32[3, rows, columns]: sums of dx^2 - dy^2, 2 dx dy, dx^2 + dy^2 over the pixels of each step of
    the grid, by Sobel's differences; 0 where nothing touched. flat float32[height, width]."""
    height, width = flat.shape
    rows, columns = touched.shape
    for row in range(rows):
        for column in range(columns):
            if not touched[row, column]:
                continue
            turned, leaning, length = np.float32(0.0), np.float32(0.0), np.float32(0.0)
            for y in range(max(row * step, 1), min(row * step + step, height - 1)):
                for x in range(max(column * step, 1), min(column * step + step, width - 1)):
                    falling = flat[y + 1, x + 1] - flat[y - 1, x - 1]
                    rising = flat[y - 1, x + 1] - flat[y + 1, x - 1]
                    dx = falling + rising + 2 * (flat[y, x + 1] - flat[y, x - 1])
                    dy = falling - rising + 2 * (flat[y + 1, x] - flat[y - 1, x])
                    turned += dx * dx - dy * dy
                    leaning += 2 * dx * dy
                    length += dx * dx + dy * dy
            squares[0, row, column] = turned
            squares[1, row, column] = leaning
            squares[2, row, column] = length


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def filter_each(padded, step, choice, touched, filters, wave):
    """wave float32[2, rows, columns]: at every step of the grid, the pixels under the two filters chosen there.

    padded float32: pixels with the filters' reach around; choice int32[rows, columns]; filters float32[n, 2, 19, 19].
    """
    rows, columns = choice.shape
    for row in range(rows):
        for column in range(columns):
            if not touched[row, column]:
                continue
            top, left = row * step + step // 2, column * step + step // 2
            chosen = filters[choice[row, column]]
            even, odd = np.float32(0.0), np.float32(0.0)
            for i in range(_SIDE):
                for j in range(_SIDE):
                    value = padded[top + i, left + j]
                    even += value * chosen[0, i, j]
                    odd += value * chosen[1, i, j]
            wave[0, row, column] = even
            wave[1, row, column] = odd


@njit(cache=True, nogil=True, error_model="numpy")
def phase_step(wave, vectors, row, column, down, across, step):
    """How much the phase runs on from a place to its neighbour, in radians, as a vector (east, north) of the product's
    length after the carrier is taken off, and that carrier. Signs are those of the first place's vector."""
    kx, ky = vectors[0, row, column], vectors[1, row, column]
    re, im = wave[0, row, column], wave[1, row, column]
    other_x, other_y = vectors[0, row + down, column + across], vectors[1, row + down, column + across]
    other_re, other_im = wave[0, row + down, column + across], wave[1, row + down, column + across]
    if kx * other_x + ky * other_y < 0:
        other_im = -other_im
    carrier = step * (kx * across + ky * down)
    east, north = other_re * re + other_im * im, other_im * re - other_re * im
    c, s = cos(carrier), sin(carrier)
    return east * c + north * s, north * c - east * s, carrier


@njit(cache=True, nogil=True, error_model="numpy")
def square_phase_steps(wave, vectors, touched, step, squares):
    """squares float32[4, rows, columns]: kx^2 - ky^2, 2 kx ky, kx^2 + ky^2 and 1, each times the wave's power, where k
    is how the phase really runs on, in radians a pixel; 0 at the edge and where nothing touched."""
    rows, columns = touched.shape
    for row in range(1, rows - 1):
        for column in range(1, columns - 1):
            if not touched[row, column]:
                continue
            east, north, carrier = phase_step(wave, vectors, row, column, 0, 1, step)
            more, much, _ = phase_step(wave, vectors, row, column, 0, -1, step)
            kx = (atan2(north - much, east + more) + carrier) / step
            east, north, carrier = phase_step(wave, vectors, row, column, 1, 0, step)
            more, much, _ = phase_step(wave, vectors, row, column, -1, 0, step)
            ky = (atan2(north - much, east + more) + carrier) / step
            power = wave[0, row, column] ** 2 + wave[1, row, column] ** 2
            squares[0, row, column] = power * (kx * kx - ky * ky)
            squares[1, row, column] = power * 2 * kx * ky
            squares[2, row, column] = power * (kx * kx + ky * ky)
            squares[3, row, column] = power


@njit(cache=True, nogil=True, error_model="numpy")
def find_turns(wave, vectors, touched, step, found):
    """Cells of four steps of the grid around which the phase turns; returns how many.

    found float32[most, 6]: row, column (of the zero, between steps), turns (+1 or -1, x towards y), wave vector x and
    y, and the area of the wave's plane that one step of the grid squared covers there.
    """
    rows, columns = touched.shape
    down, across = (0, 0, 1, 1, 0), (0, 1, 1, 0, 0)
    re, im = np.zeros(5, np.float32), np.zeros(5, np.float32)
    kx, ky = np.zeros(5, np.float32), np.zeros(5, np.float32)
    count = 0
    for row in range(rows - 1):
        for column in range(columns - 1):
            if not (
                touched[row, column]
                and touched[row, column + 1]
                and touched[row + 1, column]
                and touched[row + 1, column + 1]
            ):
                continue
            for c in range(5):
                there = row + down[c], column + across[c]
                re[c], im[c] = wave[0][there], wave[1][there]
                kx[c], ky[c] = vectors[0][there], vectors[1][there]
                if c > 0 and kx[c] * kx[c - 1] + ky[c] * ky[c - 1] < 0:
                    kx[c], ky[c], im[c] = -kx[c], -ky[c], -im[c]
            if kx[4] * kx[0] + ky[4] * ky[0] < 0:
                continue  # a core or delta: the direction itself turns
            turns = turns_around(re, im, kx, ky, down, across, step)
            if turns == 0 or count == found.shape[0]:
                continue
            below, beside, area = zero_within(re, im, kx[0], ky[0], down, across, step)
            found[count, 0], found[count, 1], found[count, 2] = row + below, column + beside, turns
            found[count, 3], found[count, 4], found[count, 5] = kx[0], ky[0], area
            count += 1
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def turns_around(re, im, kx, ky, down, across, step):
    """How often the phase turns along a closed path of five places; each stretch is measured beside its carrier."""
    total = 0.0
    for c in range(4):
        right, below = step * (across[c + 1] - across[c]), step * (down[c + 1] - down[c])
        carrier = 0.5 * ((kx[c] + kx[c + 1]) * right + (ky[c] + ky[c + 1]) * below)
        east, north = re[c + 1] * re[c] + im[c + 1] * im[c], im[c + 1] * re[c] - re[c + 1] * im[c]
        s, t = cos(carrier), sin(carrier)
        total += atan2(north * s - east * t, east * s + north * t)
    return round(total / (2 * pi))


@njit(cache=True, nogil=True, error_model="numpy")
def zero_within(re, im, kx, ky, down, across, step):
    """Where between four places the wave is 0 (row and column, 0..1), its carrier taken off and a plane laid through
    what is left; and the area that the plane maps a cell to."""
    mean_re, mean_im, re_x, im_x, re_y, im_y = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for c in range(4):
        right, below = across[c] - 0.5, down[c] - 0.5
        phase = step * (kx * right + ky * below)
        a, b = re[c] * cos(phase) + im[c] * sin(phase), im[c] * cos(phase) - re[c] * sin(phase)
        mean_re += a / 4
        mean_im += b / 4
        re_x += a * right
        im_x += b * right
        re_y += a * below
        im_y += b * below
    area = re_x * im_y - re_y * im_x
    if abs(area) < 1e-12:
        return 0.5, 0.5, abs(area)
    beside = (re_y * mean_im - mean_re * im_y) / area
    below = (mean_re * im_x - re_x * mean_im) / area
    return 0.5 + min(max(below, -0.5), 0.5), 0.5 + min(max(beside, -0.5), 0.5), abs(area)

"""The kernels of the classical extractor again, written to be read."""

from __future__ import annotations

from cmath import exp, phase
from math import pi

import numpy as np


def normalise(pixels, reach, least, most):
    """Each pixel beside the mean and deviation of the square around it."""
    padded = np.pad(pixels, reach, mode="reflect").astype(float)
    flat = np.zeros(pixels.shape)
    for y, x in np.ndindex(*pixels.shape):
        around = padded[y : y + 2 * reach + 1, x : x + 2 * reach + 1]
        flat[y, x] = np.clip((pixels[y, x] - around.mean()) / (around.std() + least), -most, most)
    return flat


def square_gradients(flat, step, touched):
    """Sobel's gradient as a complex number, squared, and its squared length, added up over each step of the grid."""
    height, width = flat.shape
    squares = np.zeros((3, *touched.shape))
    kernel = np.outer((1, 2, 1), (-1, 0, 1))
    for y in range(1, height - 1):
        for x in range(1, width - 1):
            row, column = y // step, x // step
            if row < touched.shape[0] and column < touched.shape[1] and touched[row, column]:
                around = flat[y - 1 : y + 2, x - 1 : x + 2].astype(float)
                gradient = complex((around * kernel).sum(), (around * kernel.T).sum())
                square = gradient * gradient
                squares[:, row, column] += (square.real, square.imag, abs(square))
    return squares


def filter_each(flat, step, choice, touched, filters):
    """At every step of the grid, the two chosen filters on the pixels around."""
    reach = filters.shape[-1] // 2
    padded = np.pad(flat, reach).astype(float)
    wave = np.zeros((2, *choice.shape))
    for row, column in zip(*np.nonzero(touched), strict=True):
        y, x = row * step + step // 2, column * step + step // 2
        around = padded[y : y + 2 * reach + 1, x : x + 2 * reach + 1]
        wave[:, row, column] = (filters[choice[row, column]] * around).sum(axis=(1, 2))
    return wave


def seen_from(value, vector, first):
    """A wave and its vector, turned so that they run the same way as `first`: a wave is the same both ways."""
    return (value, vector) if vector @ first >= 0 else (value.conjugate(), -vector)


def phase_step(wave, vectors, row, column, down, across, step):
    """How the phase runs on to a neighbour beside its carrier, as a complex number, and that carrier."""
    values, first = wave[0].astype(float) + 1j * wave[1], vectors[:, row, column].astype(float)
    other, _ = seen_from(values[row + down, column + across], vectors[:, row + down, column + across], first)
    carrier = step * float(first @ (across, down))
    return other * values[row, column].conjugate() * exp(-1j * carrier), carrier


def square_phase_steps(wave, vectors, touched, step):
    """The mean of the phase's step before and behind, in both directions of the grid, as a vector, squared."""
    squares = np.zeros((4, *touched.shape))
    for row, column in zip(*np.nonzero(touched), strict=True):
        if not (0 < row < touched.shape[0] - 1 and 0 < column < touched.shape[1] - 1):
            continue
        runs = []
        for down, across in ((0, 1), (1, 0)):
            on, carrier = phase_step(wave, vectors, row, column, down, across, step)
            back, _ = phase_step(wave, vectors, row, column, -down, -across, step)
            runs.append((phase(on + back.conjugate()) + carrier) / step)
        power = wave[0, row, column] ** 2 + wave[1, row, column] ** 2
        square = complex(*runs) ** 2
        squares[:, row, column] = power * square.real, power * square.imag, power * abs(square), power
    return squares


PATH = ((0, 0), (0, 1), (1, 1), (1, 0), (0, 0))


def turns_around(values, vectors, step):
    """How often the phase of five complex values turns along PATH, each stretch beside its carrier."""
    total = 0.0
    for c in range(4):
        move = step * np.array([PATH[c + 1][1] - PATH[c][1], PATH[c + 1][0] - PATH[c][0]])
        carrier = float((vectors[c] + vectors[c + 1]) @ move) / 2
        total += phase(values[c + 1] * values[c].conjugate() * exp(-1j * carrier))
    return round(total / (2 * pi))


def zero_within(values, vector, step):
    """Row and column, 0..1, where the plane through four values without their carrier is 0, and its area."""
    corners = np.array([(across - 0.5, down - 0.5) for down, across in PATH[:4]])
    bare = np.array([v * exp(-1j * step * float(vector @ c)) for v, c in zip(values[:4], corners, strict=True)])
    plane = np.column_stack((np.ones(4), corners))
    middle, slopes = np.split(np.linalg.lstsq(plane, np.column_stack((bare.real, bare.imag)), rcond=None)[0], [1])
    right, below = np.clip(np.linalg.solve(slopes.T, -middle[0]), -0.5, 0.5)
    return 0.5 + below, 0.5 + right, abs(np.linalg.det(slopes))


def find_turns(wave, vectors, touched, step):
    """(row, column, turns) of every cell of four steps around which the phase turns."""
    values, found = wave[0].astype(float) + 1j * wave[1], []
    for row, column in np.ndindex(touched.shape[0] - 1, touched.shape[1] - 1):
        if not touched[row : row + 2, column : column + 2].all():
            continue
        around, before = [], vectors[:, row, column].astype(float)
        for down, across in PATH:
            place = row + down, column + across
            value, before = seen_from(values[place], vectors[(slice(None), *place)].astype(float), before)
            around.append((value, before))
        if around[4][1] @ around[0][1] < 0:
            continue
        if count := turns_around(*zip(*around, strict=True), step):
            found.append((row, column, count))
    return found

"""Direction and period of the ridges: a first guess from gradients and blocks, a better one from the wave itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint.classical import _kernels
from gada.engine.fingerprint.classical import parameters as p
from gada.engine.fingerprint.parameters import BLOCK_PIXELS
from gada.engine.fingerprint.segmentation import Ridges

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Fields:
    """At every step of the grid, float32[rows, columns]: `direction` of the wave in radians (modulo pi, y down),
    `period` in pixels, `coherence` 0..1, how far the neighbourhood agrees on the direction."""

    direction: Floats
    period: Floats
    coherence: Floats


def normalise(pixels: NDArray[np.uint8]) -> Floats:
    """Grey pixels as deviations from the mean around them, float32 of the same shape."""
    flat = np.zeros(pixels.shape, np.float32)
    reach = p.NORMALISED_REACH_PIXELS
    _kernels.normalise(
        np.pad(pixels, reach, mode="reflect"), reach, p.LEAST_DEVIATION, p.MOST_DEVIATIONS, flat
    )
    return flat


def touched_grid(ridges: Ridges, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which steps of the grid lie in blocks that show anything; bool[rows, columns]."""
    row, column = (_places(side) // BLOCK_PIXELS for side in shape)
    return ridges.touched[np.ix_(row, column)]


def guess_fields(flat: Floats, ridges: Ridges, touched: NDArray[np.bool_]) -> Fields:
    """From squared gradients and from the periods of blocks."""
    squares = np.zeros((3, *touched.shape), np.float32)
    _kernels.square_gradients(_smoothed(flat, p.SMOOTHED_PIXELS), p.GRID_PIXELS, touched, squares)
    near = [_smoothed(square, p.NEAR_SIGMA) for square in squares]
    wide = [_smoothed(square, p.WIDE_SIGMA) for square in near]
    energy = np.maximum(wide[2], np.float32(1e-6))
    own, share = near[2] + np.float32(0.2) * energy, np.float32(p.WIDE_SHARE) / energy
    across, down = ((near[k] / own + wide[k] * share).astype(np.float32) for k in (0, 1))
    return Fields(_half_angle(across, down), _period_of_blocks(ridges, flat.shape), _agreement(near))


def read_fields(wave: Floats, vectors: Floats, touched: NDArray[np.bool_]) -> Fields:
    """From a filtered wave float32[2, rows, columns]: how its phase runs on from step to step.

    `vectors` float32[2, rows, columns]: the wave that each step's filter looked for, in radians a pixel.
    """
    squares = np.zeros((4, *touched.shape), np.float32)
    _kernels.square_phase_steps(wave, vectors, touched, p.GRID_PIXELS, squares)
    smooth = [_smoothed(square, p.WAVE_SIGMA) for square in squares]
    shortest, longest = p.PERIODS_PIXELS[0], p.PERIODS_PIXELS[-1]
    length = 2 * np.pi / np.sqrt(smooth[2] / np.maximum(smooth[3], 1e-9) + 1e-6)
    period = _smoothed(np.clip(length, shortest, longest).astype(np.float32), p.WAVE_SIGMA)
    return Fields(_half_angle(smooth[0], smooth[1]), period, _agreement(smooth))


def _half_angle(across: Floats, down: Floats) -> Floats:
    """The direction whose double this vector shows: a wave is the same both ways."""
    half = np.arctan2(down, across) / 2
    return half.astype(np.float32)


def _agreement(squares: list[Floats]) -> Floats:
    """How near to one direction: the length of the mean vector over the mean length."""
    agreed = np.hypot(squares[0], squares[1]) / np.maximum(squares[2], 1e-9)
    return agreed.astype(np.float32)


def _period_of_blocks(ridges: Ridges, shape: tuple[int, ...]) -> Floats:
    """The blocks' periods, smoothed where there are ridges and carried on where there are none."""
    trusted = np.where(ridges.foreground, np.maximum(ridges.purity, 0.01), 0) + 1e-4 * ridges.touched + 1e-6
    weight = trusted.astype(np.float32)
    total: Floats = np.maximum(_smoothed(weight, p.PERIOD_SIGMA_BLOCKS, truncate=4), np.float32(1e-9))
    smooth: Floats = _smoothed(ridges.period * weight, p.PERIOD_SIGMA_BLOCKS, truncate=4) / total
    row, column = ((_places(side) - (BLOCK_PIXELS - 1) / 2) / BLOCK_PIXELS for side in shape)
    return sample(smooth, row[:, None], column[None, :])


def sample(field: Floats, row: NDArray[np.floating[Any]], column: NDArray[np.floating[Any]]) -> Floats:
    """Values between the places of a field, linear; beyond its edges, those of the edge. Shapes broadcast."""
    row, column = np.clip(row, 0, field.shape[0] - 1), np.clip(column, 0, field.shape[1] - 1)
    top, left = row.astype(np.int64), column.astype(np.int64)
    low, right = np.minimum(top + 1, field.shape[0] - 1), np.minimum(left + 1, field.shape[1] - 1)
    down, across = (row - top).astype(np.float32), (column - left).astype(np.float32)
    above = field[top, left] * (1 - across) + field[top, right] * across
    below = field[low, left] * (1 - across) + field[low, right] * across
    between: Floats = above * (1 - down) + below * down
    return between


def _places(side: int) -> NDArray[np.int64]:
    """Pixels at which the grid stands, along one side."""
    return np.arange(side // p.GRID_PIXELS, dtype=np.int64) * p.GRID_PIXELS + p.GRID_PIXELS // 2


def _smoothed(field: Floats, sigma: float, *, truncate: float = 2.5) -> Floats:
    from scipy.ndimage import gaussian_filter  # here: loading it takes a fifth of the start of every command

    smooth: Floats = gaussian_filter(field, sigma, truncate=truncate)
    return smooth

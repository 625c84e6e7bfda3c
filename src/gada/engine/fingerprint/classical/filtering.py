"""The wave of the ridges: at every step of the grid one filter, turned to the ridges and as wide as they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint.classical import _kernels
from gada.engine.fingerprint.classical import parameters as p
from gada.engine.fingerprint.classical.fields import Fields

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Waves:
    """`wave` float32[2, rows, columns]: the ridge wave and its quadrature (bright valleys have phase 0); `vectors`
    float32[2, rows, columns]: the wave vector x, y that the filter looked for, radians a pixel, of either sign."""

    wave: Floats
    vectors: Floats


def filter_waves(flat: Floats, fields: Fields, touched: NDArray[np.bool_]) -> Waves:
    """Filter normalised pixels by what `fields` say of each place; 0 where nothing touched."""
    filters, looked_for = filter_bank()
    turn = np.rint(fields.direction * (p.DIRECTIONS / np.pi)).astype(np.int32) % p.DIRECTIONS
    periods = np.array(p.PERIODS_PIXELS, np.float32)
    width = np.searchsorted((periods[1:] + periods[:-1]) / 2, fields.period).astype(np.int32)
    choice = turn * np.int32(len(periods)) + width
    wave = np.zeros((2, *touched.shape), np.float32)
    padded = np.pad(flat, p.FILTER_REACH_PIXELS)
    _kernels.filter_each(padded, p.GRID_PIXELS, choice, touched, filters, wave)
    return Waves(wave, looked_for[:, choice])


@cache
def filter_bank() -> tuple[Floats, Floats]:
    """Gabor filters float32[n, 2, 19, 19], even and odd, and the wave vectors float32[2, n] they look for."""
    reach = p.FILTER_REACH_PIXELS
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float64)
    filters, vectors = [], []
    for turn in np.arange(p.DIRECTIONS) * (np.pi / p.DIRECTIONS):
        across, along = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
        bell = np.exp(-((across / p.ACROSS_SIGMA_PIXELS) ** 2 + (along / p.ALONG_SIGMA_PIXELS) ** 2) / 2)
        bell /= bell.sum()
        for period in p.PERIODS_PIXELS:
            phase = 2 * np.pi * across / period
            even, odd = bell * np.cos(phase), -bell * np.sin(phase)
            filters.append((2 * (even - bell * even.sum()), 2 * odd))
            vectors.append((2 * np.pi / period * np.cos(turn), 2 * np.pi / period * np.sin(turn)))
    return np.array(filters, np.float32), np.ascontiguousarray(np.array(vectors, np.float32).T)

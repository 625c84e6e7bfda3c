"""The kernels of invented fingers again, written to be read."""

from __future__ import annotations

from math import floor

import numpy as np


def filter_each(padded, choice, bank, gain):
    """Each pixel by its own filter of the bank, times `gain`, held between -1 and 1; 0 where it has none."""
    size = bank.shape[1]
    grown = np.zeros(choice.shape)
    for y, x in np.argwhere(choice >= 0):
        around = padded[y : y + size, x : x + size].astype(float)
        grown[y, x] = np.clip(gain * np.sum(bank[choice[y, x]] * around), -1, 1)
    return grown


def cubic_weights(t):
    """Catmull and Rom (1974): the curve through the middle two of four values, as steep there as their neighbours tell.

    Hermite's four polynomials, with half the difference of the neighbours as slope at either end.
    """
    begins, ends = 2 * t**3 - 3 * t**2 + 1, -2 * t**3 + 3 * t**2
    leaves, arrives = t**3 - 2 * t**2 + t, t**3 - t**2
    return np.array((-leaves / 2, begins - arrives / 2, ends + leaves / 2, arrives / 2))


def sample_cubic(surface, x, y):
    """A surface at real positions, by Catmull-Rom curves along both axes; 0 where a neighbour is missing."""
    values = np.zeros(x.shape)
    height, width = surface.shape
    for place in np.ndindex(x.shape):
        column, row = floor(x[place]), floor(y[place])
        if 1 <= column <= width - 3 and 1 <= row <= height - 3:
            near = surface[row - 1 : row + 3, column - 1 : column + 3].astype(float)
            values[place] = cubic_weights(y[place] - row) @ near @ cubic_weights(x[place] - column)
    return values

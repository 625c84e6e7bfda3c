"""The two loops that numpy cannot say: one filter per pixel, and sampling a warped surface.

No fastmath: the same seed must give the same finger on every machine, and growth is chaotic, so one
reordered sum would end in other minutiae.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@numba.njit(cache=True)
def filter_each(padded: Floats, choice: NDArray[np.int32], bank: Floats, gain: float, out: Floats) -> None:
    """One round of growth: each pixel takes its own oriented filter, then saturates to [-1, 1]."""
    height, width = choice.shape
    size = bank.shape[1]
    for y in range(height):
        for x in range(width):
            kind = choice[y, x]
            if kind < 0:
                out[y, x] = 0.0
                continue
            total = np.float32(0.0)
            for i in range(size):
                row = np.float32(0.0)
                for j in range(size):
                    row += bank[kind, i, j] * padded[y + i, x + j]
                total += row
            value = total * np.float32(gain)
            if value > 1.0:
                value = np.float32(1.0)
            elif value < -1.0:
                value = np.float32(-1.0)
            out[y, x] = value


@numba.njit(cache=True)
def cubic_weights(t: float) -> tuple[float, float, float, float]:
    """Catmull-Rom weights of the four neighbours around a fractional position."""
    return (
        ((-0.5 * t + 1.0) * t - 0.5) * t,
        (1.5 * t - 2.5) * t * t + 1.0,
        ((-1.5 * t + 2.0) * t + 0.5) * t,
        (0.5 * t - 0.5) * t * t,
    )


@numba.njit(cache=True)
def sample_cubic(surface: Floats, x: Floats, y: Floats, out: Floats) -> None:
    """Values of `surface` at real positions (x, y); zero outside."""
    height, width = surface.shape
    rows, columns = x.shape
    for r in range(rows):
        for c in range(columns):
            px, py = x[r, c], y[r, c]
            ix, iy = int(np.floor(px)), int(np.floor(py))
            if ix < 1 or iy < 1 or ix > width - 3 or iy > height - 3:
                out[r, c] = 0.0
                continue
            wx = cubic_weights(px - ix)
            wy = cubic_weights(py - iy)
            total = 0.0
            for i in range(4):
                for j in range(4):
                    total += wy[i] * wx[j] * surface[iy - 1 + i, ix - 1 + j]
            out[r, c] = total

"""Ridges that begin here and end there: pairs of minutiae strewn over the grown surface.

Growth alone sets minutiae only where the flow spreads, all pointing the same way there, and strangers then
resemble each other far too much (impostor scores of 20 and more, median, against 3 for real fingers). Skin
also has minutiae for no reason. A ridge inserted between two points is a pair of opposite spirals in the
phase of the ridge wave (Larkin and Fletcher, 2007); a few more rounds of growth then heal the seam.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint.synthetic import parameters as p

Floats = NDArray[np.float32]


def insert_ridges(
    even: Floats, odd: Floats, normal: NDArray[np.float64], random: np.random.Generator
) -> Floats:
    """Insert a random number of ridge segments.

    `even` and `odd` are the surface and its quadrature, float32 (height, width); `normal` the angle (radians)
    along which the odd filter looked. Returns the new surface, in [-1, 1].
    """
    wave = even.astype(np.complex128) + 1j * odd
    wave /= np.abs(wave) + 1e-6
    height, width = even.shape
    for _ in range(int(random.integers(*p.INSERTED_RIDGES))):
        cx, cy = random.uniform(0.1, 0.9) * width, random.uniform(0.1, 0.9) * height
        length, turn = random.uniform(*p.INSERTED_LENGTH), random.uniform(0, 2 * np.pi)
        _insert(wave, normal, (cx, cy), (length * np.cos(turn) / 2, length * np.sin(turn) / 2))
    return wave.real.astype(np.float32)


def _insert(
    wave: NDArray[np.complex128],
    normal: NDArray[np.float64],
    centre: tuple[float, float],
    half: tuple[float, float],
) -> None:
    """Twist the phase around both ends of one segment, in opposite senses, within a window."""
    height, width = wave.shape
    reach = p.INSERTED_REACH
    x0, x1 = max(0, int(centre[0]) - reach), min(width, int(centre[0]) + reach + 1)
    y0, y1 = max(0, int(centre[1]) - reach), min(height, int(centre[1]) + reach + 1)
    y, x = np.mgrid[y0:y1, x0:x1].astype(np.float64)
    x, y = x - centre[0], y - centre[1]
    one = np.arctan2(y - half[1], x - half[0])
    other = np.arctan2(y + half[1], x + half[0])
    twist = (one - other + np.pi) % (2 * np.pi) - np.pi
    fade = np.exp(-(((x**2 + y**2) / (0.62 * reach) ** 2) ** 2))
    patch = wave[y0:y1, x0:x1]
    # The ridges' direction has no sign of its own: borrow the centre's for the whole window.
    facing = normal[min(height - 1, max(0, int(centre[1]))), min(width - 1, max(0, int(centre[0])))]
    flipped = np.cos(normal[y0:y1, x0:x1] - facing) < 0
    turned = np.where(flipped, patch.conj(), patch) * np.exp(1j * twist * fade)
    wave[y0:y1, x0:x1] = np.where(flipped, turned.conj(), turned)

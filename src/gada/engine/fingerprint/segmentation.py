"""Where the ridges are: blocks of 16 pixels, each judged by the spectrum of the 32 pixels around it.

A fingerprint at 500 dpi is a plane wave almost everywhere: ridges repeat every 5 to 13 pixels, and
neighbouring blocks agree on direction and period. Paper, smudges and photographs do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint.parameters import (
    BLOCK_PIXELS,
    FEWEST_RIDGE_BLOCKS,
    LEAST_RIDGE_PURITY,
    LEAST_RIDGE_SHARE,
    LEAST_SPREAD,
    PALE_SPREAD,
    RIDGE_PERIOD_PIXELS,
    TOUCHED_DEVIATION,
    WINDOW_PIXELS,
)

_STEPS = ((0, 1), (1, 0), (0, -1), (-1, 0))


@dataclass(frozen=True, slots=True, eq=False)
class Ridges:
    """Per block of 16 pixels, float32[rows, columns]: `purity` 0..1 (share of the window's energy in its
    strongest wave), `period` in pixels, `direction` of the wave in radians 0..pi, `contrast` and `mean` in
    grey levels; bool[rows, columns]: `touched` blocks that show anything, `foreground` blocks that show ridges."""

    purity: NDArray[np.float32]
    period: NDArray[np.float32]
    direction: NDArray[np.float32]
    contrast: NDArray[np.float32]
    mean: NDArray[np.float32]
    touched: NDArray[np.bool_]
    foreground: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """Constants of the spectrum of one window; `n` frequencies."""

    taper: NDArray[np.float32]  # [window, window]
    ring: NDArray[np.float32]  # [n], 1 where ridges can be
    frequency: NDArray[np.float32]  # [n], per pixel
    turned: NDArray[np.complex64]  # [n], twice the direction as a unit vector
    near: NDArray[np.float32]  # [n, n], 1 where two frequencies belong to one wave


def measure_ridges(pixels: NDArray[np.uint8]) -> Ridges:
    """Spectra of all windows of a grey image at 500 dpi, uint8[height, width]; about 15 ms."""
    windows = _windows(pixels)
    frame = _frame()
    mean = windows.mean(axis=(2, 3))
    flat = windows - mean[:, :, None, None]
    contrast = flat.std(axis=(2, 3))
    energy = (np.abs(np.fft.rfft2(flat * frame.taper)) ** 2).reshape(*mean.shape, -1).astype(np.float32)
    strongest = np.argmax(energy * frame.ring, axis=2)
    around = _weighed(energy, frame.near[strongest])
    purity = around / np.maximum(energy.sum(axis=2), 1.0)
    in_ring = energy * frame.ring
    total = np.maximum(in_ring.sum(axis=2), 1e-6)
    period = total / np.maximum(_weighed(in_ring, frame.frequency), 1e-6)
    direction = np.arctan2(_weighed(in_ring, frame.turned.imag), _weighed(in_ring, frame.turned.real)) / 2
    peak = 1.0 / np.maximum(frame.frequency[strongest], 1e-6)
    touched = contrast > TOUCHED_DEVIATION * min(1.0, spread_of(pixels) / PALE_SPREAD)
    wave = (purity > LEAST_RIDGE_PURITY) & touched
    wave &= (peak >= RIDGE_PERIOD_PIXELS[0]) & (peak <= RIDGE_PERIOD_PIXELS[1])
    return Ridges(
        purity=purity.astype(np.float32),
        period=period.astype(np.float32),
        direction=(direction % np.pi).astype(np.float32),
        contrast=contrast.astype(np.float32),
        mean=mean.astype(np.float32),
        touched=touched,
        foreground=_supported(wave, direction.astype(np.float32), period.astype(np.float32)),
    )


def _weighed(energy: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sum over frequencies; not as a matrix product, whose threads would fight over the cores."""
    axes = "ijk,k->ij" if weight.ndim == 1 else "ijk,ijk->ij"
    total: NDArray[np.float32] = np.einsum(axes, energy, weight)
    return total


def _windows(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """float32[rows, columns, 32, 32]: the window around each block of 16."""
    block, window = BLOCK_PIXELS, WINDOW_PIXELS
    margin = (window - block) // 2
    grown = [(margin, margin + -side % block) for side in pixels.shape]
    padded = np.pad(pixels, grown, mode="edge").astype(np.float32)
    return np.lib.stride_tricks.sliding_window_view(padded, (window, window))[::block, ::block]


def _supported(
    wave: NDArray[np.bool_], direction: NDArray[np.float32], period: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Waves of which at least two of the four neighbours are waves of like direction and period."""
    agreeing = np.zeros(wave.shape, np.int8)
    vector, pitch = np.exp(2j * direction), np.log(period)
    for step in _STEPS:
        turn = np.abs(np.angle(vector * np.conj(np.roll(vector, step, (0, 1))))) / 2
        stretch = np.abs(pitch - np.roll(pitch, step, (0, 1)))
        agreeing += wave & np.roll(wave, step, (0, 1)) & (turn < np.deg2rad(20)) & (stretch < 0.25)
    supported: NDArray[np.bool_] = agreeing >= 2
    return supported


def spread_of(pixels: NDArray[np.uint8]) -> int:
    """Grey levels between the darkest and the brightest, but for one pixel in two hundred at either end."""
    pixels_up_to = np.cumsum(np.bincount(pixels.ravel(), minlength=256))
    low, high = np.searchsorted(pixels_up_to, (0.005 * pixels.size, 0.995 * pixels.size))
    return int(high - low)


def is_fingerprint(pixels: NDArray[np.uint8]) -> bool:
    """False for photographs, text and noise. Every readable real print must pass, however pale: it is a coarse gate."""
    if spread_of(pixels) < LEAST_SPREAD:
        return False
    ridges = measure_ridges(pixels)
    blocks = int(ridges.foreground.sum())
    return blocks >= FEWEST_RIDGE_BLOCKS and blocks >= LEAST_RIDGE_SHARE * int(ridges.touched.sum())


def foreground_box(
    ridges: Ridges, *, shape: tuple[int, int], margin_pixels: int
) -> tuple[int, int, int, int]:
    """Top, left, bottom, right in pixels around everything touched; the whole image when nothing was.

    Generous: a block missed costs minutiae (measured on capacitive prints: 3 points of error rate), a
    block too many costs a millisecond.
    """
    inside = _without_specks(ridges.touched)
    if not inside.any():
        return 0, 0, shape[0], shape[1]
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    top, left = int(rows[0]) * BLOCK_PIXELS - margin_pixels, int(columns[0]) * BLOCK_PIXELS - margin_pixels
    bottom, right = (
        (int(rows[-1]) + 1) * BLOCK_PIXELS + margin_pixels,
        (int(columns[-1]) + 1) * BLOCK_PIXELS + margin_pixels,
    )
    return max(top, 0), max(left, 0), min(bottom, shape[0]), min(right, shape[1])


def _without_specks(blocks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Blocks with at least three of their eight neighbours."""
    padded = np.pad(blocks, 1).astype(np.int8)
    around = np.lib.stride_tricks.sliding_window_view(padded, (3, 3)).sum(axis=(2, 3))
    crowded: NDArray[np.bool_] = blocks & (around >= 4)
    return crowded


@cache
def _frame() -> _Frame:
    window = WINDOW_PIXELS
    edge = np.hanning(window + 2)[1:-1]
    down, across = np.meshgrid(np.fft.fftfreq(window), np.fft.rfftfreq(window), indexing="ij")
    frequency = np.hypot(down, across).ravel()
    ring = (frequency >= 1 / 16.5) & (frequency <= 1 / 3.8)
    index_down, index_across = np.rint(down.ravel() * window), np.rint(across.ravel() * window)
    gap_down = np.abs(index_down[:, None] - index_down)
    gap_down = np.minimum(gap_down, window - gap_down)
    near = (gap_down <= 2) & (np.abs(index_across[:, None] - index_across) <= 2)
    near &= (frequency >= 1.8 / window)[:, None]  # slow shading is what photographs are made of
    turned = np.exp(2j * np.arctan2(down.ravel(), across.ravel()))
    return _Frame(
        taper=np.outer(edge, edge).astype(np.float32),
        ring=ring.astype(np.float32),
        frequency=frequency.astype(np.float32),
        turned=turned.astype(np.complex64),
        near=near.astype(np.float32),
    )

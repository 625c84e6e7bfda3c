"""Where the ridges are. Blocks of 16 pixels, judged in overlapping windows of 32 by their spectrum.

A fingerprint at 500 dpi is a plane wave almost everywhere: ridges repeat every 6 to 14 pixels in one
direction. The share of a window's energy near its strongest such wave separates ridges from paper,
smudges and photographs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

BLOCK = 16
WINDOW = 32
SHORTEST_PERIOD, LONGEST_PERIOD = 3.8, 16.5
RIDGE_PURITY = 0.45  # measured: half of the blocks of real prints exceed 0.6, photographs 0.3
TOUCHED_DEVIATION = 6.0  # a finger, however faint
FLAT_DEVIATION = 3.0  # grey levels: below it a window shows nothing
FEWEST_RIDGE_BLOCKS = 20  # 20 blocks of 0.8 mm: a partial print of 13 square millimetres


@dataclass(frozen=True, slots=True, eq=False)
class Ridges:
    """Per block of 16 pixels: `purity` 0..1, `period` in pixels, `contrast` and `mean` in grey levels."""

    purity: NDArray[np.float32]
    period: NDArray[np.float32]
    contrast: NDArray[np.float32]
    mean: NDArray[np.float32]

    @property
    def foreground(self) -> NDArray[np.bool_]:
        """Blocks that show ridges."""
        return (self.purity > RIDGE_PURITY) & (self.contrast > FLAT_DEVIATION)


def measure_ridges(pixels: NDArray[np.uint8]) -> Ridges:
    """Spectra of all windows of a grey image at 500 dpi, uint8[height, width]."""
    margin = (WINDOW - BLOCK) // 2
    height, width = (-(-side // BLOCK) * BLOCK for side in pixels.shape)
    grown = ((margin, margin + height - pixels.shape[0]), (margin, margin + width - pixels.shape[1]))
    padded = np.pad(pixels, grown, mode="edge").astype(np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (WINDOW, WINDOW))[::BLOCK, ::BLOCK]
    mean = windows.mean(axis=(2, 3))
    flat = windows - mean[:, :, None, None]
    contrast = flat.std(axis=(2, 3))
    taper, ring, period, near = _spectral_frame()
    spectrum = np.abs(np.fft.rfft2(flat * taper)) ** 2
    energy = spectrum.reshape(*mean.shape, -1)
    strongest = np.argmax(energy * ring, axis=2)
    around = np.take_along_axis(energy @ near, strongest[:, :, None], axis=2)[:, :, 0]
    purity = around / np.maximum(energy.sum(axis=2), 1.0)
    return Ridges(
        purity.astype(np.float32), period[strongest], contrast.astype(np.float32), mean.astype(np.float32)
    )


def has_contrast(pixels: NDArray[np.uint8]) -> bool:
    """False for a blank image: nothing but paper, or one tone."""
    return float(np.percentile(pixels, 99.5)) - float(np.percentile(pixels, 0.5)) >= 12.0


def is_fingerprint(pixels: NDArray[np.uint8]) -> bool:
    """False for photographs, text and noise. Every readable real print must pass: it is a coarse gate."""
    ridges = measure_ridges(pixels)
    foreground = ridges.foreground
    textured = (ridges.contrast > 2 * FLAT_DEVIATION).sum()
    return bool(foreground.sum() >= FEWEST_RIDGE_BLOCKS and foreground.sum() >= 0.2 * textured)


def foreground_box(
    ridges: Ridges, *, shape: tuple[int, int], margin_pixels: int
) -> tuple[int, int, int, int]:
    """Top, left, bottom, right in pixels around everything touched; the whole image when nothing was.

    Generous: a block missed costs minutiae (measured on capacitive prints: 3 points of error rate), a
    block too many costs a millisecond.
    """
    inside = _without_specks(ridges.contrast > TOUCHED_DEVIATION)
    if not inside.any():
        return 0, 0, shape[0], shape[1]
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    top, left = int(rows[0]) * BLOCK - margin_pixels, int(columns[0]) * BLOCK - margin_pixels
    bottom, right = (
        (int(rows[-1]) + 1) * BLOCK + margin_pixels,
        (int(columns[-1]) + 1) * BLOCK + margin_pixels,
    )
    return max(top, 0), max(left, 0), min(bottom, shape[0]), min(right, shape[1])


def _without_specks(blocks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Blocks with at least three of their eight neighbours."""
    padded = np.pad(blocks, 1).astype(np.int8)
    around = np.lib.stride_tricks.sliding_window_view(padded, (3, 3)).sum(axis=(2, 3))
    crowded: NDArray[np.bool_] = blocks & (around >= 4)
    return crowded


@cache
def _spectral_frame() -> tuple[
    NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]
]:
    """Window taper; the ring of ridge frequencies; period per frequency; which frequencies are near which."""
    edge = np.hanning(WINDOW + 2)[1:-1]
    down, across = np.meshgrid(np.fft.fftfreq(WINDOW), np.fft.rfftfreq(WINDOW), indexing="ij")
    frequency = np.hypot(down, across).ravel()
    period = np.where(frequency > 0, 1.0 / np.maximum(frequency, 1e-6), 1e6)
    ring = (period >= SHORTEST_PERIOD) & (period <= LONGEST_PERIOD)
    index_down = np.rint(down.ravel() * WINDOW)[:, None]
    index_across = np.rint(across.ravel() * WINDOW)[:, None]
    gap_down = np.abs(index_down - index_down.T)
    gap_down = np.minimum(gap_down, WINDOW - gap_down)
    near = (gap_down <= 2) & (np.abs(index_across - index_across.T) <= 2)
    as_float = np.float32
    return (
        np.outer(edge, edge).astype(as_float),
        ring.astype(as_float),
        period.astype(as_float),
        near.astype(as_float),
    )

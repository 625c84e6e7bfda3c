"""How good an impression is, 0..100, and what to do about it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint.segmentation import Ridges, measure_ridges
from gada.engine.fingerprint.template import FingerprintImage, Quality

ADVICE: Final = {
    "good": "The print is good.",
    "not-a-finger": "No ridges can be seen. Clean the scanner and place the finger again.",
    "partial": "Only part of the finger was captured. Place the whole fingertip in the middle.",
    "too-light": "The print is too light. Press a little more firmly.",
    "too-dark": "The print is too dark. Press more lightly, or dry the finger and the scanner.",
    "too-dry": "The finger is too dry. Moisten it slightly or breathe on it, then place it again.",
    "moved": "The finger moved. Hold it still and place it again.",
}
GOOD_AT_LEAST: Final = 50
_FULL_BLOCKS: Final = 230  # 15 x 15 mm of ridges: a whole fingertip on a small scanner


def measure_quality(image: FingerprintImage) -> Quality:
    """Quality of an image at 500 dpi; about 15 ms."""
    return grade(image.pixels, ridges=measure_ridges(image.pixels))


def grade(pixels: NDArray[np.uint8], *, ridges: Ridges) -> Quality:
    """Quality from ridges already measured: clear ridge area, times how clear it is."""
    foreground = ridges.foreground
    blocks = int(foreground.sum())
    if blocks < 12:
        return Quality(0, "not-a-finger")
    clarity = float(np.clip((ridges.purity[foreground].mean() - 0.40) / 0.35, 0, 1))
    area = min(1.0, blocks / _FULL_BLOCKS)
    contrast = float(np.clip(ridges.contrast[foreground].mean() / 25.0, 0, 1))
    touched = ridges.contrast > 6.0
    kept = blocks / max(int(touched.sum()), 1)
    value = round(100 * area**0.6 * clarity**0.6 * contrast**0.6 * min(1.0, kept + 0.25))
    return Quality(value, _advice(pixels, ridges, value, area=area, clarity=clarity, kept=kept))


def _advice(
    pixels: NDArray[np.uint8], ridges: Ridges, value: int, *, area: float, clarity: float, kept: float
) -> str:
    if value >= GOOD_AT_LEAST:
        return "good"
    foreground = ridges.foreground
    tone, contrast = float(ridges.mean[foreground].mean()), float(ridges.contrast[foreground].mean())
    if contrast < 15.0:
        return "too-light" if tone > 128 else "too-dark"
    if area < 0.5 and kept > 0.6:
        return "partial"
    if tone < 80:
        return "too-dark"
    if tone > 190:
        return "too-dry"
    return "moved" if kept < 0.4 or clarity < 0.3 else "partial"

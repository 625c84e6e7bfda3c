"""How good an impression is, 0..100, and what to do about it.

What lets a finger be found again is how many minutiae it shows and how surely: the sum of their confidences
foretells the scores of its mates far better than area, clarity and contrast of its ridges do (rank correlation over
2940 real pairs of FVC2002 and U.are.U 0.87, against 0.64; folder by folder 0.73 to 0.89, against 0.22 to 0.63). So
the value comes from the minutiae, and the ridges only say what went wrong. `gada fingerprint pool` shows what
discarding by it gains.
"""

from __future__ import annotations

from math import exp
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint.parameters import BLOCK_PIXELS, FEWEST_MINUTIAE
from gada.engine.fingerprint.segmentation import Ridges
from gada.engine.fingerprint.template import Quality

ADVICE: Final = {
    "good": "The print is good.",
    "not-a-finger": "No ridges can be seen. Clean the scanner and place the finger again.",
    "several-fingers": "There is more than one finger in the image. Place a single finger in the middle.",
    "partial": "Only part of the finger was captured. Place the whole fingertip in the middle.",
    "too-light": "The print is too light. Press a little more firmly.",
    "too-dark": "The print is too dark. Press more lightly, or dry the finger and the scanner.",
    "too-dry": "The finger is too dry. Moisten it slightly or breathe on it, then place it again.",
    "moved": "The finger moved. Hold it still and place it again.",
}
GOOD_AT_LEAST: Final = 50
SURE_MINUTIAE: Final = 30.0
"""As many fully sure minutiae make a quality of 63, twice as many 86. It orders nothing, the scale of ISO/IEC 29794-1
asks for it; chosen so that good begins where mates are safe: of 598 real pairs whose worse side has 16 to 24 (41 to 55)
even the lowest scores 1.5 times what one pair of strangers in ten thousand reaches."""
SHARP: Final = 0.17
"""Least sharpness of a finger that was held still: of 840 real prints none has less than 0.177, and none of 129 that
were smeared over 9 or 13 pixels more than 0.169."""
_FEWEST_BLOCKS: Final = 12
_SECOND_FINGER_BLOCKS: Final = 80
"""Blocks of ridges apart from the largest piece that are a finger of their own: of 840 real prints none has more than
61 in one piece, of 40 pairs of them side by side 39 have 96 and more."""
_TOUCHED_BLOCKS: Final = 240  # 159 square millimetres: a whole fingertip and what surrounds it
_RIDGED_BLOCKS: Final = 210
_FAINT: Final = 15.0  # grey levels of deviation
_DARK, _BRIGHT = 80.0, 190.0  # mean grey level of ridges and valleys
_UNBROKEN: Final = 0.6  # purity of waves


def grade(pixels: NDArray[np.uint8], ridges: Ridges, confidence: NDArray[np.float32]) -> Quality:
    """Quality of a grey image uint8[height, width], by its ridges and the confidences float32[n] 0..1 of its minutiae.

    What moved shows minutiae that are none: there the value falls with sharpness. Several fingers at once are never
    good, however clear: nobody can tell whose minutiae are whose.
    """
    if int(ridges.foreground.sum()) < _FEWEST_BLOCKS:
        return Quality(0, "not-a-finger")
    several = _second_piece(ridges.foreground) >= _SECOND_FINGER_BLOCKS
    still = min(1.0, _sharpness(pixels, ridges) / SHARP)
    enough = len(confidence) >= FEWEST_MINUTIAE  # fewer are never compared
    value = round(100 * still * (1 - exp(-float(confidence.sum()) / SURE_MINUTIAE))) if enough else 0
    if several:
        return Quality(min(value, GOOD_AT_LEAST - 1), "several-fingers")
    if value >= GOOD_AT_LEAST:
        return Quality(value, "good")
    return Quality(value, "moved" if still < 1 else _advice(ridges))


def _second_piece(blocks: NDArray[np.bool_]) -> int:
    """Size of the second largest connected piece."""
    from scipy.ndimage import label  # here: loading it takes a fifth of the start of every command

    pieces, _ = label(blocks)
    sizes = np.sort(np.bincount(pieces.ravel())[1:])
    return int(sizes[-2]) if len(sizes) > 1 else 0


def _sharpness(pixels: NDArray[np.uint8], ridges: Ridges) -> float:
    """Mean second difference along the axis where it is less, over the contrast: both on ridges."""
    ridged = ridges.foreground.repeat(BLOCK_PIXELS, 0).repeat(BLOCK_PIXELS, 1)[: pixels.shape[0], : pixels.shape[1]]
    grey = pixels.astype(np.int16)
    down = np.abs(np.diff(grey, 2, axis=0))[ridged[1:-1]].mean()
    across = np.abs(np.diff(grey, 2, axis=1))[ridged[:, 1:-1]].mean()
    return float(min(down, across) / ridges.contrast[ridges.foreground].mean())


def _advice(ridges: Ridges) -> str:
    """What may have kept minutiae from being seen."""
    ridged = ridges.foreground
    blocks, touched = int(ridged.sum()), int(ridges.touched.sum())
    tone, contrast = float(ridges.mean[ridged].mean()), float(ridges.contrast[ridged].mean())
    if contrast < _FAINT and tone > _BRIGHT:
        return "too-light"
    if contrast < _FAINT and tone < _DARK:
        return "too-dark"
    if touched < _TOUCHED_BLOCKS:
        return "partial"
    if tone < _DARK:
        return "too-dark"
    if float(ridges.purity[ridged].mean()) < _UNBROKEN or blocks < 0.5 * touched:
        return "too-dry"  # ridges in pieces; worn and scratched skin looks the same, and moisture helps it too
    return "good" if blocks >= _RIDGED_BLOCKS else "partial"  # some whole fingers have few minutiae

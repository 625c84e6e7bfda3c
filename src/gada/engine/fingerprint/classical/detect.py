"""The whole way from grey pixels to minutiae with confidence."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint.classical.confidence import judge, properties
from gada.engine.fingerprint.classical.dislocations import Dislocations, find_dislocations
from gada.engine.fingerprint.classical.fields import guess_fields, normalise, read_fields, touched_grid
from gada.engine.fingerprint.classical.filtering import filter_waves
from gada.engine.fingerprint.found import Found
from gada.engine.fingerprint.segmentation import Ridges


def find(pixels: NDArray[np.uint8], ridges: Ridges, *, threshold: float) -> Found:
    """Minutiae of a grey image uint8[height, width] at 500 dpi, whose blocks are `ridges`, from a confidence on."""
    spots, measured = measure(pixels, ridges)
    return found_of(spots, judge(measured), pixels.shape, threshold=threshold)


def found_of(
    spots: Dislocations, confidence: NDArray[np.float32], shape: tuple[int, ...], *, threshold: float
) -> Found:
    """The sure ones of some dislocations with their confidence float32[n], at whole pixels: one a pixel, the surest."""
    y = np.clip(np.rint(spots.y), 0, shape[0] - 1).astype(np.int64)
    x = np.clip(np.rint(spots.x), 0, shape[1] - 1).astype(np.int64)
    best = np.lexsort((x, y, -confidence))
    best = best[confidence[best] >= threshold]
    best = best[np.unique(y[best] * shape[1] + x[best], return_index=True)[1]]
    y, x = y[best], x[best]
    places = np.zeros(shape, np.float32)
    places[y, x] = confidence[best]
    return Found(places, y, x, spots.direction[best], spots.ending[best].astype(np.float32))


def measure(pixels: NDArray[np.uint8], ridges: Ridges) -> tuple[Dislocations, NDArray[np.float32]]:
    """Every dislocation, true and false, and its properties float32[n, k] as `confidence` takes them."""
    flat, touched = normalise(pixels), touched_grid(ridges, pixels.shape)
    fields = guess_fields(flat, ridges, touched)
    waves = filter_waves(flat, fields, touched)
    fields = read_fields(waves.wave, waves.vectors, touched)
    waves = filter_waves(flat, fields, touched)
    spots = find_dislocations(waves, fields, touched)
    return spots, properties(spots, waves, fields, ridges)

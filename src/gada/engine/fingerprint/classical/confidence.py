"""How sure a dislocation is a minutia: a logistic regression of what its surroundings look like.

Fitted by `python -m bench.extractors` on the question whether LEADER sees it too (with 0.4 or more, within 10
pixels and 30 degrees); with each folder left out it answers as well, see docs/fingerprint.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint.classical import parameters as p
from gada.engine.fingerprint.classical.dislocations import Dislocations
from gada.engine.fingerprint.classical.fields import Fields, sample
from gada.engine.fingerprint.classical.filtering import Waves
from gada.engine.fingerprint.parameters import BLOCK_PIXELS
from gada.engine.fingerprint.segmentation import Ridges

PROPERTIES: Final = (
    "strength near, squared", "strength around", "strength around, squared", "slope", "coherence", "purity",
    "contrast", "neighbour", "crowd", "period",
)  # fmt: skip
WEIGHTS: Final = (2.792, 19.306, -8.849, 1.666, 5.121, -2.572, -2.781, -4.475, -1.514, -5.037)
OFFSET: Final = -5.616
_AROUND: Final = np.arange(12) * (np.pi / 6)


def judge(
    measured: NDArray[np.float32], weights: Sequence[float] = WEIGHTS, offset: float = OFFSET
) -> NDArray[np.float32]:
    """Confidence 0..1, float32[n], from properties float32[n, 10]."""
    logit = measured @ np.array(weights, np.float32) + np.float32(offset)
    sure: NDArray[np.float32] = 1 / (1 + np.exp(-np.clip(logit, -30, 30)))
    return sure


def properties(spots: Dislocations, waves: Waves, fields: Fields, ridges: Ridges) -> NDArray[np.float32]:
    """What each spot's surroundings look like, float32[n, 10], in the order of `PROPERTIES`."""
    period = sample(fields.period, spots.row, spots.column)
    strength: NDArray[np.float32] = np.hypot(waves.wave[0], waves.wave[1])
    near, around = (_on_ring(strength, spots, period * np.float32(far / p.GRID_PIXELS)) for far in p.RING_PERIODS)
    row, column = ((place - (BLOCK_PIXELS - 1) / 2) / BLOCK_PIXELS for place in (spots.y, spots.x))
    gaps = np.hypot(spots.x[:, None] - spots.x, spots.y[:, None] - spots.y)
    np.fill_diagonal(gaps, np.inf)
    columns = (
        near**2,
        around,
        around**2,
        np.minimum(spots.slope, 1.5),
        sample(fields.coherence, spots.row, spots.column),
        sample(ridges.purity, row, column),
        np.minimum(sample(ridges.contrast, row, column), p.MOST_CONTRAST) / p.MOST_CONTRAST,
        np.exp(-gaps.min(axis=1, initial=np.inf) / p.NEIGHBOUR_PIXELS),
        (gaps < p.CROWD_PIXELS).sum(axis=1) / 20,
        period / 8,
    )
    return np.column_stack(columns).astype(np.float32)


def _on_ring(
    strength: NDArray[np.float32], spots: Dislocations, radius: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Mean strength of the wave on a circle around each spot."""
    row = spots.row[:, None] + radius[:, None] * np.sin(_AROUND)
    column = spots.column[:, None] + radius[:, None] * np.cos(_AROUND)
    mean: NDArray[np.float32] = sample(strength, row, column).mean(axis=1)
    return mean

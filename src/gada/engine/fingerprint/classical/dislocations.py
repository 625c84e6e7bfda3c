"""Where the phase of the ridge wave turns once around: there one wave more begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint.classical import _kernels
from gada.engine.fingerprint.classical import parameters as p
from gada.engine.fingerprint.classical.fields import Fields, sample
from gada.engine.fingerprint.classical.filtering import Waves

Floats = NDArray[np.float32]
_MOST: Final = 4096  # of one image; hardly any has 300
_AHEAD_PERIODS: Final = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Dislocations:
    """Of n places, float32[n]: `row` and `column` on the grid, `y` and `x` in pixels, `direction` in radians as
    ISO/IEC 19794-2 has it, towards the side with one ridge more; `slope`, how steeply the wave rises from there;
    `ending` bool[n]: a ridge begins there, not a valley."""

    row: Floats
    column: Floats
    direction: Floats
    slope: Floats
    ending: NDArray[np.bool_]

    @property
    def y(self) -> Floats:
        """Pixels from the top."""
        return self.row * p.GRID_PIXELS + p.GRID_PIXELS // 2

    @property
    def x(self) -> Floats:
        """Pixels from the left."""
        return self.column * p.GRID_PIXELS + p.GRID_PIXELS // 2


def find_dislocations(waves: Waves, fields: Fields, touched: NDArray[np.bool_]) -> Dislocations:
    """All of them, true and false."""
    found = np.zeros((_MOST, 6), np.float32)
    count = _kernels.find_turns(waves.wave, waves.vectors, touched, p.GRID_PIXELS, found)
    row, column, turn, across, down, slope = found[:count].T
    direction = np.arctan2(turn * across, turn * down)  # y runs down here, up in the standard
    period = sample(fields.period, row, column) / p.GRID_PIXELS
    ahead = _AHEAD_PERIODS * period
    bright = sample(waves.wave[0], row - ahead * np.sin(direction), column + ahead * np.cos(direction))
    return Dislocations(row, column, direction % (2 * np.pi), np.sqrt(slope) * period, bright < 0)

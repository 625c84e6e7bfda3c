"""What an extractor finds in an image, before it becomes a template."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """`confidence` float32[height, width], 0 but at peaks; the peaks wanted at y, x int64[n], with
    `direction` float32[n] in radians and `ending` float32[n], at least 0.5 for an ending."""

    confidence: NDArray[np.float32]
    y: NDArray[np.int64]
    x: NDArray[np.int64]
    direction: NDArray[np.float32]
    ending: NDArray[np.float32]

    @property
    def values(self) -> NDArray[np.float32]:
        """Confidence of each minutia, float32[n]."""
        return self.confidence[self.y, self.x]

    def within(self, top: int, left: int, height: int, width: int) -> Found:
        """What lies in this part of the image, counted from its corner."""
        y, x = self.y - top, self.x - left
        inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        part = self.confidence[top : top + height, left : left + width]
        return Found(part, y[inside], x[inside], self.direction[inside], self.ending[inside])

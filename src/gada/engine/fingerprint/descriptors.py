"""Cylinders: what surrounds each of the 32 best minutiae, as bits, turned to its direction."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import erf, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint import _kernels, parameters
from gada.engine.fingerprint.template import Template


@dataclass(frozen=True, slots=True, eq=False)
class Descriptors:
    """`words` uint64[k, 7], `density` float32[k] set bits per valid cell, `spots` int16[k, 3].

    k is at most 32. Row i belongs to minutia i of the template; spots hold x, y and the angle's step.
    """

    words: NDArray[np.uint64]
    density: NDArray[np.float32]
    spots: NDArray[np.int16]

    def __len__(self) -> int:
        return int(self.words.shape[0])

    def best(self, count: int) -> Descriptors:
        """The first `count`: minutiae stand in order of quality."""
        return Descriptors(self.words[:count], self.density[:count], self.spots[:count])

    @property
    def places(self) -> NDArray[np.float32]:
        """x, y, the angle in radians, its cosine and sine, float32[k, 5]."""
        x, y, step = self.spots.astype(np.float32).T
        radians = step * np.float32(2 * pi / 256)
        return np.stack((x, y, radians, np.cos(radians), np.sin(radians)), axis=1)


def describe(template: Template) -> Descriptors:
    """Descriptors of a template; made once per template object, about 0.1 ms."""
    made = template.memo.get(parameters.ALGORITHM)
    if isinstance(made, Descriptors):
        return made
    descriptors = _describe(template)
    template.memo[parameters.ALGORITHM] = descriptors
    return descriptors


def _describe(template: Template) -> Descriptors:
    near = slice(0, parameters.NEIGHBOURS)
    x, y = template.x[near].astype(np.float32), template.y[near].astype(np.float32)
    angle = np.ascontiguousarray(template.angle[near])
    count = min(len(template), parameters.BEST_MINUTIAE)
    words = np.zeros((count, parameters.WORDS), np.uint64)
    density = np.zeros(count, np.float32)
    if count:
        hull = convex_hull(x, y)
        _kernels.fill_cylinders(x, y, angle, hull, share_by_direction(), cylinder_settings(), words, density)
    return Descriptors(words, density, spots_of(template))


def spots_of(template: Template) -> NDArray[np.int16]:
    """x, y and angle step of the minutiae that have a cylinder, int16[k, 3]."""
    best = slice(0, parameters.BEST_MINUTIAE)
    return np.stack((template.x[best], template.y[best], template.angle[best]), axis=1).astype(np.int16)


def cylinder_settings() -> NDArray[np.float32]:
    """Radius, sigma, bit threshold and hull margin, as the kernel takes them."""
    chosen = (
        parameters.RADIUS_PIXELS,
        parameters.SIGMA_SPACE_PIXELS,
        parameters.BIT_THRESHOLD,
        parameters.HULL_MARGIN_PIXELS,
    )
    return np.array(chosen, np.float32)


@cache
def share_by_direction() -> NDArray[np.float32]:
    """float32[256, 6]: how much a neighbour turned by 256 steps gives to each section (MCC, eq. 7)."""
    width = 2 * pi / parameters.SECTIONS
    table = np.zeros((256, parameters.SECTIONS), np.float32)
    for step in range(256):
        for section in range(parameters.SECTIONS):
            centre = -pi + (section + 0.5) * width
            gap = (step * 2 * pi / 256 - centre + pi) % (2 * pi) - pi
            spread = parameters.SIGMA_DIRECTION_RADIANS * sqrt(2)
            table[step, section] = 0.5 * (erf((gap + width / 2) / spread) - erf((gap - width / 2) / spread))
    return table


def convex_hull(x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
    """Corners of the convex hull of at least one point, counter-clockwise in (x, y), float32[h, 2]."""
    points = np.stack((x, y), axis=1)[np.lexsort((y, x))]
    corners = np.empty((2 * len(points) + 1, 2), np.float32)
    return corners[: _kernels.trace_hull(points, corners)]

"""What the comparison needs of a template: a cylinder around each of its best minutiae, and where they lie.

A cylinder says in bits what surrounds a minutia, turned to its direction.
"""

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
    """Row i belongs to minutia i of the template; k is at most 96.

    `words` uint64[k, 7], `density` float32[k] set bits per valid cell; `places` float32[k, 5]: x, y upwards, the
    angle in radians, its cosine and sine; `confidence` float32[k] 0..1; `hull` float32[h, 2] around all places,
    counter-clockwise.
    """

    words: NDArray[np.uint64]
    density: NDArray[np.float32]
    places: NDArray[np.float32]
    confidence: NDArray[np.float32]
    hull: NDArray[np.float32]

    def __len__(self) -> int:
        return int(self.words.shape[0])

    @property
    def planes(self) -> NDArray[np.uint64]:
        """The words by plane, uint64[7, k]: the layout in which one cylinder is held against many."""
        return np.ascontiguousarray(self.words.T)


def describe(template: Template) -> Descriptors:
    """Descriptors of a template; made once per template object, about 0.1 ms."""
    made = template.memo.get(parameters.ALGORITHM)
    if isinstance(made, Descriptors):
        return made
    descriptors = _describe(template)
    template.memo[parameters.ALGORITHM] = descriptors
    return descriptors


def scan_descriptors(template: Template) -> tuple[NDArray[np.uint64], NDArray[np.float32]]:
    """What the scan needs of a template: the first 16 rows of `words` and `density` as `describe` makes them, or fewer.

    Nothing is kept; a quarter of the time of `describe`.
    """
    best = slice(0, parameters.COMPARED_MINUTIAE)
    x, y = template.x[best].astype(np.float32), template.y[best].astype(np.float32)
    count = min(len(x), parameters.SCAN_MINUTIAE)
    words, density = np.zeros((count, parameters.WORDS), np.uint64), np.zeros(count, np.float32)
    if count:
        angle = np.ascontiguousarray(template.angle[best])
        _kernels.fill_cylinders(
            x, y, angle, convex_hull(x, y), share_by_direction(), bell(), cylinder_settings(), words, density
        )
    return words, density


def _describe(template: Template) -> Descriptors:
    best = slice(0, parameters.COMPARED_MINUTIAE)
    x, y = template.x[best].astype(np.float32), template.y[best].astype(np.float32)
    count = len(x)
    made = Descriptors(
        words=np.zeros((count, parameters.WORDS), np.uint64),
        density=np.zeros(count, np.float32),
        places=np.zeros((count, 5), np.float32),
        confidence=np.zeros(count, np.float32),
        hull=np.zeros((0, 2), np.float32),
    )
    if not count:
        return made
    angle = np.ascontiguousarray(template.angle[best])
    hull = convex_hull(x, y)
    _kernels.fill_cylinders(
        x, y, angle, hull, share_by_direction(), bell(), cylinder_settings(), made.words, made.density
    )
    _kernels.fill_places(x, y, angle, made.places)
    made.confidence[:] = confidence_of(template.quality[best])
    upwards = np.ascontiguousarray(hull[::-1] * np.array([1, -1], np.float32))
    return Descriptors(made.words, made.density, made.places, made.confidence, upwards)


def confidence_of(quality: NDArray[np.integer]) -> NDArray[np.float32]:
    """float32[k] 0..1 from qualities 0..100, of which 0 says: not reported."""
    unreported = np.float32(parameters.UNREPORTED_CONFIDENCE)
    return np.where(quality == 0, unreported, quality.astype(np.float32) / np.float32(100))


def cylinder_settings() -> NDArray[np.float32]:
    """Radius, reach of a neighbour, steps of the bell, bit threshold and hull margin, as the kernel takes them."""
    chosen = (
        parameters.RADIUS_PIXELS,
        parameters.BELL_REACH * parameters.SIGMA_SPACE_PIXELS,
        parameters.BELL_STEPS,
        parameters.BIT_THRESHOLD,
        parameters.HULL_MARGIN_PIXELS,
    )
    return np.array(chosen, np.float32)


@cache
def bell() -> NDArray[np.float32]:
    """float32[steps, 8]: a neighbour's share along one axis of the cylinder, by its place on it (MCC, eq. 5).

    The product of both axes is the Gaussian; its height stands in both as a square root.
    """
    sigma, radius = parameters.SIGMA_SPACE_PIXELS, parameters.RADIUS_PIXELS
    reach = parameters.BELL_REACH * sigma
    steps = np.arange(int(2 * (radius + reach) * parameters.BELL_STEPS) + 2)
    place = steps / parameters.BELL_STEPS - (radius + reach)
    gap = (np.arange(parameters.CELLS_A_SIDE) - 3.5) * radius / 4 - place[:, None]
    height = 1 / sqrt(sigma * sqrt(2 * pi))
    return np.where(np.abs(gap) <= reach, height * np.exp(-gap * gap / (2 * sigma * sigma)), 0).astype(np.float32)


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

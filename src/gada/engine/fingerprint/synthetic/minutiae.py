"""Fingers at minutiae level: the same flows and the same touches, without growing a single ridge.

For galleries of a hundred thousand people. Angles follow the orientation field, so strangers resemble
each other as strangers do; what an extractor misses, invents and misplaces is drawn per impression.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint.synthetic import parameters as p
from gada.engine.fingerprint.synthetic.orientation import Flow, a_flow
from gada.engine.fingerprint.template import BIFURCATION, ENDING, Template

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class MinutiaeFinger:
    """A finger as its minutiae: places in pixels from the centre (y up), directions in radians,
    whether each is a bifurcation, and how surely it is found (0-1)."""

    seed: int
    flow: Flow
    x: Floats
    y: Floats
    direction: Floats
    forked: NDArray[np.bool_]
    sureness: Floats

    def impression(self, seed: int, *, noise: float | None = None, contact: float | None = None) -> Template:
        """The template of one touch, 320 x 400 pixels at 500 dpi, best minutiae first.

        `noise` 0 (clean) to 1 (hardly legible) and `contact` 0.4 (a corner) to 1 (the whole pad) are
        drawn from `seed` when left open. About 0.2 ms.
        """
        random = np.random.default_rng([0x7E39, self.seed, seed])
        drawn_noise, drawn_contact = float(random.beta(1.6, 4.6)), float(random.beta(5.5, 1.6))
        noise = drawn_noise if noise is None else noise
        contact = max(0.35, drawn_contact) if contact is None else contact
        return _touch(self, random, noise=noise, contact=contact)


def minutiae_finger(seed: int) -> MinutiaeFinger:
    """The minutiae-level finger of this seed (not the same finger as `a_finger(seed)`)."""
    random = np.random.default_rng([0x3147, seed])
    flow = a_flow(random)
    a, b = p.PAD_PIXELS
    x, y = _scattered(random)
    wanted = int(random.integers(*p.MINUTIAE_OF_A_FINGER))
    # More minutiae where the flow turns, as around cores and deltas.
    pull = sum(
        (np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 3200.0) for cx, cy in flow.cores + flow.deltas), 0.0 * x
    )
    chance = (1.0 + 1.5 * pull) * ((x / a) ** 2 + (y / b) ** 2 < 1.1)
    order = np.argsort(-chance * random.random(x.size) ** 0.5, kind="stable")[:wanted]
    x, y = x[order], y[order]
    direction = flow.at(x, y) + np.pi * random.integers(0, 2, x.size) + random.normal(0, 0.06, x.size)
    return MinutiaeFinger(
        seed=seed,
        flow=flow,
        x=x,
        y=y,
        direction=direction,
        forked=random.random(x.size) < 0.42,
        sureness=random.beta(6, 0.9, x.size),
    )


def _scattered(random: np.random.Generator) -> tuple[Floats, Floats]:
    a, b = p.PAD_PIXELS
    gx, gy = np.meshgrid(np.arange(-a, a + 1, p.GRID_PIXELS), np.arange(-b, b + 1, p.GRID_PIXELS))
    shift = random.uniform(-p.JITTER_PIXELS, p.JITTER_PIXELS, (2, gx.size))
    return gx.ravel() + shift[0], gy.ravel() + shift[1]


def _touch(finger: MinutiaeFinger, random: np.random.Generator, *, noise: float, contact: float) -> Template:
    angle, shift = random.normal(0, 0.12), random.normal(0, 13, 2)
    side, twist, push = random.uniform(0, 2 * np.pi), random.normal(0, 0.035), random.normal(0, 2.6, 2)
    count = finger.x.size
    found = random.random(count) < finger.sureness * (1 - 0.55 * noise)
    lift, size = (1 - contact) * 120.0, np.sqrt(contact)
    ox, oy = finger.x + lift * np.cos(side), finger.y + lift * np.sin(side)
    a, b = p.PAD_PIXELS
    found &= (np.abs(ox) / (a * size)) ** 2.4 + (np.abs(oy) / (b * size)) ** 2.4 < 1.0
    extra = int(random.poisson(2 + 14 * noise))
    ex, ey = random.uniform(-0.85, 0.85, (2, extra)) * np.array([[a], [b]]) * size
    x, y = np.concatenate([finger.x[found], ex]), np.concatenate([finger.y[found], ey])
    wrong = finger.flow.at(ex, ey) + np.pi * random.integers(0, 2, extra) + random.normal(0, 0.3, extra)
    direction = np.concatenate([finger.direction[found], wrong])
    sure = np.concatenate([finger.sureness[found], random.uniform(0.1, 0.6, extra)])
    forked = np.concatenate([finger.forked[found], random.random(extra) < 0.4])
    forked ^= random.random(forked.size) < 0.08 + 0.15 * noise
    slip = 1 / (1 + np.exp(-(np.hypot(x / 80.0, y / 105.0) - 1.0) / 0.25))
    x, y = x + slip * (push[0] - twist * y), y + slip * (push[1] + twist * x)
    spread = p.PLACE_ERROR_PIXELS * (0.6 + noise)
    px = np.cos(angle) * x - np.sin(angle) * y + shift[0] + random.normal(0, spread, x.size)
    py = np.sin(angle) * x + np.cos(angle) * y + shift[1] + random.normal(0, spread, x.size)
    direction = (
        direction + angle + twist * slip + random.normal(0, p.ANGLE_ERROR_RADIANS * (0.6 + noise), x.size)
    )
    quality = np.clip(100 * sure * (1 - 0.6 * noise) + random.normal(0, 7, x.size), 1, 100)
    return _template(
        px, py, direction, forked, quality, finger_quality=round(92 * (1 - noise) * contact**0.3)
    )


def _template(
    px: Floats,
    py: Floats,
    direction: Floats,
    forked: NDArray[np.bool_],
    quality: Floats,
    *,
    finger_quality: int,
) -> Template:
    width, height = p.IMPRESSION_WIDTH_PIXELS, p.IMPRESSION_HEIGHT_PIXELS
    x, y = np.rint(px + width / 2), np.rint(height / 2 - py)
    kept = np.flatnonzero((x >= 2) & (y >= 2) & (x < width - 2) & (y < height - 2))
    kept = kept[np.argsort(-quality[kept], kind="stable")]
    turns = np.rint(direction[kept] / (2 * np.pi) * 256).astype(np.int64) % 256
    return Template(
        width=width,
        height=height,
        x=x[kept].astype(np.int16),
        y=y[kept].astype(np.int16),
        angle=turns.astype(np.uint8),
        kind=np.where(forked[kept], BIFURCATION, ENDING).astype(np.uint8),
        quality=quality[kept].astype(np.uint8),
        finger_quality=max(1, min(100, finger_quality)),
    )

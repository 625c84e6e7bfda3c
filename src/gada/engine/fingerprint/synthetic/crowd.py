"""Millions of invented fingers: the model of `minutiae`, drawn for a whole block of fingers at once.

Every finger of a crowd is drawn for itself, flow, minutiae and touch; none is a copy of another. Only the order of
drawing differs from `minutiae`, so the statistics are the same and the fingers are not. A block of 256 comes from one
generator: one finger costs a tenth of a millisecond, and a second touch of a finger means drawing its block again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint.synthetic import parameters as p
from gada.engine.fingerprint.template import BIFURCATION, ENDING, Template

BLOCK: Final = 256
_MOST_EXTRA: Final = 40  # false minutiae of one touch: drawn from a Poisson law of mean 16 at most

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Flows:
    """The orientation fields of a block of n fingers (see `orientation.Flow`): points float64[n, 4, 2], two cores and
    two deltas; `turn` float64[n, 4]: 0.5 at a core, -0.5 at a delta, 0 where there is none; bend float64[n, 4]:
    strength, width, centre, height; waves float64[n, 4, 4]: amplitude, kx, ky, phase."""

    points: Floats
    turn: Floats
    bend: Floats
    waves: Floats

    def at(self, x: Floats, y: Floats) -> Floats:
        """Ridge orientation in radians at places float64[n, k], modulo pi."""
        strength, width, centre, height = (column[:, None] for column in self.bend.T)
        theta: Floats = -strength * np.tanh(x / width) * np.exp(-(((y - centre) / height) ** 2))
        for number in range(4):
            px, py = self.points[:, number, 0, None], self.points[:, number, 1, None]
            theta += self.turn[:, number, None] * np.arctan2(y - py, x - px)
            amplitude, kx, ky, phase = (column[:, None] for column in self.waves[:, number].T)
            theta += amplitude * np.sin(kx * x + ky * y + phase)
        return theta


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """n fingers as their minutiae, float64[n, k]; `real` bool[n, k] says which of the k places are taken."""

    flows: Flows
    x: Floats
    y: Floats
    direction: Floats
    forked: Truths
    sureness: Floats
    real: Truths


def crowd_impressions(block: int, *, touch: int = 1) -> list[Template]:
    """The 256 templates of one touch of every finger of a block, 320 x 400 pixels at 500 dpi; about 25 ms.

    The same block and touch give the same templates; another touch is another impression of the same fingers.
    """
    fingers = _fingers(np.random.default_rng([0xC20D, block]))
    return _touched(fingers, np.random.default_rng([0xC20D, block, touch]))


def _flows(random: np.random.Generator) -> Flows:
    """Shares of the classes, places and bends as in `orientation.a_flow`."""
    kinds = np.searchsorted(np.cumsum(list(p.CLASS_SHARES.values())), random.random(BLOCK))
    arch, tented, left, right, whorl = (kinds == number for number in range(5))
    points, turn = np.zeros((BLOCK, 4, 2)), np.zeros((BLOCK, 4))
    spread = random.normal(0, 1, (BLOCK, 4, 2))
    low, high = random.uniform(60, 95, BLOCK), random.uniform(16, 62, BLOCK)
    core = np.array([0.0, 25.0]) + 15 * spread[:, 0]
    core[tented] -= (0.0, 20.0)
    core[whorl] += (0.0, 15.0)
    points[:, 0] = core
    points[:, 1] = core + np.stack((9 * spread[:, 1, 0], -high), axis=1)
    points[:, 2] = np.array([-112.0, -95.0]) + 15 * spread[:, 2]
    points[:, 3] = np.array([112.0, -95.0]) + 15 * spread[:, 3]
    points[left, 2] = np.array([90.0, -105.0]) + 19 * spread[left, 2]
    points[right, 2] = np.array([-90.0, -105.0]) + 19 * spread[right, 2]
    points[tented, 2] = core[tented] + np.stack((6 * spread[tented, 2, 0], -low[tented]), axis=1)
    turn[~arch, 0], turn[~arch, 2] = 0.5, -0.5
    turn[whorl, 1], turn[whorl, 3] = 0.5, -0.5
    bend = np.stack(
        (
            np.where(arch, 0.75, 0.55) * random.uniform(0.8, 1.25, BLOCK),
            random.uniform(60, 95, BLOCK),
            random.uniform(0, 50, BLOCK),
            random.uniform(130, 190, BLOCK),
        ),
        axis=1,
    )
    waves = random.normal(0, (0.075, 0.012, 0.012), (BLOCK, 4, 3))
    phase = random.uniform(0, 2 * np.pi, (BLOCK, 4, 1))
    return Flows(points, turn, bend, np.concatenate((waves, phase), axis=2))


def _fingers(random: np.random.Generator) -> Block:
    """As `minutiae.minutiae_finger`: minutiae on a jittered grid, more of them where the flow turns."""
    flows = _flows(random)
    a, b = p.PAD_PIXELS
    gx, gy = np.meshgrid(np.arange(-a, a + 1, p.GRID_PIXELS), np.arange(-b, b + 1, p.GRID_PIXELS))
    jitter = random.uniform(-p.JITTER_PIXELS, p.JITTER_PIXELS, (2, BLOCK, gx.size))
    x, y = gx.ravel() + jitter[0], gy.ravel() + jitter[1]
    most = p.MINUTIAE_OF_A_FINGER[1] - 1
    wanted = random.integers(*p.MINUTIAE_OF_A_FINGER, BLOCK)
    pull = np.zeros_like(x)
    for number in range(4):
        square = (x - flows.points[:, number, 0, None]) ** 2 + (y - flows.points[:, number, 1, None]) ** 2
        pull += (flows.turn[:, number, None] != 0) * np.exp(-square / 3200.0)
    chance = (1.0 + 1.5 * pull) * ((x / a) ** 2 + (y / b) ** 2 < 1.1)
    order = np.argsort(-chance * np.sqrt(random.random(x.shape)), axis=1)[:, :most]
    x, y = np.take_along_axis(x, order, axis=1), np.take_along_axis(y, order, axis=1)
    direction = flows.at(x, y) + np.pi * random.integers(0, 2, x.shape) + random.normal(0, 0.06, x.shape)
    return Block(
        flows=flows,
        x=x,
        y=y,
        direction=direction,
        forked=random.random(x.shape) < 0.42,
        sureness=random.beta(6, 0.9, x.shape),
        real=np.arange(most) < wanted[:, None],
    )


def _touched(block: Block, random: np.random.Generator) -> list[Template]:
    """As `minutiae.MinutiaeFinger.impression`: what is lost, invented and moved, drawn for each finger."""
    a, b = p.PAD_PIXELS
    noise, contact = random.beta(1.6, 4.6, (BLOCK, 1)), np.maximum(0.35, random.beta(5.5, 1.6, (BLOCK, 1)))
    turned, shift = random.normal(0, 0.12, (BLOCK, 1)), random.normal(0, 13, (2, BLOCK, 1))
    side = random.uniform(0, 2 * np.pi, (BLOCK, 1))
    twist, push = random.normal(0, 0.035, (BLOCK, 1)), random.normal(0, 2.6, (2, BLOCK, 1))
    lift, size = (1 - contact) * 120.0, np.sqrt(contact)
    there = (np.abs((block.x + lift * np.cos(side)) / (a * size))) ** 2.4
    there += (np.abs((block.y + lift * np.sin(side)) / (b * size))) ** 2.4
    found = block.real & (random.random(block.x.shape) < block.sureness * (1 - 0.55 * noise)) & (there < 1.0)
    extra = np.arange(_MOST_EXTRA) < random.poisson(2 + 14 * noise)
    ex, ey = random.uniform(-0.85, 0.85, (2, BLOCK, _MOST_EXTRA)) * np.array([a, b])[:, None, None] * size
    wrong = block.flows.at(ex, ey) + np.pi * random.integers(0, 2, ex.shape) + random.normal(0, 0.3, ex.shape)
    kept = np.concatenate((found, extra), axis=1)
    x, y = np.concatenate((block.x, ex), axis=1), np.concatenate((block.y, ey), axis=1)
    direction = np.concatenate((block.direction, wrong), axis=1)
    sure = np.concatenate((block.sureness, random.uniform(0.1, 0.6, ex.shape)), axis=1)
    forked = np.concatenate((block.forked, random.random(ex.shape) < 0.4), axis=1)
    forked ^= random.random(forked.shape) < 0.08 + 0.15 * noise
    slip = 1 / (1 + np.exp(-(np.hypot(x / 80.0, y / 105.0) - 1.0) / 0.25))
    x, y = x + slip * (push[0] - twist * y), y + slip * (push[1] + twist * x)
    place, angle = p.PLACE_ERROR_PIXELS * (0.6 + noise), p.ANGLE_ERROR_RADIANS * (0.6 + noise)
    missed = random.normal(0, 1, (3, *x.shape))
    px = np.cos(turned) * x - np.sin(turned) * y + shift[0] + place * missed[0]
    py = np.sin(turned) * x + np.cos(turned) * y + shift[1] + place * missed[1]
    direction = direction + turned + twist * slip + angle * missed[2]
    quality = np.clip(100 * sure * (1 - 0.6 * noise) + random.normal(0, 7, x.shape), 1, 100)
    whole = np.clip(np.rint(92 * (1 - noise) * contact**0.3), 1, 100)[:, 0]
    return _templates(kept, px, py, direction, forked, quality, whole)


def _templates(
    kept: Truths, px: Floats, py: Floats, direction: Floats, forked: Truths, quality: Floats, whole: Floats
) -> list[Template]:
    """Rows of float64[n, k] as templates, best minutiae first, without those beside the sensor."""
    width, height = p.IMPRESSION_WIDTH_PIXELS, p.IMPRESSION_HEIGHT_PIXELS
    x, y = np.rint(px + width / 2), np.rint(height / 2 - py)
    kept = kept & (x >= 2) & (y >= 2) & (x < width - 2) & (y < height - 2)
    order = np.argsort(np.where(kept, -quality, np.inf), axis=1)
    turns = np.rint(direction / (2 * np.pi) * 256).astype(np.int64) % 256
    kind = np.where(forked, BIFURCATION, ENDING)
    x, y, turns, kind, quality = (np.take_along_axis(each, order, axis=1) for each in (x, y, turns, kind, quality))
    return [
        Template(
            width=width,
            height=height,
            x=x[row, :count].astype(np.int16),
            y=y[row, :count].astype(np.int16),
            angle=turns[row, :count],
            kind=kind[row, :count],
            quality=quality[row, :count].astype(np.uint8),
            finger_quality=int(whole[row]),
        )
        for row, count in enumerate(kept.sum(axis=1).tolist())
    ]

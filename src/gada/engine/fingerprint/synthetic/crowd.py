"""Millions of invented fingers at minutiae level, drawn for a whole block of fingers at once.

Every finger of a crowd is drawn for itself, flow, minutiae and touch; none is a copy of another. The model goes beyond
the one of `minutiae`: senses of minutiae follow from the flow, and how clear a minutia is belongs mostly to itself and
a little to the touch. `bench/crowd.py` compares the outcome with real prints. A block of 256 comes from one generator:
one finger costs a twentieth of a millisecond, and a second touch of a finger means drawing its block again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from gada.engine.fingerprint.synthetic import crowd_parameters as p
from gada.engine.fingerprint.synthetic.parameters import (
    CLASS_SHARES,
    IMPRESSION_HEIGHT_PIXELS,
    IMPRESSION_WIDTH_PIXELS,
)
from gada.engine.fingerprint.template import BIFURCATION, ENDING, Template

BLOCK: Final = 256

Floats = NDArray[np.float32]
Truths = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Flows:
    """The orientation fields of a block of n fingers (see `orientation.Flow`): points float32[n, 4, 2], two cores and
    two deltas; `turn` float32[n, 4]: 0.5 at a core, -0.5 at a delta, 0 where there is none; bend float32[n, 4]:
    strength, width, centre, height; waves float32[n, 4, 4]: amplitude, kx, ky, phase."""

    points: Floats
    turn: Floats
    bend: Floats
    waves: Floats

    def at(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> Floats:
        """Ridge orientation in radians at places float32[n, k], modulo pi."""
        strength, width, centre, height = (column[:, None] for column in self.bend.T)
        theta: Floats = -strength * np.tanh(x / width) * np.exp(-(((y - centre) / height) ** 2))
        for number in range(4):
            px, py = self.points[:, number, 0, None], self.points[:, number, 1, None]
            theta += self.turn[:, number, None] * np.arctan2(y - py, x - px)
            amplitude, kx, ky, phase = (column[:, None] for column in self.waves[:, number].T)
            theta += amplitude * np.sin(kx * x + (ky * y + phase))
        return theta

    def opening(self, x: Floats, y: Floats, theta: Floats) -> Floats:
        """How fast ridges part at places where they run along theta, in radians a pixel: the flow's divergence."""
        step = p.OPENING_STEP_PIXELS
        turned = self.at(x - step * np.sin(theta), y + step * np.cos(theta)) - theta
        parted: Floats = np.sin(2 * turned) / (2 * step)
        return parted


@dataclass(frozen=True, slots=True, eq=False)
class Minutiae:
    """Of n fingers, float32[n, k]: places in pixels from the middle, y upwards, directions in radians, logits of
    confidences; `real` bool[n, k] says which of the k places are taken."""

    x: Floats
    y: Floats
    direction: Floats
    clear: Floats
    forked: Truths
    real: Truths


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """n fingers; `size` of their pads and how firmly they are put down, `firm`, float32[n, 1]."""

    flows: Flows
    minutiae: Minutiae
    size: Floats
    firm: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Touch:
    """One touch of each of n fingers: float32[n, 1], and float32[2, n, 1] along x and y.

    `noise` 0 to 1, `contact` 1 for the whole pad, `reach` half axes of what is shown, which lies `aside`.
    """

    noise: Floats
    contact: Floats
    reach: Floats
    aside: Floats
    placed: Floats
    turned: Floats
    twist: Floats
    push: Floats


def crowd_impressions(block: int, *, touch: int = 1) -> list[Template]:
    """The 256 templates of one touch of every finger of a block, 320 x 400 pixels at 500 dpi; about 12 ms.

    The same block and touch give the same templates; another touch is another impression of the same fingers.
    """
    fingers = _fingers(np.random.default_rng([0xC20D, block]))
    random = np.random.default_rng([0xC20D, block, touch])
    pressed = _touch(fingers, random)
    found = _moved(_found(fingers, pressed, random), pressed, random)
    whole = 92 * (1 - pressed.noise) * np.minimum(pressed.contact, np.float32(1)) ** 0.3
    return _templates(found, np.clip(np.rint(whole), 1, 100)[:, 0])


def _normal(random: np.random.Generator, *shape: int) -> Floats:
    return random.standard_normal(shape, dtype=np.float32)


def _uniform(random: np.random.Generator, *shape: int) -> Floats:
    return random.random(shape, dtype=np.float32)


def _flows(random: np.random.Generator) -> Flows:
    """Shares of the classes as in `orientation.a_flow`; waves are strong in some fingers and weak in others."""
    kinds = np.searchsorted(np.cumsum(list(CLASS_SHARES.values())), random.random(BLOCK))
    arch, tented, left, right, whorl = (kinds == number for number in range(5))
    points, turn = np.zeros((BLOCK, 4, 2)), np.zeros((BLOCK, 4))
    spread = random.normal(0, 1, (BLOCK, 4, 2))
    low, apart = random.uniform(*p.TENTED_DELTA_BELOW, BLOCK), random.uniform(*p.WHORL_CORES_APART, BLOCK)
    core = p.CORE + p.CORE_SPREAD * spread[:, 0]
    core[tented] -= (0.0, p.TENTED_LOWER)
    core[whorl] += (0.0, p.WHORL_HIGHER)
    points[:, 0] = core
    points[:, 1] = core + np.stack((9 * spread[:, 1, 0], -apart), axis=1)
    points[:, 2:] = p.DELTA_SPREAD * spread[:, 2:]
    for kind, number, side, place in (
        (whorl, 2, -1, p.WHORL_DELTA),
        (whorl, 3, 1, p.WHORL_DELTA),
        (left, 2, 1, p.LOOP_DELTA),
        (right, 2, -1, p.LOOP_DELTA),
    ):
        points[kind, number] += (side * place[0], place[1])
    points[tented, 2] = core[tented] + np.stack((6 * spread[tented, 2, 0], -low[tented]), axis=1)
    turn[~arch, 0], turn[~arch, 2] = 0.5, -0.5
    turn[whorl, 1], turn[whorl, 3] = 0.5, -0.5
    bend = np.stack(
        (
            np.where(arch, p.ARCH_BEND, p.BEND) * random.uniform(0.8, 1.25, BLOCK),
            random.uniform(60, 95, BLOCK),
            random.uniform(0, 50, BLOCK),
            random.uniform(130, 190, BLOCK),
        ),
        axis=1,
    )
    waves = random.normal(0, p.WAVE, (BLOCK, 4, 3))
    waves[:, :, 0] *= np.sqrt(random.standard_exponential((BLOCK, 1)))
    phase = random.uniform(0, 2 * np.pi, (BLOCK, 4, 1))
    waves = np.concatenate((waves, phase), axis=2)
    return Flows(*(each.astype(np.float32) for each in (points, turn, bend, waves)))


def _patches(random: np.random.Generator, x: Floats, y: Floats) -> Floats:
    """A smooth field of spread 1 for each finger, at places that broadcast to [n, k]: two waves."""
    kx, ky = p.PATCH_WAVE * _normal(random, 2, 2, BLOCK, 1)
    phase = 2 * np.float32(np.pi) * _uniform(random, 2, BLOCK, 1)
    field: Floats = np.sin(kx[0] * x + (ky[0] * y + phase[0])) + np.sin(kx[1] * x + (ky[1] * y + phase[1]))
    return field


def _around(flows: Flows, gx: Floats, gy: Floats) -> Floats:
    """float32[n, k]: 1 at a core or a delta, falling off; k places of the grid that gx and gy span."""
    across = np.exp(-((gx - flows.points[:, :, 0, None]) ** 2) / 3200) * (flows.turn != 0)[:, :, None]
    along = np.exp(-((gy - flows.points[:, :, 1, None]) ** 2) / 3200)
    near: Floats = (along.transpose(0, 2, 1) @ across).reshape(BLOCK, -1)
    return near


def _fingers(random: np.random.Generator) -> Block:
    """Minutiae on a jittered grid, more of them where the flow turns and where the finger is faint."""
    flows = _flows(random)
    (a, b), grid = p.PAD_PIXELS, p.GRID_PIXELS
    gx, gy = np.arange(-a, a + 1, grid, dtype=np.float32), np.arange(-b, b + 1, grid, dtype=np.float32)
    x, y = (each.ravel() for each in np.meshgrid(gx, gy))
    patches = _patches(random, x, y)
    size = np.clip(1 + p.PAD_SPREAD * _normal(random, BLOCK, 1), np.float32(0.7), np.float32(1.3))
    mean, spread = p.MINUTIAE
    wanted = np.clip(
        size**2 * (mean + spread * _normal(random, BLOCK, 1)), p.FEWEST_MINUTIAE, p.MOST_MINUTIAE
    )
    chance = (1 + p.AROUND_SINGULARITIES * _around(flows, gx, gy)) * np.exp(p.MORE_IN_PATCHES * patches)
    chance *= (x / a) ** 2 + (y / b) ** 2 < 1.1 * size**2
    order = np.argsort(-chance * _uniform(random, *chance.shape), axis=1)[:, : p.MOST_MINUTIAE]
    jitter = p.JITTER_PIXELS * (2 * _uniform(random, 2, *order.shape) - 1)
    x, y = x[order] + jitter[0], y[order] + jitter[1]
    faint = p.FAINTER * random.standard_exponential(x.shape, dtype=np.float32)
    faint += p.PATCHES * np.take_along_axis(patches, order, axis=1)
    clear = p.CLEAREST + p.CLEARNESS_OF_A_FINGER * _normal(random, BLOCK, 1) - faint
    minutiae = Minutiae(
        x=x,
        y=y,
        direction=_directions(flows, x, y, clear, random),
        clear=clear,
        forked=_uniform(random, *x.shape) < 0.42,
        real=np.arange(p.MOST_MINUTIAE) < wanted.astype(np.int64),
    )
    return Block(flows, minutiae, size, _normal(random, BLOCK, 1))


def _directions(flows: Flows, x: Floats, y: Floats, clear: Floats, random: np.random.Generator) -> Floats:
    """Along the ridge, with the sense that new ridges have where ridges part, the more surely the faster they do; faint
    minutiae are where the ridges are confused."""
    theta = flows.at(x, y)
    surplus = np.tanh(p.SURPLUS_PER_OPENING * flows.opening(x, y, theta))
    back = 2 * _uniform(random, *x.shape) - 1 > surplus
    least, faint = p.OFF_FLOW_RADIANS
    off = (least + faint / (1 + np.exp(clear))) * _normal(random, *x.shape)
    directions: Floats = theta + np.float32(np.pi) * back + off
    return directions


def _touch(block: Block, random: np.random.Generator) -> Touch:
    """How each finger is put down this time; skin is mostly stretched a little, now and then much."""
    less = random.standard_exponential((BLOCK, 1), dtype=np.float32)
    contact = p.FULL_CONTACT + p.CONTACT_OF_A_FINGER * block.firm - p.LESS_CONTACT * less
    contact = np.clip(contact, np.float32(p.CONTACT[0]), np.float32(p.CONTACT[1]))
    drawn = _normal(random, 8, BLOCK, 1)
    stretched: Floats = np.sqrt(2 * random.standard_exponential((BLOCK, 1), dtype=np.float32))
    aside, reach = np.array((p.ASIDE_PIXELS, p.REACH_PIXELS), np.float32)[:, :, None, None]
    push: Floats = p.PUSH_PIXELS * stretched * drawn[6:]
    return Touch(
        noise=random.beta(1.6, 4.6, (BLOCK, 1)).astype(np.float32),
        contact=contact,
        reach=reach * np.sqrt(contact) * block.size,
        aside=aside * drawn[:2],
        placed=p.PLACED_PIXELS * drawn[2:4],
        turned=p.TURNED_RADIANS * drawn[4],
        twist=p.TWIST_RADIANS * stretched * drawn[5],
        push=push,
    )


def _false(block: Block, touch: Touch, random: np.random.Generator) -> Minutiae:
    """What an extractor sees in this touch only: faint, along the ridges, in either sense."""
    shape = (BLOCK, p.MOST_FALSE)
    x, y = 0.9 * touch.reach * (2 * _uniform(random, 2, *shape) - 1) - touch.aside
    back = np.float32(np.pi) * random.integers(0, 2, shape, dtype=np.uint8)
    off = p.FALSE_OFF_FLOW_RADIANS * _normal(random, *shape)
    least, more = p.FALSE_FAINTER
    few, noisy = p.FALSE_MINUTIAE
    return Minutiae(
        x=x,
        y=y,
        direction=block.flows.at(x, y) + back + off,
        clear=least + more * random.standard_exponential(shape, dtype=np.float32),
        forked=_uniform(random, *shape) < 0.4,
        real=np.arange(p.MOST_FALSE) < random.poisson(few + noisy * touch.noise),
    )


def _found(block: Block, touch: Touch, random: np.random.Generator) -> Minutiae:
    """The minutiae that an extractor finds in this touch, false ones among them: those clear enough, where the finger
    lies on the sensor."""
    own, false = block.minutiae, _false(block, touch, random)
    x, y, direction = (
        np.concatenate(both, axis=1)
        for both in ((own.x, false.x), (own.y, false.y), (own.direction, false.direction))
    )
    fainter = p.NOISE * (touch.noise - np.float32(p.USUAL_NOISE))
    clear = np.concatenate((own.clear - fainter, false.clear), axis=1)
    outwards = np.square(np.square((x + touch.aside[0]) / touch.reach[0]))
    outwards += np.square(np.square((y + touch.aside[1]) / touch.reach[1]))
    always, faint = p.OF_A_TOUCH
    clear -= p.PATCHES_OF_A_TOUCH * _patches(random, x, y) + p.AT_THE_RIM * outwards
    clear += (always + faint * np.maximum(p.CLEAREST - clear, 0)) * _normal(random, *x.shape)
    forked = np.concatenate((own.forked, false.forked), axis=1)
    forked ^= _uniform(random, *x.shape) < 0.08 + 0.15 * touch.noise
    real = np.concatenate((own.real, false.real), axis=1) & (outwards < 1) & (clear > p.LEAST)
    return Minutiae(x, y, direction, clear, forked, real)


def _moved(minutiae: Minutiae, touch: Touch, random: np.random.Generator) -> Minutiae:
    """Where they come to lie on the sensor: skin slips off the middle, and faint minutiae are placed less exactly."""
    x, y, off = minutiae.x, minutiae.y, _normal(random, 3, *minutiae.x.shape)
    slip = 1 / (1 + np.exp((1 - np.hypot(x / np.float32(80), y / np.float32(105))) / np.float32(0.25)))
    x, y = x + slip * (touch.push[0] - touch.twist * y), y + slip * (touch.push[1] + touch.twist * x)
    x, y = x + touch.aside[0], y + touch.aside[1]
    cosine, sine = np.cos(touch.turned), np.sin(touch.turned)
    unsure = 1 / (1 + np.exp(minutiae.clear))
    place = p.PLACE_ERROR_PIXELS * (1 + p.FAINT_PLACE_ERROR * unsure)
    angle = p.ANGLE_ERROR_RADIANS * (1 + p.FAINT_ANGLE_ERROR * unsure)
    return replace(
        minutiae,
        x=cosine * x - sine * y + touch.placed[0] + place * off[0],
        y=sine * x + cosine * y + touch.placed[1] + place * off[1],
        direction=minutiae.direction + touch.turned + touch.twist * slip + angle * off[2],
    )


def _templates(found: Minutiae, whole: Floats) -> list[Template]:
    """Rows as templates of this quality as a whole, best minutiae first, without those beside the sensor."""
    width, height = IMPRESSION_WIDTH_PIXELS, IMPRESSION_HEIGHT_PIXELS
    x, y = np.rint(found.x + width / 2), np.rint(height / 2 - found.y)
    kept = found.real & (x >= 2) & (y >= 2) & (x < width - 2) & (y < height - 2)
    counts = kept.sum(axis=1).tolist()
    order = np.argsort(np.where(kept, -found.clear, np.float32(np.inf)), axis=1)[:, : max(counts)]
    columns: tuple[NDArray[np.integer], ...] = (
        x.astype(np.int16),
        y.astype(np.int16),
        (np.rint(found.direction * np.float32(256 / (2 * np.pi))).astype(np.int64) % 256).astype(np.uint8),
        np.where(found.forked, np.uint8(BIFURCATION), np.uint8(ENDING)),
        np.rint(p.HIGHEST_QUALITY * expit(found.clear)).astype(np.uint8),
    )
    x, y, turns, kind, quality = (np.take_along_axis(each, order, axis=1) for each in columns)
    return [
        Template(
            width=width,
            height=height,
            x=x[row, :count],
            y=y[row, :count],
            angle=turns[row, :count],
            kind=kind[row, :count],
            quality=quality[row, :count],
            finger_quality=int(whole[row]),
        )
        for row, count in enumerate(counts)
    ]

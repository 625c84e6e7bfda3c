"""From the master to the glass: skin shifts, turns and stretches; ridges are wet or dry; part is missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint.synthetic import parameters as p
from gada.engine.fingerprint.synthetic._kernels import sample_cubic
from gada.engine.fingerprint.synthetic.ridges import smooth_noise

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Touch:
    """How the finger met the glass this time; the defaults of `draw_touch` are a careful enrolment."""

    displacement_pixels: tuple[float, float]
    rotation_degrees: float
    distortion: float
    noise: float
    contact: float
    wetness: float


def draw_touch(
    random: np.random.Generator,
    *,
    displacement_pixels: float | tuple[float, float] | None,
    rotation_degrees: float | None,
    distortion: float | None,
    noise: float | None,
    contact: float | None,
) -> Touch:
    """Fill what the caller left open. Every number is drawn, used or not, so that fixing one
    parameter leaves the others of the same seed as they were."""
    shift = random.normal(0, 13, 2)
    turn, stretch = float(random.normal(0, 7)), float(abs(random.normal(0, 1)) * 0.5 + 0.3)
    rough, covered = float(random.beta(2, 5)), float(random.uniform(0.82, 1.0))
    wetness = float(random.normal(0, 0.16))
    if displacement_pixels is not None:
        if isinstance(displacement_pixels, tuple):
            shift = np.asarray(displacement_pixels)
        else:
            direction = random.uniform(0, 2 * np.pi)
            shift = displacement_pixels * np.array([np.cos(direction), np.sin(direction)])
    return Touch(
        displacement_pixels=(float(shift[0]), float(shift[1])),
        rotation_degrees=turn if rotation_degrees is None else rotation_degrees,
        distortion=stretch if distortion is None else distortion,
        noise=rough if noise is None else noise,
        contact=covered if contact is None else contact,
        wetness=wetness,
    )


def press(surface: Floats, random: np.random.Generator, touch: Touch) -> Pixels:
    """The image of one touch, uint8 (400, 320) at 500 dpi, dark ridges on white."""
    height, width = p.IMPRESSION_HEIGHT_PIXELS, p.IMPRESSION_WIDTH_PIXELS
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    u, v = x - width / 2, y - height / 2
    mx, my = _onto_the_finger(u, v, random, touch)
    ridge = np.empty((height, width), dtype=np.float32)
    to_x = (mx / p.GROWN_SCALE + surface.shape[1] / 2).astype(np.float32)
    to_y = (my / p.GROWN_SCALE + surface.shape[0] / 2).astype(np.float32)
    sample_cubic(surface, to_x, to_y, ridge)
    ink = _ink(ridge.astype(np.float64), random, touch, height=height, width=width)
    ink *= _contact(u, v, mx, my, random, touch, height=height, width=width)
    light = 250.0 - 215.0 * ink + 4.0 * random.standard_normal((height, width), dtype=np.float32)
    return np.asarray(np.clip(light, 0, 255), dtype=np.uint8)


def _onto_the_finger(
    u: NDArray[np.float64], v: NDArray[np.float64], random: np.random.Generator, touch: Touch
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where on the finger each pixel of the glass lies: the inverse of displacement, turn and stretch.

    The skin in the middle sticks to the glass; around it, it follows the bone, which moved and turned a
    little more (after Cappelli, Maio and Maltoni 2001); two slow waves stand for uneven pressure.
    """
    angle = np.radians(touch.rotation_degrees)
    u, v = u - touch.displacement_pixels[0], v - touch.displacement_pixels[1]
    mx, my = np.cos(angle) * u - np.sin(angle) * v, np.sin(angle) * u + np.cos(angle) * v
    slip = 1 / (1 + np.exp(-(np.hypot(mx / 80.0, my / 105.0) - 1.0) / 0.25))
    twist = np.radians(random.normal(0, 3.0)) * touch.distortion
    push = random.normal(0, 4.5, 2) * touch.distortion
    mx, my = mx + slip * (push[0] - twist * my), my + slip * (push[1] + twist * mx)
    for _ in range(2):
        kx, ky = random.normal(0, 0.011, 2)
        ax, ay = random.normal(0, 2.2, 2) * touch.distortion
        wave = np.sin(kx * mx + ky * my + random.uniform(0, 2 * np.pi))
        mx, my = mx + ax * wave, my + ay * wave
    return mx, my


def _ink(
    ridge: NDArray[np.float64], random: np.random.Generator, touch: Touch, *, height: int, width: int
) -> NDArray[np.float64]:
    """Darkness 0-1: pressure moves the threshold, dry skin breaks ridges, pores and creases whiten them."""
    pressure = touch.wetness + 0.16 * smooth_noise(random, height=height, width=width, scale_pixels=28)
    grain = smooth_noise(random, height=height, width=width, scale_pixels=1.3)
    patch = smooth_noise(random, height=height, width=width, scale_pixels=9.0)
    rough = touch.noise * (0.75 + 0.9 * np.clip(patch, 0, None))
    dry = 1.0 + np.clip(-touch.wetness, 0, 0.5)
    pores = smooth_noise(random, height=height, width=width, scale_pixels=1.0)
    value = ridge + pressure + dry * rough * grain - 0.55 * np.clip(pores - 1.9, 0, 1)
    value -= _creases(random, height=height, width=width)
    return np.asarray(1 / (1 + np.exp(-4.2 * value)))


def _creases(random: np.random.Generator, *, height: int, width: int) -> NDArray[np.float64]:
    """White lines across the ridges, none to three, as work and age leave them."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    lines = np.zeros((height, width))
    for _ in range(int(random.poisson(0.7))):
        angle, cx, cy = (
            random.uniform(0, np.pi),
            random.uniform(60, width - 60),
            random.uniform(80, height - 80),
        )
        along = (x - cx) * np.cos(angle) + (y - cy) * np.sin(angle)
        across = (y - cy) * np.cos(angle) - (x - cx) * np.sin(angle) + 4 * np.sin(along / 30)
        length, thick = random.uniform(25, 75), random.uniform(0.8, 1.6)
        lines += 2.2 * np.exp(-0.5 * ((across / thick) ** 2) - (along / length) ** 4)
    return lines


def _contact(
    u: NDArray[np.float64],
    v: NDArray[np.float64],
    mx: NDArray[np.float64],
    my: NDArray[np.float64],
    random: np.random.Generator,
    touch: Touch,
    *,
    height: int,
    width: int,
) -> NDArray[np.float64]:
    """The part of the finger that touched: a pad with an uneven edge, lifted on one side when partial."""
    edge = 0.045 * smooth_noise(random, height=height, width=width, scale_pixels=14)
    fray = 0.03 * smooth_noise(random, height=height, width=width, scale_pixels=2.5)
    size = np.sqrt(touch.contact)
    side = random.uniform(0, 2 * np.pi)
    lift = (1 - touch.contact) * 90.0
    ox, oy = mx + lift * np.cos(side), my + lift * np.sin(side)
    pad = (np.abs(ox) / (142.0 * size)) ** 2.4 + (np.abs(oy) / (182.0 * size)) ** 2.4
    frame = np.maximum(np.abs(u) - 157, np.abs(v) - 197)
    return np.asarray((1 / (1 + np.exp((pad - 1 + edge + fray) / 0.03))) * (frame < 0))

"""Which way the ridges run: cores turn them by a half, deltas turn them back, skin bends the rest.

The zero-pole model (Sherlock and Monro, 1993) gives the turning around singular points; a smooth bend
towards the sides makes the arcs of a real fingertip without moving any singularity. Positions are
pixels at 500 dpi from the finger's centre, x to the right, y UP; angles are radians counter-clockwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint.synthetic.parameters import CLASS_SHARES

Field = NDArray[np.float64]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Flow:
    """The orientation field of one finger, a function of position."""

    pattern: str
    cores: tuple[Point, ...]
    deltas: tuple[Point, ...]
    bend: float
    bend_width: float
    bend_centre: float
    bend_height: float
    waves: tuple[tuple[float, float, float, float], ...]

    def at(self, x: Field, y: Field) -> Field:
        """Ridge orientation in radians (any branch of it: meaningful modulo pi)."""
        theta = (
            -self.bend
            * np.tanh(x / self.bend_width)
            * np.exp(-(((y - self.bend_centre) / self.bend_height) ** 2))
        )
        for cx, cy in self.cores:
            theta = theta + 0.5 * np.arctan2(y - cy, x - cx)
        for dx, dy in self.deltas:
            theta = theta - 0.5 * np.arctan2(y - dy, x - dx)
        for amplitude, kx, ky, phase in self.waves:
            theta = theta + amplitude * np.sin(kx * x + ky * y + phase)
        return theta


def a_flow(random: np.random.Generator) -> Flow:
    """One finger's flow, its pattern drawn by the shares of the classes."""
    names = list(CLASS_SHARES)
    pattern = names[int(np.searchsorted(np.cumsum(list(CLASS_SHARES.values())), random.random()))]
    cores, deltas = _singularities(pattern, random)
    strong = 0.75 if pattern == "arch" else 0.55
    waves = tuple(
        (
            float(random.normal(0, 0.075)),
            float(random.normal(0, 0.012)),
            float(random.normal(0, 0.012)),
            float(random.uniform(0, 2 * np.pi)),
        )
        for _ in range(4)
    )
    return Flow(
        pattern=pattern,
        cores=cores,
        deltas=deltas,
        bend=float(strong * random.uniform(0.8, 1.25)),
        bend_width=float(random.uniform(60, 95)),
        bend_centre=float(random.uniform(0, 50)),
        bend_height=float(random.uniform(130, 190)),
        waves=waves,
    )


def _singularities(pattern: str, random: np.random.Generator) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    def near(x: float, y: float, spread: float = 15.0) -> Point:
        return (float(x + random.normal(0, spread)), float(y + random.normal(0, spread)))

    if pattern == "arch":
        return (), ()
    if pattern == "tented":
        core = near(0, 5)
        return (core,), ((core[0] + float(random.normal(0, 6)), core[1] - float(random.uniform(60, 95))),)
    if pattern == "left":
        return (near(0, 25),), (near(90, -105, 19),)
    if pattern == "right":
        return (near(0, 25),), (near(-90, -105, 19),)
    upper = near(0, 40)
    lower = (upper[0] + float(random.normal(0, 9)), upper[1] - float(random.uniform(16, 62)))
    return (upper, lower), (near(-112, -95, 15), near(112, -95, 15))

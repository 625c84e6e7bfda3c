"""Ridges grown from random seeds by iterated oriented filters; minutiae appear where fronts meet."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint.synthetic import parameters as p
from gada.engine.fingerprint.synthetic._kernels import filter_each
from gada.engine.fingerprint.synthetic.dislocations import insert_ridges
from gada.engine.fingerprint.synthetic.orientation import Flow

Floats = NDArray[np.float32]


def smooth_noise(
    random: np.random.Generator, *, height: int, width: int, scale_pixels: float
) -> NDArray[np.float64]:
    """Gaussian noise with a correlation length, mean 0, deviation 1 (drawn and filtered by FFT)."""
    noise = np.fft.rfft2(random.standard_normal((height, width), dtype=np.float32))
    fy = np.fft.fftfreq(height)[:, None]
    fx = np.fft.rfftfreq(width)[None, :]
    noise *= np.exp(-2 * (np.pi * scale_pixels) ** 2 * (fx**2 + fy**2))
    smooth: NDArray[np.float64] = np.fft.irfft2(noise, s=(height, width))
    deviation = smooth.std()
    return smooth / (deviation if deviation > 0 else 1.0)


@lru_cache(maxsize=2)
def filter_bank(*, odd: bool = False) -> Floats:
    """Zero-mean Gabor filters, shape (orientations x periods, size, size), normalised to unit gain.

    `odd` gives their quadrature, which looks along (sin, cos) of the orientation, y down.
    """
    low, high = (x / p.GROWN_SCALE for x in p.PERIOD_PIXELS)
    low, high = low * (1 - p.PERIOD_VARIATION), high * (1 + p.PERIOD_VARIATION)
    r = p.FILTER_RADIUS
    y, x = np.mgrid[-r : r + 1, -r : r + 1].astype(np.float64)
    bank = []
    for step in range(p.ORIENTATION_STEPS):
        theta = np.pi * step / p.ORIENTATION_STEPS
        # Rows run down and theta runs counter-clockwise, hence the sign of y.
        across = x * np.sin(theta) + y * np.cos(theta)
        along = x * np.cos(theta) - y * np.sin(theta)
        for period in np.linspace(low, high, p.PERIOD_STEPS):
            envelope = np.exp(
                -0.5 * ((across / (p.SIGMA_ACROSS * period)) ** 2 + (along / (p.SIGMA_ALONG * period)) ** 2)
            )
            wave = (np.sin if odd else np.cos)(2 * np.pi * across / period)
            kernel = envelope * (wave - (envelope * wave).sum() / envelope.sum())
            bank.append(kernel / np.abs(kernel).sum())
    return np.asarray(bank, dtype=np.float32)


def choose_filters(flow: Flow, period: NDArray[np.float64], inside: NDArray[np.bool_]) -> NDArray[np.int32]:
    """For each grown pixel the index of its filter, -1 outside the finger."""
    height, width = inside.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    theta = flow.at((x - width / 2) * p.GROWN_SCALE, (height / 2 - y) * p.GROWN_SCALE)
    turn = np.rint(theta / np.pi * p.ORIENTATION_STEPS).astype(np.int64) % p.ORIENTATION_STEPS
    low = p.PERIOD_PIXELS[0] * (1 - p.PERIOD_VARIATION)
    high = p.PERIOD_PIXELS[1] * (1 + p.PERIOD_VARIATION)
    step = np.rint((period - low) / (high - low) * (p.PERIOD_STEPS - 1))
    step = np.clip(step, 0, p.PERIOD_STEPS - 1).astype(np.int64)
    return np.where(inside, turn * p.PERIOD_STEPS + step, -1).astype(np.int32)


def period_map(flow: Flow, random: np.random.Generator, *, height: int, width: int) -> NDArray[np.float64]:
    """Ridge period in pixels at 500 dpi: wider below the deltas and towards the tip, patchy elsewhere."""
    base = random.uniform(*p.PERIOD_PIXELS)
    patch = smooth_noise(random, height=height, width=width, scale_pixels=22.0)
    y = (height / 2 - np.arange(height))[:, None] * p.GROWN_SCALE
    lowest = min((d[1] for d in flow.deltas), default=-90.0)
    below = 0.10 / (1 + np.exp((y - lowest) / 18.0))
    above = 0.04 / (1 + np.exp((110.0 - y) / 18.0))
    limit = p.PERIOD_VARIATION
    return np.asarray(base * (1 + np.clip(0.035 * patch + below + above, -limit, limit)))


def grow(flow: Flow, random: np.random.Generator) -> Floats:
    """The master ridge surface, float32 in [-1, 1], +1 on ridges, at half of 500 dpi."""
    height, width = p.MASTER_HEIGHT_PIXELS // p.GROWN_SCALE, p.MASTER_WIDTH_PIXELS // p.GROWN_SCALE
    period = period_map(flow, random, height=height, width=width)
    y, x = np.mgrid[0:height, 0:width]
    inside = ((x - width / 2) / (width / 2 - 2)) ** 4 + ((y - height / 2) / (height / 2 - 2)) ** 4 < 1
    choice = choose_filters(flow, period, inside)
    bank, r = filter_bank(), p.FILTER_RADIUS
    padded = np.zeros((height + 2 * r, width + 2 * r), dtype=np.float32)
    surface = padded[r : r + height, r : r + width]
    for _ in range(int(random.integers(*p.SEEDS))):
        sy, sx = int(random.integers(8, height - 8)), int(random.integers(8, width - 8))
        surface[sy - 2 : sy + 3, sx - 2 : sx + 3] = random.uniform(-1, 1, (5, 5))
    out = np.zeros((height, width), dtype=np.float32)
    for _ in range(p.GROWING_ROUNDS):
        filter_each(padded, choice, bank, 3.0, out)
        surface[:] = out
    even, odd = np.empty_like(out), np.empty_like(out)
    filter_each(padded, choice, bank, 1.0, even)
    filter_each(padded, choice, filter_bank(odd=True), 1.0, odd)
    theta = np.pi * (np.maximum(choice, 0) // p.PERIOD_STEPS) / p.ORIENTATION_STEPS
    surface[:] = np.where(inside, insert_ridges(even, odd, np.pi / 2 - theta, random), 0)
    for _ in range(p.HEALING_ROUNDS):
        filter_each(padded, choice, bank, 3.0, out)
        surface[:] = out
    return out

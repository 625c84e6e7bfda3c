"""Templates and images for these tests, made from a seed."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from gada.engine.fingerprint import Template


def a_template(seed: int, *, count: int = 30, width: int = 320, height: int = 360) -> Template:
    """Minutiae at random, best first: no finger, but every kernel can work on it."""
    random = np.random.default_rng(seed)
    quality = np.sort(random.integers(1, 101, count))[::-1]
    return Template(
        width,
        height,
        random.integers(20, width - 20, count),
        random.integers(20, height - 20, count),
        random.integers(0, 256, count),
        random.integers(0, 3, count),
        quality,
        int(random.integers(0, 101)),
    )


def moved(template: Template, *, seed: int, turn: int = 0, lost: int = 0) -> Template:
    """Another impression: turned by `turn` of 256 steps about its middle, jittered, some minutiae lost."""
    random = np.random.default_rng(seed)
    kept = np.sort(random.permutation(len(template))[: len(template) - lost])
    radians = 2 * np.pi * turn / 256
    x = template.x[kept] - template.width / 2
    y = template.y[kept] - template.height / 2
    right = x * np.cos(radians) + y * np.sin(radians) + template.width / 2
    down = y * np.cos(radians) - x * np.sin(radians) + template.height / 2
    jitter = random.normal(0, 1.0, (2, len(kept)))
    return Template(
        template.width,
        template.height,
        np.clip(np.rint(right + jitter[0]), 0, template.width - 1),
        np.clip(np.rint(down + jitter[1]), 0, template.height - 1),
        (template.angle[kept].astype(int) + turn) % 256,
        template.kind[kept],
        template.quality[kept],
        template.finger_quality,
    )


def ridges(*, width: int = 320, height: int = 360, period: float = 9.0) -> np.ndarray:
    """Concentric ridges, uint8[height, width]: enough of a finger for everything but minutiae."""
    y, x = np.mgrid[:height, :width].astype(float)
    far = np.hypot(x - width / 2, y - height * 0.6)
    wave = 127.5 + 90 * np.cos(2 * np.pi * far / period)
    inside = far < min(width, height) * 0.45
    return np.where(inside, wave, 250).astype(np.uint8)


def a_file(pixels: np.ndarray, kind: str = "PNG", **options: object) -> bytes:
    """Image bytes in a format of Pillow."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind, **options)
    return stream.getvalue()

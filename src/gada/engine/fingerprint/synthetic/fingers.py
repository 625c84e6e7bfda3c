"""One synthetic finger as a surface that can be pressed again and again."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gada.engine.fingerprint.synthetic import parameters as p
from gada.engine.fingerprint.synthetic.impressions import draw_touch, press
from gada.engine.fingerprint.synthetic.orientation import Flow, a_flow
from gada.engine.fingerprint.synthetic.ridges import grow


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticFinger:
    """A finger nobody has: its flow and its grown ridges (float32 in [-1, 1] at 250 dpi)."""

    seed: int
    flow: Flow
    surface: NDArray[np.float32]

    def impression(
        self,
        seed: int,
        *,
        displacement_pixels: float | tuple[float, float] | None = None,
        rotation_degrees: float | None = None,
        distortion: float | None = None,
        noise: float | None = None,
        contact: float | None = None,
    ) -> NDArray[np.uint8]:
        """One touch: uint8 image (400, 320) at 500 dpi, dark ridges on white.

        Left open, displacement (a length, or x and y), rotation, distortion (0 rigid, 1 strong), noise
        (0 clean, 1 hardly legible) and contact (1 whole pad, 0.4 a corner) are drawn from `seed`.
        """
        random = np.random.default_rng([0x1A9E, self.seed, seed])
        touch = draw_touch(
            random,
            displacement_pixels=displacement_pixels,
            rotation_degrees=rotation_degrees,
            distortion=distortion,
            noise=noise,
            contact=contact,
        )
        return press(self.surface, random, touch)

    def impression_png(self, seed: int) -> bytes:
        """`impression(seed)` as a PNG file that says 500 dpi."""
        buffer = BytesIO()
        Image.fromarray(self.impression(seed)).save(buffer, "PNG", dpi=(p.DPI, p.DPI))
        return buffer.getvalue()


def a_finger(seed: int) -> SyntheticFinger:
    """The finger of this seed; the same on every machine. About 0.1 s."""
    random = np.random.default_rng([0xF1A6E, seed])
    flow = a_flow(random)
    return SyntheticFinger(seed=seed, flow=flow, surface=grow(flow, random))

"""LEADER from an image to minutiae: where they are, and which way and of what kind they are there.

Cappelli, "LEADER: minutiae extraction by a lightweight network" (2023). Two U-shaped networks: the first
(`enc0`, `dec0`) looks where ridges are and opens a gate, the second (`enc1`, `dec1`) reads minutiae; three
heads say position, direction and kind. All weights are the installed ones; what is ours is the order of
work: direction and kind are computed at minutiae alone, and steps that act on single pixels are done before
pixels are doubled. Answers agree with the original graph to 5e-5.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint.found import Found
from gada.engine.fingerprint.leader import _kernels
from gada.engine.fingerprint.leader.layers import (
    Bottleneck,
    Gate,
    Head,
    Planes,
    Separable,
    Stem,
    Window,
    halved,
    joined,
    sigmoid,
)
from gada.engine.fingerprint.leader.weights import Weights

DEPTH: Final = 4
STRIDE: Final = 2 ** (DEPTH + 1)
"""Sides of an image must be multiples of this: it is halved once at the start and four times below."""


class Network:
    """The network with its weights. Holds nothing between images: several threads may use it."""

    def __init__(self, path: Path) -> None:
        weights = Weights(path)
        self._stems = [Stem(weights, f"stem{i}") for i in (0, 1)]
        self._gate_down = [Separable(weights, f"enc0_{i}") for i in range(DEPTH)]
        self._gate_up = [Separable(weights, f"dec0_{i}") for i in range(DEPTH)]
        self._gate = Gate(weights)
        self._down = [Bottleneck(weights, f"enc1_{i}") for i in range(DEPTH)]
        self._up = [Bottleneck(weights, f"dec1_{i}") for i in range(DEPTH)]
        self._position = Head(weights, "head_0", "Conv__3172:0")
        self._direction = Head(weights, "head_1", "functional_1/head_conv_dir_1/BiasAdd:0")
        self._kind = Head(weights, "head_2", "Conv__3000:0")
        self._blur = Window(weights.of("functional_1/nms_Gaussian_blur_1/convolution:0"))

    def find(self, pixels: NDArray[np.uint8], *, threshold: float) -> Found:
        """Minutiae of uint8[height, width] whose confidence reaches `threshold`."""
        features = self._features(pixels)
        confidence = self._confidence(features)
        y, x = np.nonzero(confidence >= threshold)
        east, north = self._direction.at(features, y, x)
        (kind,) = self._kind.at(features, y, x)
        return Found(confidence, y, x, np.arctan2(north, east), sigmoid(kind))

    def _features(self, pixels: NDArray[np.uint8]) -> Planes:
        height, width = pixels.shape[0] // 2, pixels.shape[1] // 2
        image = pixels.astype(np.float32)
        first = np.empty((16, height, width), np.float32)
        self._stems[0](image, True, first)
        gated = np.empty((64, height, width), np.float32)
        self._gate(_down_and_up(self._gate_down, self._gate_up, first), gated[:32])
        self._stems[1](image, False, gated[32:])
        return _down_and_up(self._down, self._up, gated)

    def _confidence(self, features: Planes) -> NDArray[np.float32]:
        probability = sigmoid(self._position.everywhere(features))
        confidence = np.empty(probability.shape[1:], np.float32)
        _kernels.keep_peaks(self._blur(probability)[0], confidence)
        return confidence


def _down_and_up(
    down: Sequence[Separable | Bottleneck], up: Sequence[Separable | Bottleneck], planes: Planes
) -> Planes:
    """Each layer works on half the pixels of the one before, then back, beside what was seen on the way down."""
    seen = []
    for layer in down:
        seen.append(layer(planes))
        planes = halved(seen[-1])
    for layer in reversed(up):
        planes = joined(layer(planes), seen.pop())
    return planes

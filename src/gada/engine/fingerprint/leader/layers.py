"""The layers of LEADER: their weights as the kernels read them, and what each makes of its planes.

Planes are float32[channels, height, width] everywhere. A layer holds its weights and nothing else.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint.leader import _kernels
from gada.engine.fingerprint.leader._product import ROWS
from gada.engine.fingerprint.leader.weights import Weights

Planes = NDArray[np.float32]
Pair = tuple[NDArray[np.float32], NDArray[np.float32]]


class Window:
    """A window per plane, over each plane for itself."""

    def __init__(self, windows: NDArray[np.float32]) -> None:
        self._windows = windows.reshape(-1, *windows.shape[-2:]).copy()
        planes, side, _ = self._windows.shape
        rows = ROWS
        bands = np.zeros((planes, rows + side - 1, side, rows), np.float32)
        for row in range(rows):
            bands[:, row : row + side, :, row] = self._windows
        self.bands, self.side = bands.reshape(planes, -1, rows), side

    def __call__(self, planes: Planes) -> Planes:
        target = np.empty_like(planes)
        _kernels.depthwise(planes, self.bands, self.side, 0, target)
        return target

    def at(self, planes: Planes, y: NDArray[np.int64], x: NDArray[np.int64]) -> NDArray[np.float32]:
        """The same at places y, x int64[n] alone: float32[planes, n]."""
        target = np.empty((len(planes), len(y)), np.float32)
        _kernels.depthwise_at(planes, self._windows, y, x, target)
        return target


class Stem:
    """Windows of two widths over the image itself."""

    def __init__(self, weights: Weights, name: str) -> None:
        near, far = f"functional_1/{name}_conv_1/BiasAdd:0", f"functional_1/{name}_dilated_conv_1"
        self._near = packed(weights.of(near, position=0), weights.of(near))
        self._far = packed(weights.of(f"{far}/convolution:0"), weights.of(f"{far}/BiasAdd:0"))
        self._norm = _norm(weights, name)

    def __call__(self, image: NDArray[np.float32], highest: bool, target: Planes) -> None:
        _kernels.begin(image, self._near, self._far, self._norm, highest, target)


class Separable:
    """A window per plane, then a mixture of planes, normalised, through GELU."""

    def __init__(self, weights: Weights, name: str) -> None:
        self._window = Window(weights.of(f"functional_1/{name}_conv_1/separable_conv2d/depthwise:0"))
        self._mixture = _product(weights, f"{name}_conv_1")
        self._norm = _norm(weights, name)

    def __call__(self, planes: Planes) -> Planes:
        spread = self._window(planes)
        target = np.empty((len(self._norm[0]), *planes.shape[1:]), np.float32)
        _kernels.mix(_flat(spread), self._mixture, self._norm, _flat(target))
        return target


class Gate:
    """Lets through what lies on ridges, judged by windows of three widths."""

    def __init__(self, weights: Weights) -> None:
        windows = [
            f"functional_1/attention_conv_{name}"
            for name in ("d1_1/BiasAdd:0", "d3_1/convolution:0", "d6_1/convolution:0")
        ]
        biases = [f"functional_1/attention_conv_d{step}_1/BiasAdd:0" for step in (1, 3, 6)]
        self._near, self._middle, self._far = (
            packed(weights.of(window, position=0), weights.of(bias))
            for window, bias in zip(windows, biases, strict=True)
        )
        self._share = _product(weights, "attention_s_1")

    def __call__(self, planes: Planes, target: Planes) -> None:
        _kernels.attend(planes, self._near, self._middle, self._far, self._share, target)


class Bottleneck:
    """A window per plane; many more planes, and back; added to what came in; a last mixture."""

    def __init__(self, weights: Weights, name: str) -> None:
        self._window = Window(weights.of(f"functional_1/{name}_depthwise_conv_1/depthwise:0"))
        widen, narrow = (_product(weights, f"{name}_conv_{way}_1") for way in ("exp", "red"))
        self._outputs, last = self._ending(weights, name)
        self._parts = _norm(weights, name), widen, narrow, last

    def _ending(self, weights: Weights, name: str) -> tuple[int, Pair]:
        output = f"functional_1/{name}_conv_adj_1/BiasAdd:0"
        return len(weights.of(output)), _product(weights, f"{name}_conv_adj_1")

    def __call__(self, planes: Planes) -> Planes:
        target = np.empty((self._outputs, *planes.shape[1:]), np.float32)
        window = self._window
        _kernels.bottleneck(planes, _flat(planes), window.bands, window.side, *self._parts, _flat(target))
        return target

    def at(self, planes: Planes, y: NDArray[np.int64], x: NDArray[np.int64]) -> NDArray[np.float32]:
        """The same at places y, x int64[n] alone: float32[outputs, n]."""
        spread = self._window.at(planes, y, x)
        target = np.empty((self._outputs, len(y)), np.float32)
        _kernels.expand(spread, np.ascontiguousarray(planes[:, y, x]), 0, *self._parts, target)
        return target


class Head(Bottleneck):
    """A bottleneck, four planes of pixels twice as fine, and a window over these: one or two answers a pixel."""

    def __init__(self, weights: Weights, name: str, output: str) -> None:
        super().__init__(weights, f"{name}_ibc")
        self._fine_norm = _norm(weights, name)
        self._fine = _product(weights, f"{name}_conv2_1")
        self._windows = weights.of(output, position=0)  # [answers, 4, 5, 5]
        self._wide_windows = [Window(window) for window in self._windows]
        self._bias = weights.of(output)

    def _ending(self, weights: Weights, name: str) -> tuple[int, Pair]:
        """Two mixtures in a row, with only a doubling of pixels between them, are one."""
        adjust, first = (f"functional_1/{name}_conv_adj_1/BiasAdd:0", f"functional_1/{name[:-4]}_conv1_1/BiasAdd:0")
        inner, outer = (weights.of(each, position=0)[:, :, 0, 0] for each in (adjust, first))
        return len(outer), packed(outer @ inner, outer @ weights.of(adjust) + weights.of(first))

    def everywhere(self, planes: Planes) -> Planes:
        """float32[answers, height, width] at twice the height and width of `planes`."""
        coarse = self(planes)
        _kernels.refine(_flat(coarse), self._fine_norm, self._fine)
        fine = np.empty((len(coarse), 2 * coarse.shape[1], 2 * coarse.shape[2]), np.float32)
        _kernels.double(coarse, fine)
        answers = np.empty((len(self._bias), *fine.shape[1:]), np.float32)
        for answer, (window, bias) in enumerate(zip(self._wide_windows, self._bias, strict=True)):
            np.add(window(fine).sum(axis=0), bias, out=answers[answer])
        return answers

    def at(self, planes: Planes, y: NDArray[np.int64], x: NDArray[np.int64]) -> NDArray[np.float32]:
        """The same at fine pixels y, x int64[n] alone: float32[answers, n]."""
        _, height, width = planes.shape
        step = np.arange(-2, 3)
        rows, columns = y[:, None] + step, x[:, None] + step  # [n, 5]
        inside = _within(rows, 2 * height)[:, :, None] & _within(columns, 2 * width)[:, None, :]
        above, beside = np.clip(rows // 2, 0, height - 1), np.clip(columns // 2, 0, width - 1)
        coarse = (above * width)[:, :, None] + beside[:, None, :]
        places, index = np.unique(coarse, return_inverse=True)
        values = super().at(planes, places // width, places % width)
        _kernels.refine(values, self._fine_norm, self._fine)
        around = values[:, index.reshape(coarse.shape)] * inside  # [4, n, 5, 5]
        answers = np.einsum("acij,cnij->an", self._windows, around) + self._bias[:, None]
        return np.asarray(answers, np.float32)


def _within(places: NDArray[np.int64], end: int) -> NDArray[np.bool_]:
    return (places >= 0) & (places < end)


def _flat(planes: Planes) -> NDArray[np.float32]:
    return planes.reshape(len(planes), -1)


def halved(planes: Planes) -> Planes:
    channels, height, width = planes.shape
    target = np.empty((channels, height // 2, width // 2), np.float32)
    _kernels.halve(planes, target)
    return target


def joined(deep: Planes, side: Planes) -> Planes:
    """`deep` doubled, and `side` behind it."""
    target = np.empty((len(deep) + len(side), *side.shape[1:]), np.float32)
    _kernels.double(deep, target)
    target[len(deep) :] = side
    return target


def sigmoid(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(1 / (1 + np.exp(-values)), np.float32)


def _norm(weights: Weights, name: str) -> Pair:
    parts = (weights.of(f"functional_1/{name}_ln_1/{part}:0").ravel().copy() for part in ("mul", "add_1"))
    scale, shift = parts
    return scale, shift


def _product(weights: Weights, name: str) -> Pair:
    output = f"functional_1/{name}/BiasAdd:0"
    return packed(weights.of(output, position=0), weights.of(output))


def packed(weights: NDArray[np.float32], bias: NDArray[np.float32]) -> Pair:
    """A matrix [outputs, inputs, ...] as [panels, inputs, ROWS] with zeros behind, as `multiply` reads it."""
    outputs = len(weights)
    rows = ROWS
    panels = -(-outputs // rows)
    grown = np.zeros((panels * rows, weights[0].size), np.float32)
    grown[:outputs] = weights.reshape(outputs, -1)
    packed = np.ascontiguousarray(grown.reshape(panels, rows, -1).transpose(0, 2, 1))
    return packed, np.pad(bias.ravel(), (0, panels * rows - outputs)).astype(np.float32)

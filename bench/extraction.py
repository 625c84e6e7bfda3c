"""Reading minutiae: our kernels beside the original graph in onnxruntime, on one core, answers compared.

usage: python -m bench.extraction [--rounds 7] [--every 14]

Times are of one thread, the best of several rounds, both sides in turns in one process; the ratio is what
holds on another machine. Memory is what a process of its own grows by, from before the network is loaded to
its peak. With real prints (env GADA_TEST_DATA) every fourteenth is read by both sides and compared.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from bench._real_data import TEST_DATA
from bench._recording import record_results
from gada.engine.fingerprint import FingerprintImage, extract, parameters, read_image
from gada.engine.fingerprint.extract import weights_path
from gada.engine.fingerprint.leader.network import STRIDE, Network
from gada.engine.fingerprint.segmentation import measure_ridges
from gada.engine.fingerprint.synthetic import a_finger

SIZES = {"300 x 300": (300, 300), "326 x 357": (357, 326), "388 x 374": (374, 388), "640 x 480": (480, 640)}
COMPARED_FROM = 0.15  # confidence: below the threshold in use, so that more places are compared


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--every", type=int, default=14)
    parser.add_argument("--alone", choices=("kernels", "graph"), help="memory and seconds of one side")
    arguments = parser.parse_args()
    if arguments.alone:
        print(*alone(arguments.alone))
        return
    results: dict[str, object] = {name: times(shape, arguments.rounds) for name, shape in SIZES.items()}
    results["compiling once"] = {"seconds": round(first_print(), 1)}
    results["memory"] = {f"{side}_mb": round(in_a_process_of_its_own(side)[0]) for side in ("kernels", "graph")}
    results["agreement"] = agreement(arguments.every)
    record_results("extraction", results)


@cache
def network() -> Network:
    return Network(weights_path())


@cache
def graph() -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(weights_path()), options, providers=["CPUExecutionProvider"])


def answer_of_graph(pixels: np.ndarray) -> np.ndarray:
    return graph().run(None, {"input": pixels[None, :, :, None].astype(np.float32)})[0][0]


def answer_of_kernels(pixels: np.ndarray) -> Any:
    return network().find(pixels, threshold=parameters.MINUTIA_THRESHOLD)


def fitted(pixels: np.ndarray) -> np.ndarray:
    """Grown to sides that the network takes, like `extract` does."""
    down, across = (-side % STRIDE for side in pixels.shape)
    return np.pad(pixels, ((0, down), (0, across)), mode="edge")


def a_print(shape: tuple[int, int]) -> np.ndarray:
    """An invented print that fills the whole image."""
    touch = a_finger(1).impression(1, noise=0.1, contact=0.95)
    down, across = (-(-side // part) for side, part in zip(shape, touch.shape, strict=True))
    return np.ascontiguousarray(np.tile(touch, (down, across))[: shape[0], : shape[1]])


def times(shape: tuple[int, int], rounds: int) -> dict[str, float]:
    image = FingerprintImage(a_print(shape), 500)
    padded = fitted(image.pixels)
    works: dict[str, Callable[[], object]] = {
        "graph_ms": lambda: answer_of_graph(padded),
        "kernels_ms": lambda: answer_of_kernels(padded),
        "whole_extraction_ms": lambda: extract(image),
        "ridges_ms": lambda: measure_ridges(image.pixels),
    }
    best = dict.fromkeys(works, np.inf)
    for round_number in range(rounds + 1):  # the first compiles and warms
        for name, work in works.items():
            start = time.process_time()
            work()
            if round_number:
                best[name] = min(best[name], 1000 * (time.process_time() - start))
    found = {name: round(float(value), 1) for name, value in best.items()}
    return found | {"ratio": round(found["graph_ms"] / found["kernels_ms"], 2)}


def in_a_process_of_its_own(side: str, **environment: str) -> list[float]:
    """Megabytes and seconds of `alone`, in a new process."""
    command = [sys.executable, "-m", "bench.extraction", "--alone", side]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | environment)
    return [float(word) for word in done.stdout.split()]


def first_print() -> float:
    """Seconds that compiling takes, once on a machine: nothing compiled yet, then everything."""
    with tempfile.TemporaryDirectory() as empty:
        first, second = (in_a_process_of_its_own("kernels", NUMBA_CACHE_DIR=empty)[1] for _ in range(2))
    return first - second


def alone(side: str) -> tuple[float, float]:
    """Megabytes by which three answers raise this process at most, and its seconds of work until then."""
    pixels = np.random.default_rng(1).integers(0, 255, (384, 352)).astype(np.uint8)
    before = highest_memory()
    for _ in range(3):
        (answer_of_kernels if side == "kernels" else answer_of_graph)(pixels)
    return highest_memory() - before, time.process_time()


def highest_memory() -> float:
    """Megabytes, as Linux counts them; elsewhere not a number."""
    status = Path("/proc/self/status")
    lines = status.read_text("utf-8").splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), float("nan"))


def agreement(every: int) -> dict[str, object]:
    """Both sides on real prints: what differs."""
    folder = TEST_DATA / "fingerprints"
    paths = sorted([*folder.glob("uareu/*.png"), *folder.glob("fvc2002/*/*.png")])[::every]
    if not paths:
        return {"images": "none: set GADA_TEST_DATA"}
    minutiae = lost_or_gained = 0
    largest = np.zeros(3)
    for path in paths:
        image = read_image(path.read_bytes(), dpi=569 if path.parent.name == "db2" else None)
        pixels = fitted(image.pixels)
        wanted, found = answer_of_graph(pixels), network().find(pixels, threshold=COMPARED_FROM)
        there, here = wanted[..., 3] >= COMPARED_FROM, found.confidence >= COMPARED_FROM
        minutiae += int(there.sum())
        lost_or_gained += int((there != here).sum())
        both = (there & here)[found.y, found.x]
        places = found.y[both], found.x[both]
        turn = np.angle(np.exp(1j * (found.direction[both] - wanted[(*places, 1)])))
        gaps = found.values[both] - wanted[(*places, 3)], turn, found.ending[both] - wanted[(*places, 2)]
        largest = np.maximum(largest, [np.abs(gap).max(initial=0) for gap in gaps])
    names = ("confidence", "direction_radians", "kind")
    worst = {f"largest_gap_{name}": float(f"{gap:.1e}") for name, gap in zip(names, largest, strict=True)}
    return {"images": len(paths), "minutiae": minutiae, "lost_or_gained": lost_or_gained, **worst}


if __name__ == "__main__":
    main()

"""The first stage of a search beside the same computation in plain numpy: what the kernels are worth here."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint import _kernels, parameters
from gada.engine.fingerprint.descriptors import Descriptors
from gada.engine.fingerprint.parameters import LANES
from gada.engine.gallery.shelf import Chunk

WIDE: Final = 32
MOST_CHUNKS: Final = 8  # 60 MB: more than the caches hold


def plain_scan(chunk: Chunk, blocks: int, probe: Descriptors) -> NDArray[np.int32]:
    """Stage 1 of one probe finger over the first blocks of a chunk, int32[blocks, lane], in numpy alone."""
    words, density = chunk.words[:blocks], chunk.density[:blocks]
    total = np.zeros((blocks, LANES), np.int32)
    for p in range(min(parameters.SCAN_PROBE_MINUTIAE, len(probe))):
        best = np.zeros((blocks, LANES), np.int32)
        for m in range(parameters.SCAN_MINUTIAE):
            shared = np.bitwise_count(words[:, m] & probe.words[p][None, :, None])
            both = shared[:, :6].sum(axis=1, dtype=np.float32)
            expected = shared[:, 6].astype(np.float32) * (density[:, m] + probe.density[p]) + np.float32(1)
            best = np.maximum(best, (both * np.float32(parameters.SCAN_ONE) / expected).astype(np.int32))
        total += np.maximum(best - parameters.SCAN_FLOOR, 0)
    return total


def time_both(chunk: Chunk, blocks: int, probe: Descriptors) -> tuple[int, float, float]:
    """Finger pairs of one scan of the first blocks of a chunk, and its seconds by the kernel and by numpy, one thread.

    Best of ten and of two runs. Raises ArithmeticError when they do not agree: then neither figure means anything.
    """
    best = slice(0, parameters.SCAN_PROBE_MINUTIAE)
    words, density = probe.words[best], probe.density[best]
    scores = np.empty((1, blocks, LANES), np.int32)

    def kernel() -> None:
        _kernels.scan_blocks(
            chunk.words[:blocks], chunk.density[:blocks], words, density, np.array([len(words)]),
            parameters.SCAN_MINUTIAE, parameters.SCAN_FLOOR, scores,
        )  # fmt: skip

    kernel()
    plain = plain_scan(chunk, blocks, probe)
    if np.abs(plain - scores[0]).max() > parameters.SCAN_PROBE_MINUTIAE:  # one rounding for each of the probe's
        raise ArithmeticError("the kernel and numpy disagree")
    ours = min(_seconds(kernel) for _ in range(10))
    theirs = min(_seconds(lambda: plain_scan(chunk, blocks, probe)) for _ in range(2))
    return scores.size, ours, theirs


def rate_of_scan(chunks: Sequence[tuple[Chunk, int]], probe: Descriptors, *, pool: ThreadPoolExecutor) -> float:
    """Finger pairs a second of the kernel with 32 cylinders on either side, everybody, all threads of the pool.

    As other engines state it. The gallery keeps half as many of each finger; the other half are here those of its
    neighbour on the shelf, and a probe with fewer repeats its own.
    """
    wide = [
        (np.concatenate((chunk.words[:blocks], np.roll(chunk.words[:blocks], 1, axis=3)), axis=1),
         np.concatenate((chunk.density[:blocks], np.roll(chunk.density[:blocks], 1, axis=2)), axis=1))
        for chunk, blocks in chunks[:MOST_CHUNKS]
    ]  # fmt: skip
    cylinders = np.resize(np.arange(len(probe)), WIDE)
    words, density = probe.words[cylinders], probe.density[cylinders]

    def scan(part: tuple[NDArray[np.uint64], NDArray[np.float32]]) -> int:
        scores = np.empty((1, len(part[0]), LANES), np.int32)
        ends = np.array([WIDE])
        _kernels.scan_blocks(*part, words, density, ends, WIDE, parameters.SCAN_FLOOR, scores)
        return scores.size

    def all_of_them() -> int:
        return sum(pool.map(scan, wide))

    pairs = all_of_them()
    return pairs / min(_seconds(all_of_them) for _ in range(5))


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start

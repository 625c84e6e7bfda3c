"""Templates of many files, one process per core, every failure with its reason."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from gada.engine.fingerprint.extract import Extractor, extract
from gada.engine.fingerprint.image import read_image
from gada.engine.fingerprint.parameters import FEWEST_MINUTIAE
from gada.engine.fingerprint.template import FingerprintImage, Template
from gada.engine.refusal import Refusal

Progress = Callable[[int, int], None]
"""Told how many files are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """What became of one file: a template, or `failure` says why there is none to compare.

    `seconds` is the processor time of reading and extraction, None where nothing was extracted.
    """

    template: Template | None
    failure: str = ""
    seconds: float | None = None

    @property
    def quality(self) -> int:
        """0..100; 0 for a file that could not be read."""
        return 0 if self.template is None else self.template.finger_quality

    @property
    def usable(self) -> bool:
        """Whether it can be compared."""
        return not self.failure


def extract_all(
    files: Sequence[tuple[Path, int | None]],
    *,
    extractor: Extractor = "leader",
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[Extracted]:
    """The template of each file (with the resolution stated for it, or None), in the order of `files`.

    Whatever a file holds, it gets an answer: one that brings its process down is tried again alone, then it failed.
    """
    count = max(1, min(workers or os.cpu_count() or 1, len(files)))
    answers: dict[int, Extracted] = {}
    _extract_some(files, range(len(files)), answers, extractor, workers=count, progress=progress)
    for index in range(len(files)):
        if index not in answers:
            _extract_some(files, [index], answers, extractor, workers=1, progress=progress)
            answers.setdefault(index, Extracted(None, "The file ended the process that read it."))
    return [answers[index] for index in range(len(files))]


def _extract_some(
    files: Sequence[tuple[Path, int | None]],
    chosen: Sequence[int],
    answers: dict[int, Extracted],
    extractor: Extractor,
    *,
    workers: int,
    progress: Progress | None,
) -> None:
    """Fill `answers` for the chosen files, as far as the processes live."""
    spawn = get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn, initializer=warm_up, initargs=(extractor,)) as pool:
        try:
            asked: dict[Future[Extracted], int] = {
                pool.submit(extract_file, *files[index], extractor): index for index in chosen
            }
            for done in as_completed(asked):
                answers[asked[done]] = done.result()
                if progress is not None:
                    progress(len(answers), len(files))
        except BrokenProcessPool:
            return


def warm_up(extractor: Extractor = "leader") -> None:
    """Load the network or the kernels, so that the first print is not charged for it."""
    extract(FingerprintImage(np.full((64, 64), 255, np.uint8), 500), extractor=extractor)


def extract_file(path: Path, dpi: int | None, extractor: Extractor = "leader") -> Extracted:
    """The template of one file, or why there is none."""
    start = time.process_time()
    try:
        template = extract(read_image(path.read_bytes(), dpi=dpi), extractor=extractor)
    except Refusal as refusal:
        return Extracted(None, str(refusal))
    except (OSError, MemoryError) as trouble:
        return Extracted(None, f"The file cannot be read: {trouble or type(trouble).__name__}")
    seconds = time.process_time() - start
    if len(template) < FEWEST_MINUTIAE:
        return Extracted(template, f"Only {len(template)} minutiae: too few to compare.", seconds)
    return Extracted(template, "", seconds)

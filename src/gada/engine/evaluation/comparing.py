"""Everybody with everybody: by the engine's second stage, and by the plain baseline on the same minutiae."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gada.engine.evaluation._kernels import mean_of_top_pairs
from gada.engine.fingerprint.compare import evidence_of_stack, raw_scores, stacked
from gada.engine.fingerprint.descriptors import describe
from gada.engine.fingerprint.template import Template

BASELINE_PAIRS: Final = 12  # MCC's local similarity sort takes 4 to 12 pairs; 12 for 20 minutiae and more
BASELINE_ONE: Final = 1_000_000  # a mean similarity of 1.0


def compare_all(templates: Sequence[Template]) -> tuple[NDArray[np.int64], float]:
    """Raw scores int64[n, n] below the diagonal, and comparisons per second of one core.

    Raw scores are those of `Comparison.raw`; 0 with a template of too few minutiae to decide.
    """
    described = [describe(template) for template in templates]
    stack = stacked(described)
    raws = np.zeros((len(templates), len(templates)), np.int64)
    if len(templates) > 1:
        evidence_of_stack(described[1], stack, 1)  # compiled before the clock starts
    start = time.process_time()
    for i in range(1, len(templates)):
        raws[i, :i] = raw_scores(evidence_of_stack(described[i], stack, i), minutiae=stack.lesser_counts(i))
    spent = time.process_time() - start
    return raws, len(templates) * (len(templates) - 1) / 2 / max(spent, 1e-9)


def baseline_all(templates: Sequence[Template]) -> NDArray[np.int64]:
    """The plain baseline for all pairs, in millionths: int64[n, n] below the diagonal.

    The mean of the most similar pairs of cylinders, nothing else: MCC's local similarity sort, without any check
    that the pairs tell one movement, and without one-to-one assignment.
    """
    described = [describe(template) for template in templates]
    scores = np.zeros((len(templates), len(templates)), np.int64)
    tops = np.zeros(BASELINE_PAIRS, np.float32)
    for i, a in enumerate(described):
        for j in range(i):
            b = described[j]
            scores[i, j] = round(BASELINE_ONE * mean_of_top_pairs(a.words, a.density, b.words, b.density, tops))
    return scores

"""Two impressions compared exactly: similar cylinders, paired one to one, weighed by how well the pairs agree;
then one impression is laid upon the other, and what coincides is counted against what should have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint import _comparing, parameters
from gada.engine.fingerprint.calibration import score_of
from gada.engine.fingerprint.descriptors import (
    Descriptors,
    bell,
    cylinder_settings,
    describe,
    share_by_direction,
)
from gada.engine.fingerprint.template import Comparison, Template
from gada.engine.fingerprint.tracing import Trace


@dataclass(frozen=True, slots=True, eq=False)
class Superposition:
    """One impression laid upon another.

    `pairs` int32[p, 2] of similar cylinders, `weights` float32[p, 2] their similarity before and after relaxation;
    `partners` int32[q, 2] minutiae that coincide, `misses` float32[q] 0..2 (squared distance and squared angle, each
    over its gate); `evidence` float32[4]: closeness of partners, product of their confidences, confidences that had
    to find partners, weight after relaxation, each added up.
    """

    pairs: NDArray[np.int32]
    weights: NDArray[np.float32]
    partners: NDArray[np.int32]
    misses: NDArray[np.float32]
    evidence: NDArray[np.float32]


def compare(a: Template, b: Template, *, trace: Trace | None = None) -> Comparison:
    """Compare two templates; symmetric; about 20 microseconds, and 0.2 ms for the first use of each.

    `trace` receives the arrays of a `Superposition` by name, and `raw`.
    """
    found = superpose(describe(a), describe(b))
    raw = int(raw_scores(found.evidence, minutiae=min(len(a), len(b))))
    if trace is not None:
        for name in ("pairs", "weights", "partners", "misses", "evidence"):
            trace(name, getattr(found, name))
        trace("raw", raw)
    return Comparison(score_of(raw), raw, tuple((int(i), int(j)) for i, j in found.partners))


def compare_each(probe: Template, packed: Sequence[bytes]) -> NDArray[np.int64]:
    """Raw scores int64[k] of one template with many packed ones, as `compare` gives them; releases the interpreter."""
    counts = (np.array([*map(len, packed)], np.int64) - _comparing.HEAD_BYTES) // _comparing.MINUTIA_BYTES
    return raw_scores(evidence_of_each(describe(probe), packed), minutiae=np.minimum(counts, len(probe)))


def superpose(a: Descriptors, b: Descriptors) -> Superposition:
    """The best way to lay one impression upon the other."""
    pairs, weights = np.zeros((parameters.PAIRS, 2), np.int32), np.zeros((parameters.PAIRS, 2), np.float32)
    widest = max(len(a), len(b))
    partners, misses = np.zeros((widest, 2), np.int32), np.zeros(widest, np.float32)
    evidence = np.zeros(4, np.float32)
    found, count = _comparing.compare_described(
        a.places, b.places, a.words, b.words, a.planes, b.planes, a.density, b.density, a.confidence, b.confidence,
        a.hull, b.hull, relaxation_settings(), superposition_settings(), pairs, weights, partners, misses, evidence,
    )  # fmt: skip
    return Superposition(pairs[:found], weights[:found], partners[:count], misses[:count], evidence)


def evidence_of_each(probe: Descriptors, packed: Sequence[bytes]) -> NDArray[np.float32]:
    """Evidence float32[k, 4] of one impression with many packed templates."""
    evidence = np.zeros((len(packed), 4), np.float32)
    ends = np.cumsum([0, *map(len, packed)])
    _comparing.compare_packed(
        np.frombuffer(b"".join(packed), np.uint8), ends, parameters.COMPARED_MINUTIAE,
        parameters.UNREPORTED_CONFIDENCE, share_by_direction(), bell(), cylinder_settings(), probe.places, probe.words,
        probe.planes, probe.density, probe.confidence, probe.hull, relaxation_settings(), superposition_settings(),
        parameters.PAIRS, evidence,
    )  # fmt: skip
    return evidence


def raw_scores(evidence: NDArray[np.float32], *, minutiae: NDArray[np.int64] | int) -> NDArray[np.int64]:
    """Evidence float32[..., 4] as raw scores int64[...]: a logit in hundredths, 0 for most strangers.

    `minutiae` int64[...] are those of the impression that has fewer: with too few, nothing is decided and the raw
    score is 0. This is the only place that says so.
    """
    one = evidence.astype(np.float64)
    logit = (
        parameters.CLOSENESS_WEIGHT * one[..., 0]
        + parameters.CONFIDENCE_WEIGHT * one[..., 1]
        + parameters.EXPECTATION_WEIGHT * one[..., 2]
        + parameters.RELAXED_WEIGHT * one[..., 3]
        + parameters.EVIDENCE_OFFSET
    )
    raws = np.maximum(np.rint(parameters.RAW_ONE * logit), 0).astype(np.int64)
    laid_upon_one_another = one[..., 0] > 0
    return np.where(laid_upon_one_another & (np.asarray(minutiae) >= parameters.FEWEST_MINUTIAE), raws, 0)


@cache
def relaxation_settings() -> NDArray[np.float32]:
    """Gates, rounds and weight, as the kernel takes them."""
    chosen = (
        parameters.PAIR_DISTANCE_PIXELS,
        parameters.PAIR_ANGLE_RADIANS,
        parameters.RELAXATIONS,
        parameters.RELAXATION_WEIGHT,
    )
    return np.array(chosen, np.float32)


@cache
def superposition_settings() -> NDArray[np.float32]:
    """Seeds, arm, gates, reach of stretch, weights and least first laying, as the kernel takes them."""
    chosen = (
        parameters.SEEDS,
        parameters.ARM_PIXELS,
        parameters.WIDE_GATE_PIXELS,
        parameters.NARROW_GATE_PIXELS,
        parameters.PARTNER_ANGLE_RADIANS,
        parameters.STRETCH_REACH_PIXELS,
        parameters.CLOSENESS_WEIGHT,
        parameters.CONFIDENCE_WEIGHT,
        parameters.EXPECTATION_WEIGHT,
        parameters.LEAST_FIRST_LAYING,
    )
    return np.array(chosen, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Descriptors of many impressions side by side, as the kernel takes them: see `_comparing.compare_stacked`."""

    planes: NDArray[np.uint64]
    density: NDArray[np.float32]
    places: NDArray[np.float32]
    confidence: NDArray[np.float32]
    hulls: NDArray[np.float32]
    counts: NDArray[np.int64]
    corners: NDArray[np.int64]

    def lesser_counts(self, i: int) -> NDArray[np.int64]:
        """Minutiae int64[i] of whichever has fewer: impression `i`, or each of those before it."""
        lesser: NDArray[np.int64] = np.minimum(self.counts[:i], self.counts[i])
        return lesser


def stacked(described: Sequence[Descriptors]) -> Stack:
    """Many impressions, to be compared with each other again and again; about 8 kB each."""
    most = max((len(one) for one in described), default=0)
    widest = max((len(one.hull) for one in described), default=0)
    size = len(described)
    stack = Stack(
        planes=np.zeros((size, parameters.WORDS, most), np.uint64),
        density=np.zeros((size, most), np.float32),
        places=np.zeros((size, most, 5), np.float32),
        confidence=np.zeros((size, most), np.float32),
        hulls=np.zeros((size, widest, 2), np.float32),
        counts=np.array([len(one) for one in described], np.int64),
        corners=np.array([len(one.hull) for one in described], np.int64),
    )
    for k, one in enumerate(described):
        stack.planes[k, :, : len(one)] = one.planes
        stack.density[k, : len(one)] = one.density
        stack.places[k, : len(one)] = one.places
        stack.confidence[k, : len(one)] = one.confidence
        stack.hulls[k, : len(one.hull)] = one.hull
    return stack


def evidence_of_stack(probe: Descriptors, stack: Stack, first: int) -> NDArray[np.float32]:
    """Evidence float32[first, 4] of one impression with the first of a stack."""
    evidence = np.zeros((first, 4), np.float32)
    _comparing.compare_stacked(
        stack.planes, stack.density, stack.places, stack.confidence, stack.hulls, stack.counts, stack.corners,
        probe.places, probe.words, probe.planes, probe.density, probe.confidence, probe.hull, relaxation_settings(),
        superposition_settings(), parameters.PAIRS, evidence,
    )  # fmt: skip
    return evidence

"""Error rates of comparisons, in the terms of ISO/IEC 19795-1, with what can be said about their certainty.

Scores are integers, higher is more alike. At a threshold t an impostor pair with score >= t is a false match, a
genuine pair with score < t a false non-match. FNMR at an FMR: the threshold is the lowest score at which the share
of impostor pairs at or above it is not more than the FMR. EER as in FVC (Maio et al., 2002): the mean of both rates
at the threshold where they meet, or at the nearer of the two around the crossing. All rates are fractions, 0..1.

Pairs of one finger are not independent, so intervals come from resampling fingers, never pairs (Bolle, Ratha and
Pankanti, 2004): a finger drawn k times counts k times in its genuine pairs, and k times l in pairs with a finger
drawn l times; the pairs of two draws of one finger are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

RESAMPLES: Final = 500
_SEED: Final = 19795

Integers = NDArray[np.integer]
Floats = NDArray[np.float64]
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Who was compared: `genuine` int[g], the finger of each genuine pair; `impostor` int[k, 2], the two fingers of
    each impostor pair; both as numbers below `fingers`."""

    fingers: int
    genuine: Integers
    impostor: Integers


@dataclass(frozen=True, slots=True, eq=False)
class ErrorCurve:
    """FMR and FNMR, float64[m], at rising thresholds int64[m]; the last threshold is above every score."""

    thresholds: NDArray[np.int64]
    fmr: Floats
    fnmr: Floats

    @property
    def eer(self) -> float:
        """Equal error rate."""
        last = int(np.flatnonzero(self.fnmr <= self.fmr)[-1])  # the first threshold misses nobody
        first = int(np.flatnonzero(self.fnmr >= self.fmr)[0])  # the last one matches nobody
        return float(min((self.fnmr[i] + self.fmr[i]) / 2 for i in (last, first)))

    def threshold_at(self, fmr: float) -> int:
        """The lowest score at which the share of impostor pairs at or above it is at most `fmr`."""
        at = self._index_at(fmr)
        return int(self.thresholds[0] if at == 0 else self.thresholds[at - 1] + 1)

    def fnmr_at(self, fmr: float) -> float:
        """Share of genuine pairs below `threshold_at(fmr)`."""
        return float(self.fnmr[self._index_at(fmr)])

    def _index_at(self, fmr: float) -> int:
        return int(np.argmax(self.fmr <= fmr))


class Scores:
    """Scores of genuine pairs int[g] and of impostor pairs int[k], ready to be weighed again and again."""

    def __init__(self, genuine: Integers, impostor: Integers) -> None:
        if not len(genuine) or not len(impostor):
            raise ValueError("error rates need genuine and impostor pairs")
        both = np.concatenate((genuine, impostor)).astype(np.int64)
        self._levels, places = np.unique(both, return_inverse=True)
        self._genuine, self._impostor = places[: len(genuine)], places[len(genuine) :]

    def curve(self, genuine_weights: Floats | None = None, impostor_weights: Floats | None = None) -> ErrorCurve:
        """The error curve; weights float64[g] and float64[k] say how often each pair counts (default: once)."""
        size = len(self._levels)
        genuine = np.bincount(self._genuine, genuine_weights, size).astype(np.float64)
        impostor = np.bincount(self._impostor, impostor_weights, size).astype(np.float64)
        below = np.concatenate(([0.0], np.cumsum(genuine)))
        above = np.concatenate((np.cumsum(impostor[::-1])[::-1], [0.0]))
        thresholds = np.append(self._levels, self._levels[-1] + 1)
        return ErrorCurve(thresholds, above / above[0], below / below[-1])


def resampled(
    pairs: Pairs, statistic: Callable[[Floats, Floats], Sequence[float]], *, resamples: int = RESAMPLES
) -> Floats:
    """`statistic` of the weights of genuine and impostor pairs for `resamples` draws of fingers: float64[r, values].

    Draws in which no genuine or no impostor pair is left are drawn again. The same pairs give the same draws, so two
    statistics that come out of one call, or their difference, are paired.
    """
    random = np.random.default_rng(_SEED)
    first, second = np.ascontiguousarray(pairs.impostor[:, 0]), np.ascontiguousarray(pairs.impostor[:, 1])
    rows: list[Sequence[float]] = []
    while len(rows) < resamples:
        drawn = np.bincount(random.integers(0, pairs.fingers, pairs.fingers), minlength=pairs.fingers)
        times = drawn.astype(np.float64)
        genuine, impostor = times[pairs.genuine], times[first] * times[second]
        if genuine.any() and impostor.any():
            rows.append(statistic(genuine, impostor))
    return np.array(rows, np.float64)


def middle(values: Floats, *, share: float = 0.95) -> Interval:
    """The percentile interval that holds `share` of resampled values float64[r]."""
    low, high = np.quantile(values, ((1 - share) / 2, (1 + share) / 2))
    return float(low), float(high)


def binomial_interval(count: int, total: int, *, share: float = 0.95) -> Interval:
    """Clopper and Pearson's exact interval of a rate of which `count` of `total` independent trials were seen."""
    tail = (1 - share) / 2
    low = float(betaincinv(count, total - count + 1, tail)) if count else 0.0
    high = float(betaincinv(count + 1, total - count, 1 - tail)) if count < total else 1.0
    return low, high


def fnmr_without_the_worst(
    genuine: Integers, qualities: Integers, *, threshold: int, discarded: float
) -> float:
    """FNMR at `threshold` when the share `discarded` of genuine pairs is left out, those of lowest quality.

    genuine int[g] scores; qualities int[g], the lower quality of both prints of a pair (error versus discard,
    ISO/IEC 29794-1). Pairs that tie at the edge are left out in proportion.
    """
    missed = genuine < threshold
    leave_out = discarded * len(genuine)
    edge = np.sort(qualities)[min(int(leave_out), len(genuine) - 1)]
    below, level = qualities < edge, qualities == edge
    kept_at_edge = (int(level.sum()) - (leave_out - int(below.sum()))) / int(level.sum())
    kept = (qualities > edge) + kept_at_edge * level
    total = float(kept.sum())
    return float((kept * missed).sum() / total) if total > 0 else 0.0

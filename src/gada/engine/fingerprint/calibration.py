"""From raw scores to what they mean: score = floor(-10 log10 FMR), the false match rate of one comparison.

30 says: one pair of strangers' fingers in a thousand reaches this. The table behind it was fitted on
comparisons of strangers and is stored with its data in `calibration.json`, one entry per algorithm.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import floor, log, log10, sqrt

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint import parameters

HIGHEST_SCORE = 120
"""Beyond 10^-12 no data speaks; the tail is not believed further."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Knots of the table: `raw` ascending, `decibels` = -10 log10 FMR there; linear in between and after."""

    algorithm: str
    raw: tuple[int, ...]
    decibels: tuple[float, ...]

    def decibels_of(self, raw: float) -> float:
        """-10 log10 of the share of strangers that reach `raw`; 0 at the bottom."""
        if raw >= self.raw[-1]:
            slope = (self.decibels[-1] - self.decibels[-2]) / (self.raw[-1] - self.raw[-2])
            return min(self.decibels[-1] + slope * (raw - self.raw[-1]), float(HIGHEST_SCORE))
        return float(np.interp(raw, self.raw, self.decibels))


@cache
def load_calibration(algorithm: str = parameters.ALGORITHM) -> Calibration:
    """The stored calibration of an algorithm. Raises KeyError when there is none."""
    stored = json.loads(files(__package__).joinpath("calibration.json").read_text("utf-8"))[algorithm]
    return Calibration(algorithm, tuple(stored["raw"]), tuple(stored["decibels"]))


def score_of(raw: int) -> int:
    """floor(-10 log10 FMR) of one finger's raw score, 0..120."""
    scores = _scores(parameters.ALGORITHM)
    return scores[min(max(raw, 0), len(scores) - 1)]


@cache
def _scores(algorithm: str) -> tuple[int, ...]:
    """The score of every raw value up to the first that reaches the highest."""
    table, scores = load_calibration(algorithm), [0]
    while scores[-1] < HIGHEST_SCORE:
        scores.append(max(0, floor(table.decibels_of(len(scores)))))
    return tuple(scores)


def fuse_scores(scores: Sequence[int], *, choices: int = 1) -> int:
    """Score of several fingers together, on the same scale: the chance that strangers do this well.

    Fisher's method: with k fingers, if each one's -ln FMR is exponential among strangers, their sum is
    Gamma(k). `choices` counts the ways in which fingers could have been put side by side and the best
    was kept (hands swapped, positions unknown); the chance is multiplied by it.
    """
    if not scores:
        return 0
    total = sum(scores) * log(10) / 10
    term, series = 1.0, 1.0
    for k in range(1, len(scores)):
        term *= total / k
        series += term
    log_chance = -total / log(10) + log10(series) + log10(max(choices, 1))
    return max(0, min(HIGHEST_SCORE, floor(-10 * log_chance + 1e-9)))


def fit_calibration(
    strangers: NDArray[np.int64], *, tail_share: float = 0.001
) -> tuple[list[int], list[float]]:
    """Knots (raw, decibels) from the raw scores of strangers.

    Counted where at least `tail_share` of them lie above; beyond, an exponential: raw scores are a logit, whose
    extreme values fall so (a generalised Pareto tail of shape 0). Its slope is lowered by one standard error, so
    that the claim is rather too low than too high.
    """
    ordered = np.sort(np.asarray(strangers))
    knots: list[int] = [int(ordered[0])]
    decibels: list[float] = [0.0]
    for step in range(1, floor(-10 * log10(tail_share)) + 1):
        raw = int(np.quantile(ordered, 1 - 10 ** (-step / 10), method="higher"))
        if raw > knots[-1]:
            knots.append(raw)
            decibels.append(round(-10 * log10(float(np.mean(ordered >= raw))), 3))
    start, level = knots[-1], decibels[-1]
    excesses = ordered[ordered >= start] - start + 0.5
    slope = (1 - 1 / sqrt(len(excesses))) / float(excesses.mean())
    while decibels[-1] < HIGHEST_SCORE:
        knots.append(knots[-1] + max(1, round(0.1 * (start - knots[0]))))
        decibels.append(round(level + 10 / log(10) * slope * (knots[-1] - start), 3))
    return knots, decibels


def tail_shape(strangers: NDArray[np.int64], *, tail_share: float = 0.001) -> tuple[float, float]:
    """Shape of a generalised Pareto tail fitted to the highest scores, and its standard error: is 0 believable?

    By moments (Hosking and Wallis, Technometrics 29(3), 1987): shape = (1 - mean^2 / variance) / 2.
    """
    ordered = np.sort(np.asarray(strangers)).astype(np.float64)
    highest = ordered[-max(2, int(tail_share * len(ordered))) :]
    excesses = highest - highest[0]
    shape = (1 - float(excesses.mean()) ** 2 / max(float(excesses.var()), 1e-9)) / 2
    return shape, 1 / sqrt(len(excesses))

"""Error rates of a set of prints, with intervals, against the baseline, and whether the calibration keeps its word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gada.engine.evaluation.comparing import baseline_all, compare_all
from gada.engine.evaluation.extraction import Extracted
from gada.engine.evaluation.prints import Print
from gada.engine.fingerprint.calibration import score_of
from gada.engine.fingerprint.error_rates import (
    RESAMPLES,
    ErrorCurve,
    Pairs,
    Scores,
    binomial_interval,
    fnmr_without_the_worst,
    middle,
    resampled,
)

FMR_OF: Final = {"fnmr_at_fmr_1e2": 1e-2, "fnmr_at_fmr_1e3": 1e-3, "fnmr_at_fmr_1e4": 1e-4}
RATES: Final = ("eer", *FMR_OF)
CLAIMED_SCORES: Final = {"1e-1": 10, "1e-2": 20, "1e-3": 30, "1e-4": 40, "1e-5": 50}
DISCARDED: Final = (0.0, 0.05, 0.1, 0.2)
CONVENTIONS: Final = {
    "rates": "fractions from 0 to 1, not percent",
    "genuine": "all pairs of two impressions of one finger",
    "impostor": "all pairs of impressions of different fingers",
    "failures": "prints that could not be read or have too few minutiae; all their pairs count with score 0",
    "fnmr_at_fmr": "threshold: the lowest raw score at which the share of impostor pairs at or above it is not more "
    "than the FMR; a genuine pair below it is a false non-match",
    "eer": "mean of FMR and FNMR at the threshold where they cross",
    "intervals": f"95 %, percentiles of {RESAMPLES} bootstrap draws of fingers (not of pairs)",
    "claimed_vs_measured_fmr": "share of impostor pairs whose calibrated score, floor(-10 log10 FMR), is the claimed "
    "one or more; interval: 95 % Clopper-Pearson, as if pairs were independent; interval_of_fingers: bootstrap",
    "baseline": "mean of the 12 most similar pairs of cylinders, on the same minutiae; difference: engine minus "
    "baseline, paired draws",
    "error_versus_discard": "FNMR at the thresholds of all pairs, without the given share of the genuine pairs whose "
    "worse print has the lowest quality",
    "extract_seconds_median": "processor time of one core for reading and extracting one print",
    "comparisons_per_second": "of one core, extraction not counted",
}

Integers = NDArray[np.int64]
Part = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """All pairs of prints. `first` and `second` int64[p] index the prints, `genuine` bool[p]; `raw`, `score` and
    `baseline` int64[p]: the engine's raw and calibrated score, the baseline's; all 0 where extraction failed."""

    first: Integers
    second: Integers
    genuine: Part
    raw: Integers
    score: Integers
    baseline: Integers
    a_second: float


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """`report` for JSON, `compared` for whoever wants every score."""

    report: dict[str, Any]
    compared: Compared


def evaluate(
    prints: Sequence[Print], extracted: Sequence[Extracted], *, say: Callable[[str], None] = lambda _: None
) -> Evaluation:
    """Compare all pairs of prints and report the errors; keys and conventions are in the report itself.

    Rates are None where there is no genuine or no impostor pair to count. `say` is told what is going on.
    """
    compared = compare_prints(prints, extracted, say=say)
    say("counting errors")
    seconds = [each.seconds for each in extracted if each.seconds is not None]
    genuine = compared.genuine
    report: dict[str, Any] = dict.fromkeys(RATES)
    report |= {
        "genuine": int(genuine.sum()),
        "impostor": int((~genuine).sum()),
        "failures": sum(not each.usable for each in extracted),
        "extract_seconds_median": float(np.median(seconds)) if seconds else None,
        "comparisons_per_second": compared.a_second,
        "claimed_vs_measured_fmr": {},
        "prints": len(prints),
        "fingers": len({each.finger for each in prints}),
        "failed": {
            each.name: answer.failure for each, answer in zip(prints, extracted, strict=True) if not answer.usable
        },
        "conventions": CONVENTIONS,
    }
    if genuine.any() and not genuine.all():
        report |= _error_rates(compared, _fingers_of(prints, compared))
        report["error_versus_discard"] = _error_versus_discard(compared, extracted, report["thresholds"])
    return Evaluation(report, compared)


def compare_prints(
    prints: Sequence[Print], extracted: Sequence[Extracted], *, say: Callable[[str], None] = lambda _: None
) -> Compared:
    """All pairs i < j, by the engine and by the baseline."""
    usable = np.flatnonzero([each.usable for each in extracted])
    templates = [each.template for each in extracted if each.usable and each.template is not None]
    second, first = np.tril_indices(len(prints), -1)
    labels = np.unique([each.finger for each in prints], return_inverse=True)[1]
    say(f"comparing {len(first):,} pairs")
    raws, a_second = compare_all(templates)
    say("comparing them by the baseline")
    raw, baseline = (_spread(part, usable, len(prints))[second, first] for part in (raws, baseline_all(templates)))
    levels, places = np.unique(raw, return_inverse=True)
    score = np.array([score_of(level) for level in levels.tolist()], np.int64)[places]
    return Compared(first, second, labels[first] == labels[second], raw, score, baseline, a_second)


def _spread(scores: Integers, usable: Integers, size: int) -> Integers:
    """Scores of the usable prints among all of them, 0 elsewhere."""
    whole = np.zeros((size, size), np.int64)
    whole[np.ix_(usable, usable)] = scores
    return whole


def _fingers_of(prints: Sequence[Print], compared: Compared) -> Pairs:
    names, fingers = np.unique([each.finger for each in prints], return_inverse=True)
    first, second, genuine = fingers[compared.first], fingers[compared.second], compared.genuine
    return Pairs(len(names), first[genuine], np.stack((first[~genuine], second[~genuine]), axis=1))


def _error_rates(compared: Compared, pairs: Pairs) -> dict[str, Any]:
    genuine = compared.genuine
    ours = Scores(compared.raw[genuine], compared.raw[~genuine])
    plain = Scores(compared.baseline[genuine], compared.baseline[~genuine])
    reached = compared.score[~genuine, None] >= np.array(list(CLAIMED_SCORES.values()))

    def statistic(genuine_weights: NDArray[np.float64], impostor_weights: NDArray[np.float64]) -> list[float]:
        both = [each.curve(genuine_weights, impostor_weights) for each in (ours, plain)]
        shares = [
            float(impostor_weights[column].sum() / impostor_weights.sum()) for column in reached.T
        ]
        return [*_rates(both[0]).values(), *_rates(both[1]).values(), *shares]

    curve, baseline = ours.curve(), plain.curve()
    draws = resampled(pairs, statistic)
    count = len(RATES)
    our_draws, plain_draws, share_draws = draws[:, :count], draws[:, count : 2 * count], draws[:, 2 * count :]
    rates, plain_rates = _rates(curve), _rates(baseline)
    thresholds = {name: curve.threshold_at(fmr) for name, fmr in FMR_OF.items()}
    impostor = compared.raw[~genuine]
    return {
        **rates,
        "intervals": _intervals(our_draws),
        "thresholds": thresholds,
        "pairs_behind": {name: int((impostor >= threshold).sum()) for name, threshold in thresholds.items()},
        "baseline": {
            **plain_rates,
            "intervals": _intervals(plain_draws),
            "difference": {name: rates[name] - plain_rates[name] for name in RATES},
            "difference_intervals": _intervals(our_draws - plain_draws),
        },
        "claimed_vs_measured_fmr": _claimed_and_measured(reached, share_draws),
    }


def _rates(curve: ErrorCurve) -> dict[str, float]:
    return {"eer": float(curve.eer), **{name: curve.fnmr_at(fmr) for name, fmr in FMR_OF.items()}}


def _intervals(draws: NDArray[np.float64]) -> dict[str, tuple[float, float]]:
    return {name: middle(column) for name, column in zip(RATES, draws.T, strict=True)}


def _claimed_and_measured(reached: Part, draws: NDArray[np.float64]) -> dict[str, dict[str, Any]]:
    """`reached` bool[impostor pair, claim]: whether the pair's score is the claimed one or more."""
    found = {}
    for column, (name, score) in enumerate(CLAIMED_SCORES.items()):
        count, total = int(reached[:, column].sum()), len(reached)
        found[name] = {
            "claimed": 10 ** (-score / 10),
            "score": score,
            "measured": count / total,
            "count": count,
            "interval": binomial_interval(count, total),
            "interval_of_fingers": middle(draws[:, column]),
        }
    return found


def _error_versus_discard(
    compared: Compared, extracted: Sequence[Extracted], thresholds: dict[str, int]
) -> dict[str, dict[str, float]]:
    qualities = np.array([each.quality for each in extracted])
    genuine = compared.genuine
    worse = np.minimum(qualities[compared.first[genuine]], qualities[compared.second[genuine]])
    return {
        name: {
            f"{share:g}": fnmr_without_the_worst(compared.raw[genuine], worse, threshold=threshold, discarded=share)
            for share in DISCARDED
        }
        for name, threshold in thresholds.items()
    }


def by_folder(
    prints: Sequence[Print], extracted: Sequence[Extracted], compared: Compared, thresholds: dict[str, int]
) -> list[dict[str, Any]]:
    """For each folder its own pairs at thresholds common to all: FNMR, and the FMR that it really has there."""
    folder = np.array([each.folder for each in prints])
    first, second = folder[compared.first], folder[compared.second]
    found = []
    for number in sorted(set(folder.tolist())):
        inside = (first == number) & (second == number)
        genuine, impostor = compared.raw[inside & compared.genuine], compared.raw[inside & ~compared.genuine]
        found.append(
            {
                "prints": int((folder == number).sum()),
                "failures": sum(
                    not answer.usable for each, answer in zip(prints, extracted, strict=True) if each.folder == number
                ),
                "genuine": len(genuine),
                "impostor": len(impostor),
                **{name: _share(genuine < threshold) for name, threshold in thresholds.items()},
                "fmr_there": {name: _share(impostor >= threshold) for name, threshold in thresholds.items()},
            }
        )
    return found


def _share(part: Part) -> float | None:
    return float(part.mean()) if len(part) else None

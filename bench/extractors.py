"""The second extractor beside LEADER: error rates, agreement, and whether the two together are better.

usage: python -m bench.extractors [--data DIR] [--draws 200]

All prints are extracted by both. What is fitted (the classical confidences, score regressions, what an unconfirmed
minutia is worth) is fitted for each folder on the other four. "all" takes every pair of prints with one threshold, of
two folders too. The weights printed at the end are those of `classical/confidence.py`, fitted on all folders.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import spearmanr

from bench._both import Part, Read, best, confirmed, each_folder, found_again, read_both, reweighed, union
from bench._real_data import TEST_DATA
from bench._recording import record_results
from bench.evidence import fitted
from bench.fingerprint import DPI, claimed_and_measured, error_rates
from gada.engine.evaluation import compare_all
from gada.engine.fingerprint import EXTRACTORS, Template, extract, read_image
from gada.engine.fingerprint.classical.confidence import OFFSET, PROPERTIES, WEIGHTS
from gada.engine.fingerprint.compare import evidence_of_stack, raw_scores, stacked
from gada.engine.fingerprint.descriptors import describe
from gada.engine.fingerprint.error_rates import Pairs, Scores, middle, resampled

FEW: Final = 20
WORST: Final = 0.3
TIMED: Final = 30
UNION: Final = "union, unconfirmed weighed down"
CROSSED: Final = "leader with classical"
BANDS: Final = ((20, 55), (55, 90), (90, 101))

Floats = NDArray[np.float64]
Raws = NDArray[np.int64]


class Prints:
    """All prints, who is who, and which pairs count."""

    def __init__(self, data: Path) -> None:
        self.read: list[Read] = read_both(data)
        self.folders = np.array([one.folder for one in self.read])
        self.fingers = np.array([one.finger for one in self.read])
        self.below: Part = np.tril(np.ones((len(self.read),) * 2, np.bool_), -1)
        self.within: Part = self.below & (self.folders[:, None] == self.folders)
        self.same: Part = self.below & (self.fingers[:, None] == self.fingers)
        self.leader = [one.leader for one in self.read]
        self.truth = [one.true for one in self.read]
        quality = np.array([template.finger_quality for template in self.leader])
        worse = np.minimum(quality[:, None], quality)
        self.poor: Part = self.same & (worse <= np.quantile(worse[self.same], WORST))

    def confidence(self, seen: Part) -> Floats:
        """Weights of the classical confidence, the offset last, from the prints that may be seen."""
        chosen = np.flatnonzero(seen)
        rows = np.concatenate([self.read[i].measured for i in chosen]).astype(np.float64)
        return logistic(rows, np.concatenate([self.truth[i] for i in chosen]))


def logistic(rows: Floats, true: Part) -> Floats:
    """Weights float64[k + 1], the offset last, of a logistic regression of true[n] on rows[n, k], all alike."""
    scale = rows.std(axis=0) + 1e-9
    columns = np.column_stack(((rows - rows.mean(axis=0)) / scale, np.ones(len(rows))))
    side = np.where(true, 1.0, -1.0)

    def loss(weights: Floats) -> tuple[float, Floats]:
        margin = side * (columns @ weights)
        gradient = -columns.T @ (side * np.exp(-np.logaddexp(0, margin)))
        gradient[:-1] += weights[:-1]
        return float(np.logaddexp(0, -margin).sum() + 0.5 * np.sum(weights[:-1] ** 2)), gradient

    found = minimize(loss, np.zeros(columns.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    weights = found[:-1] / scale
    return np.append(weights, found[-1] - weights @ rows.mean(axis=0))


def rates(prints: Prints, raws: Raws) -> dict[str, Any]:
    """Error rates in percent, on all prints and on the poor ones; and how far genuine scores lie from strangers'."""
    each = {}
    for name in sorted(set(prints.folders.tolist())):
        here = prints.within & (prints.folders == name)
        each[name] = error_rates(raws[here & prints.same], raws[here & ~prints.same])
    fvc = [each[name] for name in each if name.startswith("fvc")]
    genuine, strangers = raws[prints.same], raws[prints.below & ~prints.same]
    spread = np.sqrt((genuine.var() + strangers.var()) / 2)
    return {
        **{f"eer {name}": {"eer": row["eer"]} for name, row in each.items()},
        "fvc2002 mean": {rate: round(float(np.mean([one[rate] for one in fvc])), 2) for rate in fvc[0]},
        "uareu": each["uareu"],
        "all": error_rates(genuine, strangers),
        "all, genuine pairs of the worst 30 % by quality": error_rates(raws[prints.poor], strangers),
        "distance": {
            "d_prime": round(float((genuine.mean() - strangers.mean()) / spread), 2),
            "lowest 1 % of genuine": round(float(np.quantile(genuine, 0.01))),
            "highest 1e-4 of strangers": round(float(np.quantile(strangers, 1 - 1e-4))),
        },
    }


def paired(prints: Prints, one: Raws, other: Raws, draws: int) -> dict[str, list[float]]:
    """95 % of the differences one minus other in points of percent, all prints, fingers drawn again."""
    i, j = np.nonzero(prints.below & ~prints.same)
    names, numbers = np.unique(prints.fingers, return_inverse=True)
    pairs = Pairs(len(names), numbers[np.nonzero(prints.same)[0]], np.stack((numbers[i], numbers[j]), axis=1))
    both = [Scores(raws[prints.same], raws[i, j]) for raws in (one, other)]

    def statistic(genuine: Floats, strangers: Floats) -> list[float]:
        a, b = (scores.curve(genuine, strangers) for scores in both)
        return [a.eer - b.eer, a.fnmr_at(1e-3) - b.fnmr_at(1e-3), a.fnmr_at(1e-4) - b.fnmr_at(1e-4)]

    found = 100 * resampled(pairs, statistic, resamples=draws)
    names_of = ("eer", "fnmr at 0.001", "fnmr at 0.0001")
    return {name: [round(end, 2) for end in middle(found[:, k])] for k, name in enumerate(names_of)}


def regression(prints: Prints, a: Raws, b: Raws) -> tuple[Raws, dict[str, object]]:
    """Both extractors' raw scores weighed by a logistic regression of the other folders' pairs.

    A pair of two folders takes the mean of both folders' weights, neither of which saw it.
    """
    scores = np.stack((a, b), axis=-1).astype(np.float64)
    names = sorted(set(prints.folders.tolist()))
    weights = {}
    for name in names:
        seen = prints.within & (prints.folders != name)
        weights[name] = fitted(scores[seen], prints.same[seen])
    each = np.array([weights[name] for name in prints.folders.tolist()])
    logit = np.einsum("ijk,ik->ij", scores, each[:, :2]) + np.einsum("ijk,jk->ij", scores, each[:, :2])
    logit += each[:, None, 2] + each[None, :, 2]
    told: dict[str, object] = {f"weights without {name}": [float(f"{w:.3g}") for w in weights[name]] for name in names}
    return np.where(prints.below, np.rint(1000 * logit), 0).astype(np.int64), told


def agreement(prints: Prints, classical: list[Template]) -> dict[str, object]:
    """What share of one extractor's minutiae the other confirms, by confidence; directions and kinds beside."""
    shares: dict[str, object] = {}
    sides = {"leader": (prints.leader, classical), "classical": (classical, prints.leader)}
    for name, (own, other) in sides.items():
        quality = np.concatenate([one.quality for one in own])
        seen = np.concatenate([confirmed(a, b) >= 0 for a, b in zip(own, other, strict=True)])
        shares[f"minutiae of {name} confirmed"] = {
            "minutiae a print": round(len(seen) / len(own), 1),
            "all": round(float(seen.mean()), 3),
            **{
                f"{low}..{high - 1}": round(float(seen[(quality >= low) & (quality < high)].mean()), 3)
                for low, high in BANDS
            },
        }
    turns, kinds, gaps = [], [], []
    for a, b in zip(prints.leader, classical, strict=True):
        partner = confirmed(a, b)
        i = np.flatnonzero((partner >= 0) & (a.quality >= 55))
        j = partner[i]
        turns.append((b.angle[j].astype(int) - a.angle[i] + 128) % 256 - 128)
        kinds.append(a.kind[i] == b.kind[j])
        gaps.append(np.hypot(a.x[i] - b.x[j].astype(float), a.y[i] - b.y[j].astype(float)))
    turn = np.concatenate(turns) * (360 / 256)
    return shares | {
        "where both agree, leader 55 and more": {
            "median degrees": round(float(np.median(turn)), 1),
            "median degrees off": round(float(np.median(np.abs(turn))), 1),
            "median pixels": round(float(np.median(np.concatenate(gaps))), 1),
            "same kind": round(float(np.concatenate(kinds).mean()), 2),
        }
    }


def worth(own: list[Template], other: list[Template], again: list[Floats]) -> dict[str, dict[str, object]]:
    """How often a minutia is found again in another impression, confirmed by the other extractor or not."""
    quality = np.concatenate([one.quality for one in own])
    seen = np.concatenate([confirmed(a, b) >= 0 for a, b in zip(own, other, strict=True)])
    share = np.concatenate(again)
    found: dict[str, dict[str, object]] = {}
    for low, high in BANDS:
        here = (quality >= low) & (quality < high)
        found[f"{low}..{high - 1}"] = {
            "confirmed": round(float(share[here & seen].mean()), 3),
            "unconfirmed": round(float(share[here & ~seen].mean()), 3),
            "unconfirmed minutiae": int((here & ~seen).sum()),
        }
    return found


def worth_alone(own: list[Template], other: list[Template], again: list[Floats], seen_prints: Part) -> Floats:
    """What an unconfirmed minutia's confidence is worth beside a confirmed one's, float64[bands], at most 1: how often
    each is found again for its confidence, within its band; from the prints that may be seen."""
    sums = np.zeros((2, len(BANDS), 2))
    for i in np.flatnonzero(seen_prints):
        place = bands_of(own[i]), (confirmed(own[i], other[i]) < 0).astype(np.int64)
        np.add.at(sums[0], place, again[i])
        np.add.at(sums[1], place, own[i].quality / 100)
    ratio = sums[0] / sums[1]
    return np.minimum(1.0, ratio[:, 1] / ratio[:, 0])


def bands_of(template: Template) -> NDArray[np.int64]:
    """In which of BANDS each minutia's quality lies."""
    return np.searchsorted([low for low, _ in BANDS[1:]], template.quality, side="right")


def quality_signals(prints: Prints, classical: list[Template], raws: Raws) -> dict[str, dict[str, float]]:
    """Rank correlation of a print's mean score with its mates with what could foretell it."""
    both, same = raws + raws.T, prints.same | prints.same.T
    score = np.array([both[i, same[i]].mean() for i in range(len(both))])
    seen = [confirmed(a, b) >= 0 for a, b in zip(prints.leader, classical, strict=True)]
    signals = {
        "leader, all confidences": [a.quality.sum() for a in prints.leader],
        "classical, all confidences": [b.quality.sum() for b in classical],
        "both": [int(a.quality.sum()) + int(b.quality.sum()) for a, b in zip(prints.leader, classical, strict=True)],
        "leader, confirmed only": [a.quality[s].sum() for a, s in zip(prints.leader, seen, strict=True)],
        "share confirmed": [s.mean() if len(s) else 0 for s in seen],
    }
    return {
        name: {"rank correlation": round(float(spearmanr(value, score).statistic), 3)}
        for name, value in signals.items()
    }


def seconds(data: Path) -> dict[str, float]:
    """Milliseconds of processor time of an extraction, the median over some prints; both in turns."""
    folder = data / "fingerprints"
    paths = sorted([*folder.glob("uareu/*.png")])
    images = [read_image(path.read_bytes(), dpi=DPI.get("uareu")) for path in paths[:: max(1, len(paths) // TIMED)]]
    spent: dict[str, list[float]] = {name: [] for name in EXTRACTORS}
    for image in images:
        for name in EXTRACTORS:
            start = time.process_time()
            extract(image, extractor=name)
            spent[name].append(1000 * (time.process_time() - start))
    return {f"{name}_ms": round(float(np.median(values)), 1) for name, values in spent.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=TEST_DATA)
    parser.add_argument("--draws", type=int, default=200)
    chosen = parser.parse_args()
    prints = Prints(chosen.data)
    leader = prints.leader
    stored = [one.template(np.array([*WEIGHTS, OFFSET])) for one in prints.read]
    classical = each_folder(prints.folders, prints.confidence, lambda i, weights: prints.read[i].template(weights))

    mates = list(zip(*np.nonzero(prints.same), strict=True))
    again = {"leader": found_again(leader, mates), "classical": found_again(classical, mates)}
    alone = {"leader": (leader, classical, again["leader"]), "classical": (classical, leader, again["classical"])}
    shares = {
        name: [worth_alone(*side, prints.folders != folder) for folder in prints.folders.tolist()]
        for name, side in alone.items()
    }
    pairs = list(zip(leader, classical, strict=True))
    sets = {
        "leader": leader,
        "classical": classical,
        "classical, stored weights": stored,
        "union": [union(a, b) for a, b in pairs],
        UNION: [
            union(a, b, alone_a=x[bands_of(a)], alone_b=y[bands_of(b)])
            for (a, b), x, y in zip(pairs, shares["leader"], shares["classical"], strict=True)
        ],
        "leader, unconfirmed weighed down": [
            reweighed(a, np.where(confirmed(a, b) >= 0, 1.0, x[bands_of(a)]))
            for (a, b), x in zip(pairs, shares["leader"], strict=True)
        ],
        "leader, confirmed only": [reweighed(a, (confirmed(a, b) >= 0).astype(float)) for a, b in pairs],
    }
    raws = {name: compare_all(templates)[0] for name, templates in sets.items()}
    raws[CROSSED] = crossed(leader, classical)
    raws["sum of scores"] = raws["leader"] + raws["classical"]
    raws["regression of scores"], weights = regression(prints, raws["leader"], raws["classical"])
    few = {
        name: compare_all([best(one, FEW) for one in sets[name]])[0] for name in ("leader", "classical", UNION)
    }
    distinct = round(np.mean([len(union(best(a, FEW), best(b, FEW))) for a, b in pairs]))
    few[f"leader, {distinct} best: as many as both have"] = compare_all([best(one, distinct) for one in leader])[0]
    few["sum of scores"] = few["leader"] + few["classical"]

    strangers = prints.below & ~prints.same
    results: dict[str, object] = {
        "prints": len(leader),
        "milliseconds": seconds(chosen.data),
        "errors in percent": {name: rates(prints, found) for name, found in raws.items()},
        f"errors in percent, {FEW} best minutiae": {
            name: rates(prints, found) for name, found in few.items()
        },
        "minus leader, 95 % of paired draws, points": {
            name: paired(prints, raws[name], raws["leader"], chosen.draws)
            for name in ("classical", "sum of scores", "regression of scores", UNION)
        },
        f"minus leader, {FEW} best minutiae": {
            name: paired(prints, few[name], few["leader"], chosen.draws) for name in ("sum of scores", UNION)
        },
        "regression of scores": weights,
        "agreement": agreement(prints, classical),
        "found again, share of mates": {name: worth(*side) for name, side in alone.items()},
        "an unconfirmed minutia is worth": {
            name: dict(
                sorted(
                    {
                        str(f): [round(float(one), 2) for one in s]
                        for f, s in zip(prints.folders, values, strict=True)
                    }.items()
                )
            )
            for name, values in shares.items()
        },
        "quality": quality_signals(prints, classical, raws["leader"]),
        "claimed and measured false match rate": {
            name: claimed_and_measured(raws[name][strangers]) for name in ("leader", "classical", CROSSED)
        },
        "weights of confidence": weights_told(prints),
    }
    record_results("extractors", results)


def crossed(a: list[Template], b: list[Template]) -> Raws:
    """One extractor's template of the later print against the other's of the earlier one: may they be mixed?"""
    stack = stacked([describe(one) for one in a])
    raws = np.zeros((len(a), len(a)), np.int64)
    for i in range(1, len(b)):
        fewer = np.minimum(stack.counts[:i], len(b[i]))
        raws[i, :i] = raw_scores(evidence_of_stack(describe(b[i]), stack, i), minutiae=fewer)
    return raws


def weights_told(prints: Prints) -> dict[str, dict[str, float]]:
    """The confidence's weights fitted on all folders, and without each."""
    names = (*PROPERTIES, "offset")
    everything = np.ones(len(prints.read), np.bool_)
    rows = {"all folders": everything} | {
        f"without {name}": prints.folders != name for name in sorted(set(prints.folders.tolist()))
    }
    return {
        row: dict(zip(names, (round(float(w), 3) for w in prints.confidence(seen)), strict=True))
        for row, seen in rows.items()
    }


if __name__ == "__main__":
    main()

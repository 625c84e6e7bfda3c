"""Are invented fingers like real ones? Statistic by statistic: one print, strangers, mates.

usage: python -m bench.crowd [--data DIR] [--blocks 100] [--picture FILE]

Real prints are those of the four real sensors among the test data (FVC2002 set B db1 to db3, U.are.U 4000; db4 is made
by a program), all eight impressions of each finger; invented ones three blocks of `synthetic.crowd`. The distance of
two distributions is Kolmogorov and Smirnov's: the most by which the share below any value differs, 0 to 1. What two
real sensors (FVC2002 db1 and U.are.U) differ by stands beside it as the yardstick for "alike". Mates are touch 2
against touch 1, and impressions 2 to 8 against the first. Also draws docs/pictures/fingerprint-crowd.svg.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ks_2samp, spearmanr

from bench._drawing import Axis, Panel, picture
from bench._real_data import TEST_DATA
from bench._recording import record_results
from bench.fingerprint import NO_SENSOR, real_templates
from bench.retention import scanned, shelf_of
from gada.engine.evaluation import compare_all
from gada.engine.fingerprint import Template, parameters
from gada.engine.fingerprint.calibration import load_calibration
from gada.engine.fingerprint.compare import raw_scores, superpose
from gada.engine.fingerprint.descriptors import describe, scan_descriptors
from gada.engine.fingerprint.error_rates import binomial_interval
from gada.engine.fingerprint.synthetic.crowd import BLOCK, crowd_impressions
from gada.engine.gallery.shelf import Shelf

ROOT: Final = Path(__file__).resolve().parents[1]
QUANTILES: Final = (5, 25, 50, 75, 95)
YARDSTICK: Final = ("fvc2002-db1", "uareu")
BLOCKS: Final = (1000, 1001, 1002)  # none of those that were looked at while parameters were chosen
NEIGHBOURS: Final = 5
SCAN: Final = (12, parameters.SCAN_MINUTIAE)  # probe by gallery minutiae
BEHIND: Final = (200, 2000)  # of a million strangers
SHARES: Final = np.arange(0, 101, 2)
STRANGERS: Final = 4000  # pairs of which cylinders and scan are told
RAW: Final = "strangers: raw score"
DRAWN: Final = {  # what is on the picture: title, low, high, ticks
    "minutiae of a print": ("minutiae of a print", 0, 100, (0, 25, 50, 75, 100)),
    "confidence of a minutia": ("confidence of a minutia", 20, 100, (20, 40, 60, 80, 100)),
    "distance of the nearest minutia, pixels": ("nearest minutia, pixels", 0, 60, (0, 20, 40, 60)),
    "agreement of ridges with 5 neighbours": ("ridges agree with neighbours", -0.5, 1, (-0.5, 0, 0.5, 1)),
    "agreement of directions with 5 neighbours": ("directions agree with neighbours", -1, 1, (-1, -0.5, 0, 0.5, 1)),
    "set bits per valid cell of a cylinder": ("set bits per valid cell", 0, 1.5, (0, 0.5, 1, 1.5)),
    "strangers: best match of a cylinder": ("strangers: best match of a cylinder", 0, 0.3, (0, 0.1, 0.2, 0.3)),
    "strangers: scan score": ("strangers: scan score", 0, 0.4, (0, 0.1, 0.2, 0.3, 0.4)),
    RAW: ("strangers: raw score", 0, 2000, (0, 500, 1000, 1500, 2000)),
    "mates: minutiae with a partner": ("mates: minutiae with a partner", 0, 1, (0, 0.25, 0.5, 0.75, 1)),
    "mates: rank correlation of confidences": ("mates: correlation of confidences", 0, 1, (0, 0.25, 0.5, 0.75, 1)),
    "mates: scan score": ("mates: scan score", 0, 3, (0, 1, 2, 3)),
}

Values = NDArray[np.float64]
Statistics = dict[str, Values]
Pair = tuple[Template, Template]


@dataclass(frozen=True, slots=True)
class Prints:
    """Prints of one source: each with the number of its finger, impressions in order."""

    templates: list[Template]
    fingers: NDArray[np.int64]

    def mates(self) -> list[Pair]:
        """Of each finger, its first impression and each other one."""
        groups = groupby(zip(self.fingers.tolist(), self.templates, strict=True), key=lambda each: each[0])
        found = []
        for _, group in groups:
            first, *others = [template for _, template in group]
            found += [(first, other) for other in others]
        return found


def real_prints(data: Path) -> dict[str, Prints]:
    """Of "real" (all real sensors together) and of each folder."""
    told = [each for each in real_templates(data) if each[0] != NO_SENSOR]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(finger for _, finger, _ in told))}
    found = {}
    for folder in ("real", *dict.fromkeys(folder for folder, _, _ in told)):
        chosen = [(finger, template) for each, finger, template in told if folder in ("real", each)]
        owners = np.array([numbers[finger] for finger, _ in chosen])
        found[folder] = Prints([template for _, template in chosen], owners)
    return found


def crowd_prints() -> Prints:
    """Two touches of every finger of some blocks."""
    touches = [[t for block in BLOCKS for t in crowd_impressions(block, touch=touch)] for touch in (1, 2)]
    pairs = list(zip(*touches, strict=True))
    return Prints([template for pair in pairs for template in pair], np.repeat(np.arange(len(pairs)), 2))


def of_one_print(prints: Prints) -> Statistics:
    """What a print looks like; cylinders are the 16 that the scan looks at."""
    found: dict[str, list[Values]] = {}
    for template in prints.templates:
        if len(template) > NEIGHBOURS:
            for name, values in _of_template(template).items():
                found.setdefault(name, []).append(np.atleast_1d(np.asarray(values, np.float64)))
    told = {name: np.concatenate(values) for name, values in found.items() if name != "bits"}
    told["share of prints that set a bit of a cylinder"] = np.mean(np.concatenate(found["bits"]), axis=0)
    return told


def _of_template(template: Template) -> dict[str, object]:
    described = describe(template)
    x, y, turn = described.places[:, 0], described.places[:, 1], described.places[:, 2]
    apart = np.hypot(x[:, None] - x, y[:, None] - y)
    np.fill_diagonal(apart, np.inf)
    near = np.argsort(apart, axis=1)[:, :NEIGHBOURS]
    differ = turn[near] - turn[:, None]
    best, quality = slice(0, parameters.SCAN_MINUTIAE), template.quality[: len(x)].astype(np.float64)
    words = described.words[best]
    bits = np.unpackbits(words[:, :6].copy().view(np.uint8), axis=1, bitorder="little")
    inside = described.hull
    area = 0.5 * np.sum(inside[:, 0] * np.roll(inside[:, 1], -1) - np.roll(inside[:, 0], -1) * inside[:, 1])
    return {
        "minutiae of a print": len(template),
        "area of a print, square millimetres": area * (25.4 / 500) ** 2,
        "confidence of a minutia": template.quality,
        "twelfth best confidence of a print": template.quality[: SCAN[0]].min(),
        "rank correlation with confidences of 5 neighbours": spearmanr(quality, quality[near].mean(axis=1)).statistic,
        "distance of the nearest minutia, pixels": apart.min(axis=1),
        "agreement of ridges with 5 neighbours": np.cos(2 * differ).mean(axis=1),
        "agreement of directions with 5 neighbours": np.cos(differ).mean(axis=1),
        "set bits per valid cell of a cylinder": described.density[best],
        "valid cells of a cylinder": np.bitwise_count(words[:, 6]),
        "bits": bits.reshape(-1, bits.shape[-1]),
    }


def of_strangers(prints: Prints, raws: NDArray[np.int64]) -> Statistics:
    """What two prints of different fingers share; `raws` int64[n, n] below the diagonal."""
    i, j = np.nonzero(np.tril(prints.fingers[:, None] != prints.fingers, -1))
    chosen = np.random.default_rng(1).choice(len(i), min(STRANGERS, len(i)), replace=False)
    pairs = [(prints.templates[i[k]], prints.templates[j[k]]) for k in chosen]
    alike = np.concatenate([_most_alike(*pair) for pair in pairs])
    return {
        "strangers: best match of a cylinder": alike,
        "strangers: scan score": np.array([_scan_score(*pair) for pair in pairs]),
        RAW: raws[i, j].astype(np.float64),
    }


def _most_alike(gallery: Template, probe: Template) -> Values:
    """Similarity of each of the probe's scanned cylinders to the most similar of the other."""
    a, b = describe(probe), describe(gallery)
    words, others = a.words[: SCAN[0], None], b.words[None, : SCAN[1]]
    common = np.unpackbits((words & others).view(np.uint8), axis=-1).reshape(*np.broadcast_shapes(
        words.shape[:2], others.shape[:2]), 7, 64).sum(axis=-1)  # fmt: skip
    expected = common[..., 6] * (a.density[: SCAN[0], None] + b.density[: SCAN[1]]) + 1.0
    best: Values = (common[..., :6].sum(axis=-1) / expected).max(axis=1)
    return best


def _scan_score(gallery: Template, probe: Template) -> float:
    """Stage 1 score of one finger with one."""
    alone = Shelf()
    alone.put(scan_descriptors(gallery), owner=0)
    return float(scanned(alone, probe, SCAN)[0]) / parameters.SCAN_ONE


def of_mates(prints: Prints) -> Statistics:
    """What two prints of one finger share."""
    found: dict[str, list[Values]] = {}
    for first, other in prints.mates():
        if min(len(first), len(other)) >= parameters.FEWEST_MINUTIAE:
            for name, values in _of_mates(first, other).items():
                found.setdefault(f"mates: {name}", []).append(np.atleast_1d(np.asarray(values, np.float64)))
    return {name: np.concatenate(values) for name, values in found.items()}


def _of_mates(first: Template, other: Template) -> dict[str, object]:
    a, b = describe(first), describe(other)
    laid = superpose(a, b)
    i, j = laid.partners[:, 0], laid.partners[:, 1]
    told: dict[str, object] = {
        "minutiae with a partner": len(i) / min(len(a), len(b)),
        "scan score": _scan_score(first, other),
        "raw score": raw_scores(laid.evidence, minutiae=min(len(a), len(b))),
        "12 best whose partner is among the 16 best": np.sum((j < SCAN[0]) & (i < SCAN[1])) / SCAN[0],
    }
    if len(i) >= 8:
        left, turned = _left_over(a.places[i], b.places[j])
        told["place left over, pixels"] = left
        told["direction left over, degrees"] = turned
        told["rank correlation of confidences"] = spearmanr(a.confidence[i], b.confidence[j]).statistic
        told["confidence of a minutia with partner"] = first.quality[i]
        told["confidence of one without"] = np.delete(first.quality[: len(a)], i)
    return told


def _left_over(a: NDArray[np.float32], b: NDArray[np.float32]) -> tuple[Values, Values]:
    """Pixels and degrees between partners after the best rotation and translation."""
    p, q = (each[:, 0] + 1j * each[:, 1] for each in (a.astype(np.float64), b.astype(np.float64)))
    p, q = p - p.mean(), q - q.mean()
    turn = np.sum(q * p.conj())
    turn /= abs(turn)
    degrees = np.degrees(np.angle(np.exp(1j * (b[:, 2] - a[:, 2])) / turn))
    return np.abs(q - turn * p), np.abs(degrees)


def retention(mates: Sequence[Pair], shelf: Shelf) -> dict[str, str]:
    """Share of mates, with its 95 %, that more than so many of a million strangers of the crowd outdo in the scan."""
    shares = []
    for first, other in mates:
        score = _scan_score(first, other) * parameters.SCAN_ONE
        shares.append(float(np.mean(scanned(shelf, other, SCAN) >= score)) if score else 1.0)
    found = {"mates": str(len(mates))}
    for most in BEHIND:
        behind = int(np.sum(1e6 * np.array(shares) > most))
        low, high = binomial_interval(behind, len(mates))
        found[f"behind {most} of a million"] = f"{behind / len(mates):.2%} ({low:.2%} to {high:.2%})"
    return found


def false_matches(raws: Values) -> dict[str, str]:
    """Share of strangers with the raw scores that claim a false match rate."""
    table = load_calibration()
    decibels = np.array([table.decibels_of(raw) for raw in range(int(raws.max()) + 1)])[raws.astype(np.int64)]
    return {
        "raw above 0": f"{np.mean(raws > 0):.1%}",
        **{f"claimed {10 ** (-db / 10):g}": f"{np.mean(np.floor(decibels) >= db):.3%}" for db in (10, 20, 30, 40)},
    }


def told(values: Values) -> str:
    """The quantiles."""
    return " / ".join(f"{value:.3g}" for value in np.percentile(values, QUANTILES))


def compared(sources: dict[str, Statistics]) -> dict[str, dict[str, object]]:
    """Quantiles of real and invented, their distance and the yardstick."""
    real, crowd, one, other = (sources[name] for name in ("real", "crowd", *YARDSTICK))
    return {
        name: {
            "real": told(values),
            "crowd": told(crowd[name]),
            "distance": round(float(ks_2samp(values, crowd[name]).statistic), 3),
            "yardstick": round(float(ks_2samp(one[name], other[name]).statistic), 3),
        }
        for name, values in real.items()
    }


def drawn(sources: dict[str, Statistics]) -> str:
    """Distributions of real and invented, and of the two folders of the yardstick."""
    panels = []
    for name, (title, low, high, ticks) in DRAWN.items():
        tail = name == RAW
        up = Axis("share that reach it", 1e-5, 1) if tail else Axis("% below", 0, 100, log=False, ticks=(0, 50, 100))
        panel = Panel(title, Axis("", low, high, log=False, ticks=ticks), up, height=170)
        for style, source in ((3, YARDSTICK[1]), (2, YARDSTICK[0]), (0, "real"), (1, "crowd")):
            values = np.sort(sources[source][name])
            points = [(float(x), float(y)) for x, y in zip(np.percentile(values, SHARES), SHARES, strict=True)]
            if tail:
                above = np.arange(low, high + 1, 25)
                reached = 1 - np.searchsorted(values, above) / len(values)
                points = [(float(x), float(y)) for x, y in zip(above, reached, strict=True) if x and y]
            panel.line(points, style, thick=1.8 if source in ("real", "crowd") else 0.9)
        panels.append(panel)
    legend = [(0, "real prints"), (1, "crowd of invented fingers"), *((k + 2, n) for k, n in enumerate(YARDSTICK))]
    note = "Distributions of twelve statistics of real prints and of invented ones"
    return picture(panels, legend, columns=3, note=note)


def fingers_a_second() -> int:
    """Templates drawn by one core."""
    crowd_impressions(0)
    spent = []
    for block in range(20):
        start = time.process_time()
        crowd_impressions(block)
        spent.append(time.process_time() - start)
    return round(BLOCK / float(np.median(spent)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=TEST_DATA)
    parser.add_argument("--blocks", type=int, default=100, help="of 256 strangers, for the scan")
    parser.add_argument("--picture", type=Path, default=ROOT / "docs" / "pictures" / "fingerprint-crowd.svg")
    chosen = parser.parse_args()

    prints = {**real_prints(chosen.data), "crowd": crowd_prints()}
    sources = {}
    for name in ("real", "crowd", *YARDSTICK):
        raws = compare_all(prints[name].templates)[0]
        sources[name] = {
            **of_one_print(prints[name]), **of_strangers(prints[name], raws), **of_mates(prints[name])
        }  # fmt: skip
    shelf = shelf_of(range(10, 10 + chosen.blocks))
    results: dict[str, object] = {
        "prints": {name: len(prints[name].templates) for name in sources},
        "statistics": compared(sources),
        "strangers at the score that claims a rate": {
            name: false_matches(each[RAW]) for name, each in sources.items()
        },
        "mates in the scan of one finger": {
            name: retention(prints[name].mates(), shelf) for name in ("real", "crowd")
        },
        "fingers drawn a second, one core": fingers_a_second(),
    }
    record_results("crowd", results)
    chosen.picture.write_text(drawn(sources), "utf-8")


if __name__ == "__main__":
    main()

"""Error curves on real prints, drawn for docs/fingerprint.md.

usage: python -m bench.curves [--data DIR] [--out DIR]

Reads what `bench.fingerprint` reads and writes three pictures: the detection error trade-off of each folder beside
the plain baseline, errors when the worst prints are discarded, and the false match rate claimed by a
calibration beside the one measured on the sensor that it was not fitted on.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench._drawing import Axis, Panel, picture
from bench._real_data import TEST_DATA
from bench.fingerprint import NO_SENSOR, real_templates
from gada.engine.evaluation import compare_all
from gada.engine.evaluation.comparing import baseline_all
from gada.engine.fingerprint.calibration import Calibration, fit_calibration
from gada.engine.fingerprint.error_rates import Scores, fnmr_without_the_worst

ROOT: Final = Path(__file__).resolve().parents[1]
RATES: Final = (1e-2, 1e-3, 1e-4)
FALSE_MATCHES: Final = np.logspace(-5, -1, 161).tolist()
DISCARDED: Final = np.arange(0, 0.305, 0.01)
DECIBELS: Final = range(3, 51)

Scored = NDArray[np.int64]
Part = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Prints:
    """All prints with all others: raw and baseline scores int64[n, n] below the diagonal, where `below` and `same`
    (finger) are bool[n, n]; sets str[n] and qualities int64[n] of the prints."""

    raws: Scored
    baseline: Scored
    below: Part
    same: Part
    sets: NDArray[np.str_]
    qualities: Scored


def prints_of(data: Path) -> Prints:
    """Extracted (or taken from the cache of `bench.fingerprint`) and compared."""
    sets, fingers, templates = zip(*real_templates(data), strict=True)
    names = np.array(fingers)
    below = np.tril(np.ones((len(names), len(names)), bool), -1)
    qualities = np.array([template.finger_quality for template in templates], np.int64)
    raws, baseline = compare_all(templates)[0], baseline_all(templates)
    return Prints(raws, baseline, below, below & (names[:, None] == names), np.array(sets), qualities)


def trade_off(prints: Prints) -> str:
    """FNMR over FMR of each folder and of all together."""
    panels = []
    for name in (*sorted(set(prints.sets.tolist())), "all"):
        here = prints.below if name == "all" else prints.below & (prints.sets[:, None] == name) & (prints.sets == name)
        genuine, strangers = here & prints.same, here & ~prints.same
        title = f"{name}: {genuine.sum():,} and {strangers.sum():,} pairs"
        panel = Panel(title, Axis("FMR", 1e-5, 1e-1), Axis("FNMR", 1e-4, 1e-1))
        for style, scores in ((1, prints.baseline), (0, prints.raws)):
            curve = Scores(scores[genuine], scores[strangers]).curve()
            reached = [rate for rate in FALSE_MATCHES if rate >= 1 / strangers.sum()]
            panel.line([(rate, curve.fnmr_at(rate)) for rate in reached], style)
        if not curve.fnmr_at(FALSE_MATCHES[0]):
            panel.say("this engine: no error")
        panels.append(panel)
    legend = [(0, "this engine"), (1, "baseline: mean of the twelve most similar pairs of cylinders, same minutiae")]
    return picture(panels, legend, columns=3, note="False non-match rate over false match rate, folder by folder")


def discarding(prints: Prints) -> str:
    """FNMR of what is left when the worst prints are discarded, thresholds kept."""
    genuine, strangers = prints.same, prints.below & ~prints.same
    worse = np.minimum(prints.qualities[:, None], prints.qualities)[genuine]
    panels = []
    for title, scores, highest, ticks in (
        ("this engine", prints.raws, 0.3, (0, 0.1, 0.2, 0.3)),
        ("baseline", prints.baseline, 6.0, (0, 2, 4, 6)),
    ):
        across = Axis("genuine pairs discarded, %", 0, 30, log=False, ticks=(0, 5, 10, 15, 20, 25, 30))
        panel = Panel(title, across, Axis("FNMR of the others, %", 0, highest, log=False, ticks=ticks), width=330)
        curve = Scores(scores[genuine], scores[strangers]).curve()
        for style, rate in enumerate(RATES):
            threshold = curve.threshold_at(rate)
            missed = [
                fnmr_without_the_worst(scores[genuine], worse, threshold=threshold, discarded=float(share))
                for share in DISCARDED
            ]
            panel.line([(100 * s, 100 * m) for s, m in zip(DISCARDED.tolist(), missed, strict=True)], style)
        panels.append(panel)
    legend = [(style, f"at FMR {rate:g} of all pairs") for style, rate in enumerate(RATES)]
    return picture(panels, legend, columns=2, note="Errors when the prints of lowest quality are discarded")


def claims(prints: Prints) -> str:
    """What calibrations fitted elsewhere claim of each sensor, and what is measured there."""
    strangers = prints.below & ~prints.same
    rate = Axis("FMR claimed", 1e-5, 1), Axis("FMR measured", 1e-5, 1)
    panel = Panel("each folder, calibration fitted on the other sensors", *rate, width=420, height=400)
    panel.band([(1e-5, 3e-5), (1, 3), (1, 1 / 3), (1e-5, 1e-5 / 3)])
    names = sorted(set(prints.sets.tolist()))
    for style, name in enumerate(names):
        here, elsewhere = prints.sets == name, (prints.sets != name) & (prints.sets != NO_SENSOR)
        knots = fit_calibration(prints.raws[strangers & elsewhere[:, None] & elsewhere])
        table = Calibration("others", tuple(knots[0]), tuple(knots[1]))
        raws = prints.raws[strangers & here[:, None] & here]
        decibels = np.array([table.decibels_of(raw) for raw in range(int(raws.max()) + 1)])[raws]
        measured = [(10 ** (-score / 10), float(np.mean(decibels >= score))) for score in DECIBELS]
        panel.line([(claimed, share) for claimed, share in measured if share > 0], style)
    legend = [*enumerate(names)]
    note = "False match rate claimed and measured; the grey band is a factor of three either way"
    return picture([panel], legend, columns=1, note=note)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=TEST_DATA)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures")
    chosen = parser.parse_args()
    prints = prints_of(chosen.data)
    chosen.out.mkdir(parents=True, exist_ok=True)
    for name, draw in (("trade-off", trade_off), ("discarding", discarding), ("claims", claims)):
        path = chosen.out / f"fingerprint-{name}.svg"
        path.write_text(draw(prints), "utf-8")
        print(path)


if __name__ == "__main__":
    main()

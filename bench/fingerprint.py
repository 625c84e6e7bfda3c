"""Accuracy of extraction and comparison on real prints, the truth of the calibration, and speed.

usage: python -m bench.fingerprint [--data DIR] [--calibrate]

Reads the folders `uareu` and `fvc2002` of the test data (env GADA_TEST_DATA, default ../shared/data).
Templates are kept between runs in env GADA_BENCH_CACHE (default: a folder of the system's temporary
directory), never in the project. Genuine: all pairs of impressions of one finger. Strangers: all pairs of
different fingers, within one set for its error rates, across all sets for the calibration. `--calibrate`
writes calibration.json from them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import tempfile
from pathlib import Path

import numpy as np

from bench._real_data import TEST_DATA
from bench._recording import record_results
from gada.engine.evaluation import compare_all
from gada.engine.fingerprint import (
    ALGORITHM,
    EXTRACTOR,
    Template,
    calibration,
    extract,
    read_image,
)
from gada.engine.fingerprint import __path__ as package
from gada.engine.fingerprint.calibration import fit_calibration, load_calibration
from gada.engine.fingerprint.error_rates import Pairs, Scores, fnmr_without_the_worst, middle, resampled
from gada.engine.fingerprint.synthetic import minutiae_finger
from gada.engine.gallery.packing import pack, unpack

DPI = {"fvc2002-db2": 569}
RATES = (1e-2, 1e-3, 1e-4)
INVENTED_FINGERS, INVENTED_TOUCHES = 400, 2
NO_SENSOR = "fvc2002-db4"
"""Prints made by a program (SFinGe): measured like the others, but no sensor to calibrate on."""


def real_templates(data: Path) -> list[tuple[str, str, Template]]:
    """(set, finger, template) of every print, extracted once."""
    folder = data / "fingerprints"
    cache = Path(os.environ.get("GADA_BENCH_CACHE") or Path(tempfile.gettempdir()) / "gada-bench")
    cache.mkdir(parents=True, exist_ok=True)
    stage = b"".join(
        (Path(package[0]) / f"{name}.py").read_bytes() for name in ("extract", "segmentation", "quality", "parameters")
    )
    found = []
    for path in sorted([*folder.glob("uareu/*.png"), *folder.glob("fvc2002/*/*.png")]):
        name = "-".join(path.relative_to(folder).parts[:-1])
        image = path.read_bytes()
        kept = cache / hashlib.sha256(stage + EXTRACTOR.encode() + image).hexdigest()
        if not kept.exists():
            kept.write_bytes(pack(extract(read_image(image, dpi=DPI.get(name)))))
        found.append((name, f"{name}/{path.stem.rpartition('_')[0]}", unpack(kept.read_bytes())))
    return found


def error_rates(genuine: np.ndarray, strangers: np.ndarray) -> dict[str, float]:
    """Equal error rate and false non-match rates at fixed false match rates, in percent."""
    curve = Scores(genuine, strangers).curve()
    rates = {"eer": curve.eer, **{f"fnmr at {rate:g}": curve.fnmr_at(rate) for rate in RATES}}
    return {name: round(100 * rate, 2) for name, rate in rates.items()}


def claimed_and_measured(
    strangers: np.ndarray, table: calibration.Calibration | None = None
) -> dict[str, dict[str, float]]:
    """For scores 10, 20 .. 50: the share of strangers that should reach it, and the share that does."""
    table = table or load_calibration()
    decibels = np.array([table.decibels_of(raw) for raw in range(int(strangers.max()) + 2)])
    scores = np.floor(decibels[strangers])
    return {
        str(score): {"claimed": 10 ** (-score / 10), "measured": float(f"{np.mean(scores >= score):.3g}")}
        for score in (10, 20, 30, 40, 50)
    }


def sensor_left_out(
    raws: np.ndarray, sets: np.ndarray, strangers: np.ndarray, fingers: np.ndarray
) -> dict[str, dict[str, object]]:
    """For each sensor: what a calibration claims there that never saw it, and what is measured."""
    found: dict[str, dict[str, object]] = {}
    for sensor in sorted(set(sets.tolist())):
        here, elsewhere = sets == sensor, (sets != sensor) & (sets != NO_SENSOR)
        fit = fit_calibration(raws[strangers & elsewhere[:, None] & elsewhere])
        table = calibration.Calibration("others", tuple(fit[0]), tuple(fit[1]))
        within = strangers & here[:, None] & here
        found[sensor] = dict(claimed_and_measured(raws[within], table))
        for score in (20, 30, 40):
            found[sensor][f"{score}: 95 % over fingers"] = interval(table, raws, within, fingers, score)
    return found


def interval(
    table: calibration.Calibration, raws: np.ndarray, within: np.ndarray, fingers: np.ndarray, score: int
) -> list[float]:
    """2.5 and 97.5 percentiles of the share of strangers with this score, when fingers are drawn again."""
    raw = int(np.interp(score, table.decibels, table.raw))
    i, j = np.nonzero(within)
    names, ends = np.unique(np.stack((fingers[i], fingers[j]), axis=1), return_inverse=True)
    pairs = Pairs(len(names), np.arange(len(names)), ends.reshape(-1, 2))
    reached = raws[i, j] >= raw
    shares = resampled(pairs, lambda _, weights: [float(np.average(reached, weights=weights))])
    return [float(f"{share:.2g}") for share in middle(shares[:, 0])]


def error_versus_discard(
    raws: np.ndarray, qualities: np.ndarray, genuine: np.ndarray, threshold: int
) -> dict[str, float]:
    """Percent of genuine pairs missed at a threshold when the worst prints (by quality) are discarded."""
    worse = np.minimum(qualities[:, None], qualities[None, :])[genuine]
    return {
        f"{share:.0%}": round(
            100 * fnmr_without_the_worst(raws[genuine], worse, threshold=threshold, discarded=share), 2
        )
        for share in (0.0, 0.05, 0.1, 0.2, 0.3)
    }


def calibrate(strangers: np.ndarray) -> None:
    """Write calibration.json from the raw scores of strangers."""
    raw, decibels = fit_calibration(strangers)
    shape, error = calibration.tail_shape(strangers)
    path = Path(package[0]) / "calibration.json"
    stored = {
        ALGORITHM: {
            "extractor": EXTRACTOR,
            "method": "bench/fingerprint.py --calibrate: counted down to 0.001, then an exponential whose slope is "
            "lowered by one standard error",
            "strangers": {"pairs": len(strangers), "highest raw": int(strangers.max())},
            "prints": "FVC2002 set B (db1 to db3) and U.are.U 4000: all pairs of different fingers, of two sensors too",
            "tail shape": [round(shape, 3), round(error, 3)],
            "raw": raw,
            "decibels": [round(db, 3) for db in decibels],
        }
    }
    path.write_text(json.dumps(stored, indent=1) + "\n", "utf-8")
    load_calibration.cache_clear()
    calibration._scores.cache_clear()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=TEST_DATA)
    parser.add_argument("--calibrate", action="store_true")
    chosen = parser.parse_args()

    real = real_templates(chosen.data)
    sets, fingers, templates = (list(column) for column in zip(*real, strict=True))
    sets, fingers = np.array(sets), np.array(fingers)
    raws, a_second = compare_all(templates)
    below = np.tril(np.ones(raws.shape, bool), -1)
    same, within = below & (fingers[:, None] == fingers), below & (sets[:, None] == sets)
    invented = [
        minutiae_finger(seed).impression(touch)
        for seed in range(INVENTED_FINGERS)
        for touch in range(1, INVENTED_TOUCHES + 1)
    ]
    owners = np.repeat(np.arange(INVENTED_FINGERS), INVENTED_TOUCHES)
    made, _ = compare_all(invented)
    made_strangers = made[np.tril(owners[:, None] != owners, -1)]
    if chosen.calibrate:
        real_fingers = sets != NO_SENSOR
        calibrate(raws[below & ~same & real_fingers[:, None] & real_fingers])

    results: dict[str, object] = {"algorithm": ALGORITHM, "extractor": EXTRACTOR, "prints": len(templates)}
    accuracy = {}
    for name in [*sorted(set(sets.tolist())), "all"]:
        inside = below if name == "all" else below & (sets[:, None] == name) & within
        genuine, strangers = raws[inside & same], raws[inside & ~same]
        accuracy[name] = {
            "genuine": len(genuine),
            "strangers": len(strangers),
            **error_rates(genuine, strangers),
        }
    same_made = np.tril(owners[:, None] == owners, -1)
    accuracy["invented fingers"] = {
        "genuine": int(same_made.sum()), "strangers": len(made_strangers),
        **error_rates(made[same_made], made_strangers),
    }  # fmt: skip
    results["accuracy in percent"] = accuracy
    results["score of genuine pairs, percentiles 1 5 50"] = {
        name: [int(load_calibration().decibels_of(raw)) for raw in np.percentile(pool, (1, 5, 50))]
        for name, pool in (("real", raws[same]), ("invented", made[same_made]))
    }
    results["claimed and measured false match rate"] = {
        "real prints": claimed_and_measured(raws[below & ~same]),
        "invented fingers": claimed_and_measured(made_strangers),
        "each sensor, fitted on the others": sensor_left_out(raws, sets, below & ~same, fingers),
    }
    threshold = Scores(raws[same], raws[below & ~same]).curve().threshold_at(1e-3)
    qualities = np.array([template.finger_quality for template in templates])
    results["missed at fmr 1e-3 when the worst are discarded, percent"] = error_versus_discard(
        raws, qualities, same, threshold
    )
    results["comparisons a second, one core"] = round(a_second)
    record_results("fingerprint", results)


if __name__ == "__main__":
    main()

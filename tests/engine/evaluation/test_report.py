"""The report counts every pair once, failures too, and says what it counted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from gada.engine.evaluation import Extracted, Print, by_folder, evaluate
from gada.engine.evaluation.report import RATES
from gada.engine.fingerprint.synthetic import minutiae_finger

FINGERS, TOUCHES = 6, 3


@pytest.fixture(scope="module")
def prints():
    return [
        Print(Path(f"set{f % 2}/{f}_{t}.png"), f % 2, f"{f % 2}/{f}")
        for f in range(FINGERS)
        for t in range(1, TOUCHES + 1)
    ]


@pytest.fixture(scope="module")
def extracted():
    found = [
        Extracted(minutiae_finger(f).impression(t, noise=0.1, contact=0.95), "", 0.1 * t)
        for f in range(FINGERS)
        for t in range(1, TOUCHES + 1)
    ]
    found[4] = Extracted(None, "damaged")
    return found


def test_every_pair_is_counted_and_failures_score_nothing(prints, extracted):
    found = evaluate(prints, extracted)
    report, compared = found.report, found.compared
    assert (report["genuine"], report["impostor"]) == (FINGERS * 3, 18 * 17 // 2 - FINGERS * 3)
    assert report["failures"] == 1
    assert report["failed"] == {"set1/1_2.png": "damaged"}
    failed = (compared.first == 4) | (compared.second == 4)
    assert not compared.raw[failed].any()
    assert failed[compared.genuine].sum() == 2
    assert report["fnmr_at_fmr_1e2"] >= 2 / 18
    assert report["extract_seconds_median"] == pytest.approx(0.2)
    assert report["comparisons_per_second"] > 0


def test_the_report_is_json_with_intervals_baseline_and_claims(prints, extracted):
    report = json.loads(json.dumps(evaluate(prints, extracted).report))
    for name in RATES:
        low, high = report["intervals"][name]
        assert 0 <= low <= report[name] <= high <= 1
        assert report["baseline"]["difference"][name] == pytest.approx(report[name] - report["baseline"][name])
    assert report["pairs_behind"]["fnmr_at_fmr_1e2"] <= 0.01 * report["impostor"]
    assert list(report["claimed_vs_measured_fmr"]) == ["1e-1", "1e-2", "1e-3", "1e-4", "1e-5"]
    for row in report["claimed_vs_measured_fmr"].values():
        assert row["measured"] == pytest.approx(row["count"] / report["impostor"])
        assert row["interval"][0] <= row["measured"] <= row["interval"][1]
    curve = report["error_versus_discard"]["fnmr_at_fmr_1e2"]
    assert curve["0"] == report["fnmr_at_fmr_1e2"]
    assert curve["0.1"] < curve["0"]  # the damaged print has the lowest quality


def test_without_genuine_pairs_there_are_no_rates_but_counts(prints, extracted):
    report = evaluate(prints[::TOUCHES], extracted[::TOUCHES]).report
    assert (report["genuine"], report["impostor"]) == (0, 15)
    assert all(report[name] is None for name in RATES)


def test_the_same_prints_give_the_same_report(prints, extracted):
    one, other = (evaluate(prints, extracted).report for _ in range(2))
    del one["comparisons_per_second"], other["comparisons_per_second"]
    assert one == other


def test_folders_are_counted_at_the_common_threshold(prints, extracted):
    found = evaluate(prints, extracted)
    rows = by_folder(prints, extracted, found.compared, found.report["thresholds"])
    assert [(row["prints"], row["genuine"], row["impostor"], row["failures"]) for row in rows] == [
        (9, 9, 27, 0), (9, 9, 27, 1),
    ]  # fmt: skip
    missed = np.mean([row["fnmr_at_fmr_1e3"] for row in rows])
    assert missed == pytest.approx(found.report["fnmr_at_fmr_1e3"])

"""A crowd is repeatable, nobody in it is a copy, and it has the statistics of real prints.

Those are aggregate figures of 760 prints (FVC2002 set B db1 to db3, U.are.U 4000): bench/results/crowd.json.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pytest
from numpy.typing import ArrayLike
from scipy.stats import spearmanr

from gada.engine.evaluation import compare_all
from gada.engine.fingerprint import Template, compare
from gada.engine.fingerprint.calibration import load_calibration
from gada.engine.fingerprint.compare import raw_scores, superpose
from gada.engine.fingerprint.descriptors import describe
from gada.engine.fingerprint.synthetic.crowd import BLOCK, Flows, crowd_impressions

QUANTILES: Final = (25, 50, 75)
REAL_PRINTS: Final = {  # quantiles, and how far each may be off
    "minutiae": ((34, 44, 52), 4),
    "confidence": ((71.8, 92, 95), 5),
    "nearest": ((15.2, 20.6, 28.6), 3),
    "directions": ((-0.199, 0.182, 0.554), 0.08),
    "ridges": ((0.554, 0.81, 0.915), 0.1),
    "density": ((0.354, 0.519, 0.712), 0.06),
}
REAL_MATES: Final = {
    "partners": ((0.70, 0.787, 0.857), 0.09),
    "correlation": ((0.629, 0.733, 0.811), 0.08),
    "best": ((0.583, 0.75, 0.833), 0.09),
    "raw": ((4960, 6920, 8930), 900),
}


@pytest.fixture(scope="module")
def crowd() -> list[Template]:
    return crowd_impressions(3)


def test_the_same_block_and_touch_give_the_same_templates(crowd: list[Template]) -> None:
    assert crowd == crowd_impressions(3)
    assert len(crowd) == BLOCK == len(set(crowd) | set(crowd_impressions(4))) // 2


def test_templates_are_well_formed(crowd: list[Template]) -> None:
    for template in crowd:
        assert list(template.quality) == sorted(template.quality, reverse=True)
        assert len(template) == 0 or (template.x.min() >= 0 and template.x.max() < template.width)
        assert len(template) == 0 or (template.y.min() >= 0 and template.y.max() < template.height)


def test_another_touch_is_the_same_finger(crowd: list[Template]) -> None:
    again = crowd_impressions(3, touch=2)
    scores = np.array([compare(a, b).score for a, b in zip(crowd, again, strict=True)])
    assert not any(a == b for a, b in zip(crowd, again, strict=True))
    assert np.median(scores) > 80
    assert np.mean(scores < 20) < 0.06


def test_nobody_is_a_copy_of_another(crowd: list[Template]) -> None:
    scores = [compare(a, b).score for i, a in enumerate(crowd[:90]) for b in crowd[:i]]
    assert max(scores) < 70
    assert np.mean(np.array(scores) >= 20) < 0.03


def test_a_print_has_the_statistics_of_real_ones(crowd: list[Template]) -> None:
    described = [describe(template) for template in crowd if len(template) > 5]
    turns = [one.places[:, 2] for one in described]
    apart = [np.hypot(*(one.places[:, None, axis] - one.places[:, axis] for axis in (0, 1))) for one in described]
    near = [np.argsort(each, axis=1)[:, 1:6] for each in apart]
    differ = [turn[number] - turn[:, None] for turn, number in zip(turns, near, strict=True)]
    ours = {
        "minutiae": [len(template) for template in crowd],
        "confidence": np.concatenate([template.quality for template in crowd]),
        "nearest": np.concatenate([np.sort(each, axis=1)[:, 1] for each in apart]),
        "directions": np.concatenate([np.cos(each).mean(axis=1) for each in differ]),
        "ridges": np.concatenate([np.cos(2 * each).mean(axis=1) for each in differ]),
        "density": np.concatenate([one.density[:16] for one in described]),
    }
    assert_like(ours, REAL_PRINTS)


def test_mates_share_what_real_mates_share(crowd: list[Template]) -> None:
    partners, correlation, best, raws = [], [], [], []
    for first, other in zip(crowd, crowd_impressions(3, touch=2), strict=True):
        a, b = describe(first), describe(other)
        laid = superpose(a, b)
        i, j = laid.partners.T
        partners.append(len(i) / min(len(a), len(b)))
        best.append(np.sum((j < 12) & (i < 16)) / 12)
        raws.append(raw_scores(laid.evidence, minutiae=min(len(a), len(b))))
        if len(i) >= 8:
            correlation.append(spearmanr(a.confidence[i], b.confidence[j]).statistic)
    ours = {"partners": partners, "correlation": correlation, "best": best, "raw": raws}
    assert_like(ours, REAL_MATES)


def test_strangers_score_as_real_strangers_do(crowd: list[Template]) -> None:
    raws = compare_all([*crowd, *crowd_impressions(4)])[0][np.tril_indices(2 * BLOCK, -1)]
    assert np.mean(raws > 0) == pytest.approx(0.446, abs=0.06)  # of 285 000 real pairs
    table = load_calibration()
    for claimed in (1e-1, 1e-2, 1e-3):
        raw = np.interp(-10 * np.log10(claimed), table.decibels, table.raw)
        assert claimed / 2 < np.mean(raws >= raw) < 2 * claimed


def test_minutiae_point_where_ridges_part() -> None:
    random = np.random.default_rng(2)
    waves = np.concatenate((random.normal(0, (0.3, 0.02, 0.02), (2, 4, 3)), np.ones((2, 4, 1))), axis=2)
    bend = np.tile([0.5, 80.0, 20.0, 150.0], (2, 1))
    flows = Flows(np.zeros((2, 4, 2)), np.zeros((2, 4)), bend, waves)
    x, y = random.uniform(-100, 100, (2, 2, 50))
    step = 0.01
    (right, left), (up, down) = (
        [flows.at(x + sign * dx, y + sign * dy) for sign in (step, -step)] for dx, dy in ((1, 0), (0, 1))
    )
    divergence = (np.cos(right) - np.cos(left) + np.sin(up) - np.sin(down)) / (2 * step)
    assert np.abs(flows.opening(x, y, flows.at(x, y)) - divergence).max() < 0.25 * np.abs(divergence).max()
    assert np.corrcoef(flows.opening(x, y, flows.at(x, y)).ravel(), divergence.ravel())[0, 1] > 0.98


def assert_like(ours: Mapping[str, ArrayLike], real: Mapping[str, tuple[tuple[float, ...], float]]) -> None:
    for name, (quantiles, tolerance) in real.items():
        found = np.percentile(np.asarray(ours[name]), QUANTILES)
        assert np.abs(found - quantiles).max() <= tolerance, (name, found.tolist(), quantiles)

"""A score says how rarely strangers reach it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gada.engine.fingerprint import compare, fuse_scores
from gada.engine.fingerprint.calibration import (
    HIGHEST_SCORE,
    Calibration,
    fit_calibration,
    load_calibration,
    score_of,
)
from gada.engine.fingerprint.synthetic import minutiae_finger


def test_the_stored_table_rises():
    stored = load_calibration()
    assert list(stored.raw) == sorted(set(stored.raw))
    assert list(stored.decibels) == sorted(stored.decibels)
    scores = [score_of(raw) for raw in range(0, 50000, 70)]
    assert scores == sorted(scores)
    assert scores[0] == 0
    assert scores[-1] == HIGHEST_SCORE


def test_a_fitted_table_tells_the_truth_about_its_strangers():
    random = np.random.default_rng(4)
    strangers = np.rint(random.gamma(20, 6, 200_000)).astype(np.int64)
    raw, decibels = fit_calibration(strangers)
    table = Calibration("test", tuple(raw), tuple(decibels))
    fresh = np.sort(np.rint(random.gamma(20, 6, 2_000_000)))
    for claimed in (5, 10, 20, 30, 40):
        reached = next(raw for raw in range(20000) if table.decibels_of(raw) >= claimed)
        share = 1 - np.searchsorted(fresh, reached) / len(fresh)
        least = 0.3 if claimed <= 30 else 0.0  # beyond what was counted the tail is cautious
        assert 10 ** (-claimed / 10) * least <= share < 10 ** (-claimed / 10) * 1.5, claimed


def test_invented_strangers_reach_a_score_as_rarely_as_it_says():
    templates = [minutiae_finger(seed).impression(1) for seed in range(150)]
    scores = [compare(a, b).score for i, a in enumerate(templates) for b in templates[:i]]
    assert np.mean(np.array(scores) >= 10) < 0.1 * 3
    assert np.mean(np.array(scores) >= 20) < 0.01 * 3
    assert np.mean(np.array(scores) >= 30) < 0.001 * 4


@given(st.lists(st.integers(0, 120), min_size=1, max_size=10))
def test_fused_scores_stay_on_the_scale(scores):
    fused = fuse_scores(scores)
    assert 0 <= fused <= HIGHEST_SCORE
    assert fused <= sum(scores)
    assert fuse_scores([*scores[:-1], min(scores[-1] + 1, 120)]) >= fused
    assert (
        fuse_scores(scores, choices=10) == pytest.approx(max(0, fused - 10), abs=1) or fused == HIGHEST_SCORE
    )


def test_two_fingers_of_strangers_reach_a_fused_score_as_rarely_as_it_says():
    random = np.random.default_rng(6)
    each = np.floor(random.exponential(10 / np.log(10), (300_000, 2))).astype(int)
    fused = np.array([fuse_scores(pair) for pair in each.tolist()])
    for claimed in (10, 20, 30):
        assert np.mean(fused >= claimed) < 10 ** (-claimed / 10) * 1.5


def test_one_finger_alone_keeps_its_score():
    assert [fuse_scores([score]) for score in (0, 17, 120)] == [0, 17, 120]
    assert fuse_scores([]) == 0
    assert fuse_scores([40], choices=2) == 36

"""Error rates by hand-worked examples, by definition, and by what must always hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gada.engine.fingerprint.error_rates import (
    Pairs,
    Scores,
    binomial_interval,
    fnmr_without_the_worst,
    middle,
    resampled,
)

scores = st.lists(st.integers(0, 60), min_size=1, max_size=40).map(np.array)


def test_a_curve_worked_by_hand():
    """Impostors 1 1 2 3 5, genuine 2 4 6 8: at 3, two impostors match (3 and 5) and one genuine pair is missed."""
    curve = Scores(np.array([2, 4, 6, 8]), np.array([1, 1, 2, 3, 5])).curve()
    assert curve.thresholds.tolist() == [1, 2, 3, 4, 5, 6, 8, 9]
    assert curve.fmr.tolist() == [1, 0.6, 0.4, 0.2, 0.2, 0, 0, 0]
    assert curve.fnmr.tolist() == [0, 0, 0.25, 0.25, 0.5, 0.5, 0.75, 1]
    assert curve.eer == pytest.approx((0.25 + 0.2) / 2)
    assert curve.threshold_at(0.2) == 4
    assert curve.fnmr_at(0.2) == 0.25
    assert curve.threshold_at(0.19) == 6  # the lowest above the impostor at 5
    assert curve.fnmr_at(0.19) == 0.5


def test_the_share_may_be_met_exactly_and_ties_stay_together():
    impostor = np.repeat(np.arange(100), 10)
    curve = Scores(np.array([98, 99, 100]), impostor).curve()
    assert curve.threshold_at(0.01) == 99
    assert curve.fnmr_at(0.01) == pytest.approx(1 / 3)
    assert curve.threshold_at(0.0099) == 100
    assert curve.fnmr_at(0.0099) == pytest.approx(2 / 3)


def test_sets_apart_have_no_errors_and_equal_sets_have_half():
    apart = Scores(np.array([10, 11]), np.array([1, 2, 3])).curve()
    assert (apart.eer, apart.fnmr_at(1e-4)) == (0, 0)
    assert Scores(np.arange(1000), np.arange(1000)).curve().eer == pytest.approx(0.5)
    nobody = Scores(np.zeros(4, int), np.zeros(9, int)).curve()  # nothing but failures to extract
    assert (nobody.eer, nobody.fnmr_at(1e-2)) == (0.5, 1)


def test_without_pairs_there_are_no_rates():
    with pytest.raises(ValueError, match="pairs"):
        Scores(np.array([], int), np.array([1]))


@given(scores, scores, st.sampled_from([0.5, 0.1, 0.01]))
def test_rates_are_what_their_definitions_say(genuine, impostor, fmr):
    curve = Scores(genuine, impostor).curve()
    for threshold, matched, missed in zip(curve.thresholds, curve.fmr, curve.fnmr, strict=True):
        assert matched == pytest.approx(np.mean(impostor >= threshold))
        assert missed == pytest.approx(np.mean(genuine < threshold))
    lowest = next(t for t in range(100) if np.mean(impostor >= t) <= fmr)
    assert curve.fnmr_at(fmr) == pytest.approx(np.mean(genuine < lowest))
    if np.mean(impostor >= curve.thresholds[0]) > fmr:
        assert curve.threshold_at(fmr) == lowest
    assert 0 <= curve.eer <= 1


@given(scores, scores)
def test_better_genuine_scores_never_raise_an_error(genuine, impostor):
    curve, better = Scores(genuine, impostor).curve(), Scores(genuine + 5, impostor).curve()
    assert better.eer <= curve.eer + 1e-12
    assert better.fnmr_at(0.01) <= curve.fnmr_at(0.01)


@given(scores, scores, st.integers(0, 99))
def test_weights_are_repetitions(genuine, impostor, seed):
    random = np.random.default_rng(seed)
    often, often_too = random.integers(1, 4, len(genuine)), random.integers(1, 4, len(impostor))
    weighted = Scores(genuine, impostor).curve(often.astype(float), often_too.astype(float))
    repeated = Scores(np.repeat(genuine, often), np.repeat(impostor, often_too)).curve()
    assert np.allclose(weighted.fmr, repeated.fmr)
    assert np.allclose(weighted.fnmr, repeated.fnmr)


def test_fingers_are_resampled_not_pairs():
    """One finger of four fails all its pairs: the rate is 0, 1/4, 1/2 .. as it is drawn 0, 1, 2 .. times."""
    genuine = np.repeat(np.arange(4), 100)
    missed = (genuine == 0).astype(float)
    impostor = np.array([(a, b) for a in range(4) for b in range(a)])
    draws = resampled(
        Pairs(4, genuine, impostor), lambda g, i: [float((g * missed).sum() / g.sum()), i.sum()], resamples=2000
    )
    assert set(np.round(draws[:, 0], 6)) <= {0, 0.25, 0.5, 0.75, 1}
    assert np.mean(draws[:, 0] == 0) == pytest.approx(0.75**4, abs=0.05)
    assert middle(draws[:, 0])[0] == 0 and middle(draws[:, 0])[1] >= 0.5
    assert set(draws[:, 1]) <= {3, 4, 5, 6}  # (3,1): 3; (2,2): 4; (2,1,1): 5; all: 6; one finger alone is drawn again


def test_the_same_pairs_give_the_same_draws():
    pairs = Pairs(5, np.arange(5), np.array([(0, 1), (2, 3), (3, 4)]))
    one, other = (resampled(pairs, lambda g, i: [g[0], i[0]], resamples=20) for _ in range(2))
    assert np.array_equal(one, other)


def test_intervals_of_counts_are_those_of_the_tables():
    """Clopper and Pearson 1934: 0 of 30, the rule of three; 2 of 20; and all of 10."""
    assert binomial_interval(0, 30) == pytest.approx((0, 1 - 0.025 ** (1 / 30)))
    assert binomial_interval(2, 20) == pytest.approx((0.0123, 0.3170), abs=1e-4)
    assert binomial_interval(10, 10) == pytest.approx((0.025**0.1, 1))


def test_discarding_worked_by_hand():
    genuine, qualities = np.array([0, 9, 0, 9, 9]), np.array([10, 20, 30, 40, 50])
    rates = [fnmr_without_the_worst(genuine, qualities, threshold=5, discarded=d) for d in (0, 0.2, 0.4, 0.6)]
    assert rates == pytest.approx([2 / 5, 1 / 4, 1 / 3, 0])
    half = fnmr_without_the_worst(genuine, qualities, threshold=5, discarded=0.1)
    assert half == pytest.approx(1.5 / 4.5)
    level = np.full(5, 7)
    assert fnmr_without_the_worst(genuine, level, threshold=5, discarded=0.4) == pytest.approx(2 / 5)

"""All pairs at once give what each pair gives alone; the baseline is its plain twin."""

from __future__ import annotations

import numpy as np
import pytest

from gada.engine.evaluation.comparing import BASELINE_ONE, BASELINE_PAIRS, baseline_all, compare_all
from gada.engine.fingerprint import compare
from gada.engine.fingerprint.descriptors import describe
from tests.engine.fingerprint import plain
from tests.engine.fingerprint.made import a_template, moved


@pytest.fixture(scope="module")
def templates():
    made = [a_template(seed, count=12 + seed) for seed in range(8)]
    return [*made, moved(made[3], seed=1, turn=10), a_template(99, count=3)]


def test_all_pairs_score_as_each_pair_does(templates):
    raws, a_second = compare_all(templates)
    for i, a in enumerate(templates):
        for j, b in enumerate(templates):
            wanted = compare(a, b).raw if j < i else 0
            assert raws[i, j] == wanted
    assert not raws[9].any()
    assert a_second > 0
    assert int(raws[8].argmax()) == 3


def test_one_template_alone_is_no_pair(templates):
    assert compare_all(templates[:1])[0].tolist() == [[0]]
    assert compare_all([])[0].shape == (0, 0)


def mean_of_top_pairs(a, b):
    """The plain twin."""
    alike = [
        plain.similarity(a.words[i], a.density[i], b.words[j], b.density[j])
        for i in range(len(a))
        for j in range(len(b))
    ]
    return sum(sorted(alike)[-BASELINE_PAIRS:]) / BASELINE_PAIRS


def test_the_baseline_is_the_plain_twin(templates):
    scores = baseline_all(templates)
    for i, j in ((1, 0), (8, 3), (9, 2), (7, 6)):
        wanted = BASELINE_ONE * mean_of_top_pairs(describe(templates[i]), describe(templates[j]))
        assert scores[i, j] == pytest.approx(wanted, abs=2)
    assert np.array_equal(scores, np.tril(scores, -1))

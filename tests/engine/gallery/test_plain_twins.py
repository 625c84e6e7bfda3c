"""The kernels of the gallery against their plain twins."""

from __future__ import annotations

import numpy as np
import pytest

from gada.engine.gallery import _kernels
from tests.engine.gallery import plain

RANDOM = np.random.default_rng(8)


@pytest.mark.parametrize("wanted", [0, 1, 32, 45])
def test_fingers_are_gathered_as_by_the_plain_twin(wanted):
    words, density = RANDOM.integers(0, 2**63, (3, 16, 7, 32), np.uint64), RANDOM.random((3, 16, 32), np.float32)
    chosen = RANDOM.choice(96, wanted, replace=False)
    expected = plain.gather(words, density, chosen, 12)
    found = np.zeros_like(expected[0]), np.zeros_like(expected[1])
    _kernels.gather(words, density, chosen, *found)
    assert all(np.array_equal(*pair) for pair in zip(found, expected, strict=True))


def test_scores_are_added_up_as_by_the_plain_twin():
    owners, scores = RANDOM.integers(-1, 12, 200, np.int32), RANDOM.integers(0, 9999, 200, np.int32)
    totals = np.zeros(10, np.int32)
    _kernels.add_up(owners, scores, totals)
    assert totals.tolist() == plain.add_up(owners, scores, 10)

"""Each kernel of invented fingers against its plain twin."""

from __future__ import annotations

import numpy as np
import pytest

from gada.engine.fingerprint.synthetic import _kernels
from tests.engine.synthetic import plain

RANDOM = np.random.default_rng(2)
SURFACE = RANDOM.normal(size=(12, 14)).astype(np.float32)


@pytest.mark.parametrize("gain", [0.05, 0.2, 3.0])
def test_growth_is_the_plain_twin(gain):
    bank, choice = RANDOM.normal(size=(3, 5, 5)).astype(np.float32), RANDOM.integers(-1, 3, (8, 10)).astype(np.int32)
    grown = np.full((8, 10), 9, np.float32)
    _kernels.filter_each(SURFACE, choice, bank, gain, grown)
    wanted = plain.filter_each(SURFACE, choice, bank, gain)
    assert np.allclose(grown, wanted, atol=1e-5)
    assert not grown[choice < 0].any()
    assert np.abs(wanted).max() == 1 or gain < 1


def test_weights_are_the_plain_twin():
    for t in np.linspace(0, 1, 21):
        assert _kernels.cubic_weights(t) == pytest.approx(plain.cubic_weights(t), abs=1e-12)
        assert sum(_kernels.cubic_weights(t)) == pytest.approx(1, abs=1e-12)


def test_samples_are_the_plain_twin():
    x, y = (RANDOM.uniform(-1, end, (6, 7)).astype(np.float32) for end in (15, 13))
    found = np.empty((6, 7), np.float32)
    _kernels.sample_cubic(SURFACE, x, y, found)
    wanted = plain.sample_cubic(SURFACE, x, y)
    assert np.allclose(found, wanted, atol=1e-4)
    assert 0 < np.count_nonzero(wanted) < wanted.size


def test_a_sample_on_a_pixel_is_that_pixel():
    y, x = (grid.astype(np.float32) for grid in np.mgrid[1:10, 1:12])
    found = np.empty((9, 11), np.float32)
    _kernels.sample_cubic(SURFACE, x, y, found)
    assert np.allclose(found, SURFACE[1:10, 1:12], atol=1e-6)

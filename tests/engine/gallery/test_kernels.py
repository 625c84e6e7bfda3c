"""Kernels of the gallery beside plain numpy; and a glance before the close look finds the same people."""

from __future__ import annotations

import numpy as np
import pytest

from gada.engine.gallery import Gallery, _kernels, scan
from tests.engine.gallery.test_gallery import fingers, subject


@pytest.mark.parametrize("wanted", [0, 1, 31, 32, 33, 70])
def test_gathered_fingers_stand_side_by_side(wanted):
    dice = np.random.default_rng(wanted)
    words = dice.integers(0, 2**63, (4, 16, 7, 32), np.uint64)
    density = dice.random((4, 16, 32), np.float32)
    chosen = dice.choice(128, wanted, replace=False)
    blocks = -(-wanted // 32)
    kept, shares = np.zeros((blocks, 12, 7, 32), np.uint64), np.zeros((blocks, 12, 32), np.float32)
    _kernels.gather(words, density, chosen, kept, shares)
    rows = np.moveaxis(words, 3, 1).reshape(128, 16, 7)[chosen, :12]
    assert np.array_equal(np.moveaxis(kept, 3, 1).reshape(-1, 12, 7)[:wanted], rows)
    assert np.array_equal(
        np.moveaxis(shares, 2, 1).reshape(-1, 12)[:wanted],
        np.moveaxis(density, 2, 1).reshape(128, 16)[chosen, :12],
    )


def test_scores_of_fingers_are_added_up_by_owner():
    dice = np.random.default_rng(1)
    owners, scores = dice.integers(-1, 12, 500, np.int32), dice.integers(0, 9999, 500, np.int32)
    totals = np.zeros(10, np.int32)
    _kernels.add_up(owners, scores, totals)  # -1 is nobody, 10 and 11 came after the search began
    assert totals.tolist() == [int(scores[owners == n].sum()) for n in range(10)]


def test_a_glance_before_the_close_look_finds_the_same(monkeypatch):
    gallery = Gallery(threads=2)
    gallery.add_many([(subject(n), fingers(n, 1)) for n in range(400)])
    probes = [fingers(n, 2) for n in (3, 77, 399)] + [
        {7: fingers(50, 2)[7]},
        {7: fingers(9, 2)[2], 2: fingers(9, 2)[7]},
    ]
    closely = [gallery.search(probe, limit=1) for probe in probes]
    monkeypatch.setattr(scan, "FEWEST_SCANNED", 40)
    assert [gallery.search(probe, limit=1) for probe in probes] == closely
    assert [found[0].subject for found in closely] == [subject(n) for n in (3, 77, 399, 50, 9)]

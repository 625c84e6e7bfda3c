"""The kernels of the gallery against their plain twins; and the glance against the close look."""

from __future__ import annotations

import numpy as np
import pytest

from gada.engine.gallery import Gallery, _kernels, scan
from tests.engine.gallery import plain
from tests.engine.gallery.test_gallery import fingers, subject

RANDOM = np.random.default_rng(8)


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 1])
@pytest.mark.parametrize("parts", [(96,), (40, 1, 55)])
def test_fingers_are_gathered_as_by_the_plain_twin(share, parts):
    words, density = RANDOM.integers(0, 2**63, (3, 16, 7, 32), np.uint64), RANDOM.random((3, 16, 32), np.float32)
    owners, among = RANDOM.integers(-1, 60, 96, np.int32), RANDOM.random(50) < share  # from 50 on they came later
    expected = plain.gather(words, density, owners, among, 12)
    whose, count, start = np.full(len(expected[2]), -5, np.int32), 0, 0
    found = np.zeros_like(expected[0]), np.zeros_like(expected[1])
    for part in parts:  # the fingers before are held back, so that chunks follow one another
        held_back = np.where(np.arange(96) < start, -1, owners)[: start + part].astype(np.int32)
        count = _kernels.gather(words, density, held_back, among, count, *found, whose)
        start += part
    assert count == len(expected[2]) and whose.tolist() == expected[2]
    assert all(np.array_equal(*pair) for pair in zip(found, expected[:2], strict=True))


def test_scores_are_added_up_as_by_the_plain_twin():
    owners, scores = RANDOM.integers(-1, 12, 200, np.int32), RANDOM.integers(0, 9999, 200, np.int32)
    totals = np.zeros(10, np.int32)
    _kernels.add_up(owners, scores, totals)
    assert totals.tolist() == plain.add_up(owners, scores, 10)


def test_a_glance_before_the_close_look_finds_the_same(monkeypatch):
    gallery = Gallery(threads=2)
    gallery.add_many([(subject(n), fingers(n, 1)) for n in range(400)])
    swapped = {7: fingers(9, 2)[2], 2: fingers(9, 2)[7]}
    probes = [fingers(n, 2) for n in (3, 77, 399)] + [{7: fingers(50, 2)[7]}, swapped]
    closely = [gallery.search(probe, limit=1) for probe in probes]
    monkeypatch.setattr(scan, "FEWEST_SCANNED", 40)
    assert [gallery.search(probe, limit=1) for probe in probes] == closely
    assert [found[0].subject for found in closely] == [subject(n) for n in (3, 77, 399, 50, 9)]

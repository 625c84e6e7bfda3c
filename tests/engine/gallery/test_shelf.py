"""What stays in memory: the cylinders of the best minutiae, as the comparison makes them, and the scan over them."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from gada.engine.fingerprint import _kernels, parameters
from gada.engine.fingerprint.descriptors import describe, scan_descriptors
from gada.engine.fingerprint.parameters import LANES
from gada.engine.gallery.shelf import CHUNK, NOBODY, Shelf, empty_chunk
from tests.engine.fingerprint import plain
from tests.engine.fingerprint.made import a_template, moved


@pytest.mark.parametrize("count", [0, 1, 6, 15, 16, 17, 60, 120])
def test_the_scan_sees_the_first_cylinders_that_the_comparison_sees(count):
    template = a_template(count, count=count)
    words, density = scan_descriptors(template)
    whole = describe(template)
    assert len(words) == len(density) == min(count, parameters.SCAN_MINUTIAE)
    assert np.array_equal(words, whole.words[: len(words)])
    assert np.array_equal(density, whole.density[: len(density)])


def test_a_finger_takes_less_than_a_thousand_bytes():
    chunk = empty_chunk()
    assert sum(getattr(chunk, each.name).nbytes for each in fields(chunk)) / CHUNK == 964


def test_what_was_put_is_there_until_it_is_taken_away():
    shelf = Shelf()
    many, few = scan_descriptors(a_template(1, count=40)), scan_descriptors(a_template(2, count=9))
    places = [shelf.put(many, owner=5), shelf.put(few, owner=6)]
    for place, (words, density) in zip(places, (many, few), strict=True):
        held, shares = shelf.at(place)
        assert np.array_equal(held[: len(words)], words) and not held[len(words) :].any()
        assert np.array_equal(shares[: len(words)], density) and not shares[len(words) :].any()
    shelf.take_away(places[0])
    assert shelf.chunks[0].owners[:2].tolist() == [NOBODY, 6]
    assert not shelf.at(places[0])[0].any()
    assert shelf.put(few, owner=7) == places[0]
    assert np.array_equal(shelf.at(places[0])[0], shelf.at(places[1])[0])
    assert (shelf.used, shelf.blocks_in_use()) == (2, [(shelf.chunks[0], 1)])


def test_the_scan_is_the_plain_twin():
    shelf = Shelf()
    templates = [a_template(seed, count=10 + seed % 25) for seed in range(70)]
    for owner, template in enumerate(templates):
        shelf.put(scan_descriptors(template), owner=owner)
    mates, sizes = (5, 63), (8, 5)
    probes = [
        tuple(part[:size] for part in scan_descriptors(moved(templates[mate], seed=1)))
        for mate, size in zip(mates, sizes, strict=True)
    ]
    chunk, blocks = shelf.blocks_in_use()[0]
    scores = np.empty((2, blocks, LANES), np.int32)
    _kernels.scan_blocks(
        chunk.words[:blocks], chunk.density[:blocks], np.concatenate([words for words, _ in probes]),
        np.concatenate([density for _, density in probes]), np.cumsum(sizes), parameters.SCAN_MINUTIAE,
        parameters.SCAN_FLOOR, scores,
    )  # fmt: skip
    for probe, line, mate in zip(probes, scores.reshape(2, -1), mates, strict=True):
        for finger in (0, 5, 63, 64, 69):
            wanted = plain.scan(*probe, *scan_descriptors(templates[finger]), parameters.SCAN_FLOOR)
            assert abs(int(line[finger]) - wanted) <= 8  # one rounding per probe cylinder
        assert int(line.argmax()) == mate
        assert not line[70:].any()

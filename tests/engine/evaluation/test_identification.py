"""Mates are planted, looked for, and counted at every stage."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from gada.engine.evaluation import Extracted, Print
from gada.engine.evaluation.identification import STAGES, identify, real_people, subject_of
from gada.engine.evaluation.stage_one import plain_scan, time_both
from gada.engine.fingerprint import parameters
from gada.engine.fingerprint.descriptors import describe, scan_descriptors
from gada.engine.fingerprint.parameters import LANES
from gada.engine.fingerprint.synthetic import minutiae_finger
from gada.engine.gallery.shelf import Shelf
from gada.engine.memory import resident_bytes
from tests.engine.fingerprint import plain
from tests.engine.fingerprint.made import a_template


@pytest.fixture(scope="module")
def prints() -> tuple[list[Print], list[Extracted]]:
    """Five fingers, three impressions; the last of the second finger is missing, one of the third is damaged."""
    named = [(f, t) for f in range(5) for t in range(1, 4) if (f, t) != (1, 3)]
    found = [Extracted(minutiae_finger(700 + f).impression(t, noise=0.1, contact=0.95), "", 0.1) for f, t in named]
    found[named.index((2, 2))] = Extracted(None, "damaged")
    return [Print(Path(f"{f}_{t}.png"), 0, str(f)) for f, t in named], found


def test_people_are_made_of_consecutive_fingers(prints) -> None:
    people, mates = real_people(*prints, fingers=2)
    assert [list(person) for person in people] == [[2, 7], [2, 7]]
    assert [(mate.subject, list(mate.probe)) for mate in mates] == [
        (subject_of(0), [2, 7]), (subject_of(0), [2]), (subject_of(1), [7]), (subject_of(1), [2, 7]),
    ]  # fmt: skip
    assert len(real_people(*prints, fingers=1)[0]) == 5
    assert real_people(*prints, fingers=6) == ([], [])


def test_mates_are_found_and_everything_is_reported(prints) -> None:
    report = json.loads(json.dumps(identify(people=700, fingers=2, probes=8, real=real_people(*prints, fingers=2))))
    assert (report["people"], report["real_people"]) == (700, 2)
    assert report["retention"]["real"]["probes"] == 4
    assert [report["retention"]["real"][stage] for stage in STAGES] == [1, 1, 1]
    synthetic = report["retention"]["synthetic"]
    assert synthetic["probes"] == 8 and synthetic["rank1"] <= synthetic["stage2"] <= synthetic["stage1"]
    assert synthetic["rank1"] >= 6 / 8
    assert 0 < report["stage1_seconds_median"] < report["seconds_per_probe_p95"]
    assert 0 < report["seconds_per_probe_median"] <= report["seconds_per_probe_p95"]
    assert report["processor_seconds_per_probe_median"] > 0
    assert report["comparisons_per_second"] > 0 and report["numpy_baseline"]["ratio"] > 0
    assert report["scan_32_by_32"] > 0
    assert report["beyond_memory"]["rank1"] == 1 and report["beyond_memory"]["comparisons_per_second"] > 0
    assert report["beyond_memory"]["bytes_on_disk"] > 700 * 2 * 964
    assert report["strangers"]["probes"] == 8
    assert report["shelf_bytes_per_finger"] > 64 * 16


def test_without_real_prints_only_synthetic_ones_are_reported() -> None:
    report = identify(people=300, fingers=1, probes=3)
    assert report["retention"]["real"] is None
    assert report["people"] == 300


def test_the_numpy_scan_is_the_plain_twin_and_agrees_with_the_kernel() -> None:
    shelf, templates = Shelf(), [a_template(seed, count=20) for seed in range(40)]
    for owner, template in enumerate(templates):
        shelf.put(scan_descriptors(template), owner=owner)
    chunk, blocks = shelf.blocks_in_use()[0]
    probe = describe(a_template(3, count=5))
    scanned = plain_scan(chunk, blocks, probe).ravel()
    for finger in (0, 3, 39):
        held = scan_descriptors(templates[finger])
        wanted = plain.scan(probe.words, probe.density, *held, parameters.SCAN_FLOOR)
        assert abs(int(scanned[finger]) - wanted) <= 5
    pairs, ours, theirs = time_both(chunk, blocks, probe)
    assert pairs == blocks * LANES and ours > 0 and theirs > 0


def test_memory_grows_with_what_is_held() -> None:
    before = resident_bytes()
    held = np.ones(8_000_000)
    after = resident_bytes()
    assert before is not None and after is not None
    assert after - before > held.nbytes // 2

"""A crowd is repeatable, nobody in it is a copy, and it has the statistics of fingers drawn one by one."""

from __future__ import annotations

import numpy as np
import pytest

from gada.engine.fingerprint import Template, compare
from gada.engine.fingerprint.descriptors import describe
from gada.engine.fingerprint.synthetic import minutiae_finger
from gada.engine.fingerprint.synthetic.crowd import BLOCK, crowd_impressions


@pytest.fixture(scope="module")
def crowd() -> list[Template]:
    return crowd_impressions(3)


@pytest.fixture(scope="module")
def one_by_one() -> list[Template]:
    return [minutiae_finger(seed).impression(1) for seed in range(BLOCK)]


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


def test_the_statistics_are_those_of_fingers_drawn_one_by_one(
    crowd: list[Template], one_by_one: list[Template]
) -> None:
    def facts(templates: list[Template]) -> list[float]:
        counts = np.array([len(template) for template in templates])
        density = [describe(template).density.mean() for template in templates if len(template)]
        forked = [np.mean(template.kind == 2) for template in templates if len(template)]
        quality = [template.finger_quality for template in templates]
        return [counts.mean(), counts.std(), np.mean(density), np.mean(forked), np.mean(quality)]

    for ours, theirs in zip(facts(crowd), facts(one_by_one), strict=True):
        assert ours == pytest.approx(theirs, rel=0.1)

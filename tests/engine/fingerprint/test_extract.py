"""From an image to minutiae, and from two impressions to a score."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from gada.engine.fingerprint import FingerprintImage, Template, compare, extract, read_image
from gada.engine.fingerprint.parameters import FEWEST_MINUTIAE
from gada.engine.fingerprint.synthetic import a_finger
from gada.engine.refusal import Invalid
from tests.engine.fingerprint.made import a_file, a_template, moved


@pytest.fixture(scope="module")
def impressions() -> list[FingerprintImage]:
    """Two touches of one invented finger, one of another."""
    return [
        read_image(a_file(a_finger(finger).impression(touch, noise=0.1, contact=0.95)))
        for finger, touch in ((1, 1), (1, 2), (2, 1))
    ]


def test_two_impressions_of_a_finger_agree_and_of_two_do_not(impressions):
    first, second, other = (extract(image) for image in impressions)
    assert compare(first, second).score > 60
    assert compare(first, other).score < 30
    assert len(compare(first, second).pairs) >= 6
    for template in (first, second, other):
        assert len(template) >= FEWEST_MINUTIAE
        assert (np.diff(template.quality.astype(int)) <= 0).all(), "best minutiae first"
        assert template.x.max() < template.width
        assert template.y.max() < template.height
        assert set(template.kind.tolist()) <= {1, 2}


def test_directions_follow_the_iso_convention(impressions):
    """Turning the print a quarter counter-clockwise adds a quarter (64 steps) to every direction."""
    upright = extract(impressions[0])
    turned = extract(FingerprintImage(np.rot90(impressions[0].pixels).copy(), 500))
    x, y = upright.y.astype(int), upright.width - 1 - upright.x.astype(int)
    agreed = 0
    for i in range(len(upright)):
        near = np.hypot(turned.x - x[i], turned.y - y[i]) < 6
        gaps = (turned.angle[near].astype(int) - upright.angle[i] - 64 + 128) % 256 - 128
        agreed += bool((np.abs(gaps) < 10).any())
    assert agreed >= 0.6 * len(upright)


def test_directions_run_along_the_ridge(impressions):
    """A minutia's direction is at a right angle to the wave that its block shows."""
    from gada.engine.fingerprint.segmentation import measure_ridges

    image = impressions[0]
    found, ridge = extract(image), measure_ridges(image.pixels)
    row, column = found.y // 16, found.x // 16
    inside = ridge.foreground[row, column]
    wave = ridge.direction[row, column]  # y runs down here, up in the standard
    along = np.pi / 2 - wave
    gap = found.angle * (2 * np.pi / 256) - along
    assert np.abs(np.cos(gap))[inside].mean() > 0.9


def test_the_trace_tells_every_stage(impressions):
    seen: dict[str, object] = {}
    template = extract(impressions[0], trace=seen.__setitem__)
    assert set(seen) == {"ridges", "box", "confidence", "quality", "template"}
    assert seen["template"] is template
    told: dict[str, object] = {}
    compare(template, template, trace=told.__setitem__)
    assert set(told) == {"pairs", "weights", "partners", "misses", "evidence", "raw"}


def test_an_image_without_minutiae_gives_an_empty_template():
    template = extract(FingerprintImage(np.full((128, 128), 255, np.uint8), 500))
    assert len(template) == 0
    assert compare(template, a_template(1)).score == 0


def test_two_real_impressions_agree_and_strangers_do_not(test_data):
    folder = test_data / "fingerprints" / "uareu"
    images = [read_image((folder / f"{name}.png").read_bytes()) for name in ("012_2_1", "012_2_2", "013_2_1")]
    first, second, other = (extract(image) for image in images)
    assert compare(first, second).score > 60
    assert compare(first, other).score < 30


@pytest.mark.parametrize("seed", range(6))
def test_comparison_is_symmetric_and_turns_with_the_finger(seed):
    a = a_template(seed, count=28)
    b = moved(a, seed=seed, turn=15, lost=4)
    ahead, back = compare(a, b), compare(b, a)
    assert (ahead.score, ahead.raw) == (back.score, back.raw)
    assert {(j, i) for i, j in back.pairs} == set(ahead.pairs)
    assert ahead.score > 60
    assert compare(a, a_template(seed + 100)).score < 40


def test_too_few_minutiae_decide_nothing():
    few = a_template(1, count=FEWEST_MINUTIAE - 1)
    assert compare(few, few).score == 0


def test_templates_are_values():
    a = a_template(4)
    compare(a, a)
    again = pickle.loads(pickle.dumps(a))
    assert a == again
    assert hash(a) == hash(again)
    assert a != a_template(5)
    with pytest.raises(ValueError):
        a.x[0] = 3
    with pytest.raises(Invalid):
        Template(10, 10, [1, 2], [1], [1], [1], [1], 5)
    with pytest.raises(Invalid):
        Template(300, 300, *[[1] * 256] * 5, 5)
    with pytest.raises(Invalid):
        Template(0, 300, *[[1]] * 5, 5)

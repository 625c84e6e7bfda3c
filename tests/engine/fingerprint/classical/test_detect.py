"""The classical extractor on waves whose minutiae are known, on invented fingers, and beside LEADER."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from gada.engine.fingerprint import (
    BIFURCATION,
    ENDING,
    FingerprintImage,
    Template,
    compare,
    extract,
    extract_with_quality,
    read_image,
)
from gada.engine.fingerprint.classical.confidence import PROPERTIES, WEIGHTS, judge
from gada.engine.fingerprint.classical.detect import measure
from gada.engine.fingerprint.segmentation import measure_ridges
from gada.engine.fingerprint.synthetic import a_finger
from tests.engine.fingerprint.made import a_file


def a_wave(*, turn: float = 0.0, sense: int = 1, dark: bool = True, period: float = 9.0) -> FingerprintImage:
    """Straight ridges with one minutia in the middle. They run along `turn` (counter-clockwise from the right); with
    sense 1 there is one ridge more towards `turn`, with -1 one more the other way. `dark`: it is a ridge that begins.
    """
    y, x = np.mgrid[:320, :320].astype(float)
    x, y = x - 160, 160 - y
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    twist = sense * np.arctan2(across, -along)  # jumps on the side that has one wave more
    ahead = np.pi if dark else 0.0
    wave = np.cos(2 * np.pi * across / period - twist + (ahead + np.pi if sense > 0 else ahead))
    return FingerprintImage(np.clip(127.5 + 80 * wave, 0, 255).astype(np.uint8), 500)


def classical(image: FingerprintImage) -> Template:
    return extract(image, extractor="classical")


@pytest.fixture(scope="module")
def impressions() -> list[FingerprintImage]:
    """Two touches of one invented finger, one of another."""
    return [
        read_image(a_file(a_finger(finger).impression(touch, noise=0.1, contact=0.95)))
        for finger, touch in ((1, 1), (1, 2), (2, 1))
    ]


@pytest.mark.parametrize("turn", [0.0, 0.7, 1.6, 2.9, 4.0, 5.5])
@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize("period", [7.0, 9.0, 11.0])
def test_one_minutia_is_found_where_it_is(turn, dark, period):
    template = classical(a_wave(turn=turn, dark=dark, period=period))
    assert len(template) == 1
    assert abs(int(template.x[0]) - 160) <= 2 and abs(int(template.y[0]) - 160) <= 2
    gap = template.angle[0] * (2 * np.pi / 256) - turn
    assert abs(np.angle(np.exp(1j * gap))) < np.deg2rad(8)
    assert template.kind[0] == (ENDING if dark else BIFURCATION)
    assert template.quality[0] > 60


def test_the_other_sense_points_the_other_way():
    template = classical(a_wave(turn=0.4, sense=-1))
    assert len(template) == 1
    assert abs(np.angle(np.exp(1j * (template.angle[0] * (2 * np.pi / 256) - 0.4 - np.pi)))) < np.deg2rad(8)


def test_plain_ridges_have_no_minutiae():
    y, x = np.mgrid[:320, :320].astype(float)
    straight = 127.5 + 80 * np.cos(2 * np.pi * (0.8 * x + 0.6 * y) / 9)
    assert len(classical(FingerprintImage(straight.astype(np.uint8), 500))) == 0


def test_two_impressions_of_a_finger_agree_and_of_two_do_not(impressions):
    first, second, other = (classical(image) for image in impressions)
    assert compare(first, second).score > 60
    assert compare(first, other).score < 30
    for template in (first, second, other):
        assert (np.diff(template.quality.astype(int)) <= 0).all(), "best minutiae first"
        assert template.x.max() < template.width and template.y.max() < template.height


def test_templates_of_both_extractors_can_be_compared(impressions):
    first, second, other = impressions
    assert compare(classical(first), extract(second)).score > 40
    assert compare(classical(first), extract(other)).score < 30


def test_the_answer_is_the_same_again_and_from_several_threads(impressions):
    wanted = [classical(image) for image in impressions]
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(classical, impressions * 2)) == wanted * 2


@pytest.mark.parametrize("shape", [(64, 64), (65, 91), (300, 64)])
@pytest.mark.parametrize("kind", ["white", "black", "noise"])
def test_whatever_the_image_there_is_an_answer(shape, kind):
    random = np.random.default_rng(1)
    made = {"white": np.full(shape, 255), "black": np.zeros(shape), "noise": random.integers(0, 256, shape)}
    template, quality = extract_with_quality(FingerprintImage(made[kind].astype(np.uint8), 500), extractor="classical")
    assert quality.value < 50
    assert len(template) == 0 or kind == "noise"


def test_the_trace_tells_every_stage(impressions):
    seen: dict[str, object] = {}
    template = extract(impressions[0], extractor="classical", trace=seen.__setitem__)
    assert set(seen) == {"ridges", "box", "confidence", "quality", "template"}
    assert seen["template"] is template


def test_a_minutia_is_the_surer_the_more_the_wave_is_one(impressions):
    pixels = impressions[0].pixels
    _, measured = measure(pixels, measure_ridges(pixels))
    assert measured.shape[1] == len(PROPERTIES) == len(WEIGHTS)
    sure = judge(measured)
    assert ((sure >= 0) & (sure <= 1)).all()
    stronger, more_agreed = measured.copy(), measured.copy()
    stronger[:, PROPERTIES.index("slope")] += 0.2
    more_agreed[:, PROPERTIES.index("coherence")] += 0.2
    assert (judge(stronger) >= sure).all() and (judge(more_agreed) >= sure).all()


def test_it_finds_what_leader_finds_with_the_same_directions(test_data):
    prints = test_data / "fingerprints"
    confirmed, wanted, turns = 0, 0, []
    for path in sorted([*prints.glob("uareu/*_1.png"), *prints.glob("fvc2002/db[13]/*_1.png")])[::8]:
        image = read_image(path.read_bytes())
        here, there = classical(image), extract(image)
        sure = there.quality >= 55
        gaps = np.hypot(here.x - there.x[sure][:, None].astype(float), here.y - there.y[sure][:, None].astype(float))
        turn = (here.angle - there.angle[sure][:, None].astype(float) + 128) % 256 - 128
        near = (gaps < 12) & (np.abs(turn) < 30 * 256 / 360)
        confirmed, wanted = confirmed + int(near.any(axis=1).sum()), wanted + int(sure.sum())
        turns += turn[gaps < 6].tolist()
    assert confirmed > 0.85 * wanted > 100
    assert abs(np.median(turns)) <= 2

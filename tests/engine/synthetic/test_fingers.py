"""Fingers nobody has: repeatable, legible, and unlike each other."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from gada.engine.fingerprint.synthetic import SyntheticFinger, a_finger, minutiae_finger


@pytest.fixture(scope="module")
def finger() -> SyntheticFinger:
    return a_finger(7)


def test_the_same_seed_gives_the_same_image(finger: SyntheticFinger) -> None:
    again = a_finger(7)
    assert np.array_equal(finger.surface, again.surface)
    assert np.array_equal(finger.impression(3), again.impression(3))


def test_another_seed_gives_another_finger_and_another_touch(finger: SyntheticFinger) -> None:
    assert not np.array_equal(finger.surface, a_finger(8).surface)
    assert not np.array_equal(finger.impression(3), finger.impression(4))


def test_an_impression_is_dark_ridges_on_white_paper(finger: SyntheticFinger) -> None:
    image = finger.impression(1, noise=0.0, contact=1.0)
    assert image.shape == (400, 320) and image.dtype == np.uint8
    assert image[:4, :4].mean() > 235
    middle = image[120:280, 90:230]
    assert middle.min() < 60 and middle.max() > 220
    assert 0.25 < (middle < 128).mean() < 0.75


def test_ridges_have_the_period_of_skin(finger: SyntheticFinger) -> None:
    patch = finger.impression(1, noise=0.0, rotation_degrees=0.0)[150:278, 96:224].astype(float)
    power = np.abs(np.fft.rfft2(patch - patch.mean())) ** 2
    frequency = np.hypot(np.fft.fftfreq(128)[:, None], np.fft.rfftfreq(128)[None, :])
    period = 1 / (power * frequency).sum() * power.sum()
    assert 6.5 < period < 13


def test_partial_contact_shows_less(finger: SyntheticFinger) -> None:
    whole = (finger.impression(2, contact=1.0) < 128).sum()
    part = (finger.impression(2, contact=0.4) < 128).sum()
    assert part < 0.7 * whole


def test_displacement_moves_the_picture(finger: SyntheticFinger) -> None:
    here, there = (
        finger.impression(5, displacement_pixels=(x, 0.0), rotation_degrees=0.0, distortion=0.0, noise=0.0)
        for x in (0.0, 30.0)
    )
    moved = np.corrcoef(here[100:300, 90:200].ravel(), there[100:300, 120:230].ravel())[0, 1]
    assert moved > 0.8


def test_the_png_says_500_dpi(finger: SyntheticFinger) -> None:
    image = Image.open(BytesIO(finger.impression_png(1)))
    assert image.size == (320, 400) and image.mode == "L"
    assert round(image.info["dpi"][0]) == 500


def test_a_template_is_plausible_and_repeatable() -> None:
    counts = []
    for seed in range(200):
        template = minutiae_finger(seed).impression(1)
        assert template == minutiae_finger(seed).impression(1)
        assert list(template.quality) == sorted(template.quality, reverse=True)
        assert len(template) == 0 or (template.x.min() >= 0 and template.x.max() < template.width)
        counts.append(len(template))
    assert 25 <= np.median(counts) <= 60
    assert np.quantile(counts, 0.05) >= 15 and max(counts) <= 90


def test_template_angles_follow_the_flow() -> None:
    finger = minutiae_finger(4)
    flow = finger.flow.at(finger.x, finger.y)
    assert np.abs(np.sin(finger.direction - flow)).max() < 0.3

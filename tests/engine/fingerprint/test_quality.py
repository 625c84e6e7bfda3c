"""Quality says how likely a print is found again; its advice, what spoiled it. What is no good print harms nobody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gada.engine.fingerprint import (
    ADVICE,
    FingerprintImage,
    compare,
    extract,
    extract_with_quality,
    measure_quality,
    read_image,
)
from gada.engine.fingerprint.quality import GOOD_AT_LEAST, grade
from gada.engine.fingerprint.segmentation import measure_ridges
from gada.engine.refusal import Invalid
from tests.engine.fingerprint.made import a_file, ridges

STRANGERS = ("uareu/022_1_1", "uareu/017_2_2", "fvc2002/db1/105_1", "fvc2002/db4/107_2")


@pytest.fixture(scope="module")
def pixels_of(test_data: Path) -> Callable[[str], np.ndarray]:
    """Pixels of a real print by its name, as extraction sees them."""

    def read(name: str) -> np.ndarray:
        (path,) = (test_data / "fingerprints").glob(f"{name}.*")
        return read_image(path.read_bytes()).pixels

    return read


@pytest.fixture(scope="module")
def strangers(pixels_of):
    """Templates of people who are in no other image here."""
    return [extract(FingerprintImage(pixels_of(name), 500)) for name in STRANGERS]


def grey(values: np.ndarray) -> np.ndarray:
    """Rounded to what a scanner gives."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def dragged(pixels: np.ndarray, *, by: int) -> np.ndarray:
    """A finger that slid sideways by so many pixels while it was scanned."""
    before = by // 2
    wide = np.pad(pixels.astype(float), ((0, 0), (before, by - 1 - before)), mode="edge")
    return grey(np.lib.stride_tricks.sliding_window_view(wide, by, axis=1).mean(axis=2))


def strip_of(pixels: np.ndarray) -> np.ndarray:
    """A third of the image, as if only the finger's edge had touched."""
    part = np.full_like(pixels, int(np.median(pixels[0])))
    columns = slice(pixels.shape[1] // 3, pixels.shape[1] * 2 // 3)
    part[:, columns] = pixels[:, columns]
    return part


def broken_up(pixels: np.ndarray, *, share: float) -> np.ndarray:
    """A dry finger: its ridges touch here and there only."""
    rows, columns = pixels.shape
    grain = np.random.default_rng(1).random((rows // 3 + 1, columns // 3 + 1)).repeat(3, 0).repeat(3, 1)
    return grey(np.where(grain[:rows, :columns] < share, 235, pixels))


def noisy(pixels: np.ndarray, *, deviation: float) -> np.ndarray:
    """With noise in every pixel."""
    return grey(pixels + np.random.default_rng(0).normal(0, deviation, pixels.shape))


def photographed(pixels: np.ndarray) -> np.ndarray:
    """A photo of a print-out: a slanted halftone screen, soft lens, light from one side, and the camera's own grid."""
    y, x = np.mgrid[: pixels.shape[0], : pixels.shape[1]].astype(float)
    screen = 127 + 60 * (np.cos((x + y) * 2 * np.pi / 4.6) + np.cos((x - y) * 2 * np.pi / 4.6))
    printed = np.where(pixels > screen, 255.0, 20.0)
    soft = (printed + np.roll(printed, 1, 0) + np.roll(printed, 1, 1) + np.roll(printed, (1, 1), (0, 1))) / 4
    light = 0.45 + 0.5 * x / x.max()
    return grey(soft * light + 12 * np.cos(x * 2 * np.pi / 5.1))


def latent(pixels: np.ndarray) -> np.ndarray:
    """What a finger leaves on a striped surface: faint, in patches, under noise."""
    y, x = np.mgrid[: pixels.shape[0], : pixels.shape[1]].astype(float)
    seen = np.hypot(x - pixels.shape[1] * 0.4, y - pixels.shape[0] * 0.55) < 0.3 * min(pixels.shape)
    surface = 150 + 40 * np.sign(np.sin((x + 2 * y) / 14))
    return noisy(surface + seen * 0.25 * (pixels - 180.0), deviation=18)


def test_a_value_grows_with_how_many_minutiae_are_sure():
    pixels, seen = ridges(), measure_ridges(ridges())
    values = [grade(pixels, seen, np.full(count, 0.8, np.float32)).value for count in (0, 5, 6, 12, 26, 27, 60, 255)]
    assert values[:2] == [0, 0], "too few are never compared"
    assert 0 < values[2] < values[3] < GOOD_AT_LEAST <= values[5] < values[6] < values[7] <= 100
    sure, faint = (grade(pixels, seen, np.full(30, each, np.float32)) for each in (0.9, 0.4))
    assert sure.value > faint.value
    blank = np.full((300, 300), 250, np.uint8)
    assert grade(blank, measure_ridges(blank), np.ones(40, np.float32)).advice == "not-a-finger"


def test_clear_ridges_without_minutiae_find_nobody_and_no_second_try_would_help():
    quality = measure_quality(FingerprintImage(ridges(), 500))
    assert quality.value < GOOD_AT_LEAST
    assert quality.advice == "good"


@pytest.mark.parametrize("name", ["uareu/012_2_1", "uareu/013_2_1", "fvc2002/db1/101_1", "fvc2002/db4/104_1"])
def test_what_spoils_a_real_print_lowers_its_quality(pixels_of, name):
    pixels = pixels_of(name)
    template, whole = extract_with_quality(FingerprintImage(pixels, 500))
    assert (whole.advice, template.finger_quality) == ("good", whole.value)
    assert measure_quality(FingerprintImage(pixels, 500)) == whole
    part = measure_quality(FingerprintImage(strip_of(pixels), 500))
    assert (part.value < whole.value, part.advice) == (True, "partial")
    slid = [measure_quality(FingerprintImage(dragged(pixels, by=by), 500)).value for by in (9, 13)]
    assert max(slid) < 0.8 * whole.value
    for spoiled in (broken_up(pixels, share=0.55), noisy(pixels, deviation=100)):
        quality = measure_quality(FingerprintImage(spoiled, 500))
        assert quality.value < whole.value
        assert quality.advice in ADVICE
    upside_down = measure_quality(FingerprintImage(np.ascontiguousarray(pixels[::-1, ::-1]), 500))
    assert upside_down.value == pytest.approx(whole.value, abs=4)


@pytest.mark.parametrize(
    ("spoil", "advice"),
    [
        (lambda pixels: grey(250 - (250 - pixels.astype(float)) * 0.3), "too-light"),
        (lambda pixels: grey(pixels * 0.2), "too-dark"),
        (lambda pixels: dragged(pixels, by=13), "moved"),
        (lambda pixels: dragged(pixels, by=9), "moved"),
        (strip_of, "partial"),
        (lambda pixels: pixels[: pixels.shape[0] // 3], "partial"),
        (lambda pixels: np.full_like(pixels, 240), "not-a-finger"),
    ],
)
def test_advice_names_what_was_done_to_a_middling_print(pixels_of, spoil, advice):
    spoiled = spoil(pixels_of("fvc2002/db4/104_1"))
    quality = measure_quality(FingerprintImage(np.ascontiguousarray(spoiled), 500))
    assert (quality.value < GOOD_AT_LEAST, quality.advice) == (True, advice)


def test_a_dry_finger_is_told_to_be_moistened(pixels_of):
    quality = measure_quality(FingerprintImage(broken_up(pixels_of("uareu/012_2_1"), share=0.55), 500))
    assert (quality.value < GOOD_AT_LEAST, quality.advice) == (True, "too-dry")


def test_a_print_that_is_pale_but_legible_needs_no_second_try(pixels_of):
    pixels = pixels_of("uareu/013_2_1")
    pale = FingerprintImage(grey(250 - (250 - pixels.astype(float)) * 0.3), 500)
    assert measure_quality(pale).advice == "good"
    assert compare(extract(pale), extract(FingerprintImage(pixels, 500))).score > 60


def test_quality_foretells_which_mates_are_found_more_surely(pixels_of):
    """Of a few real pairs, the better half scores half as much again; over the whole pool ranks correlate 0.87."""
    worse, raws = [], []
    for finger in ("fvc2002/db1/103", "fvc2002/db3/105", "fvc2002/db4/105", "uareu/012_2", "uareu/076_1"):
        a, b, c = (extract(FingerprintImage(pixels_of(f"{finger}_{touch}"), 500)) for touch in (1, 2, 3))
        for first, second in ((a, b), (a, c), (b, c)):
            worse.append(min(first.finger_quality, second.finger_quality))
            raws.append(compare(first, second).raw)
    order = np.argsort(worse, kind="stable")
    assert np.mean(np.array(raws)[order[8:]]) > 1.5 * np.mean(np.array(raws)[order[:7]])


# --- what is no good print -------------------------------------------------------------------------


def test_two_fingers_in_one_image_are_no_stranger(pixels_of, strangers):
    first, second = pixels_of("uareu/012_2_1"), pixels_of("uareu/013_2_1")
    both = FingerprintImage(np.hstack((first, second)), 500)
    template, quality = extract_with_quality(both)
    assert 0 < quality.value <= 100
    assert max(compare(template, stranger).score for stranger in strangers) < 20
    assert max(compare(template, extract(FingerprintImage(one, 500))).score for one in (first, second)) >= 20


def test_a_finger_upside_down_is_the_same_finger(pixels_of, strangers):
    upright = extract(FingerprintImage(pixels_of("uareu/012_2_1"), 500))
    other = np.ascontiguousarray(pixels_of("uareu/012_2_2")[::-1, ::-1])
    template = extract(FingerprintImage(other, 500))
    assert compare(template, upright).score >= 40
    assert max(compare(template, stranger).score for stranger in strangers) < 20


@pytest.mark.parametrize("tone", [0, 128, 250])
def test_a_blank_platen_is_refused_and_would_find_nobody(tone, strangers):
    blank = np.full((357, 326), tone, np.uint8)
    for pixels in (blank, noisy(blank, deviation=1.5)):
        with pytest.raises(Invalid) as refused:
            read_image(a_file(pixels))
        assert refused.value.code == "image-blank"
        template, quality = extract_with_quality(FingerprintImage(pixels, 500))
        assert (quality.value, quality.advice) == (0, "not-a-finger")
        assert max(compare(template, stranger).score for stranger in strangers) < 20


@pytest.mark.parametrize("spoil", [latent, photographed, lambda pixels: noisy(pixels, deviation=140)])
def test_latents_photos_and_noise_are_graded_honestly_and_match_no_stranger(pixels_of, strangers, spoil):
    for name in ("uareu/012_2_1", "uareu/013_2_1"):
        pixels = pixels_of(name)
        whole = measure_quality(FingerprintImage(pixels, 500))
        template, quality = extract_with_quality(FingerprintImage(spoil(pixels), 500))
        assert quality.value < whole.value
        assert max(compare(template, stranger).score for stranger in strangers) < 20
        own = compare(template, extract(FingerprintImage(pixels, 500))).score
        assert own >= 40 or quality.value < GOOD_AT_LEAST, "what is called good is found again"

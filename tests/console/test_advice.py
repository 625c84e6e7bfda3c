"""What to do about a print is said in both languages, in the words of the engine."""

from __future__ import annotations

import numpy as np
import pytest
import skimage
from django.utils import translation
from PIL import Image, ImageFilter

from gada.console.services.pictures import advice_on
from gada.console.views.prints import advice_words, photo_words
from gada.engine.fingerprint import ADVICE


@pytest.mark.parametrize("code", ADVICE)
def test_every_advice_is_said_in_english_and_in_french(code):
    with translation.override("en"):
        assert advice_words(code) == ADVICE[code]
    with translation.override("fr"):
        french = advice_words(code)
        assert french.endswith(".") and french != ADVICE[code] == translation.gettext_noop(ADVICE[code])
        assert translation.gettext(ADVICE[code]) == french


@pytest.fixture(scope="module")
def portrait() -> Image.Image:
    """Head and shoulders of somebody, as large as a desk keeps a photo."""
    return Image.fromarray(skimage.data.astronaut()).crop((90, 0, 330, 300)).resize((480, 600))


@pytest.mark.parametrize(("advice", "light", "blur"), [
    ("good", 1.0, 0), ("good", 0.6, 0), ("good", 1.0, 1), ("too-dark", 0.3, 0), ("too-bright", 4.0, 0),
    ("blurred", 1.0, 3), ("blurred", 0.6, 3),
])
def test_a_photo_that_shows_nobody_is_told_so(portrait, advice, light, blur):
    """Dim and sharp is not called blurred: a dim picture has little contrast, and as much detail as before."""
    spoiled = Image.fromarray((np.asarray(portrait) * light).clip(0, 255).astype(np.uint8))
    assert advice_on(spoiled.filter(ImageFilter.GaussianBlur(blur))) == advice
    for language in ("fr", "en"):
        with translation.override(language):
            assert photo_words(advice).endswith(".")


def test_a_picture_of_a_few_pixels_is_told_so():
    assert advice_on(Image.new("RGB", (10, 10))) == "too-small"

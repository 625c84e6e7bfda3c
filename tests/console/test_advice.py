"""What to do about a print is said in both languages, in the words of the engine."""

from __future__ import annotations

import numpy as np
import pytest
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


@pytest.mark.parametrize(("advice", "light", "spread", "blur"), [
    ("good", 128, 60, 0), ("too-dark", 20, 10, 0), ("too-bright", 245, 5, 0), ("blurred", 128, 60, 6),
])
def test_a_photo_that_shows_nobody_is_told_so(advice, light, spread, blur):
    noise = np.random.default_rng(1).normal(light, spread, (75, 60)).clip(0, 255).astype(np.uint8)
    picture = Image.fromarray(noise).resize((480, 600)).filter(ImageFilter.GaussianBlur(blur))
    assert advice_on(picture) == advice
    for language in ("fr", "en"):
        with translation.override(language):
            assert photo_words(advice).endswith(".")


def test_a_picture_of_a_few_pixels_is_told_so():
    assert advice_on(Image.new("RGB", (10, 10))) == "too-small"

"""What to do about a print is said in both languages, in the words of the engine."""

from __future__ import annotations

import pytest
from django.utils import translation

from gada.console.views.prints import advice_words
from gada.engine.fingerprint import ADVICE


@pytest.mark.parametrize("code", ADVICE)
def test_every_advice_is_said_in_english_and_in_french(code):
    with translation.override("en"):
        assert advice_words(code) == ADVICE[code]
    with translation.override("fr"):
        french = advice_words(code)
        assert french.endswith(".") and french != ADVICE[code] == translation.gettext_noop(ADVICE[code])
        assert translation.gettext(ADVICE[code]) == french

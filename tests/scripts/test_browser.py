"""The browser that tests use: it draws, it is narrow when asked, and what goes wrong in a page is heard."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def test_a_page_is_drawn_in_the_language_and_width_asked_for(browser_page: Callable[..., Page]) -> None:
    for narrow, width in ((False, 1280), (True, 360)):
        page = browser_page(language="fr", narrow=narrow)
        page.set_content("<h1>Bonjour</h1>")
        assert page.inner_text("h1") == "Bonjour"
        assert page.evaluate("[innerWidth, navigator.language]") == [width, "fr"]


def test_without_javascript_nothing_runs(browser_page: Callable[..., Page]) -> None:
    page = browser_page(javascript=False)
    page.set_content("<p>avant</p><script>document.querySelector('p').textContent = 'après'</script>")
    assert page.inner_text("p") == "avant"

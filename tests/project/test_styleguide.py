"""The style guide in a real browser: it is what every page is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LAYOUTS = ("", "desk", "sign_in", "refusal", "report", "slip", "receipt")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture
def guide(unlocked_vault: Any, live_server: Any) -> str:
    return f"{live_server.url}/styleguide/"


@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_is_accessible_and_fits(guide: str, browser_page: Callable[..., Page], narrow: bool, dark: bool) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = browser_page(language="fr", narrow=narrow)
    page.emulate_media(color_scheme="dark" if dark else "light")
    for layout in LAYOUTS:
        page.goto(f"{guide}?layout={layout}")
        found = Axe().run(page, options=RULES).response["violations"]
        assert [(each["id"], each["nodes"][0]["target"]) for each in found] == [], layout
        assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"], layout


def test_the_keys_work_and_can_be_turned_off(guide: str, page: Page) -> None:
    page.goto(f"{guide}?layout=desk")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    assert "Remettre l’aide" in page.locator("#help").inner_text()
    page.locator("[data-single-keys]").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert not page.locator("#help").is_visible()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "find-q"


def test_a_chosen_photo_is_shown_without_leaving_the_page(guide: str, page: Page) -> None:
    from gada.engine.fingerprint import synthetic

    page.goto(guide)
    file = {"name": "photo.png", "mimeType": "image/png", "buffer": synthetic.a_finger(1).impression_png(1)}
    page.locator("input[type=file]").set_input_files([file])
    page.locator("canvas.preview").wait_for(state="visible")


def test_a_dialog_opens_and_closes(guide: str, page: Page) -> None:
    page.goto(guide)
    page.locator('[data-opens="example-dialog"]').click()
    assert page.locator("#example-dialog").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#example-dialog").is_visible()


def test_everything_can_be_read_without_scripts(guide: str, browser_page: Callable[..., Page]) -> None:
    page = browser_page(javascript=False, narrow=True)
    page.goto(guide)
    page.locator("details.menu, main").first.wait_for()
    assert page.locator("h1").inner_text() == "Guide de style"
    page.locator(".chart-table summary").first.click()
    assert page.locator(".chart-table table").first.is_visible()

"""A supervisor prints, a phone at the gate reads the code with its camera; accessible, fitting, in both languages."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from gada.credentials import queries
from gada.credentials.papers.sheets import draw_sheets
from tests.console.test_in_a_browser import RULES, signed_in
from tests.credentials.builders import a_card, printed
from tests.credentials.test_papers import people, pictures_of
from tests.people.builders import a_household
from tests.world import Role, a_node, an_operator

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# A test machine has no camera: this one films a picture.
CAMERA = """(() => {
  const picture = new Image(); picture.src = "%s";
  navigator.mediaDevices.getUserMedia = async () => {
    const canvas = document.createElement("canvas"); canvas.width = picture.width; canvas.height = picture.height;
    const draw = () => { canvas.getContext("2d").drawImage(picture, 0, 0); requestAnimationFrame(draw); };
    draw();
    return canvas.captureStream(10);
  };
})();"""


def look_at(page: Page, name: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=RULES).response["violations"]
    assert [(each["id"], each["nodes"][0]["target"]) for each in found] == [], name
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"], name


def test_from_the_queue_to_the_gate(live_server: Any, browser_page: Callable[..., Page]) -> None:
    site = a_node().site
    household = a_household(of=2)
    supervisor = an_operator(Role.SUPERVISOR, site=site, language="en")
    page = signed_in(browser_page(language="en"), supervisor, live_server)
    page.goto(live_server.url + reverse("console:registered", args=[household.id]))
    look_at(page, "registered")
    page.goto(live_server.url + reverse("credentials:queue"))
    look_at(page, "queue")
    page.keyboard.press("e")
    page.get_by_text("1 card issued").wait_for()
    page.keyboard.press("p")
    page.get_by_role("heading", name="Came out well").wait_for()
    look_at(page, "printed")
    page.keyboard.press("e")
    page.get_by_text("1 card confirmed").wait_for()

    card = a_card(people()[0])
    copy = printed(card, paper="printer")
    back = pictures_of(draw_sheets(queries.faces_of([copy]), paper="printer", title="x"))[1]
    body = io.BytesIO()
    back.save(body, format="PNG")
    phone = browser_page(language="fr", narrow=True)
    phone.add_init_script(CAMERA % f"data:image/png;base64,{base64.b64encode(body.getvalue()).decode()}")
    phone = signed_in(phone, an_operator(Role.DISTRIBUTOR, site=site), live_server)
    phone.goto(live_server.url + reverse("credentials:check"))
    look_at(phone, "check")
    phone.get_by_role("button", name="Utiliser la caméra").click()
    phone.get_by_text("La signature est bonne").first.wait_for()
    assert card.number in phone.content()
    look_at(phone, "checked")

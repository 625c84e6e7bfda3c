"""The person's page and report with what partners delivered: accessible, and fitting a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from django.utils import timezone

from gada.agencies.rules import Role
from gada.console.services import open_disclosure
from tests.console.test_in_a_browser import RULES, signed_in
from tests.exchange.cast import Cast
from tests.exchange.foreign import Partner
from tests.exchange.lent import agreed, delivered, linked
from tests.world import an_operator

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("language", "narrow"), [("fr", True), ("en", False)], ids=["french phone", "english laptop"])
def test_what_partners_delivered_is_accessible_and_fits(
    live_server: Any,
    browser_page: Callable[..., Page],
    cast: Cast,
    partner: Partner,
    tmp_path: Path,
    language: str,
    narrow: bool,
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    link = linked(agreed(cast, partner), cast.enrol())
    household = {"relationship": "head", "members": [], "others": 3}
    said = {"given": "Achol", "mother": "Nyibol Ajakdit", "place": "SS0909", "household": household}
    delivered(cast, partner, link, tmp_path, finger=7, **said)
    operator = an_operator(Role.SUPERVISOR, Role.DPO, Role.EXCHANGE, language=language)
    open_disclosure(operator=operator, person_id=link.person_id, at=timezone.now(), reason="connue")
    page = signed_in(browser_page(language=language, narrow=narrow), operator, live_server)
    for name in ("person", "disclosure"):
        page.goto(f"{live_server.url}{reverse(f'console:{name}', args=[link.person_id])}?why=request")
        assert "Nyibol Ajakdit" in page.content()
        found = Axe().run(page, options=RULES).response["violations"]
        assert [(each["id"], each["nodes"][0]["target"]) for each in found] == [], name
        assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"], name

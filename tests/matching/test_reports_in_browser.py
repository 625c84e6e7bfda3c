"""The report in a real browser: it fits a phone, everything is named, and the paper comes out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from gada.matching.services import judge_case
from tests.matching.builders import moussa_twice, the_case
from tests.matching.test_in_browser import look, sign_in
from tests.world import AT, Role, an_operator

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_report_fits_and_is_named(
    browser_page: Callable[..., Page], live_server: Any, language: str
) -> None:
    moussa_twice()
    judge_case(operator=an_operator(Role.ADJUDICATOR), case_id=the_case().id, verdict="same", reason="", at=AT)
    operator = an_operator(Role.SUPERVISOR, language=language)
    for narrow in (False, True):
        page = browser_page(language=language, narrow=narrow)
        sign_in(page, live_server, operator)
        for name, path in (
            ("report", "/cases/report/?first=2026-03-01&last=2026-03-31"), ("report-check", "/cases/report/check/"),
        ):
            page.goto(live_server.url + path)
            look(page, f"{name}-{language}-{'narrow' if narrow else 'wide'}")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
            found = Axe().run(page)
            assert not found.response["violations"], found.generate_report()


def test_the_paper_comes_out(page: Page, live_server: Any) -> None:
    moussa_twice()
    sign_in(page, live_server, an_operator(Role.SUPERVISOR))
    page.goto(f"{live_server.url}/cases/report/")
    with page.expect_download() as download:
        page.keyboard.press("p")
    assert download.value.suggested_filename.endswith(".pdf")

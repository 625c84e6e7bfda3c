"""The report and a check of everybody in a real browser: they fit a phone, everything is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from gada.matching.models import PopulationRun
from gada.matching.services import judge_case
from gada.matching.services.continuing import WORKING
from gada.matching.tasks import check_population
from tests.matching.builders import first_moussa, moussa_twice, second_moussa, the_case
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
            ("report", "/duplicates/report/?first=2026-03-01&last=2026-03-31"),
            ("report-check", "/duplicates/report/check/"),
        ):
            page.goto(live_server.url + path)
            seen(page, f"{name}-{language}-{'narrow' if narrow else 'wide'}")


def test_the_paper_comes_out(page: Page, live_server: Any) -> None:
    moussa_twice()
    sign_in(page, live_server, an_operator(Role.SUPERVISOR))
    page.goto(f"{live_server.url}/duplicates/report/")
    with page.expect_download() as download:
        page.keyboard.press("p")
    assert download.value.suggested_filename.endswith(".pdf")


def test_a_check_of_everybody_from_the_first_button_to_its_report(
    browser_page: Callable[..., Page], live_server: Any
) -> None:
    first_moussa(prints=False)
    second_moussa(prints=False)
    page = browser_page()
    sign_in(page, live_server, an_operator(Role.SUPERVISOR, name="Bakr"))
    page.goto(f"{live_server.url}/cases/everybody/")
    seen(page, "everybody")
    page.keyboard.press("e")
    page.wait_for_url("**/cases/everybody/*-*/")
    seen(page, "everybody-estimating")
    work()
    page.get_by_role("button", name="Vérifier tout le monde").wait_for()  # the page found out by itself
    seen(page, "everybody-estimated")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Mettre en pause").wait_for()
    seen(page, "everybody-running")
    work()
    page.get_by_text("Par quels indices").wait_for()
    seen(page, "everybody-report")
    page.set_viewport_size({"width": 360, "height": 740})
    seen(page, "everybody-report-narrow")


def work() -> None:
    """What the worker does meanwhile."""
    while (run := PopulationRun.objects.get()).state in WORKING:
        check_population.func(str(run.id), run.turn)


def seen(page: Page, name: str) -> None:
    look(page, name)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    found = Axe().run(page)
    assert not found.response["violations"], found.generate_report()

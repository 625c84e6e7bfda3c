"""A case in a real browser: one key and Enter decide, everything fits, everything is named."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from gada.agencies.models import Operator
from gada.biometrics.rules import CaptureDraft
from gada.biometrics.services import take_captures
from gada.matching.models import Case, Judgement
from gada.matching.rules import Filters
from gada.matching.services import begin_bulk, check_person, judge_case
from tests.biometrics.builders import a_print
from tests.matching.builders import first_moussa, second_moussa
from tests.world import AT, Role, a_browser, an_operator

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("GADA_SHOTS")  # a folder, to look at the pages


@pytest.fixture
def waiting() -> list[Case]:
    """Three registrations of one person: three cases, real pictures behind the prints."""
    people = [first_moussa(prints=False), second_moussa(prints=False), second_moussa(prints=False, given="Mamadou")]
    clerk = an_operator(Role.CLERK)
    for touch, person in enumerate(people, start=1):
        take_captures(operator=clerk, person=person, captures=[CaptureDraft(2, image=a_print(7, touch))], at=AT)
        check_person(person=person, at=AT)
    return list(Case.objects.all())


def sign_in(page: Page, live_server: Any, operator: Operator) -> None:
    cookie = a_browser(operator).cookies["sessionid"]
    page.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])


def look(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def test_a_case_is_decided_with_one_key_and_enter(page: Page, live_server: Any, waiting: list[Case]) -> None:
    sign_in(page, live_server, an_operator(Role.ADJUDICATOR, name="Bakr"))
    page.goto(f"{live_server.url}/cases/")
    look(page, "cases")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/*-*/")
    first = page.url
    look(page, "case")
    page.keyboard.press("m")
    page.keyboard.press("1")
    assert page.url == first  # a slip of one finger decides nothing
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != first)
    assert Judgement.objects.get().verdict == "same"
    second = page.url
    page.keyboard.press("j")
    page.wait_for_url(lambda url: url not in (first, second))
    page.keyboard.press("k")
    page.wait_for_url(second)
    page.keyboard.press("p")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url not in (first, second))
    page.wait_for_load_state()
    page.goto(first)
    look(page, "decided")
    page.keyboard.press("u")
    page.wait_for_load_state()
    page.get_by_role("radio", name="Même personne").wait_for()
    assert Judgement.objects.get(verdict="same").undone_at is not None


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_pages_fit_and_are_named(
    browser_page: Callable[..., Page], live_server: Any, waiting: list[Case], language: str
) -> None:
    operator = an_operator(Role.ADJUDICATOR, Role.SUPERVISOR, language=language)
    judge_case(operator=operator, case_id=waiting[1].id, verdict="different", reason="", at=timezone.now())
    Case.objects.filter(id=waiting[2].id).update(total=-12)
    run = begin_bulk(operator=operator, filters=Filters(-10), seen=1, at=AT)
    pages = (
        ("cases", "/cases/"), ("case", f"/cases/{waiting[0].id}/"), ("together", "/cases/together/?most=-1.0"),
        ("bulk", f"/cases/together/{run.id}/"), ("readers", "/cases/readers/"),
    )
    for narrow in (False, True):
        page = browser_page(language=language, narrow=narrow)
        sign_in(page, live_server, operator)
        for name, path in pages:
            page.goto(live_server.url + path)
            look(page, f"{name}-{language}-{'narrow' if narrow else 'wide'}")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
            found = Axe().run(page)
            assert not found.response["violations"], found.generate_report()

"""The desk in a real browser: three keys, no wheel, no mouse, no script needed, readable in the sun."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.urls import reverse

from gada.assistance.models import Redemption
from tests.assistance.desk_world import FIRST, a_desk, a_family, at_the_page
from tests.biometrics.builders import a_record
from tests.world import Role, a_browser, an_operator

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# The house rules, and text at 7:1 (WCAG AAA 1.4.6), since these screens are read in the sun.
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"color-contrast-enhanced": {"enabled": True}},
}


@pytest.fixture
def signed_in(live_server: Any, browser_page: Callable[..., Page]) -> Callable[..., Page]:
    """`signed_in(operator, "/path/")`: a page of the running node in which this operator has signed in."""

    def open_page(operator: Any, path: str, **how: Any) -> Page:
        page = browser_page(language=operator.language, **how)
        # Listening before the first page: Chromium takes a moment to hand its file dialogs over.
        page.asked = []
        page.on("filechooser", lambda chooser: page.asked.append(chooser))
        cookie = a_browser(operator).cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
        )
        page.goto(live_server.url + path)
        return page

    return open_page


def finger(number: int, touch: int = 2) -> dict[str, Any]:
    return {
        "name": "doigt.fmr",
        "mimeType": "application/octet-stream",
        "buffer": a_record({FIRST: number}, touch),
    }


class Keys:
    """Counts what the agent presses; a card reader types by itself."""

    def __init__(self, page: Page) -> None:
        self.page, self.pressed = page, 0

    def press(self, key: str) -> None:
        self.pressed += 1
        self.page.keyboard.press(key)

    def lay_finger(self, key: str, number: int) -> None:
        self.page.wait_for_function("document.activeElement !== document.body")  # the page has set the cursor
        self.press(key)
        for _ in range(100):
            if self.page.asked:
                break
            self.page.wait_for_timeout(50)
        with self.page.expect_navigation():
            self.page.asked.pop().set_files([finger(number)])


def fits_and_is_accessible(page: Page) -> None:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=RULES).response["violations"]
    assert [
        (each["id"], each["nodes"][0]["target"], each["nodes"][0]["failureSummary"]) for each in found
    ] == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"], page.url


def test_three_keys_for_a_family_with_a_card(signed_in: Callable[..., Page]) -> None:
    made, entitlement = a_desk()
    page = signed_in(an_operator(Role.DISTRIBUTOR), reverse("assistance:desk", args=[made.pk]))
    keys = Keys(page)
    page.keyboard.insert_text(entitlement.household.number)  # the reader reads the card
    with page.expect_navigation():
        keys.press("Enter")
    keys.lay_finger("Enter", 7)
    page.get_by_text("Empreinte reconnue").wait_for()
    with page.expect_navigation():
        keys.press("Enter")
    page.get_by_text("Aide remise").wait_for()
    assert keys.pressed == 3
    assert Redemption.objects.get().entitlement == entitlement
    assert page.evaluate("document.activeElement.id") == "find-q"  # ready for the next family


def test_two_keys_when_the_finger_finds_the_family(signed_in: Callable[..., Page]) -> None:
    a_family(finger=8)
    made, entitlement = a_desk()
    page = signed_in(an_operator(Role.DISTRIBUTOR), reverse("assistance:desk", args=[made.pk]))
    with page.expect_navigation():
        page.locator("input[name=finger]").set_input_files([finger(7)])  # a scanner needs no key
    keys = Keys(page)
    with page.expect_navigation():
        keys.press("Enter")
    page.get_by_text("Aide remise").wait_for()
    assert keys.pressed == 1 and Redemption.objects.get().entitlement == entitlement


def test_escape_starts_over_wherever_one_is(signed_in: Callable[..., Page]) -> None:
    made, entitlement = a_desk()
    page = signed_in(an_operator(Role.DISTRIBUTOR), at_the_page("family", made, entitlement))
    page.keyboard.press("Escape")
    page.wait_for_url("**/desk/")
    assert page.evaluate("document.activeElement.id") == "find-q"


def test_the_ladder_is_climbed_with_its_numbers(signed_in: Callable[..., Page]) -> None:
    made, entitlement = a_desk(photo=True, alternate=True)
    page = signed_in(an_operator(Role.DISTRIBUTOR), at_the_page("family", made, entitlement))
    keys = Keys(page)
    keys.lay_finger("Enter", 55)
    page.get_by_text("jamais un refus").wait_for()
    keys.press("2")
    page.wait_for_url("**step=photo**")
    page.keyboard.insert_text("doigts usés")
    with page.expect_navigation():
        keys.press("Enter")
    page.get_by_text("Reconnu · ").wait_for()
    with page.expect_navigation():
        keys.press("Enter")
    assert Redemption.objects.get().method == "photo"
    assert keys.pressed == 4


def test_two_desks_at_the_same_family(signed_in: Callable[..., Page]) -> None:
    made, entitlement = a_desk()
    desks = [
        signed_in(an_operator(Role.DISTRIBUTOR, name=name), at_the_page("family", made, entitlement))
        for name in ("Amina", "Moussa")
    ]
    for desk in desks:
        with desk.expect_navigation():
            desk.locator(".person input[name=finger], .split input[name=finger]").first.set_input_files(
                [finger(7)]
            )
    for desk in desks:
        with desk.expect_navigation():
            desk.keyboard.press("Enter")
    desks[0].get_by_text("Aide remise").wait_for()
    desks[1].get_by_text("Déjà retiré").wait_for()
    assert "Amina" in desks[1].content()
    assert Redemption.objects.count() == 1


def test_everything_works_without_scripts_on_a_phone(signed_in: Callable[..., Page]) -> None:
    made, entitlement = a_desk()
    path = reverse("assistance:desk", args=[made.pk])
    page = signed_in(an_operator(Role.DISTRIBUTOR), path, javascript=False, narrow=True)
    page.locator("#find-q").fill(entitlement.household.number)
    page.locator("form[role=search] button").click()
    page.wait_for_url("**/?who=*")
    page.locator(".split input[name=finger]").set_input_files([finger(7)])
    page.locator(".split form:has(input[name=finger]) button").click()
    page.get_by_role("button", name="Remettre l’aide").click()
    page.get_by_text("Aide remise").wait_for()


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
def test_every_state_is_accessible_fits_and_is_legible(
    signed_in: Callable[..., Page], language: str, narrow: bool
) -> None:
    made, entitlement = a_desk(photo=True, alternate=True, of=4)
    bakr = an_operator(Role.SUPERVISOR, language=language)
    page = signed_in(bakr, reverse("assistance:distributions"), narrow=narrow)
    fits_and_is_accessible_plain(page)
    for path in (reverse("assistance:list", args=[made.pk]), reverse("assistance:new-list")):
        page.goto(page.url.split("/distributions")[0] + path)
        fits_and_is_accessible_plain(page)
    root, family = page.url.split("/distributions")[0], at_the_page("family", made, entitlement)
    for path in (
        reverse("assistance:desk", args=[made.pk]),
        family,
        f"{family}?step=other-finger",
        f"{family}?step=photo",
        f"{family}?step=card-and-alternate",
        f"{family}?step=supervisor",
    ):
        page.goto(root + path)
        fits_and_is_accessible(page)
    for number in (55, 7):
        page.goto(root + family)
        with page.expect_navigation():
            page.locator(".split input[name=finger]").set_input_files([finger(number)])
        fits_and_is_accessible(page)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    fits_and_is_accessible(page)
    page.goto(root + reverse("assistance:receipt", args=[Redemption.objects.get().pk]))
    fits_and_is_accessible(page)


def fits_and_is_accessible_plain(page: Page) -> None:
    """Pages of the office follow the ordinary contrast."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": RULES["runOnly"]}).response["violations"]
    assert [(each["id"], each["nodes"][0]["target"]) for each in found] == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"], page.url

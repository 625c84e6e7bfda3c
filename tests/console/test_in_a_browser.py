"""The pages in a real browser: accessible, fitting a phone, and how many keys a family of six takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from django.utils import timezone

from gada import journal
from gada.agencies.models import Operator
from gada.agencies.rules import Role
from gada.biometrics.models import Template
from gada.console.services import open_disclosure
from gada.people.models import Draft, Household, Person
from tests.biometrics.builders import a_print
from tests.console.builders import (
    AGREED,
    CHILD,
    HEAD,
    SPOUSE,
    a_file,
    amina,
    begun,
    registered_by,
    the_programme,
)
from tests.world import a_browser, a_node, an_operator

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
FAMILY = (  # given, surname where it is not the head’s, sex, birth as it is said
    ("Zeinabou", "Issoufou", "f", "vers 1985"), ("Issa", "Garba", "h", "2/5/1980"), ("Moussa", "", "h", "12"),
    ("Rabi", "", "f", "9"), ("Hadiza", "", "f", "6"), ("Fati", "", "f", "8 mois"),
)
LETTERS = len("TilliaGao") + sum(len("".join(said)) for said in FAMILY)
KEYS_FOR_SIX = 160  # 40 seconds at 250 ms a key, everything included but the prints
KEYS_BESIDE_THE_WORDS = 70


def signed_in(page: Page, operator: Operator, live_server: Any) -> Page:
    session = a_browser(operator).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    return page


class Fingers:
    """A keyboard that counts."""

    def __init__(self, page: Page) -> None:
        self.page, self.pressed = page, 0

    def press(self, key: str, times: int = 1) -> None:
        for _ in range(times):
            self.page.keyboard.press(key)
            self.pressed += 1

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.pressed += len(text)

    def rest_on(self, name: str) -> None:
        """Wait for the cursor, as a person does: a browser sets it a moment after the page is there."""
        self.page.wait_for_function("name => document.activeElement.name === name", arg=name)

    def tab_to(self, name: str) -> None:
        """Tab until the control of this name has the focus."""
        for _ in range(60):
            if self.page.evaluate("document.activeElement.name || ''") == name:
                return
            self.press("Tab")
        raise AssertionError(f"no way to {name} by keyboard")


def test_a_family_of_six_is_registered_by_keyboard_alone(unlocked_vault: Any, live_server: Any, page: Page) -> None:
    the_programme()
    signed_in(page, amina(), live_server)
    page.goto(live_server.url)
    hand = Fingers(page)
    hand.press("i")
    page.wait_for_url("**/register/")
    hand.rest_on("place")
    hand.type("Tillia")
    hand.press("Tab")
    hand.type("Gao")
    hand.press("Enter")
    page.wait_for_url("**/members/")
    for number, (given, surname, sex, birth) in enumerate(FAMILY):
        hand.rest_on(f"members-{number}-given")
        hand.type(given)
        hand.press("Tab")
        if surname:
            hand.type(surname)
        hand.press("Tab")
        hand.type(sex)
        hand.press("Tab")
        hand.type(birth)
        if number == 0:
            said = page.locator("[data-birth-said]").first
            said.filter(has_text="Naissance entre 1982 et 1988, estimée").wait_for()
        hand.press("Enter")
    hand.rest_on("members-6-given")
    with page.expect_navigation():
        hand.press("Enter")  # an empty line: that is everybody
    page.wait_for_url("**/answers/")
    hand.rest_on("notice")
    hand.press("Space")
    for purpose in ("prints", "photo", "sharing"):
        hand.tab_to(f"answer_{purpose}")
        hand.press("ArrowRight" if purpose != "sharing" else "Space")
    hand.press("Enter")
    page.wait_for_url("**/finish/")
    hand.press("Enter")
    page.wait_for_url("**/registered/**")
    household = Household.objects.get()
    people = {person.given: person for person in Person.objects.all()}
    assert household.memberships.count() == 6 and Draft.objects.count() == 0
    assert (people["Moussa"].surname, people["Moussa"].sex, people["Issa"].surname) == ("Issoufou", "M", "Garba")
    assert (people["Zeinabou"].birth_precision, str(people["Issa"].birth_from)) == ("around", "1980-05-02")
    assert {each.relationship for each in household.memberships.all()} == {"head", "spouse", "child"}
    assert (household.place, household.origin) == ("Tillia", "Gao")
    assert "Unique parmi" in page.locator("main").inner_text()
    assert hand.pressed <= KEYS_FOR_SIX, hand.pressed
    assert hand.pressed - LETTERS <= KEYS_BESIDE_THE_WORDS, hand.pressed - LETTERS


def test_two_index_fingers_are_taken_and_measured_at_once(unlocked_vault: Any, live_server: Any, page: Page) -> None:
    the_programme()
    clerk = amina()
    browser = a_browser(clerk)
    draft = begun(browser, HEAD)
    browser.post(reverse("console:register-answers", args=[draft]), AGREED)
    signed_in(page, clerk, live_server)
    page.goto(f"{live_server.url}{reverse('console:register-prints', args=[draft])}")
    for position, finger in ((2, 401), (7, 402)):
        file = {"name": "finger.png", "mimeType": "image/png", "buffer": a_print(finger)}
        page.locator(f"#finger_{position}").set_input_files([file])  # the scanner hands it over: no key
        page.locator(f"fieldset:has(#finger_{position}) .tag").first.wait_for()
    page.keyboard.press("c")
    page.wait_for_url("**/finish/")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert Template.objects.filter(person__given="Zeinabou").count() == 2


def test_without_scripts_a_family_is_registered_too(
    unlocked_vault: Any, live_server: Any, browser_page: Callable[..., Page]
) -> None:
    the_programme()
    page = signed_in(browser_page(javascript=False), amina(), live_server)
    page.goto(f"{live_server.url}/register/")
    page.fill("#id_place", "Intikane")
    page.click("main form[data-draft] button[type=submit]")
    page.fill("#id_members-0-given", "Hadiza")
    page.click('button[value="next"]')
    page.check("#id_notice")
    for purpose in ("prints", "photo", "sharing"):
        page.check(f'input[name="answer_{purpose}"][value="{"no" if purpose == "photo" else "yes"}"]')
    page.click("main form[data-draft] button[type=submit]")
    page.set_input_files("#finger_2", [{"name": "f.png", "mimeType": "image/png", "buffer": a_print(403)}])
    page.click('button[value="measure"]')
    assert "qualité" in page.locator("main").inner_text()
    page.click('button[value="next"]')
    page.click("main form button.is-large")
    assert page.url.count("/registered/") == 1 and Household.objects.count() == 1


def test_what_is_typed_is_saved_and_says_so(unlocked_vault: Any, live_server: Any, page: Page) -> None:
    the_programme()
    signed_in(page, amina(), live_server)
    page.goto(f"{live_server.url}/register/")
    page.fill("#id_place", "Tillia")
    page.locator("[data-draft-status]", has_text="enregistré à").wait_for()
    assert Draft.objects.count() == 1
    page.goto(f"{live_server.url}/register/")  # as after a kill: nothing was sent
    page.get_by_role("link", name="Tillia").click()
    assert page.locator("#id_place").input_value() == "Tillia"


@pytest.mark.parametrize(("language", "narrow"), [("fr", True), ("en", False)], ids=["french phone", "english laptop"])
def test_every_page_is_accessible_and_fits(
    unlocked_vault: Any, live_server: Any, browser_page: Callable[..., Page], language: str, narrow: bool
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    a_node()
    operator = an_operator(Role.SUPERVISOR, Role.DPO, name="A. Maïga", language=language)
    page = signed_in(browser_page(language=language, narrow=narrow), operator, live_server)
    for link in links(operator):
        page.goto(f"{live_server.url}{link}")
        found = Axe().run(page, options=RULES).response["violations"]
        assert [(each["id"], each["nodes"][0]["target"]) for each in found] == [], link
        assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"], link


def links(operator: Operator) -> list[str]:
    """Every page with something on it."""
    household = registered_by(operator, HEAD, SPOUSE, CHILD, **{"members-0-finger_2": a_file(404)})
    person = Person.objects.get(given="Zeinabou")
    browser = a_browser(operator)
    draft, answered = begun(browser, HEAD, SPOUSE), begun(browser, HEAD, SPOUSE)
    browser.post(reverse("console:register-answers", args=[answered]), {**AGREED, "answer_photo": "yes"})
    browser.post(reverse("console:register-prints", args=[answered]), {"finger_2": a_file(404, 3), "go": "measure"})
    open_disclosure(operator=operator, person_id=person.id, at=timezone.now(), reason="connue")
    journal.seal(at=timezone.now())
    steps = [reverse(f"console:register-{step}", args=[draft]) for step in ("household", "members", "answers")]
    steps += [reverse(f"console:register-{step}", args=[answered]) for step in ("prints", "finish")]
    of_person = [reverse(f"console:{page}", args=[person.id]) for page in (
        "person", "correct", "erase", "verify", "disclosure", "take-prints",
    )]
    of_household = [
        reverse(f"console:{page}", args=[household.id]) for page in ("registered", "slip", "add-member", "household")
    ]
    return [
        "/", "/register/", *steps, *of_person, f"{of_person[0]}?why=request", *of_household,
        f"{of_household[-1]}?why=request", "/search/", "/journal/", "/imports/", "/health",
    ]

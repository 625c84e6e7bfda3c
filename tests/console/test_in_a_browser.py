"""The pages in a real browser: accessible, fitting a phone, and how many keys a family of six takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from django.utils import timezone

from bench.registering import FAMILY, WORDS, Fingers, register_a_family, watch
from gada import journal
from gada.agencies.models import Operator
from gada.agencies.questions import ready_groups
from gada.agencies.rules import Role
from gada.agencies.services import choose_questions
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
KEYS_FOR_SIX = 130  # half a minute at 250 ms a key, everything included but the prints
KEYS_BESIDE_THE_WORDS = 50
FIRST_PAGE_BYTES, NEXT_FAMILY_BYTES = 300_000, 20_000


def signed_in(page: Page, operator: Operator, live_server: Any) -> Page:
    session = a_browser(operator).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    return page


def test_a_family_of_six_is_registered_by_keyboard_alone(unlocked_vault: Any, live_server: Any, page: Page) -> None:
    the_programme()
    signed_in(page, amina(), live_server)
    traffic = watch(page)
    page.goto(f"{live_server.url}/register/", wait_until="networkidle")
    assert traffic.read().came <= FIRST_PAGE_BYTES
    hand = Fingers(page)
    register_a_family(hand, place="Tillia", origin="Gao", family=FAMILY)
    household = Household.objects.get()
    people = {person.given: person for person in Person.objects.all()}
    assert household.memberships.count() == 6 and Draft.objects.count() == 0
    assert (people["Moussa"].surname, people["Moussa"].sex, people["Issa"].surname) == ("Issoufou", "M", "Garba")
    assert (people["Zeinabou"].birth_precision, str(people["Issa"].birth_from)) == ("around", "1980-05-02")
    assert {each.relationship for each in household.memberships.all()} == {"head", "spouse", "child"}
    assert (household.place, household.origin) == ("Tillia", "Gao")
    assert "Unique parmi" in page.locator("main").inner_text()
    assert hand.pressed <= KEYS_FOR_SIX, hand.pressed
    assert hand.pressed - WORDS - len("TilliaGao") <= KEYS_BESIDE_THE_WORDS, hand.pressed
    page.wait_for_load_state("networkidle")
    traffic.read()
    hand.press("n")
    page.wait_for_url("**/members/")
    register_a_family(hand, place="", origin="Gao", family=FAMILY)
    page.wait_for_load_state("networkidle")
    assert traffic.read().came <= NEXT_FAMILY_BYTES
    assert Household.objects.filter(place="Tillia", origin="Gao").count() == 2


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


def test_a_photo_is_taken_by_the_camera_and_a_browser_killed_loses_nothing(
    unlocked_vault: Any, live_server: Any, page: Page, browser_page: Callable[..., Page]
) -> None:
    the_programme()
    clerk = amina()
    browser = a_browser(clerk)
    draft = begun(browser, HEAD)
    signed_in(page, clerk, live_server)
    page.goto(f"{live_server.url}{reverse('console:register-members', args=[draft])}")
    page.fill("#id_members-1-given", "Mariama")
    page.fill("#id_members-1-birth", "vers 1990")
    page.locator("[data-draft-status]", has_text="enregistré à").wait_for()
    page.wait_for_function("!document.querySelector('[data-draft-status]').textContent.includes('pas')")
    page.close()  # nothing was sent
    again = signed_in(browser_page(), clerk, live_server)
    again.goto(f"{live_server.url}/register/")
    again.get_by_role("link", name="Zeinabou").click()
    assert again.locator("#id_members-1-given").input_value() == "Mariama"
    assert again.locator("[data-birth-said]").nth(1).inner_text().startswith("Naissance entre 1987 et 1993")
    browser.post(reverse("console:register-answers", args=[draft]), {**AGREED, "answer_photo": "yes"})
    again.context.grant_permissions(["camera"])
    again.goto(f"{live_server.url}{reverse('console:register-prints', args=[draft])}")
    again.keyboard.press("p")
    again.locator("[data-takes]").wait_for()
    again.wait_for_function("document.querySelector('video').videoWidth > 0")
    with again.expect_response("**/prints/**"):
        again.locator("[data-takes]").press("Enter")
    again.locator("img.photo").wait_for()
    assert "photo" in again.locator(".photo-advice").inner_text()
    kept = browser.get(reverse("console:register-photo", args=[draft, 0])).content
    assert kept[:2] == b"\xff\xd8" and len(kept) < 60_000


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
    operator = an_operator(Role.SUPERVISOR, Role.DPO, Role.ADMIN, name="A. Maïga", language=language)
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
    questions = [replace(each, allowed_by="§ 4") for group in ready_groups() for each in group.questions]
    programme = the_programme()
    choose_questions(operator=operator, programme_id=programme.id, questions=questions, at=timezone.now())
    steps = [reverse(f"console:register-{step}", args=[draft]) for step in ("household", "members", "answers")]
    steps += [reverse(f"console:register-{step}", args=[answered]) for step in ("prints", "finish")]
    of_person = [reverse(f"console:{page}", args=[person.id]) for page in (
        "person", "correct", "erase", "verify", "disclosure", "take-prints",
    )]
    of_household = [
        reverse(f"console:{page}", args=[household.id]) for page in ("registered", "slip", "add-member", "household")
    ]
    return [
        "/", "/register/", reverse("agencies:questions", args=[programme.id]), *steps, *of_person,
        f"{of_person[0]}?why=request", *of_household, f"{of_household[-1]}?why=request", "/search/", "/journal/",
        "/imports/", "/health",
    ]

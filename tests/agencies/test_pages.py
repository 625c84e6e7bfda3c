"""The pages of this room, asked as a browser asks."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gada.agencies.models import Assignment, Device, Operator, Programme, Site
from gada.agencies.rules import Role
from gada.journal.models import LogEntry
from gada.vault import node
from tests.fixtures.node import PASSPHRASE
from tests.world import PASSWORD, a_browser, a_code_secret, a_node, a_site, an_admin, an_agency, an_operator

pytestmark = pytest.mark.django_db
SIGN_IN, CODES, UNLOCK = "/sign-in/", "/sign-in/codes/", "/unlock/"
CLOSED = ("operators", "new-operator", "sites", "new-site", "new-device", "new-programme", "account")


def given(browser: Client, operator: Operator, code: str = "", **more: str):
    return browser.post(SIGN_IN, {"username": operator.username, "password": PASSWORD, "code": code, **more})


@pytest.mark.parametrize("name", CLOSED)
def test_who_is_not_signed_in_is_led_to_sign_in_and_back(name: str) -> None:
    address = reverse(f"agencies:{name}")
    answer = a_browser().get(address)
    assert (answer.status_code, answer["Location"]) == (302, f"{SIGN_IN}?next={address.replace('/', '%2F')}")


@pytest.mark.parametrize("name", [name for name in CLOSED if name != "account"])
def test_amina_the_clerk_may_not_administer(name: str) -> None:
    assert a_browser(an_operator(name="Amina")).get(reverse(f"agencies:{name}")).status_code == 403


def test_chen_sees_nobody_of_ours() -> None:
    amina = an_operator(name="Amina")
    a_site("Maradi")
    chen = a_browser(an_admin(an_agency()))
    for name in ("operators", "sites"):
        page = chen.get(reverse(f"agencies:{name}")).content.decode()
        assert amina.name not in page and "Maradi" not in page and "Diffa" not in page
    assert chen.get(reverse("agencies:operator", args=[amina.pk])).status_code == 404
    assert chen.post(reverse("agencies:close-access", args=[amina.pk])).status_code == 404
    amina.refresh_from_db()
    assert amina.is_active


def test_the_first_sign_in_sets_up_codes_and_the_second_needs_one() -> None:
    amina, browser = an_operator(name="Amina"), a_browser()
    assert given(browser, amina, next="/account/")["Location"] == CODES
    page = browser.get(CODES).content.decode()
    assert "<svg" in page and "style=" not in page
    secret = re.search(r'class="code-secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    assert browser.get("/account/").status_code == 302  # the password alone opens nothing
    assert browser.post(CODES, {"code": "000000"}).status_code == 422
    assert browser.post(CODES, {"code": pyotp.TOTP(secret).now()})["Location"] == "/account/"
    assert browser.get("/account/").status_code == 200
    again = a_browser()
    assert given(again, amina).status_code == 403
    later = timezone.now() + timedelta(seconds=30)
    assert given(again, amina, pyotp.TOTP(secret).at(later))["Location"] == "/"


def test_setting_up_codes_without_a_password_leads_back() -> None:
    assert a_browser().get(CODES)["Location"] == SIGN_IN


def test_nobody_is_led_to_another_host() -> None:
    amina, browser = an_operator(), a_browser()
    totp = pyotp.TOTP(a_code_secret(amina))
    assert given(browser, amina, totp.now(), next="https://evil.example/")["Location"] == "/"


def test_a_real_node_keeps_its_codes_and_forgets_passwords() -> None:
    amina = an_operator()
    a_code_secret(amina)
    page = given(a_browser(), amina).content.decode()
    assert PASSWORD not in page and not re.search(r"\d{3} \d{3}", page) and "entraînement" not in page


def test_a_training_node_walks_a_visitor_in_without_a_phone(training_node: None) -> None:
    amina, browser = an_operator(name="Amina"), a_browser()
    given(browser, amina)
    shown = re.search(r"<strong>(\d{3} \d{3})</strong>", browser.get(CODES).content.decode())[1]
    assert browser.post(CODES, {"code": shown}).status_code == 302
    browser.post("/sign-out/")
    page = given(browser, amina).content.decode()
    shown = re.search(r"<strong>(\d{3} \d{3})</strong>", page)[1]
    assert f'value="{shown}"' in page and "chèvres" in page  # both filled in: one more press of the button
    assert given(browser, amina, shown).status_code == 302


def test_a_locked_node_opens_with_its_passphrase_only(locked_node: None) -> None:
    browser = a_browser()
    assert browser.get("/account/")["Location"] == UNLOCK
    page = browser.get(UNLOCK)
    assert page.status_code == 200 and "phrase" in page.content.decode().lower()
    assert browser.post(UNLOCK, {"passphrase": "wrong"}).status_code == 422
    assert not node.is_unlocked()


def test_the_passphrase_opens_and_the_journal_says_so(unlocked_vault: Path) -> None:
    from gada.agencies.services import unlocking

    a_node()
    key = node.node_key()
    node.lock()
    try:
        assert a_browser().post(UNLOCK, {"passphrase": PASSPHRASE})["Location"] == SIGN_IN
        assert LogEntry.objects.filter(action="node.unlocked", by_type="node").count() == 1
        assert a_browser().get(UNLOCK)["Location"] == SIGN_IN
    finally:
        unlocking._failures = 0
        node.unlock_with(key)


def test_guessing_the_passphrase_gets_slow(locked_node: None) -> None:
    browser = a_browser()
    for _ in range(5):
        browser.post(UNLOCK, {"passphrase": "wrong"})
    page = browser.post(UNLOCK, {"passphrase": PASSPHRASE})
    assert page.status_code == 422 and not node.is_unlocked()


def test_who_was_away_is_signed_out_and_finds_the_page_again() -> None:
    amina = an_operator()
    browser = a_browser(amina)
    assert browser.get("/account/").status_code == 200
    session = browser.session
    session["last_seen"] = int(timezone.now().timestamp()) - settings.IDLE_MINUTES * 60 - 1
    session.save()
    answer = browser.get("/account/")
    assert answer["Location"] == f"{SIGN_IN}?next=%2Faccount%2F&why=idle"
    assert "minutes" in browser.get(answer["Location"]).content.decode()
    assert browser.get("/account/").status_code == 302
    assert LogEntry.objects.filter(action="operator.signed_out", by_id=amina.pk).count() == 1


def test_a_panel_is_not_filled_with_a_sign_in_page() -> None:
    answer = a_browser().get("/account/", headers={"HX-Request": "true"})
    assert answer.status_code == 204 and answer["HX-Redirect"].startswith(SIGN_IN)


def test_a_closed_access_ends_the_open_page() -> None:
    amina = an_operator()
    browser = a_browser(amina)
    a_browser(a_node().admin).post(reverse("agencies:close-access", args=[amina.pk]))
    assert browser.get("/account/").status_code == 302


def test_signing_out_needs_a_button_and_ends_the_session() -> None:
    browser = a_browser(an_operator())
    assert browser.get("/sign-out/").status_code == 405
    assert browser.post("/sign-out/")["Location"] == SIGN_IN
    assert browser.get("/account/").status_code == 302


def test_cookies_are_kept_from_scripts_and_other_sites() -> None:
    amina, browser = an_operator(), a_browser()
    given(browser, amina)
    cookie = browser.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"


def test_forms_need_their_token() -> None:
    assert Client(enforce_csrf_checks=True).post(SIGN_IN, {"username": "a"}).status_code == 403


def test_the_language_follows_the_browser_then_the_operator() -> None:
    amina, browser = an_operator(language="fr"), a_browser(language="en")
    assert 'lang="en"' in browser.get(SIGN_IN).content.decode()
    browser.post("/language/", {"language": "fr", "next": SIGN_IN})
    assert 'lang="fr"' in browser.get(SIGN_IN).content.decode()
    signed_in = a_browser(amina)
    assert signed_in.post("/language/", {"language": "en", "next": "/account/"})["Location"] == "/account/"
    assert 'lang="en"' in signed_in.get("/account/").content.decode()
    assert 'lang="en"' in a_browser(Operator.objects.get(pk=amina.pk)).get("/account/").content.decode()
    signed_in.post("/language/", {"language": "xx"})
    amina.refresh_from_db()
    assert amina.language == "en"


def test_an_administrator_adds_somebody_gives_and_takes_back_a_role() -> None:
    first = a_node()
    browser = a_browser(first.admin)
    wrong = browser.post("/operators/new/", {"name": "Bakr", "username": "b", "password": "x", "language": "fr"})
    assert wrong.status_code == 422 and "error-summary" in wrong.content.decode()
    answer = browser.post(
        "/operators/new/", {"name": "Bakr", "username": "bakr", "password": PASSWORD, "language": "fr"}
    )
    bakr = Operator.objects.get(username="bakr")
    assert answer["Location"] == reverse("agencies:operator", args=[bakr.pk])
    browser.post(reverse("agencies:assign", args=[bakr.pk]), {"role": "supervisor", "site": str(first.site.pk)})
    assert bakr.roles_at(first.site) == {Role.SUPERVISOR}
    page = browser.get(answer["Location"]).content.decode()
    assert "Diffa" in page
    held = Assignment.objects.get(operator=bakr)
    browser.post(reverse("agencies:end-assignment", args=[bakr.pk, held.pk]))
    assert bakr.roles_at(first.site) == frozenset()
    for name in ("close-access", "open-access", "forget-codes"):
        assert browser.post(reverse(f"agencies:{name}", args=[bakr.pk])).status_code == 302
    bakr.refresh_from_db()
    assert bakr.is_active
    answer = browser.post(reverse("agencies:new-password", args=[bakr.pk]), {"password": "quatre vents du lac"})
    bakr.refresh_from_db()
    assert bakr.check_password("quatre vents du lac")


def test_an_administrator_adds_places() -> None:
    browser = a_browser(a_node().admin)
    browser.post("/sites/new/", {"name": "Maradi", "kind": "camp", "pcode": "NE004"})
    site = Site.objects.get(name="Maradi")
    browser.post("/devices/new/", {"name": "PC 7", "kind": "laptop", "site": str(site.pk)})
    programme = {"name": "Vivres", "purpose": "Manger", "legal_basis": "Mandat", "minimum_age_prints": "5"}
    assert browser.post("/programmes/new/", {**programme, "biometrics_allowed": "on"}).status_code == 422
    browser.post("/programmes/new/", programme)
    assert Device.objects.get().site == site and not Programme.objects.get().biometrics_allowed
    page = browser.get("/sites/").content.decode()
    assert all(word in page for word in ("Maradi", "NE004", "PC 7", "Vivres"))
    assert browser.post("/sites/new/", {"name": "Maradi", "kind": "camp"}).status_code == 422


def test_an_own_password_changes_here_and_signs_out_elsewhere() -> None:
    amina = an_operator()
    here, elsewhere = a_browser(amina), a_browser(amina)
    assert here.post("/account/", {"current": "no", "password": "cinq doigts de la main"}).status_code == 422
    assert here.post("/account/", {"current": PASSWORD, "password": "cinq doigts de la main"}).status_code == 302
    assert here.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302


def test_the_site_of_today_is_one_of_ones_own() -> None:
    amina = an_operator(name="Amina")
    maradi, theirs = a_site("Maradi"), a_site("Tombouctou", agency=an_agency())
    browser = a_browser(amina)
    current = re.compile(r'value="([0-9a-f-]{36})" aria-current="true"')
    browser.post("/site/", {"site": str(maradi.pk), "next": "/account/"})
    assert current.search(browser.get("/account/").content.decode())[1] == str(maradi.pk)
    browser.post("/site/", {"site": str(theirs.pk)})
    page = browser.get("/account/").content.decode()
    assert "Tombouctou" not in page and current.search(page)[1] == str(a_node().site.pk)
    browser.post("/site/", {"site": "not a site"})
    assert browser.get("/account/").status_code == 200


def test_lists_ask_the_database_the_same_few_times_however_long(django_assert_max_num_queries) -> None:
    for number in range(12):
        an_operator(Role.CLERK, name=f"Amina {number}")
    browser = a_browser(a_node().admin)
    browser.get("/operators/")
    # Four of them are the frame's: the site, whether partners are reached, whether answers and extracts wait.
    with django_assert_max_num_queries(13):
        assert browser.get("/operators/").status_code == 200


def test_pages_read_the_clock_once_in_a_minute() -> None:
    browser = a_browser(an_operator())
    browser.get("/account/")
    before = browser.session["last_seen"]
    browser.get("/account/")
    assert browser.session["last_seen"] == before
    assert datetime.fromtimestamp(before, tz=timezone.get_current_timezone()) <= timezone.now()

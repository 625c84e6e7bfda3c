"""A family's year in a real browser, without scripts: a birth, the death of the head, a split, and the way back."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from gada.agencies.rules import Role
from gada.people.models import Household
from tests.console.builders import CHILD, HEAD, SPOUSE, amina, registered_by
from tests.console.test_in_a_browser import signed_in
from tests.world import an_operator

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def seen(page: Page, name: str) -> None:
    """Nothing runs off the side; a picture where `GADA_PICTURES` says."""
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    if folder := os.environ.get("GADA_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def choose(page: Page, verb: str) -> None:
    page.locator("a.button", has_text=verb).first.click()


def note(page: Page) -> None:
    page.get_by_role("button", name="Noter").click()
    page.wait_for_url("**?why=registration")


def test_a_year_of_a_family(unlocked_vault: Any, live_server: Any, browser_page: Callable[..., Page]) -> None:
    household = registered_by(amina(), HEAD, SPOUSE, CHILD)
    page = signed_in(browser_page(javascript=False), an_operator(Role.SUPERVISOR, name="Bakr"), live_server)
    page.goto(live_server.url + reverse("console:household", args=[household.id]) + "?why=registration")
    seen(page, "household")
    choose(page, "Une naissance")
    page.fill("[name=given]", "Nana")
    page.check("[name=sex][value=F]")
    page.select_option("[name=mother]", label="Zeinabou Issoufou")
    seen(page, "birth")
    note(page)
    choose(page, "Un décès")
    page.select_option("[name=who]", label="Zeinabou Issoufou")
    page.fill("[name=year]", "2026")
    page.fill("[name=said_by]", "Oumarou, son mari")
    page.get_by_role("button", name="Noter").click()
    assert "Dites qui dirige" in page.content()
    page.select_option("[name=next_head]", label="Oumarou Garba")
    seen(page, "death")
    note(page)
    assert "Oumarou, son mari" in page.content()
    choose(page, "Le ménage se sépare")
    page.locator("label", has_text="Fati").locator("xpath=following::select[1]").select_option("head")
    seen(page, "split")
    note(page)
    made = Household.objects.exclude(id=household.id).get()
    assert made.number in page.content()
    seen(page, "after-split")
    page.get_by_role("button", name="Annuler").first.click()
    page.wait_for_url("**?why=registration")
    made.refresh_from_db()
    assert made.status == "undone" and str(household.id) in page.url
    page.goto(live_server.url + reverse("console:household", args=[made.id]) + "?why=registration")
    assert "séparation qui a été annulée" in page.content()
    page.go_back()
    members = page.locator(".members").first.inner_text()
    assert all(name in members for name in ("Nana", "Fati", "Oumarou")) and "Zeinabou" not in members
    reader = an_operator(Role.SUPERVISOR, language="en")
    narrow = signed_in(browser_page(narrow=True, language="en"), reader, live_server)
    narrow.goto(page.url)
    seen(narrow, "household-narrow")
    narrow.goto(live_server.url + reverse("console:happened", args=[household.id, "split"]))
    seen(narrow, "split-narrow")
    narrow.goto(live_server.url + reverse("console:happened", args=[household.id, "recipients"]))
    seen(narrow, "recipients-narrow")

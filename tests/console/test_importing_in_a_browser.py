"""A list with headings of its own, in a real browser: columns said, tried out, looked at; and the export page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from gada.agencies.rules import Role
from gada.console.models import ImportRun
from tests.console.builders import the_programme
from tests.console.test_in_a_browser import RULES, signed_in
from tests.world import a_node, an_operator

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LIST = (
    "Code;N° ménage;Prénom usuel;Nom;Lien;Sexe;Né le;Abri\nK1;1;Ali;Garba;Amenokal;M;14/03/1984;tente\n"
    "K2;1;Fati;Garba;fille;F;2031-01-02;\nK3;2;Zoé;Issa;chef;F;1990;maison\nK4;2;Sani;Issa;fils;M;2012;\n"
).encode()


@pytest.mark.parametrize(("language", "narrow"), [("fr", True), ("en", False)])
def test_a_list_is_brought_in_and_everything_taken_out(
    unlocked_vault: Any, live_server: Any, browser_page: Callable[..., Page], language: str, narrow: bool
) -> None:
    a_node()
    the_programme()
    operator = an_operator(Role.SUPERVISOR, Role.DPO, name="A. Maïga", language=language)
    page = signed_in(browser_page(language=language, narrow=narrow), operator, live_server)
    page.goto(f"{live_server.url}/imports/")
    page.fill("[name=source]", "Mairie d’Intikane")
    page.set_input_files("[name=table]", {"name": "liste.csv", "mimeType": "text/csv", "buffer": LIST})
    page.click("main form button[type=submit]")
    columns = page.url
    assert columns.endswith("/columns/")
    _look(page, f"columns_{language}")
    for place, ours in enumerate(("registration_ref", "household_ref", "given_name", "family_name")):
        page.select_option(f"[name=column-{place}]", ours)
    page.select_option("[name=column-6]", "birth_date")
    page.select_option("[name=column-7]", "custom")
    page.click("main form:has([name=column-0]) button[type=submit]")
    _look(page, f"planned_{language}")
    page.goto(columns)
    page.select_option("[name=word-0]", "head")
    page.click("main form:has([name=column-0]) button[type=submit]")
    run = ImportRun.objects.get()
    assert (run.report["new"], run.report["refused"]) == (3, 1)
    page.goto(f"{live_server.url}/exports/")
    _look(page, f"exports_{language}")


def _look(page: Page, name: str) -> None:
    """Accessible, and no wider than the screen."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=RULES).response["violations"]
    assert [(each["id"], each["nodes"][0]["target"]) for each in found] == [], name
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"], name

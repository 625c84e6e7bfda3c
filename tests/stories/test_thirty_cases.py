"""Thirty cases of known truth, decided from the page alone: by keyboard, by what the page says.

`GADA_SHOTS=folder` keeps a picture of each page (numbered, in no order); `GADA_RECORD=1` keeps the figures in
bench/results/thirty_cases.json.
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import pytest

from gada.matching.models import Case, Judgement
from tests.stories.thirty_cases import seed_cases
from tests.world import Role, a_browser, an_operator

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("fresh_gallery")]
SHOTS, RECORD = os.environ.get("GADA_SHOTS"), os.environ.get("GADA_RECORD")
FEWEST_RIGHT = 28


def test_thirty_cases_are_decided_from_the_page_alone(page: Page, live_server: Any) -> None:
    seeded = seed_cases()
    assert len(seeded) == 30
    judge = an_operator(Role.ADJUDICATOR, name="Nouvelle")
    cookie = a_browser(judge).cookies["sessionid"]
    page.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])
    random.Random(30).shuffle(seeded)
    keys, seconds, words = [], [], []
    for number, (_told, case) in enumerate(seeded, start=1):
        began = time.perf_counter()
        page.goto(f"{live_server.url}/cases/{case.id}/")
        said = page.locator("main").inner_text()
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"case-{number:02}.png", full_page=True)
        pressed = decide(page)
        address = page.url
        for key in pressed:
            page.keyboard.press(key)
        page.wait_for_url(lambda url, before=address: url != before)
        keys.append(len(pressed))
        seconds.append(time.perf_counter() - began)
        words.append(len(said.split()))
    wrong = [told.story for told, case in seeded if verdict_of(case) != told.truth]
    figures = {
        "right": 30 - len(wrong), "of": 30, "wrong": "; ".join(wrong) or "none",
        "keystrokes a case": median(keys), "words on the page": median(words),
        "seconds a case, of the machine": round(median(seconds), 2),
    }
    if RECORD:
        from bench._recording import record_results

        record_results("thirty_cases", {"thirty cases": figures})
    assert 30 - len(wrong) >= FEWEST_RIGHT, figures


def verdict_of(case: Case) -> str:
    return Judgement.objects.get(case=case).verdict


def decide(page: Page) -> list[str]:
    """What somebody does who has read docs/adjudication.md: fingers first, then parents, birth and given name."""
    lines = {row.locator("th").inner_text(): row.inner_text() for row in page.locator(".evidence tbody tr").all()}
    fields = {
        row.locator("th").inner_text().split("\n")[0].replace("≈", "").strip(): row.get_attribute("class") or ""
        for row in page.locator(".comparison tbody tr").all()
    }
    hints, total = page.locator(".look").all_inner_texts(), page.locator(".evidence tfoot").inner_text()
    agree = [name for name, text in lines.items() if "par hasard" in text]
    fail = [name for name, text in lines.items() if "ne correspond pas" in text]
    alike = {name for name, state in fields.items() if state in ("is-same", "is-close")}
    if agree and any("Les doigts correspondent, les mots non" in hint for hint in hints):
        return ["d", "4", "Enter"] if fail else ["p", "5", "Enter"]
    if agree:
        return ["m", "1", "Enter"]
    if fail:
        return ["d", "4", "Enter"]
    if "probablement deux personnes" in total or any("Une génération d’écart" in hint for hint in hints):
        return ["d", "4", "Enter"]
    if "probablement la même personne" in total or {"Prénom", "Père", "Mère", "Naissance"} <= alike:
        return ["m", "2", "Enter"]
    return ["d", "4", "Enter"]

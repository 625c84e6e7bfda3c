"""After the story, every page that somebody is shown a way to: it opens, fits, and everybody can use it.

Each role signs in at both nodes and follows every link it sees. A page of one kind is looked at once: wide in French,
narrow in English.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gada.story.visitor import SHOWN_CODE
from tests.stories.playing import Served, served, told

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
POSTS = ("clerk", "supervisor", "adjudicator", "exchange", "dpo", "auditor", "admin")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
NAMES = re.compile(r"[0-9a-f]{64}|[0-9a-f]{8}-[0-9a-f-]{27}|\d{3,}")
MOST_BYTES = 300_000
FEWEST_KINDS = 35


def kind_of(url: str) -> str:
    """The address without what names one person, list or agreement."""
    return NAMES.sub("*", re.sub(r"https?://[^/]+", "", url).split("?")[0].split("#")[0])


def sign_in(page: Page, node: Served, post: str) -> None:
    page.goto(f"{node.url}/sign-in/")
    page.fill("input[name=username]", post)
    page.fill("input[name=password]", node.password)
    page.press("input[name=password]", "Enter")
    for _ in range(3):  # the first time codes are set up, then one is asked for
        page.wait_for_load_state()
        if "/sign-in" not in page.url:
            return
        shown = SHOWN_CODE.search(page.content())
        if shown and page.locator("input[name=code]").count():
            page.fill("input[name=code]", re.sub(r"\D", "", shown.group(1)))
            page.press("input[name=code]", "Enter")
            page.wait_for_url(lambda url: True)
    raise AssertionError(f"{post} could not sign in: {page.url}")


def faults_of(page: Page, language: str) -> list[str]:
    """What is wrong with the page as it stands."""
    from axe_playwright_python.sync_playwright import Axe

    where = f"{kind_of(page.url)} in {language} at {page.viewport_size['width']}"
    found = [
        f"{where}: {each['id']} {each['nodes'][0]['target']}"
        for each in Axe().run(page, options=RULES).response["violations"]
    ]
    if page.evaluate("document.documentElement.scrollWidth") > page.viewport_size["width"]:
        found.append(f"{where}: scrolls sideways")
    if page.evaluate("document.documentElement.lang") != language:
        found.append(f"{where}: not in this language")
    return found


def speak(page: Page, language: str) -> None:
    """Choose the language as the button in the head does, and come back to the page."""
    here = page.url
    page.evaluate(
        """async (language) => {
          const form = [...document.forms].find((form) => form.action.includes('/language'))
          const fields = new URLSearchParams(new FormData(form)); fields.set('language', language)
          await fetch(form.action, {method: 'POST', body: fields})
        }""",
        language,
    )
    page.goto(here)


def walk(page: Page, node: Served, looked_at: set[str]) -> list[str]:
    """Follow every link this operator sees; what is wrong with what it finds."""
    faults: list[str] = []
    done: set[str] = set()
    ways = [f"{node.url}/"]
    while ways:
        way = ways.pop(0)
        if kind_of(way) in done:
            continue
        done.add(kind_of(way))
        # Asked first without opening: a file would be downloaded.
        answer = page.request.get(way)
        if answer.status != 200:
            faults.append(f"{kind_of(way)}: {answer.status}")
        if answer.status != 200 or "text/html" not in answer.headers.get("content-type", ""):
            continue
        page.goto(way)
        ways += [
            link for link in page.eval_on_selector_all("a[href]", "all => all.map((each) => each.href)")
            if link.startswith(node.url) and "/static/" not in link
        ]
        if kind_of(page.url) in looked_at:
            continue
        looked_at.add(kind_of(page.url))
        if len(answer.body()) > MOST_BYTES:
            faults.append(f"{kind_of(way)}: {len(answer.body())} bytes")
        faults += faults_of(page, "fr")
        speak(page, "en")
        page.set_viewport_size({"width": 360, "height": 740})
        faults += faults_of(page, "en")
        speak(page, "fr")
        page.set_viewport_size({"width": 1280, "height": 900})
    return faults


def test_the_story_holds_and_every_page_of_it_can_be_used(tmp_path: Path, browser_page: Callable[..., Page]):
    assert "The story held." in told("demo", "--seed", "1", at=tmp_path)
    looked_at: set[str] = set()
    faults: list[str] = []
    with served(tmp_path) as nodes:
        for node in nodes:
            for post in POSTS:
                page = browser_page()
                sign_in(page, node, post)
                faults += [f"{post}: {fault}" for fault in walk(page, node, looked_at)]
                page.context.close()
    assert faults == []
    assert len(looked_at) >= FEWEST_KINDS, sorted(looked_at)

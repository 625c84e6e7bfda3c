"""What a registration costs: keys pressed, bytes over the network, seconds until the first form on a slow link.

usage: python -m bench.registering [--slow]

A family of six is typed by keyboard alone in a real Chromium: no prints, no photo. Keys are all keys, letters and
digits included; at 250 ms a key they are minutes. Bytes are what Chromium counts as received (headers and compressed
bodies) and what it sends in bodies. The first page is fetched with an empty cache (page, styles, scripts, fonts); what
follows is a whole further household, from “next family” to “registered”. `--slow` also fetches the first page over
50 kbit/s with 800 ms of delay, as Chromium emulates them, and waits until the first field has the cursor.
"""

from __future__ import annotations

import argparse
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench._node import an_operator, fresh_node, keep_results

if TYPE_CHECKING:
    from playwright.sync_api import Page

SECONDS_A_KEY = 0.25
SLOW = {"offline": False, "latency": 800, "downloadThroughput": 50_000 / 8, "uploadThroughput": 50_000 / 8}
FAMILY = (  # given, surname where it is not the head’s, sex, birth as it is said
    ("Zeinabou", "Issoufou", "f", "vers 1985"), ("Issa", "Garba", "h", "2/5/1980"), ("Moussa", "", "h", "12"),
    ("Rabi", "", "f", "9"), ("Hadiza", "", "f", "6"), ("Fati", "", "f", "8 mois"),
)
WORDS = sum(len("".join(said)) for said in FAMILY)


class Fingers:
    """A keyboard that counts."""

    def __init__(self, page: Page, *, pace: float = 0) -> None:
        self.page, self.pressed, self.pace = page, 0, pace  # seconds a key

    def press(self, key: str, times: int = 1) -> None:
        for _ in range(times):
            self.page.keyboard.press(key)
            self.page.wait_for_timeout(self.pace * 1000)
            self.pressed += 1

    def type(self, text: str) -> None:
        self.page.keyboard.type(text, delay=self.pace * 1000)
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


@dataclass
class Traffic:
    """Bytes that came and bytes that were sent in bodies since the last look."""

    came: int = 0
    sent: int = 0
    requests: int = 0

    def read(self) -> Traffic:
        seen = Traffic(self.came, self.sent, self.requests)
        self.came = self.sent = self.requests = 0
        return seen


def watch(page: Page, *, slow: bool = False) -> Traffic:
    """Count what this page fetches from now on; `slow` makes its link a slow one."""
    traffic, session = Traffic(), page.context.new_cdp_session(page)
    session.send("Network.enable")
    if slow:
        session.send("Network.emulateNetworkConditions", SLOW)

    def finished(event: dict[str, Any]) -> None:
        traffic.came += int(event["encodedDataLength"])

    def asked(event: dict[str, Any]) -> None:
        traffic.requests += 1
        traffic.sent += len(event["request"].get("postData", ""))
        if moved := event.get("redirectResponse"):
            traffic.came += int(moved["encodedDataLength"])

    session.on("Network.loadingFinished", finished)
    session.on("Network.requestWillBeSent", asked)
    return traffic


def register_a_family(hand: Fingers, *, place: str, origin: str, family: Sequence[tuple[str, str, str, str]]) -> None:
    """From the first field to “registered”. Without a place: of the next family of a queue, whose place is known."""
    page = hand.page
    if place:
        hand.rest_on("place")
        hand.type(place)
        hand.press("Enter")
        page.wait_for_url("**/members/")
    hand.rest_on("family-origin")
    hand.type(origin)
    hand.press("Enter")
    for number, (given, surname, sex, birth) in enumerate(family):
        hand.rest_on(f"members-{number}-given")
        hand.type(given)
        hand.press("Tab")
        hand.type(surname)
        hand.press("Tab")
        hand.type(sex)
        hand.press("Tab")
        hand.type(birth)
        hand.press("Enter")
    hand.rest_on(f"members-{len(family)}-given")
    with page.expect_navigation():
        hand.press("Enter")  # an empty line: that is everybody
    page.wait_for_url("**/answers/")
    hand.rest_on("notice")
    hand.press("Space")
    for purpose in ("prints", "photo", "sharing"):
        hand.tab_to(f"answer_{purpose}")
        hand.press("Space" if purpose == "sharing" else "ArrowRight")
    with page.expect_navigation():
        hand.press("Enter")  # nothing to take: the button says “register”
    page.wait_for_url("**/registered/**")


@contextmanager
def served() -> Iterator[str]:
    """This node over HTTP, as `gada serve` does it; yields its address."""
    import waitress

    from gada.project.wsgi import application

    server = waitress.create_server(application, host="127.0.0.1", port=0, threads=4)
    threading.Thread(target=server.run, daemon=True).start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()


@contextmanager
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    from scripts.install_test_tools import find_chromium

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright’s event loop is not ours
    found = find_chromium()
    arguments = ["--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-dev-shm-usage"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(found) if found else None, args=[*arguments, "--no-sandbox"]
        )
        yield browser
        browser.close()


def rows_of(browser: Any, address: str, session: str, *, slow: bool) -> list[dict[str, Any]]:
    """The figures, one row each."""
    cookie = [{"name": "sessionid", "value": session, "url": address}]
    context = browser.new_context(locale="fr")
    context.add_cookies(cookie)
    page = context.new_page()
    traffic, hand, rows = watch(page), Fingers(page), []
    page.goto(f"{address}/register/", wait_until="networkidle")
    rows.append(_row("first page, nothing cached", traffic.read()))
    for which, hand.pace in (
        ("first family of six", 0), ("next family of six", 0), ("the next, at 250 ms a key", SECONDS_A_KEY)
    ):
        pressed, began = hand.pressed, time.perf_counter()
        register_a_family(hand, place="" if rows[1:] else "Tillia", origin="Gao", family=FAMILY)
        page.wait_for_load_state("networkidle")
        keys = hand.pressed - pressed
        rows.append(_row(which, traffic.read()) | {
            "keys": keys, "keys beside the words": keys - WORDS - len("Gao"),
            "minutes at 250 ms a key": keys * SECONDS_A_KEY / 60, "seconds it took": time.perf_counter() - began,
        })
        hand.press("n")
        page.wait_for_url("**/members/")
    context.close()
    if slow:
        context = browser.new_context(locale="fr")
        context.add_cookies(cookie)
        page = context.new_page()
        traffic, began = watch(page, slow=True), time.perf_counter()
        page.goto(f"{address}/register/", timeout=180_000, wait_until="domcontentloaded")
        page.wait_for_function("document.activeElement.name === 'place'", timeout=180_000)
        usable = time.perf_counter() - began
        page.wait_for_load_state("networkidle", timeout=180_000)
        rows.append(_row("first page at 50 kbit/s, 800 ms", traffic.read()) | {"seconds until usable": usable})
        context.close()
    return rows


def _row(what: str, seen: Traffic) -> dict[str, Any]:
    return {
        "what": what, "requests": seen.requests, "kB received": seen.came / 1000, "kB sent in bodies": seen.sent / 1000,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slow", action="store_true")
    chosen = parser.parse_args()
    with fresh_node() as first:
        from datetime import UTC, datetime

        from django.test import Client

        from gada.agencies.services import create_programme
        from gada.project.middleware import use_secret_key

        create_programme(
            name="Vivres", purpose="Assistance alimentaire", legal_basis="Mandat", by=first.admin,
            at=datetime.now(UTC), impact_assessment="Étude", biometrics_allowed=True,
            assessed_on=datetime.now(UTC).date(), assessed_by="Dina",
        )
        use_secret_key()
        client = Client()
        client.force_login(an_operator(first, "clerk"))
        with served() as address, chromium() as browser:
            keep_results("registering", rows_of(browser, address, client.cookies["sessionid"].value, slow=chosen.slow))


if __name__ == "__main__":
    main()

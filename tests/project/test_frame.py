"""The frame of every page: who, where, what waits, whether partners are reached — at a small price."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.http.response import HttpResponseBase
from django.utils import timezone

from gada.agencies.rules import Role
from gada.engine.proof.ids import new_id
from gada.exchange.models import Peer
from gada.project.frame import network
from tests.matching.builders import moussa_twice
from tests.world import a_browser, a_node, an_agency, an_operator

pytestmark = pytest.mark.django_db


def a_peer(**given: object) -> Peer:
    values = {
        "id": new_id(), "name": "Programme alimentaire", "country": "NER", "kind": "humanitarian", "training": False,
        "card": "{}", "fingerprint": "", "address": "http://127.0.0.1:9", "our_operator": "a", "their_operator": "b",
        "met_at": timezone.now(), **given,
    }
    return Peer.objects.create(**values)  # type: ignore[arg-type]


def test_the_header_says_who_and_where() -> None:
    node = a_node()
    page = a_browser(an_operator(Role.CLERK, name="A. Maïga")).get("/account/").content.decode()
    assert node.agency.name in page and node.site.name in page and "A. Maïga" in page and "agent d" in page.lower()


def test_what_waits_is_counted_for_those_who_decide() -> None:
    a_node()
    moussa_twice(prints=False)
    mine = a_browser(an_operator(Role.ADJUDICATOR)).get("/account/").content.decode()
    assert '<span class="count">1</span>' in mine
    assert 'class="count"' not in a_browser(an_operator(Role.CLERK)).get("/account/").content.decode()
    chen = an_operator(Role.ADJUDICATOR, name="Chen", agency=an_agency())
    assert 'class="count"' not in a_browser(chen).get("/account/").content.decode()


def test_partners_are_reached_or_not() -> None:
    a_node()
    assert network() is None
    peer = a_peer()
    assert network()["state"] == "offline"
    Peer.objects.filter(id=peer.id).update(last_contact=timezone.now())
    assert network()["state"] == "ok"
    Peer.objects.filter(id=peer.id).update(last_contact=timezone.now() - timedelta(hours=2))
    assert network()["state"] == "offline"


def test_the_frame_is_cheap(django_assert_max_num_queries) -> None:
    a_node()
    browser = a_browser(an_operator(Role.CLERK, Role.ADJUDICATOR, Role.SUPERVISOR, Role.EXCHANGE, Role.ADMIN))
    browser.get("/account/")
    with django_assert_max_num_queries(16):
        browser.get("/account/")


def test_a_visitor_without_a_role_gets_a_page() -> None:
    a_node()
    assert a_browser(an_operator(None)).get("/account/").status_code == 200


def test_pages_and_styles_go_out_compressed_and_what_is_small_already_as_it_is() -> None:
    a_node()
    browser = a_browser(an_operator(Role.CLERK))

    def asked(address: str) -> HttpResponseBase:
        return browser.get(address, headers={"accept-encoding": "gzip"})

    for address in ("/account/", "/static/gada/gada.css", "/static/gada/gada.js"):
        assert asked(address)["Content-Encoding"] == "gzip", address
    for address in ("/static/gada/fonts/noto-sans-latin.woff2", "/api/openapi.json"):
        assert "Content-Encoding" not in asked(address), address
    assert "script-src 'self'" in asked("/account/")["Content-Security-Policy"]
    assert asked("/api/openapi.json")["Content-Security-Policy"] == "default-src 'none'"

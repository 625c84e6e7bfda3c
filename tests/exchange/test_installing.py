"""How phones and laptops come to trust a node, and how a laptop's certificate goes on when it is renewed."""

from __future__ import annotations

import plistlib
import re
from datetime import timedelta
from pathlib import Path

import pytest
import segno
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from gada import vault
from gada.agencies.models import Site
from gada.engine.proof.certificates import der_of, fingerprint_of, window_of
from gada.exchange.models import OwnNode
from gada.exchange.services.own_nodes import admit_device, renew_node
from gada.vault.authority import own_authority
from gada.vault.enrolment import enrol_device, open_kit
from tests.exchange.own_world import AT, CHEAP, PASSPHRASE, OwnWorld, operator
from tests.world import a_node, refused

DAY = timedelta(days=1)


def test_a_kit_is_taken_over_at_its_time_only(
    tmp_path: Path, django_db_blocker: DjangoDbBlocker, django_db_setup: None
) -> None:
    """The clock of a laptop that lay in a cupboard may be years away; the refusal says what it shows."""
    with django_db_blocker.unblock():
        world = OwnWorld(tmp_path / "world")
        world.headquarters()
        world.laptop("Portable 3", "Diffa", life=60 * DAY)
        body, _offset = open_kit(world.folder / "Portable 3.kit", passphrase=PASSPHRASE)
        with world._begin("another").open():
            for at, code in ((AT - 2 * DAY, "clock-behind"), (AT + 60 * DAY, "kit-expired")):
                with refused(code):
                    enrol_device(body, passphrase=PASSPHRASE, at=at, cost=CHEAP)
                assert not vault.node.exists()
        world.close()


def test_the_newest_kit_says_where_headquarters_answers(
    tmp_path: Path, django_db_blocker: DjangoDbBlocker, django_db_setup: None
) -> None:
    address, kit = "https://192.168.1.7:8443", tmp_path / "later.kit"
    with django_db_blocker.unblock():
        world = OwnWorld(tmp_path / "world")
        world.headquarters()
        world.laptop("Portable 3", "Diffa")  # by stick only
        with world.here("hq"):
            admit_device(
                operator=operator("admin"), name="Portable 4", sites=[Site.objects.get(name="Diffa")], target=kit,
                passphrase=PASSPHRASE, life=60 * DAY, at=AT, address=address, cost=CHEAP,
            )
            assert OwnNode.objects.get(headquarters=True).address == address
        body, _offset = open_kit(kit, passphrase=PASSPHRASE)
        assert body["headquarters"]["address"] == address
        world.carry("hq", "Portable 3")
        with world.here("Portable 3"):
            assert OwnNode.objects.get(headquarters=True).address == address
        world.close()


def test_a_renewed_laptop_signs_for_longer_once_it_synchronised(
    tmp_path: Path, django_db_blocker: DjangoDbBlocker, django_db_setup: None
) -> None:
    with django_db_blocker.unblock():
        world = OwnWorld(tmp_path / "world")
        world.headquarters()
        world.laptop("Portable 3", "Diffa", life=60 * DAY)
        later = AT + 50 * DAY
        with world.here("hq"):
            root = own_authority(at=AT).root
            node = OwnNode.objects.get(name="Portable 3")
            renewed = renew_node(operator=operator("admin"), node_id=node.id, life=60 * DAY, at=later)
            assert window_of(renewed.certificate).ends == later + 60 * DAY
        with world.here("Portable 3"):
            before = own_authority(at=later)
            assert before.root == root and not before.is_root and before.window.ends == AT + 60 * DAY
            assert before.key not in renewed.certificate
        world.carry("hq", "Portable 3", at=later)
        with world.here("Portable 3"):
            after = own_authority(at=later)
            assert after.window.ends == later + 60 * DAY and after.key == before.key
        world.close()


@pytest.fixture
def phone(db, settings) -> Client:
    """Nobody signed in, at a node that is open to the network."""
    a_node()
    settings.NETWORK_ADDRESSES = ["https://192.168.1.7:8443", "https://127.0.0.1:8443"]
    return Client()


def test_the_page_tells_everybody_what_to_compare_and_what_to_do(phone: Client) -> None:
    root = own_authority(at=timezone.now()).root
    for language, words in (("fr", "Faire confiance à ce nœud"), ("en", "Trust this node")):
        page = phone.get("/install/", {"lang": language})
        assert page.status_code == 200 and words in page.content.decode()
        text = re.sub(r"<wbr>", "", page.content.decode())
        assert fingerprint_of(root) in text
        for device in ("Android", "iPhone", "Windows", "Linux", "192.168.1.7"):
            assert device in text
        assert "127.0.0.1:8443" not in text


def test_the_certificate_comes_in_the_form_each_device_takes(phone: Client) -> None:
    root = own_authority(at=timezone.now()).root
    assert phone.get("/install/gada.crt").content == der_of(root)
    assert phone.get("/install/gada.pem").content.decode() == root
    profile = plistlib.loads(phone.get("/install/gada.mobileconfig").content)
    assert profile["PayloadContent"][0]["PayloadContent"] == der_of(root)
    assert profile["PayloadContent"][0]["PayloadType"] == "com.apple.security.root"
    assert phone.get("/install/gada.key").status_code == 404


def test_a_node_closed_to_the_network_gives_nothing_to_trust(phone: Client, settings) -> None:
    settings.NETWORK_ADDRESSES = []
    assert "gada serve --https" in phone.get("/install/").content.decode()
    assert phone.get("/install/gada.crt").status_code == 404


def test_cookies_that_came_over_https_go_back_over_https_only(phone: Client) -> None:
    assert phone.get("/sign-in/", secure=True).cookies["csrftoken"]["secure"]
    assert not phone.get("/sign-in/").cookies["csrftoken"]["secure"]


def test_the_square_holds_the_address_and_the_fingerprint(phone: Client) -> None:
    fingerprint = fingerprint_of(own_authority(at=timezone.now()).root).replace(":", "")
    wanted = segno.make(f"http://192.168.1.7:8443/install/#{fingerprint}", error="m")
    assert wanted.svg_inline(scale=4, border=4, omitsize=False) in phone.get("/install/").content.decode()

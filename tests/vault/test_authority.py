"""Who signs for this machine, and at what time; nothing of it lies on the disk in clear."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from gada.engine.proof import certificates
from gada.vault import authority, data_directory
from gada.vault.authority import own_authority, serve_as
from tests.fixtures.node import CREATED_AT
from tests.world import refused

DAY = timedelta(days=1)


def test_a_node_makes_its_root_once_and_keeps_it_sealed(created):
    first = own_authority(at=CREATED_AT)
    assert own_authority(at=CREATED_AT + 300 * DAY) == first and first.is_root
    serve_as(["10.0.0.5"], at=CREATED_AT)
    on_disk = b"".join(path.read_bytes() for path in data_directory().rglob("*") if path.is_file())
    assert b"PRIVATE KEY" not in on_disk and b"BEGIN CERTIFICATE" not in on_disk


def test_a_server_is_made_for_private_addresses_and_made_anew_in_time(created):
    served = serve_as(["10.0.0.5", "8.8.8.8", "fd00::5"], at=CREATED_AT)
    assert served.addresses == {"10.0.0.5", "fd00::5"}
    assert served.window.ends - CREATED_AT == authority.SERVER_LIFE
    assert served.good_at(CREATED_AT + 19 * DAY) and not served.good_at(CREATED_AT + 21 * DAY)
    assert not served.good_at(CREATED_AT - 2 * DAY)
    authority.renew_authority(at=CREATED_AT)
    assert not served.good_at(CREATED_AT), "an authority made anew is shown at once"


def test_a_wrong_clock_is_told_by_what_it_says(created):
    with refused("clock-behind"):
        own_authority(at=CREATED_AT - 400 * DAY)  # before this node was made: its certificate would end too early
    own_authority(at=CREATED_AT)
    with refused("clock-behind"):
        serve_as([], at=CREATED_AT - 2 * DAY)
    with refused("certificate-ended"):
        serve_as([], at=CREATED_AT + authority.ROOT_LIFE)


def test_a_kit_signs_for_its_laptop_until_it_runs_out_and_goes_on_when_renewed(created):
    kit = authority.authority_for_kit("Portable 3", at=CREATED_AT, until=CREATED_AT + 60 * DAY)
    longer = authority.extend_for_kit(kit.certificate, at=CREATED_AT + 50 * DAY, until=CREATED_AT + 110 * DAY)
    authority.keep_authority(asdict(kit))  # from here on this node stands for the laptop
    served = serve_as(["10.0.0.5"], at=CREATED_AT + 40 * DAY)
    assert served.window.ends == CREATED_AT + 60 * DAY
    assert certificates.hosts_of(served.certificate) == ("portable-3.local", "portable-3.lan", "portable-3.home.arpa")
    with refused("certificate-ended"):
        serve_as([], at=CREATED_AT + 60 * DAY)
    authority.go_on_with(*longer)
    assert serve_as([], at=CREATED_AT + 60 * DAY).window.ends == CREATED_AT + 90 * DAY

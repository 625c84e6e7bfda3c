"""A scanner's answer is believed only when everything about it fits what was asked."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gada.engine.formats.finger_images import read_finger_images
from gada.engine.formats.fir_writing import write_fir
from gada.engine.proof.device_tokens import Authorities, read_authorities, verify_token
from gada.engine.proof.digests import sha256
from gada.engine.proof.simulated_devices import Signer, issue_device, make_authority, sign_token
from gada.engine.refusal import Invalid
from gada.engine.scanner import Asked, capture_request, read_capture, read_devices
from gada.engine.scanner.answering import chained_hash
from gada.engine.scanner.asking import NOTHING_BEFORE
from gada.engine.scanner.simulated import FAULTS, Fault, SimulatedScanner, a_scanner
from gada.engine.scanner.words import FINGERS, fault_of, position_of

AT = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
ASKED = Asked("01960000-once", "Developer", 2, AT, timedelta(seconds=30))
REFUSED_WITH = {
    "unsigned": "sbi-unsigned", "untrusted": "sbi-untrusted", "expired": "sbi-expired", "replay": "sbi-replayed",
    "environment": "sbi-environment", "chain": "sbi-chain", "score": "sbi-score", "timeout": "sbi-timeout",
    "finger": "sbi-finger",
}


@cache
def authority() -> Signer:
    return make_authority(at=AT)


def trusted(scanner: SimulatedScanner | None = None) -> Authorities:
    return read_authorities([(scanner.authority if scanner else authority()).pem])


def answer(scanner: SimulatedScanner, asked: Asked = ASKED) -> bytes:
    return json.dumps(scanner.capture(capture_request(asked), AT)).encode()


def read(body: bytes, asked: Asked = ASKED, *, at: datetime = AT, simulators: bool = True, **given: Any) -> Any:
    return read_capture(body, asked, given.get("authorities", trusted()), at=at, simulators=simulators)


def refused(body: bytes, *arguments: Any, **given: Any) -> str:
    with pytest.raises(Invalid) as raised:
        read(body, *arguments, **given)
    assert str(raised.value).endswith("."), "a sentence"
    return raised.value.code


def changed(body: bytes, **words: Any) -> bytes:
    """The same answer with other words, signed again by a device of the same authority."""
    said = json.loads(body)
    segment = said["biometrics"][0]
    payload = json.loads(base64.urlsafe_b64decode(segment["data"].split(".")[1] + "=="))
    segment["data"] = sign_token(issue_device(authority(), at=AT, algorithm="ES256"), payload | words)
    return json.dumps(said).encode()


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_finger_comes_back_as_it_was_pressed(algorithm: Any) -> None:
    scanner = a_scanner(at=AT, algorithm=algorithm, authority=authority())
    scanned = read(answer(scanner))
    assert (scanned.position, scanned.device.label, scanned.device.simulated) == (
        2,
        "Gada Simulator 000000000001",
        True,
    )
    assert scanned.hash == chained_hash(NOTHING_BEFORE, scanned.image)
    stored = scanned.stored()
    assert stored.position == 2 and stored.read().pixels.shape == (400, 320)
    following = read(answer(scanner, again := replace(ASKED, previous_hash=scanned.hash, position=7)), again)
    assert following.position == 7 and following.hash != scanned.hash


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_has_its_own_refusal(fault: Fault) -> None:
    scanner = a_scanner(at=AT, algorithm="ES256", authority=authority(), fault=fault)
    assert refused(answer(scanner)) == REFUSED_WITH[fault]


def test_what_was_changed_or_comes_too_late_is_refused() -> None:
    scanner = a_scanner(at=AT, algorithm="ES256", authority=authority())
    good = answer(scanner)
    assert refused(good, at=AT + timedelta(minutes=2)) == "sbi-timeout"
    assert refused(good, replace(ASKED, transaction="another")) == "sbi-replayed"
    assert refused(good, replace(ASKED, environment="Production")) == "sbi-environment"
    assert refused(good, replace(ASKED, position=3)) == "sbi-finger"
    assert refused(good, simulators=False) == "sbi-simulator"
    assert refused(good, at=AT + timedelta(days=40), authorities=trusted()) == "sbi-timeout"
    assert refused(good, replace(ASKED, at=AT + timedelta(days=40)), at=AT + timedelta(days=40)) == "sbi-expired"
    assert refused(good, authorities=Authorities(())) == "sbi-untrusted"
    said = json.loads(good)
    header, payload, signature = said["biometrics"][0]["data"].split(".")
    said["biometrics"][0]["data"] = f"{header}.{payload[:-8]}{payload[-8:].swapcase()}.{signature}"
    assert refused(json.dumps(said).encode()) in ("sbi-signature", "sbi-malformed")
    assert refused(changed(good, bioSubType="Left Thumb")) == "sbi-finger"
    assert refused(changed(good, bioType="Face")) == "sbi-finger"
    assert refused(changed(good, purpose="Auth")) == "sbi-environment"
    assert refused(changed(good, qualityScore="very good")) == "sbi-malformed"
    assert refused(changed(good, bioValue="")) == "sbi-malformed"
    assert refused(changed(good, digitalId=json.loads(good)["biometrics"][0]["hash"])) == "sbi-unsigned"
    other = write_fir(np.full((300, 300), 200, np.uint8), position=9)
    of_another = json.loads(changed(good, bioValue=base64.urlsafe_b64encode(other).decode()))
    of_another["biometrics"][0]["hash"] = chained_hash(NOTHING_BEFORE, other)
    assert refused(json.dumps(of_another).encode()) == "sbi-finger", "the record inside names another finger"


def test_words_of_older_and_newer_scanners_are_understood() -> None:
    good = answer(a_scanner(at=AT, algorithm="ES256", authority=authority()))
    assert read(changed(good, bioSubType="RF_INDEX", bioType="FIR")).position == 2
    assert read(changed(good, bioSubType="UNKNOWN")).position == 2, "a scanner of one finger"
    assert read(changed(good, transactionId=None, registrationId=ASKED.transaction)).position == 2
    said = json.loads(good)
    image = read(good).image
    said["biometrics"][0]["hash"] = sha256((NOTHING_BEFORE + sha256(image).hex().upper()).encode()).hex()
    assert read(json.dumps(said).encode()).position == 2, "0.9.5 hashes hex as text"
    assert [position_of(FINGERS[position]) for position in FINGERS] == list(FINGERS)


def test_the_way_to_an_authority() -> None:
    root, now = authority(), AT
    device = issue_device(root, at=now, algorithm="ES256")
    below = sign_token(issue_device(device, at=now, algorithm="ES256"), {"a": 1})
    with pytest.raises(Invalid, match="vouches"):  # a device is no authority, even when both certificates come along
        verify_token(below, read_authorities([root.pem]), at=now)
    token = sign_token(device, {"a": 1})
    assert verify_token(token, read_authorities([b"\n".join([make_authority(at=now).pem, root.pem])]), at=now).payload
    namesake = make_authority(at=now)  # the same name, another key
    with pytest.raises(Invalid, match="vouches"):
        verify_token(token, read_authorities([namesake.pem]), at=now)
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    for header in (unsigned, "", token.split(".")[0]):
        with pytest.raises(Invalid) as raised:
            verify_token(f"{header}.{token.split('.')[1]}.", read_authorities([root.pem]), at=now)
        assert raised.value.code == "sbi-unsigned"
    with pytest.raises(Invalid) as raised:
        read_authorities([b"no certificate"])
    assert raised.value.code == "authority-unreadable"


def test_device_info_is_verified_with_the_id_inside() -> None:
    scanner = a_scanner(at=AT, algorithm="ES256", authority=authority())
    (found,) = read_devices(json.dumps(scanner.info(AT)).encode(), trusted(), at=AT)
    assert (found.device.serial, found.status, found.environment) == ("000000000001", "Ready", "Developer")
    with pytest.raises(Invalid) as raised:
        read_devices(json.dumps(a_scanner(at=AT, fault="untrusted").info(AT)).encode(), trusted(), at=AT)
    assert raised.value.code == "sbi-untrusted"


def test_faults_of_a_scanner_are_said_in_words() -> None:
    for code in ("100", "101", "102", "103", "106", "107", "110", "202", "555"):
        assert str(fault_of(code)).endswith(".")


@settings(max_examples=40, deadline=None)
@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["biometrics", "data", "hash", "error", "errorcode", "deviceInfo", "x"]), inner, max_size=4
    ), max_leaves=12,
))
def test_nonsense_is_refused_and_nothing_else(said: Any) -> None:
    for body in (json.dumps(said).encode(), json.dumps({"biometrics": [said]}).encode()):
        assert refused(body).startswith("sbi-")
        with pytest.raises(Invalid):
            read_devices(body, trusted(), at=AT)


def test_a_record_of_the_2011_edition_is_read_back_without_loss() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (350, 300)).astype(np.uint8)
    (stored,) = read_finger_images(write_fir(pixels, position=8))
    assert (stored.position, stored.width, stored.height, stored.dpi) == (8, 300, 350, 500)


import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from gada.engine.proof.canonical import canonical_bytes
from gada.engine.proof.key_cards import check_succession, fingerprint, issue_key_card, read_key_card
from gada.engine.proof.sealing import new_sealing_key
from gada.engine.proof.signing import new_signing_key
from gada.engine.refusal import Invalid

ROOT, _ = new_signing_key()
NODE = UUID("01920000-0000-7000-8000-000000000001")


def a_card(root=ROOT, **changes):
    values = {
        "node_id": NODE,
        "name": "Agence alimentaire — Juba",
        "kind": "humanitarian",
        "country": "SSD",
        "training": False,
        "signing": new_signing_key()[1],
        "sealing": new_sealing_key()[1],
        "http": new_signing_key()[1],
        "serial": 1,
        "valid_from": datetime(2026, 11, 1, 8, 30, 15, 999, tzinfo=UTC),
    }
    return issue_key_card(root, **values | changes)


CARD = a_card()


def test_comes_back():
    assert read_key_card(CARD.to_bytes()) == CARD
    assert CARD.valid_from == datetime(2026, 11, 1, 8, 30, 15, tzinfo=UTC)


@pytest.mark.parametrize("field", ["name", "kind", "country", "serial", "valid_from", "node_id", "training"])
def test_every_field_is_certified(field):
    changed = {
        "name": "Another",
        "kind": "border",
        "country": "MLI",
        "serial": 2,
        "valid_from": "2027-01-01T00:00:00Z",
        "node_id": str(UUID(int=5)),
        "training": True,
    }
    document = json.loads(CARD.to_bytes()) | {field: changed[field]}
    with pytest.raises(Invalid) as refusal:
        read_key_card(canonical_bytes(document))
    assert refusal.value.code == "signature-wrong"


def test_keys_and_root_are_certified():
    document = json.loads(CARD.to_bytes())
    other = json.loads(a_card().to_bytes())
    for key in ("signing", "sealing", "http"):
        swapped = document | {"keys": document["keys"] | {key: other["keys"][key]}}
        with pytest.raises(Invalid, match="signature"):
            read_key_card(canonical_bytes(swapped))
    foreign = json.loads(a_card(new_signing_key()[0]).to_bytes())
    with pytest.raises(Invalid):
        read_key_card(canonical_bytes(document | {"root": foreign["root"]}))


@pytest.mark.parametrize(
    "change",
    [{"kind": "army"}, {"country": "ss"}, {"country": "ssd"}, {"serial": 0}, {"serial": True}, {"name": ""},
     {"extra": 1}, {"root": "AA"}, {"keys": 3}, {"valid_from": "2026-11-01"}, {"node_id": "x"},
     {"certificate": 1}],
)  # fmt: skip
def test_malformed(change):
    with pytest.raises(Invalid) as refusal:
        read_key_card(canonical_bytes(json.loads(CARD.to_bytes()) | change))
    assert refusal.value.code in {"key-card-malformed", "signature-malformed"}


def test_what_is_no_card():
    for data in (b"", b"{}", b"[]", b"null", CARD.to_bytes()[:-1], b" " + CARD.to_bytes()):
        with pytest.raises(Invalid) as refusal:
            read_key_card(data)
        assert refusal.value.code == "key-card-malformed"
    with pytest.raises(Invalid):
        same = new_signing_key()[1]
        a_card(signing=same, http=same)


def test_fingerprint_is_read_aloud_and_survives_rotation():
    assert re.fullmatch(r"(\d{5} ){7}\d{5}", fingerprint(CARD))
    assert fingerprint(a_card(serial=2)) == fingerprint(CARD)
    assert fingerprint(a_card(new_signing_key()[0])) != fingerprint(CARD)
    assert fingerprint(a_card(node_id=UUID(int=7))) != fingerprint(CARD)


def test_succession():
    check_succession(old=CARD, new=a_card(serial=2))
    for successor, code in (
        (a_card(serial=1), "key-card-older"),
        (a_card(new_signing_key()[0], serial=2), "key-card-other-root"),
        (a_card(serial=2, kind="civil"), "key-card-other-root"),
    ):
        with pytest.raises(Invalid) as refusal:
            check_succession(old=CARD, new=successor)
        assert refusal.value.code == code


def test_key_ids():
    assert CARD.signing_key_id != CARD.http_key_id
    assert replace(CARD, http=CARD.signing).http_key_id == CARD.signing_key_id

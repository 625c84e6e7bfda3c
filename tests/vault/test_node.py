"""Who opens a node: the passphrase, two recovery sheets of three, and nobody after its expiry."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import combinations
from pathlib import Path

import pytest

from gada import vault
from gada.engine.proof.ids import new_id
from gada.vault import creation, keystore, node
from gada.vault.cards import own_card
from tests.fixtures.node import CHEAP_ARGON2, CREATED_AT, PASSPHRASE
from tests.world import refused

LATER = CREATED_AT + timedelta(days=3)


def test_a_locked_node_gives_nothing(created):
    sealed = vault.seal_for_node(b"a draft")
    node.lock()
    for ask in (
        node.node_key,
        vault.identity,
        lambda: vault.open_for_node(sealed),
        lambda: keystore.keys_of([new_id()]),
    ):
        with refused("node-locked"):
            ask()
    node.unlock(PASSPHRASE, at=LATER)
    assert vault.open_for_node(sealed) == b"a draft"


def test_the_wrong_passphrase_opens_nothing(created):
    node.lock()
    for wrong in ("", PASSPHRASE + " ", PASSPHRASE.upper()):
        with refused("passphrase-wrong"):
            node.unlock(wrong, at=LATER)
    assert not node.is_unlocked()


def test_nothing_of_the_key_or_the_name_lies_in_the_folder(created):
    key = node.node_key()
    for path in node.data_directory().rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert key not in content and key.hex().encode() not in content and b"Essai" not in content, path


def test_a_second_node_is_never_created_over_the_first(created, make_node):
    with refused("node-exists"):
        make_node()


def test_expiry_destroys_the_wrap_and_nothing_else(make_node):
    made = make_node(device_life=timedelta(days=14))
    subject = made.identity.node_id
    box = vault.seal_for(subject, b"what was registered")
    node.lock()
    node.unlock(PASSPHRASE, at=CREATED_AT + timedelta(days=13))
    node.lock()
    with refused("node-expired"):
        node.unlock(PASSPHRASE, at=CREATED_AT + timedelta(days=14))
    assert json.loads(node.wrap_path().read_text())["wrapped"] is None
    with refused("node-expired"):
        node.unlock(PASSPHRASE, at=CREATED_AT)  # a clock set back brings nothing back
    with refused("node-exists"):
        make_node()  # an expired device is not an empty folder
    creation.recover_node(sheets=made.sheets[:2], passphrase="une autre phrase", at=LATER, cost=CHEAP_ARGON2)
    assert vault.open_for(subject, box) == b"what was registered"


def test_the_secret_store_obeys_the_expiry_too(make_node, monkeypatch, tmp_path: Path):
    make_node(device_life=timedelta(seconds=1))
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE)
    monkeypatch.setenv("GADA_PASSPHRASE_FILE", str(secret))
    node.lock()
    with refused("node-expired"):  # created in January, asked now
        node.node_key()


def test_the_secret_store_opens_a_server(created, monkeypatch, tmp_path: Path):
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE + "\n")
    key = node.node_key()
    node.lock()
    monkeypatch.setenv("GADA_PASSPHRASE_FILE", str(secret))
    assert node.node_key() == key


@pytest.mark.parametrize("pair", list(combinations(range(3), 2)))
def test_the_drill_any_two_sheets_of_three_bring_the_node_back(created, pair):
    box = vault.seal_for(created.identity.node_id, b"kept")
    node.lock()
    sheets = [created.sheets[number] for number in pair]
    root = creation.recover_node(sheets=sheets, passphrase="une nouvelle phrase", at=LATER, cost=CHEAP_ARGON2)
    assert vault.open_for(created.identity.node_id, box) == b"kept"
    assert root.use == "root" and root.public == own_card().root.hex()
    node.lock()
    with refused("passphrase-wrong"):
        node.unlock(PASSPHRASE, at=LATER)
    node.unlock("une nouvelle phrase", at=LATER)


@pytest.mark.parametrize("choose", [
    lambda sheets: sheets[:1], lambda sheets: [sheets[0], sheets[0]], lambda sheets: [],
    lambda sheets: [sheets[0], " ".join(reversed(sheets[1].split()))], lambda sheets: [sheets[0], "abc"],
])
def test_one_sheet_opens_nothing(created, choose):
    node.lock()
    with pytest.raises(Exception) as raised:
        creation.recover_node(sheets=choose(created.sheets), passphrase="x", at=LATER, cost=CHEAP_ARGON2)
    assert type(raised.value).__module__ == "gada.engine.refusal", raised.value
    assert not node.is_unlocked()
    node.unlock(PASSPHRASE, at=LATER)  # and the old passphrase still works


def test_sheets_of_another_node_open_nothing(created, make_node, monkeypatch, tmp_path):
    monkeypatch.setenv("GADA_DATA", str(tmp_path / "other"))
    others = make_node().sheets
    monkeypatch.setenv("GADA_DATA", str(tmp_path / "node"))
    with refused("sealed-broken"):
        creation.recover_node(sheets=others[:2], passphrase="x", at=LATER, cost=CHEAP_ARGON2)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '"text"'])
def test_a_damaged_key_file_says_so(created, content):
    node.lock()
    node.wrap_path().write_text(content)
    with refused("node-damaged"):
        node.unlock(PASSPHRASE, at=LATER)

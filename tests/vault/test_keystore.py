"""Data keys: one per person, destroyed for good, and never made again for somebody erased."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gada import vault
from gada.engine.proof.ids import new_id
from gada.vault import keystore, node
from tests.vault.pages import plain_pages


def test_boxes_open_under_their_own_person_only(created):
    amina, moussa = new_id(), new_id()
    box = vault.seal_for(amina, b"Amina Diallo")
    vault.seal_for(moussa, b"Moussa")
    assert vault.open_for(amina, box) == b"Amina Diallo"
    with pytest.raises(Exception, match="does not open"):
        vault.open_for(moussa, box)


def test_shredding_leaves_no_byte_of_the_key_in_the_file(created):
    people = [new_id() for _ in range(300)]
    keys = vault.data_keys(people, create=True)
    gone = people[100:140]
    assert all(key in plain_pages(keystore.path(), node.keystore_key()) for key in keys.values())
    assert vault.shred(gone) == 40
    lying = plain_pages(keystore.path(), node.keystore_key())
    assert all(keys[person] in lying for person in people if person not in gone)
    assert not any(keys[person] in lying for person in gone)


def test_a_shredding_cut_off_is_finished_at_the_next_start(created, monkeypatch):
    person, others = new_id(), [new_id() for _ in range(50)]
    key = vault.data_keys([person, *others], create=True)[person]
    with monkeypatch.context() as power:
        power.setattr(keystore, "finish_shredding", lambda: None)  # it went here
        vault.shred([person])
    vault.finish_shredding()
    assert key not in plain_pages(keystore.path(), node.keystore_key())


def test_erased_is_erased(created):
    person = new_id()
    box = vault.seal_for(person, b"Amina")
    vault.shred([person])
    for ask in (lambda: vault.open_for(person, box), lambda: vault.seal_for(person, b"again")):
        with pytest.raises(vault.Shredded):
            ask()
    assert vault.data_keys([person], create=True) == {}
    assert keystore.erased() == {person}


def test_shredding_twice_is_shredding_once(created):
    person = new_id()
    vault.seal_for(person, b"Amina")
    assert (vault.shred([person]), vault.shred([person])) == (1, 0)


def test_two_threads_get_the_same_key(created):
    people, found = [new_id() for _ in range(200)], []

    def ask() -> None:
        found.append(vault.data_keys(people, create=True))
        keystore.close()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6 and all(keys == found[0] for keys in found) and len(found[0]) == 200


def test_a_copy_is_whole_and_encrypted(created, tmp_path: Path):
    people = [new_id() for _ in range(100)]
    keys = vault.data_keys(people, create=True)
    keystore.copy_to(tmp_path / "copy.db")
    content = (tmp_path / "copy.db").read_bytes()
    assert not any(key in content for key in keys.values()) and b"SQLite" not in content
    keystore.close()
    shutil.copy(tmp_path / "copy.db", keystore.path())
    keystore.path().with_name("keys.db-wal").unlink(missing_ok=True)
    assert vault.data_keys(people) == keys


def test_killed_while_making_keys_the_store_still_opens(created):
    """Keys are made in a loop by another process, which is killed in the middle."""
    writer = """
import sys
from gada.engine.proof.ids import new_id
from gada.vault import keystore, node
node.unlock_with(bytes.fromhex(sys.argv[1]))
while True:
    keystore.keys_of([new_id() for _ in range(20)], create=True)
    print("made", flush=True)
"""
    arguments = [sys.executable, "-c", writer, node.node_key().hex()]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:
        for _ in range(5):
            process.stdout.readline()
        process.kill()
    assert keystore.count() >= 100 and keystore.count() % 20 == 0
    assert keystore._connection().execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_blob_belongs_to_its_owner(created):
    amina, moussa = new_id(), new_id()
    blob = vault.put_blob(amina, b"a photo")
    vault.seal_for(moussa, b"")
    assert vault.get_blob(amina, blob) == b"a photo"
    with pytest.raises(Exception, match="does not open"):
        vault.get_blob(moussa, blob)
    vault.drop_blob(blob)
    with pytest.raises(Exception, match="not on this node"):
        vault.get_blob(amina, blob)

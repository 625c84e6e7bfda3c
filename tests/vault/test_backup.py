"""A backup comes back whole or not at all."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gada import vault
from gada.vault import node
from gada.vault.backup import open_stream, seal_stream, unpacked_backups, write_backup
from tests.fixtures.node import CREATED_AT, PASSPHRASE
from tests.world import refused

CONTENT = random.Random(4).randbytes(2_500_000)


@pytest.fixture
def backup(created, tmp_path: Path) -> Path:
    (tmp_path / "plain").write_bytes(CONTENT)
    (tmp_path / "small").write_bytes(b"a little")
    files = [("blobs/aa/big", tmp_path / "plain"), ("small", tmp_path / "small"), ("gone", tmp_path / "gone")]
    write_backup(tmp_path / "backup", files=files, at=CREATED_AT)
    return tmp_path / "backup"


def restore(*sources: Path, into: Path, passphrase: str = PASSPHRASE, at: datetime = CREATED_AT) -> None:
    with unpacked_backups(sources, passphrase=passphrase, into=into, at=at):
        assert not (into / "node.json").exists(), "it is no node before everything is done"


def test_what_went_in_comes_out_and_opens(backup, tmp_path, monkeypatch):
    restore(backup, into=tmp_path / "back")
    assert (tmp_path / "back" / "blobs" / "aa" / "big").read_bytes() == CONTENT
    assert (tmp_path / "back" / "small").read_bytes() == b"a little"
    key = node.node_key()
    monkeypatch.setenv("GADA_DATA", str(tmp_path / "back"))
    node.lock()
    node.unlock(PASSPHRASE, at=CREATED_AT)
    assert node.node_key() == key
    assert CONTENT[:60] not in backup.read_bytes() and not (tmp_path / "backup.unfinished").exists()


@pytest.mark.parametrize("kept", [0, 10, 400, 2_000, 1_048_700, 2_500_000, -1])
def test_a_truncated_backup_is_refused_and_nothing_written(backup, tmp_path, kept):
    backup.write_bytes(backup.read_bytes()[:kept])
    with pytest.raises(Exception) as raised:
        restore(backup, into=tmp_path / "back")
    assert raised.value.code in ("backup-truncated", "backup-unknown"), raised.value
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize("seed", range(24))
def test_a_flipped_bit_anywhere_is_refused_and_nothing_written(backup, tmp_path, seed):
    content, chance = bytearray(backup.read_bytes()), random.Random(seed)
    header = content.index(b"\n") + 1
    at = chance.randrange(header) if seed % 2 else chance.randrange(header, len(content))
    content[at] ^= 1 << chance.randrange(8)
    backup.write_bytes(content)
    with pytest.raises(Exception) as raised:
        restore(backup, into=tmp_path / "back")
    assert raised.value.code in ("backup-truncated", "backup-unknown", "wrap-malformed", "passphrase-wrong"), at
    assert not (tmp_path / "back").exists()


def test_something_added_at_the_end_is_refused(backup, tmp_path):
    backup.write_bytes(backup.read_bytes() + b"x")
    with refused("backup-truncated"):
        restore(backup, into=tmp_path / "back")


def test_the_second_file_broken_nothing_of_the_first_is_written(backup, tmp_path):
    (tmp_path / "other").write_bytes(backup.read_bytes()[:-5])
    with refused("backup-truncated"):
        restore(backup, tmp_path / "other", into=tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_the_wrong_passphrase_writes_nothing(backup, tmp_path):
    with refused("passphrase-wrong"):
        restore(backup, into=tmp_path / "back", passphrase="une autre")
    assert not (tmp_path / "back").exists()


def test_files_of_two_nodes_are_not_mixed(backup, make_node, tmp_path, monkeypatch):
    monkeypatch.setenv("GADA_DATA", str(tmp_path / "second"))
    node.lock()
    make_node()
    write_backup(tmp_path / "second.backup", files=[("small", tmp_path / "small")], at=CREATED_AT)
    with refused("backup-mixed"):
        restore(backup, tmp_path / "second.backup", into=tmp_path / "back")


def test_a_node_is_never_written_over(backup, tmp_path):
    with refused("node-exists"):
        restore(backup, into=vault.data_directory())


def test_a_restore_cut_off_is_no_node_and_the_next_one_clears_it_away(backup, tmp_path):
    back = tmp_path / "back"
    with pytest.raises(KeyboardInterrupt), unpacked_backups([backup], passphrase=PASSPHRASE, into=back, at=CREATED_AT):
        (back / "gada.db-wal").write_bytes(b"of the first try")
        raise KeyboardInterrupt
    assert not (back / "node.json").exists()
    restore(backup, into=back)
    assert sorted(each.name for each in back.iterdir()) == ["blobs", "node.json", "small"]


def test_an_expired_device_is_not_brought_back_from_its_backup(make_node, tmp_path):
    make_node(device_life=timedelta(days=14))
    (tmp_path / "small").write_bytes(b"a little")
    write_backup(tmp_path / "backup", files=[("small", tmp_path / "small")], at=CREATED_AT)
    with refused("backup-expired"):
        restore(tmp_path / "backup", into=tmp_path / "back", at=CREATED_AT + timedelta(days=15))
    assert not (tmp_path / "back").exists()


def test_a_stream_never_touches_the_disk_in_clear(created, tmp_path):
    (tmp_path / "plain").write_bytes(CONTENT)
    with (tmp_path / "plain").open("rb") as source:
        seal_stream(source, tmp_path / "sealed")
    assert CONTENT[:60] not in (tmp_path / "sealed").read_bytes()
    with (tmp_path / "back").open("wb") as target:
        open_stream(tmp_path / "sealed", target)
    assert (tmp_path / "back").read_bytes() == CONTENT

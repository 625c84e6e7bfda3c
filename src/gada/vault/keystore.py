"""One data key per person (or household), outside the database and outside its backups.

The key store is its own SQLCipher file. Shredding deletes the key, rewrites the whole file and empties its
write-ahead log, because deleted bytes survive in both (measured, design §5). A shredding cut off by a power cut is
finished by `finish_shredding`, which the worker calls first.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlcipher3 import dbapi2

from gada.engine.proof import secrets
from gada.engine.refusal import Refusal
from gada.vault import node

_local = threading.local()
TIMEOUT_SECONDS = 20
_BATCH = 500  # below SQLite's limit on parameters of one statement


def path() -> Path:
    return node.data_directory() / "keystore" / "keys.db"


def keys_of(subjects: Iterable[UUID], *, create: bool = False) -> dict[UUID, bytes]:
    """The data keys of these subjects; missing ones are made when `create`, else left out."""
    wanted = list(dict.fromkeys(subjects))
    found = _select(wanted)
    missing = [subject for subject in wanted if subject not in found]
    if missing and create:
        with _writing() as connection:
            # Inside the transaction: an erasure at the same moment comes wholly before or wholly after.
            connection.executemany(
                "INSERT OR IGNORE INTO data_key(subject, key)"
                " SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM erased WHERE subject = ?1)",
                [(subject.bytes, secrets.new_key()) for subject in missing],
            )
        found |= _select(missing)
    return found


def adopt(keys: Mapping[UUID, bytes]) -> None:
    """Keep data keys that came from another node of ours; one we have, and one that was destroyed, stays as it is."""
    missing = set(keys) - set(_select(list(keys)))
    if missing:
        with _writing() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO data_key(subject, key)"
                " SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM erased WHERE subject = ?1)",
                [(subject.bytes, keys[subject]) for subject in sorted(missing)],
            )


def erased() -> frozenset[UUID]:
    """Everybody whose key was destroyed here: a restored backup must not bring them back."""
    return frozenset(UUID(bytes=row[0]) for row in _connection().execute("SELECT subject FROM erased"))


def copy_to(target: Path) -> None:
    """A consistent copy of the key store, encrypted as it is, while others use it."""
    copy = _open(node.keystore_key(), target)
    try:
        _connection().backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
    finally:
        copy.close()


def shred(subjects: Iterable[UUID]) -> int:
    """Destroy these keys for good; returns how many there were."""
    with _writing() as connection:
        before = connection.total_changes
        gone = [(subject.bytes,) for subject in subjects]
        connection.executemany("DELETE FROM data_key WHERE subject = ?", gone)
        destroyed = int(connection.total_changes - before)
        connection.executemany("INSERT OR IGNORE INTO erased(subject) VALUES (?)", gone)
        connection.execute("PRAGMA user_version = 1")  # 1: a shredding is not finished
    finish_shredding()
    return destroyed


def remember(subjects: Iterable[UUID]) -> None:
    """List these as erased; there was no key of theirs to destroy, so the file need not be rewritten."""
    with _writing() as connection:
        connection.executemany(
            "INSERT OR IGNORE INTO erased(subject) VALUES (?)", [(subject.bytes,) for subject in subjects]
        )


def finish_shredding() -> None:
    """Rewrite the file and empty its log, so that no deleted key lies in either. Nothing to do: nothing is done."""
    connection = _connection()
    if not connection.execute("PRAGMA user_version").fetchone()[0]:
        return
    connection.execute("VACUUM")
    until = time.monotonic() + TIMEOUT_SECONDS
    while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:  # 1: somebody reads an old page
        if time.monotonic() > until:
            raise Refusal(
                "keystore-busy", "The key could not be destroyed yet, because others use the key store. Try again."
            )
        time.sleep(0.05)
    connection.execute("PRAGMA user_version = 0")


def close() -> None:
    """Close this thread's connection (tests, moving a node)."""
    connection = getattr(_local, "connection", None)
    if connection is not None:
        connection.close()
    _local.connection = _local.path = None


def _select(subjects: list[UUID]) -> dict[UUID, bytes]:
    found: dict[UUID, bytes] = {}
    for start in range(0, len(subjects), _BATCH):
        part = subjects[start : start + _BATCH]
        rows = _connection().execute(
            f"SELECT subject, key FROM data_key WHERE subject IN ({','.join('?' * len(part))})",
            [subject.bytes for subject in part],
        )
        found.update((UUID(bytes=subject), key) for subject, key in rows)
    return found


@contextmanager
def _writing() -> Iterator[Any]:
    connection = _connection()
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _connection() -> Any:
    key = node.keystore_key()
    here = (str(path()), key, os.getpid())
    if getattr(_local, "path", None) != here:
        close()
        _local.connection, _local.path = _open(key, path()), here
    return _local.connection


def _open(key: bytes, file: Path) -> Any:
    """SQLite waits for a lock, but not for the one that turns a new file's write-ahead log on: there we wait."""
    file.parent.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + TIMEOUT_SECONDS
    while True:
        connection = dbapi2.connect(str(file), timeout=TIMEOUT_SECONDS, isolation_level=None)
        try:
            _make_ready(connection, key)
            return connection
        except dbapi2.OperationalError as problem:
            connection.close()
            if "locked" not in str(problem) or time.monotonic() > until:
                raise
        time.sleep(0.01)


def _make_ready(connection: Any, key: bytes) -> None:
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    for pragma in ("journal_mode = WAL", "secure_delete = ON", "synchronous = FULL", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS data_key (subject BLOB PRIMARY KEY, key BLOB NOT NULL) WITHOUT ROWID"
    )
    connection.execute("CREATE TABLE IF NOT EXISTS erased (subject BLOB PRIMARY KEY) WITHOUT ROWID")


def count() -> int:
    """How many data keys there are."""
    return int(_connection().execute("SELECT COUNT(*) FROM data_key").fetchone()[0])

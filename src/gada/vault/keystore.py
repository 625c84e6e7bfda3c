"""One data key per person (or household), outside the database and outside its backups.

The key store is its own SQLCipher file. Shredding deletes the key and rewrites the whole file, because
deleted bytes survive in SQLite files and write-ahead logs (measured, design §5). Rollback-journal mode with
`secure_delete`, in memory only: no key ever lies beside the file.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlcipher3 import dbapi2

from gada.engine.proof import secrets
from gada.vault import node

_local = threading.local()
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
            connection.executemany(
                "INSERT OR IGNORE INTO data_key(subject, key) VALUES (?, ?)",
                [(subject.bytes, secrets.new_key()) for subject in missing],
            )
        found |= _select(missing)
    return found


def restore_keys(keys: Mapping[UUID, bytes]) -> None:
    """Put keys back from a backup of the key store."""
    with _writing() as connection:
        connection.executemany(
            "INSERT OR IGNORE INTO data_key(subject, key) VALUES (?, ?)", [(s.bytes, k) for s, k in keys.items()]
        )


def all_keys() -> Iterator[tuple[UUID, bytes]]:
    """Every data key, for the backup of the key store."""
    for subject, key in _connection().execute("SELECT subject, key FROM data_key ORDER BY subject"):
        yield UUID(bytes=subject), key


def shred(subjects: Iterable[UUID]) -> int:
    """Destroy these keys for good; returns how many there were."""
    with _writing() as connection:
        before = connection.total_changes
        connection.executemany("DELETE FROM data_key WHERE subject = ?", [(s.bytes,) for s in subjects])
        destroyed = int(connection.total_changes - before)
    _connection().execute("VACUUM")
    return destroyed


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
        _local.connection, _local.path = _open(key), here
    return _local.connection


def _open(key: bytes) -> Any:
    path().parent.mkdir(parents=True, exist_ok=True)
    connection = dbapi2.connect(str(path()), timeout=20, isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    for pragma in ("secure_delete = ON", "synchronous = FULL", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE IF NOT EXISTS data_key (subject BLOB PRIMARY KEY, key BLOB NOT NULL) WITHOUT ROWID")
    return connection

"""Destroying a node where it lies, in seconds, keys first: what is left is noise for everybody, us too.

What opens a node is small: the wrap of the node key, the box that two recovery sheets open, the key store. These are
overwritten where they lie and then removed; everything else is encrypted by what is gone, and is removed after them.
A disk may keep an old copy of an overwritten block (flash does): of the wrap that is worth what its passphrase is
worth, of the key store nothing without the node key.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

OPENS = ("node.json", "recovery.sealed")  # either gives the node key
SEALED_BY_IT = ("keys.sealed", "identity.sealed")
PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Step:
    """One thing done, and how long it took."""

    name: str
    seconds: float


def purge_folder(folder: Path, *, at: datetime, secret_file: Path | None = None) -> list[Step]:
    """Destroy the node in this folder. Cut off anywhere after the first step it stays unreadable; again ends it.

    `secret_file`: where this machine keeps the passphrase, if it does. What stays is `node.json` without a key, so
    that nobody takes this for an empty folder, and every process of this node ends itself when it sees it.
    """
    steps: list[Step] = []

    def done(name: str, act: Callable[[], object]) -> None:
        began = time.perf_counter()
        act()
        steps.append(Step(name, time.perf_counter() - began))

    def destroy(paths: list[Path]) -> Callable[[], bool]:
        return lambda: all(map(overwrite, paths))

    ways = [folder / name for name in OPENS]
    done("the ways to the node key", destroy([*ways, secret_file] if secret_file else ways))
    done("the mark that this node is purged", lambda: _leave_mark(folder, at))
    done("the key store", destroy(sorted((folder / "keystore").glob("*"))))
    done("the keys of the node", destroy([folder / name for name in SEALED_BY_IT]))
    done("everything they opened", lambda: _remove_the_rest(folder))
    return steps


def is_purged(folder: Path) -> bool:
    """Whether the node in this folder was purged."""
    try:
        return bool(json.loads((folder / "node.json").read_text(encoding="utf-8")).get("purged_at"))
    except (OSError, ValueError, AttributeError):
        return False


def overwrite(path: Path) -> bool:
    """Noise over every byte, forced to the disk, then gone. Nothing there: nothing is done."""
    try:
        size = path.stat().st_size
        with path.open("r+b") as file:
            for start in range(0, size, PIECE):
                file.write(secrets.token_bytes(min(PIECE, size - start)))
            file.flush()
            os.fsync(file.fileno())
    except FileNotFoundError:
        return True
    path.unlink()
    return True


def _leave_mark(folder: Path, at: datetime) -> None:
    mark = {"format": "gada-node-1", "expires_at": None, "wrapped": None, "purged_at": at.isoformat()}
    (folder / "node.json").write_text(json.dumps(mark), encoding="utf-8")


def _remove_the_rest(folder: Path) -> None:
    for each in sorted(folder.iterdir()):
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each, ignore_errors=True)
        elif each.name != "node.json":
            each.unlink(missing_ok=True)

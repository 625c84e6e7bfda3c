"""`gada backup`: the node into one encrypted file, its key store into a second one to be kept apart."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import click
from django.db import connection
from django.utils import timezone

from gada import vault
from gada.command._opening import open_node
from gada.command._postgres import DUMP, give_dump
from gada.engine.refusal import Refusal
from gada.vault import keystore
from gada.vault.backup import write_backup

LEFT_OUT = {"keystore", "gallery", "staging", "gada.db", "gada.db-wal", "gada.db-shm", "node.json"}


@click.command()
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
def command(target: Path) -> None:
    """Write TARGET (everything but the key store) and TARGET.keys (the key store alone).

    Keep the two in different places: without the key store the backup is unreadable, and a person who was
    erased stays erased. Fingerprint search files are left out; they are rebuilt.
    """
    open_node()
    if not target.parent.is_dir() or vault.data_directory().resolve() in target.resolve().parents:
        raise Refusal("backup-place", "Write the backup to an existing folder outside the data directory of the node.")
    at = timezone.now()
    work = vault.data_directory() / "staging" / "backup"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        write_backup(target, files=_files(work), at=at)
        keystore.copy_to(work / "keys.db")
        write_backup(target.with_name(target.name + ".keys"), files=[("keystore/keys.db", work / "keys.db")], at=at)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    click.secho(f"{target} and {target.name}.keys are written. Keep them apart.", fg="green")


def _files(work: Path) -> Iterator[tuple[str, Path]]:
    yield _database(work)
    root = vault.data_directory()
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        if here == root:
            folders[:] = [name for name in folders if name not in LEFT_OUT]
        for name in names:
            if here != root or name not in LEFT_OUT:
                path = here / name
                if not name.endswith(".new"):  # being written at this moment
                    yield path.relative_to(root).as_posix(), path


def _database(work: Path) -> tuple[str, Path]:
    """A consistent copy of the database while others use it: still encrypted on SQLite, a dump on PostgreSQL."""
    if connection.vendor == "sqlite":
        copy = work / "gada.db"
        other = connection.copy("backup")
        other.settings_dict = {**connection.settings_dict, "NAME": str(copy)}
        connection.ensure_connection()
        other.connect()
        connection.connection.backup(other.connection)
        other.close()
        return "gada.db", copy
    give_dump(work / DUMP)
    return DUMP, work / DUMP

"""`gada restore`: a node back from its two backup files, the erased still erased, a new log epoch opened."""

from __future__ import annotations

import subprocess
from datetime import datetime
from pathlib import Path
from uuid import UUID

import click
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from gada import journal, vault
from gada.command.backup import DUMP, server
from gada.engine.refusal import Refusal
from gada.journal import Item
from gada.journal.logs import open_log, own_log
from gada.journal.models import Head, LogEntry
from gada.people.models import Person
from gada.people.services import scope_of
from gada.people.words import PersonStatus
from gada.vault import keystore, node
from gada.vault.backup import open_stream, read_backups


@click.command()
@click.argument("backup", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--keys",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The .keys file of the key store; take the newest there is.",
)
@click.option(
    "--confirmed-by",
    required=True,
    help="Who confirms that this node continues from here: it is written into the journal.",
)
@click.option("--passphrase-file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def command(backup: Path, keys: Path, confirmed_by: str, passphrase_file: Path | None) -> None:
    """Restore a node into an empty data directory and open a new epoch of its journal."""
    passphrase = passphrase_file.read_text().strip() if passphrase_file else click.prompt("Passphrase", hide_input=True)
    at = timezone.now()
    read_backups([keys, backup], passphrase=passphrase, into=vault.data_directory(), at=at)
    node.unlock(passphrase, at=at)
    if connection.vendor == "postgresql":
        _fill_postgres(vault.data_directory() / DUMP)
    call_command("migrate", verbosity=0)
    listed = _shred_again()
    with transaction.atomic():
        _open_epoch(confirmed_by=confirmed_by, at=at)
        photos = _erase_again(listed, at=at)
    for photo in photos:
        vault.drop_blob(photo)
    journal.seal(at=at)
    click.secho(f"{vault.identity().name} is back; {len(listed)} erased people stayed erased.", fg="green")


def _fill_postgres(dump: Path) -> None:
    """Feed the dump to PostgreSQL; its plain text never touches the disk."""
    where, environment = server()
    command = ["pg_restore", "--clean", "--if-exists", "--no-owner", *where]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment) as program:
        assert program.stdin is not None
        open_stream(dump, program.stdin)
    if program.returncode:
        raise Refusal("pg-restore-failed", "PostgreSQL did not take the backup; see its words above.")
    dump.unlink()


def _open_epoch(*, confirmed_by: str, at: datetime) -> None:
    before = own_log()
    last = Head.objects.filter(log=before).order_by("-size").first()
    size = last.size if last else 0
    open_log(at=at, epoch=before.epoch + 1, restored_from={
        "log": str(before.id), "size": size, "root": bytes(last.root).hex() if last else "",
        "confirmed_by": confirmed_by,
    })
    reference = ("node", vault.identity().node_id)
    journal.record(
        "node.restored", by=reference, about=reference, at=at,
        facts={"from_log": str(before.id), "from_size": size, "confirmed_by": confirmed_by},
    )


def _shred_again() -> set[UUID]:
    """Destroy the keys of everybody erased, as the key store knows and as the restored journal knows."""
    listed = set(keystore.erased())
    listed |= set(LogEntry.objects.filter(action="person.erased").values_list("about_id", flat=True))
    if listed:
        keystore.shred(listed)
    return listed


def _erase_again(listed: set[UUID], *, at: datetime) -> list[UUID]:
    """Those whom the backup still shows, because it is older than their erasure. Gives their photos."""
    standing = list(Person.objects.filter(id__in=listed).exclude(status=PersonStatus.ERASED))
    photos = [person.photo for person in standing if person.photo]
    journal.record_all(
        "person.erased", by=("node", vault.identity().node_id), purpose="erasure", at=at,
        items=[
            Item(about=("person", each.id), facts={"ground": "erased before the restore"}, scope=scope_of(each.site))
            for each in standing
        ],
    )
    return photos

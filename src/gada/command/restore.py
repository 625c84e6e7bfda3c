"""`gada restore`: a node back from its two backup files, the erased still erased, a new log epoch opened."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from uuid import UUID

import click
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from gada import journal, vault
from gada.command._postgres import DUMP, check_ready_for_dump, take_dump
from gada.engine.refusal import Refusal
from gada.journal import Item
from gada.journal.logs import open_log, own_log
from gada.journal.models import Head, LogEntry
from gada.people.models import Person
from gada.people.services import erase_classes_again, scope_of
from gada.people.words import PersonStatus
from gada.vault import keystore, node
from gada.vault.backup import unpacked_backups


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
    given = passphrase_file.read_text(encoding="utf-8").strip() if passphrase_file else ""
    passphrase = given or click.prompt("Passphrase", hide_input=True)
    at = timezone.now()
    on_postgres = connection.vendor == "postgresql"
    if on_postgres:
        check_ready_for_dump()
    with unpacked_backups([keys, backup], passphrase=passphrase, into=vault.data_directory(), at=at) as node_key:
        node.unlock_with(node_key)
        dump = vault.data_directory() / DUMP
        _check_database(dump_is_there=dump.exists(), on_postgres=on_postgres)
        if on_postgres:
            take_dump(dump)
        call_command("migrate", verbosity=0)
        listed = _shred_again()
        with transaction.atomic():
            _open_epoch(confirmed_by=confirmed_by, at=at)
            photos = _erase_again(listed, at=at)
            erase_classes_again(listed, by=("node", vault.identity().node_id), at=at)
        for photo in photos:
            vault.drop_blob(photo)
        journal.seal(at=at)
    click.secho(f"{vault.identity().name} is back; {len(listed)} erased people stayed erased.", fg="green")


def _check_database(*, dump_is_there: bool, on_postgres: bool) -> None:
    """A backup goes back into the kind of database it came from; in the other the node would be empty."""
    if dump_is_there and not on_postgres:
        raise Refusal(
            "restore-needs-postgres",
            "This node lived on PostgreSQL. Make an empty database, set DATABASE_URL and restore again.",
        )
    if on_postgres and not dump_is_there:
        raise Refusal(
            "restore-needs-sqlite", "This node did not live on PostgreSQL. Restore it again without DATABASE_URL."
        )


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

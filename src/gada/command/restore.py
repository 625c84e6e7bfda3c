"""`gada restore`: a node back from its two backup files, the erased still erased, a new log epoch opened."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import click
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from gada import journal, vault
from gada.command.backup import _url
from gada.journal.logs import open_log, own_log
from gada.journal.models import Head, LogEntry
from gada.vault import keystore, node
from gada.vault.backup import fresh_directory, read_backup


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
    with fresh_directory(vault.data_directory()) as directory:
        read_backup(keys, passphrase=passphrase, into=directory)
        read_backup(backup, passphrase=passphrase, into=directory)
        node.unlock(passphrase, at=at)
    if connection.vendor == "postgresql":
        dump = vault.data_directory() / "gada.pgdump"
        subprocess.run(
            ["pg_restore", "--clean", "--if-exists", "--no-owner", f"--dbname={_url()}", str(dump)],
            check=True,
        )
        os.unlink(dump)
    call_command("migrate", verbosity=0)
    erased = _erase_again()
    with transaction.atomic():
        before = own_log()
        last = Head.objects.filter(log=before).order_by("-size").first()
        open_log(at=at, epoch=before.epoch + 1, restored_from={
            "log": str(before.id), "size": last.size if last else 0, "root": bytes(last.root).hex() if last else "",
            "confirmed_by": confirmed_by,
        })
        reference = ("node", vault.identity().node_id)
        journal.record(
            "node.restored", by=reference, about=reference, at=at,
            facts={"from_log": str(before.id), "from_size": last.size if last else 0, "confirmed_by": confirmed_by},
        )
    journal.seal(at=at)
    click.secho(f"{vault.identity().name} is back; {erased} erased people stayed erased.", fg="green")


def _erase_again() -> int:
    """Replay the erasure list before the node opens: from the key store, and from the restored journal."""
    listed = set(keystore.erased())
    listed |= set(LogEntry.objects.filter(action="person.erased").values_list("about_id", flat=True))
    if listed:
        keystore.shred(listed)
        _redact_rows(listed)
    return len(listed)


def _redact_rows(people: set) -> None:
    from gada.journal.registry import APPLY
    from gada.people.models import Person

    standing = Person.objects.filter(id__in=people).exclude(status="erased").values_list("id", flat=True)
    stand_ins = [_Erasure(about=("person", person_id)) for person_id in standing]
    if stand_ins:
        APPLY["person.erased"](stand_ins)  # type: ignore[arg-type]


class _Erasure:
    """Just enough of an entry for the erasure's apply function: whom it is about."""

    def __init__(self, *, about: tuple[str, object]) -> None:
        self.about = about



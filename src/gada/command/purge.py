"""`gada purge`: destroy what opens this node, in seconds, before somebody takes the machine."""

from __future__ import annotations

import os
from pathlib import Path

import click
from django.db import connection, connections
from django.utils import timezone

from gada import vault
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.command._acting import FILE, acting
from gada.command._opening import open_node, secret_from
from gada.engine.refusal import NotPermitted, Refusal
from gada.vault import keystore, node
from gada.vault.purging import is_purged, purge_folder

WORD = "PURGE"


@click.command()
@click.option("--by", help="User name of whoever does this: administrator, supervisor or data-protection officer.")
@click.option("--second", help="User name of the second one of these, who does it with them.")
@click.option("--password-file", type=FILE, help="Password of the first; else asked for.")
@click.option("--second-password-file", type=FILE, help="Password of the second; else asked for.")
@click.option("--confirm", help="The name of the node, typed; else asked for.")
@click.option("--locked", is_flag=True, help="The node cannot be opened. (Who can run this could delete it, too.)")
def command(
    by: str | None, second: str | None, password_file: Path | None, second_password_file: Path | None,
    confirm: str | None, locked: bool,
) -> None:
    """Destroy the keys of this node for good, then what they opened.

    Nothing of it can be read afterwards, by anybody: not with the passphrase, not with the recovery sheets. It comes
    back only from a backup that lies elsewhere, or is made anew at headquarters. Rehearse it with `gada drill`.
    """
    folder = vault.data_directory()
    if is_purged(folder):
        raise Refusal("node-purged", "This node was purged. It comes back only from a backup that lies elsewhere.")
    if not locked:
        name = open_node().name
        _two_of_us(_operator(by, password_file, "first"), _operator(second, second_password_file, "second"))
    _check_word(confirm, WORD if locked else name)
    on_postgres = connection.vendor == "postgresql"
    if on_postgres and not locked:
        _empty_the_database()
    connections.close_all()
    keystore.close()
    node.lock()
    given = os.environ.get("GADA_PASSPHRASE_FILE")
    for step in purge_folder(folder, at=timezone.now(), secret_file=Path(given) if given else None):
        click.echo(f"{step.seconds:6.2f} s  {step.name}")
    click.secho("Nothing of this node can be read any more. Switch the machine off.", fg="green")
    if on_postgres:
        click.echo("PostgreSQL kept names in clear on its own disk: its tables are gone, its disk must be encrypted.")
    click.echo("Tell headquarters: they revoke this node's key and tell partners. A backup elsewhere brings it back.")


def _operator(username: str | None, password_file: Path | None, which: str) -> Operator:
    operator = acting(username or click.prompt(f"User name of the {which}"))
    if not operator.check_password(secret_from(password_file, f"Password of {operator.username}")):
        raise NotPermitted("purge-password", "This password is not theirs. Nothing was destroyed.")
    authorize(operator, "node.purge", at=timezone.now())
    return operator


def _two_of_us(first: Operator, second: Operator) -> None:
    if first.pk == second.pk:
        raise NotPermitted("purge-alone", "Two people purge a node together. Name a second one.")


def _check_word(confirm: str | None, word: str) -> None:
    if (confirm if confirm is not None else click.prompt(f"Type {word} to destroy this node for good")).strip() != word:
        raise Refusal("purge-unconfirmed", "This is not what had to be typed. Nothing was destroyed.")


def _empty_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")

"""`gada node`: create, look at, recover the node in this directory; rotate its keys."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import click
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from gada import journal, vault
from gada.command._opening import begin_journal, cost_of, open_node, secret_from
from gada.vault import cards
from gada.vault.creation import create_node, open_recovery, recover_node
from gada.vault.node import KINDS
from gada.vault.working_keys import WorkingKey


@click.group()
def command() -> None:
    """Create, look at, or recover the node in this directory."""


@command.command()
@click.option("--name", required=True, help="Name of the node, as partners will read it.")
@click.option("--agency", required=True, help="Agency or authority that owns it.")
@click.option("--country", required=True, help="ISO 3166 code of three letters, e.g. NER.")
@click.option(
    "--kind", type=click.Choice(KINDS), default="humanitarian", show_default=True, help="Never changes later."
)
@click.option("--site", required=True, help="Name of the first site.")
@click.option("--admin", required=True, help="User name of the first administrator.")
@click.option("--admin-name", default="", help="Full name of the administrator.")
@click.option("--training", is_flag=True, help="A training world: never mixes with real data, never changes later.")
@click.option("--device-days", type=int, help="A laptop: its key expires after so many days without renewal.")
@click.option("--passphrase-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Else asked for.")
@click.option(
    "--admin-password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Else asked for.",
)
@click.option(
    "--sheets-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the recovery sheets there, to be printed and destroyed.",
)
def create(
    name: str,
    agency: str,
    country: str,
    kind: str,
    site: str,
    admin: str,
    admin_name: str,
    training: bool,
    device_days: int | None,
    passphrase_file: Path | None,
    admin_password_file: Path | None,
    sheets_file: Path | None,
) -> None:
    """Create a node here: its keys, its encrypted database, its first site and administrator."""
    from gada.agencies.services import bootstrap_node

    at = timezone.now()
    passphrase = secret_from(passphrase_file, "Passphrase of the node", twice=True)
    password = secret_from(admin_password_file, f"Password of {admin}", twice=True)
    made = create_node(
        name=name, country=country, kind=kind, training=training, passphrase=passphrase, at=at,
        device_life=timedelta(days=device_days) if device_days else None, cost=cost_of(training=training),
    )
    call_command("migrate", verbosity=0)
    with transaction.atomic():
        begin_journal(at=at)
        bootstrap_node(
            agency_name=agency, country=country, site_name=site, admin_username=admin, admin_name=admin_name or admin,
            admin_password=password, at=at,
        )
    journal.seal(at=at)
    sheets = "\n\n".join(f"Sheet {number} of 3\n{words}" for number, words in enumerate(made.sheets, 1))
    if sheets_file:
        sheets_file.write_text(sheets + "\n", encoding="utf-8")
        click.echo(f"Recovery sheets: {sheets_file} — print them, give them to three custodians, destroy the file.")
    else:
        click.echo("Recovery sheets, shown once. Any two of the three open this node again:\n\n" + sheets)
    click.secho(f"{made.identity.name} is ready ({made.identity.node_id}).", fg="green")


@command.command()
def show() -> None:
    """Say which node this is."""
    identity = open_node()
    training = ", training" if identity.training else ""
    click.echo(f"{identity.name} · {identity.country} · {identity.kind}{training}\n{identity.node_id}")


@command.command()
@click.option("--sheet", "sheets", multiple=True, required=True, help="The words of one recovery sheet; give it twice.")
@click.option("--passphrase-file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def recover(sheets: tuple[str, ...], passphrase_file: Path | None) -> None:
    """Open a node whose passphrase was lost, with two of its three recovery sheets, and set a new one."""
    at = timezone.now()
    root = recover_node(sheets=sheets, passphrase=secret_from(passphrase_file, "New passphrase", twice=True), at=at)
    click.secho(f"{vault.identity().name} opens with the new passphrase.", fg="green")
    _rotate(root, at=at)


@command.command("rotate-keys")
@click.option("--sheet", "sheets", multiple=True, required=True, help="The words of one recovery sheet; give it twice.")
def rotate_keys(sheets: tuple[str, ...]) -> None:
    """Give partners a new key to seal packages to, certified by the root key from two recovery sheets."""
    open_node()
    _rotate(open_recovery(sheets)[1], at=timezone.now())


def _rotate(root: WorkingKey, *, at: datetime) -> None:
    """The root is at hand only now: a new sealing key, the card that certifies it, and a line in the journal."""
    reference = ("node", vault.identity().node_id)
    with transaction.atomic():
        card = cards.rotate_keys(root, at=at)
        facts = {"card": card.to_bytes().decode()}
        journal.record("node.keys_rotated", by=reference, about=reference, facts=facts, at=at)
    journal.seal(at=at)
    click.echo(
        "New key card. Partners get it at the next contact; to those without network bring it by file "
        "(gada peer card, there: gada peer renew). What they sealed to the old key opens for 60 more days."
    )

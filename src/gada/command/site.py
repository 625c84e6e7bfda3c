"""`gada site`: laptops of our own agency — kits, enrolment, synchronisation by network or on a stick."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import click
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from gada import journal
from gada.agencies.models import Site
from gada.command._acting import BY, FILE, TARGET, acting
from gada.command._opening import begin_journal, cost_of, open_node, secret_from
from gada.command._site_certificate import certificate
from gada.engine.proof.certificates import fingerprint_of
from gada.engine.proof.key_cards import read_key_card
from gada.engine.refusal import NotFound
from gada.exchange.models import OwnNode
from gada.exchange.services import own_nodes
from gada.exchange.services.own_nodes.entitling import headquarters_id
from gada.exchange.services.own_nodes.unpacking import take_sync_package
from gada.exchange.services.packages.files import own_path
from gada.journal.arriving import Arrived
from gada.vault.authority import own_authority
from gada.vault.enrolment import enrol_device, open_kit

PASSPHRASE = click.option("--passphrase-file", type=FILE, help="Else asked for.")


@click.group()
def command() -> None:
    """Laptops of the agency: make their kits at headquarters, enrol them, synchronise them."""


command.add_command(certificate)


@command.command()
@click.argument("name")
@click.option("--sites", required=True, help="Names of its sites, separated by commas.")
@click.option("--out", "target", type=TARGET, required=True, help="Where to write the kit.")
@click.option("--days", type=click.IntRange(1, 400), default=60, show_default=True, help="How long its key lives.")
@click.option("--address", default="", help="Where headquarters answers; empty: by stick only.")
@PASSPHRASE
@BY
def create(name: str, sites: str, target: Path, days: int, address: str, passphrase_file: Path | None, by: str) -> None:
    """Make the kit of a laptop: one file that only the passphrase opens. Give the two to the laptop by two ways."""
    identity = open_node()
    operator = acting(by)
    node = own_nodes.admit_device(
        operator=operator, name=name, sites=_sites(sites, operator.agency_id), target=target,
        passphrase=secret_from(passphrase_file, "Passphrase of the kit", twice=True), life=timedelta(days=days),
        address=address, at=timezone.now(), cost=cost_of(training=identity.training),
    )
    click.secho(f"Kit for {node.name}: {target} (its key lives until {node.expires_at:%Y-%m-%d}).", fg="green")
    fingerprint = fingerprint_of(own_authority(at=timezone.now()).root)
    click.echo(f"Write this on the sheet that goes with it; phones compare it (SHA-256):\n{fingerprint}")


@command.command()
@click.argument("kit", type=FILE)
@PASSPHRASE
def enrol(kit: Path, passphrase_file: Path | None) -> None:
    """Make this laptop the node of a kit. Its passphrase opens the node from now on."""
    passphrase = secret_from(passphrase_file, "Passphrase of the kit")
    at = timezone.now()
    body, offset = open_kit(kit, passphrase=passphrase)
    training = read_key_card(body["card"].encode()).training
    identity = enrol_device(body, passphrase=passphrase, at=at, cost=cost_of(training=training))
    call_command("migrate", verbosity=0)
    with transaction.atomic():
        begin_journal(at=at)
    journal.seal(at=at)
    take_first_package(kit, offset)
    click.secho(f"{identity.name} is ready. The kit file is no longer needed: destroy it.", fg="green")


@command.command("list")
def list_nodes() -> None:
    """Every node of ours: last contact, until when its key lives."""
    open_node()
    for node in OwnNode.objects.all():
        heard = f"{node.last_contact:%Y-%m-%d %H:%M}" if node.last_contact else "never heard"
        until = f"{node.expires_at:%Y-%m-%d}" if node.expires_at else "-"
        click.echo(f"{node.id}  {node.name} · {node.state} · {heard} · {until}")


@command.command()
@BY
def sync(by: str) -> None:
    """Synchronise with headquarters over the network. Cut, it goes on where it stood."""
    open_node()
    done = own_nodes.sync_with(operator=acting(by), at=timezone.now())
    click.echo(f"given: {done.sent_bytes} bytes, taken: {done.received_bytes} bytes")
    for arrived in done.arrived:
        _say(arrived)


@command.command()
@click.argument("target", type=TARGET)
@click.option("--to", "node", type=click.UUID, help="For which node (default: headquarters).")
@BY
def export(target: Path, node: UUID | None, by: str) -> None:
    """Write to a file what another node of ours lacks, to be carried on a stick."""
    open_node()
    at = timezone.now()
    finished = own_nodes.export_to(
        operator=acting(by), node=own_nodes.own_node_called(node or headquarters_id()), target=target, at=at
    )
    click.echo(f"{target}: {finished.sealed_bytes} bytes, {finished.manifest.contents.kinds.get('entry', 0)} entries")


@command.command("import")
@click.argument("file", type=FILE)
@BY
def import_file(file: Path, by: str) -> None:
    """Take in a file from another node of ours. The same one again is harmless."""
    open_node()
    _say(own_nodes.import_sync_file(operator=acting(by), source=file, at=timezone.now()))


@command.command()
@click.argument("node", type=click.UUID)
@click.option("--days", type=click.IntRange(1, 400), default=60, show_default=True)
@BY
def renew(node: UUID, days: int, by: str) -> None:
    """Let a laptop keep its key for longer; it learns so at the next synchronisation."""
    open_node()
    renewed = own_nodes.renew_node(operator=acting(by), node_id=node, life=timedelta(days=days), at=timezone.now())
    click.secho(f"{renewed.name}: until {renewed.expires_at:%Y-%m-%d}.", fg="green")


@command.command()
@click.argument("node", type=click.UUID)
@click.option("--reason", required=True)
@BY
def withdraw(node: UUID, reason: str, by: str) -> None:
    """A laptop was lost or stolen: what it brings from now on is set aside, and it is given nothing more."""
    open_node()
    gone = own_nodes.withdraw_node(operator=acting(by), node_id=node, reason=reason, at=timezone.now())
    click.secho(f"{gone.name} is withdrawn.", fg="green")


@command.command("move-headquarters")
@click.argument("address")
@BY
def move_headquarters(address: str, by: str) -> None:
    """Headquarters answers at another address (https://…). Each laptop learns it at its next synchronisation."""
    open_node()
    moved = own_nodes.move_headquarters(operator=acting(by), address=address, at=timezone.now())
    click.secho(f"{moved.name} answers at {moved.address or 'no address: by stick only'} from now on.", fg="green")
    click.echo("Keep the old address answering until every laptop was in contact: gada site list.")


def take_first_package(kit: Path, offset: int) -> None:
    """What a kit begins with: the agency, its sites and programmes, the people of these sites."""
    path = own_path("first")
    try:
        with kit.open("rb") as file, path.open("wb") as first:
            file.seek(offset)
            while piece := file.read(1 << 20):
                first.write(piece)
        if path.stat().st_size:
            take_sync_package(path, at=timezone.now())
    finally:
        path.unlink(missing_ok=True)


def _sites(names: str, agency: UUID) -> list[Site]:
    found = []
    for name in (each.strip() for each in names.split(",") if each.strip()):
        site = Site.objects.filter(name=name, agency_id=agency).first()
        if site is None:
            raise NotFound("place-unknown", "There is no site of this name: %(name)s", name=name)
        found.append(site)
    return found


def _say(arrived: Arrived) -> None:
    click.echo(f"{arrived.kept} entries taken in, {arrived.held} set aside, {arrived.withheld} not for this node")
    if arrived.gaps:
        click.secho("Something before these is missing here: ask for a new file, this one began too late.", fg="yellow")

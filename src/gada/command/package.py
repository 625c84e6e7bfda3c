"""`gada package`: make, deliver, carry by hand and receive packages."""

from __future__ import annotations

import sys
from pathlib import Path
from uuid import UUID

import click
from django.utils import timezone

from gada.command._acting import BY, FILE, TARGET, acting
from gada.command._opening import open_node
from gada.exchange import services
from gada.exchange.models import Package
from gada.exchange.services.peers import peer_called


@click.group()
def command() -> None:
    """Packages: one signed, sealed file, the same by network and by hand."""


@command.command("list")
def list_packages() -> None:
    """Every package: id, direction, partner, sequence, state."""
    open_node()
    for package in Package.objects.select_related("peer"):
        way = "to" if package.outgoing else "from"
        click.echo(
            f"{package.id}  {way} {package.peer.name}  #{package.sequence}  {package.state}  {package.counts}"
        )


@command.command()
@click.argument("agreement", type=click.UUID)
@BY
def make(agreement: UUID, by: str) -> None:
    """Write the next package under an agreement; prints its id."""
    open_node()
    click.echo(str(services.make_package(operator=acting(by), agreement_id=agreement, at=timezone.now()).id))


@command.command()
@click.argument("package", type=click.UUID)
@BY
def deliver(package: UUID, by: str) -> None:
    """Bring a package to the partner over the network; goes on where the last try was cut."""
    open_node()
    sent = services.deliver_package(operator=acting(by), package_id=package, at=timezone.now())
    click.secho(f"{sent.state}: {sent.skipped} records skipped.", fg="green")


@command.command()
@click.argument("package", type=click.UUID)
@click.argument("target", type=TARGET)
@BY
def export(package: UUID, target: Path, by: str) -> None:
    """Copy a package to a file, to be carried by hand."""
    open_node()
    click.echo(str(services.export_package(operator=acting(by), package_id=package, target=target)))


@command.command("import")
@click.argument("file", type=FILE)
@click.option("--receipt", type=TARGET, help="Write the receipt there, to be carried back.")
@BY
def import_file(file: Path, receipt: Path | None, by: str) -> None:
    """Receive a package from a file."""
    open_node()
    received = services.receive_file(file, at=timezone.now(), operator=acting(by))
    if receipt and received.receipt:
        receipt.write_text(received.receipt, encoding="utf-8")
    click.echo(f"{received.state} {received.code}".strip())
    if received.state == "refused":
        sys.exit(1)


@command.command()
@click.argument("file", type=FILE)
@click.option("--peer", required=True, type=click.UUID, help="The partner whose receipt it is.")
@BY
def receipt(file: Path, peer: UUID, by: str) -> None:
    """Read the partner's receipt from a file."""
    open_node()
    words = file.read_text(encoding="utf-8")
    taken = services.import_receipt(
        operator=acting(by), peer=peer_called(peer), receipt=words, at=timezone.now()
    )
    click.echo(f"#{taken.sequence} {taken.state} {taken.reason}".strip())


@command.command()
def waiting() -> None:
    """Take up packages that came early, under suspension, or were cut. The worker does it every minute."""
    open_node()
    for received in services.receive_waiting(at=timezone.now()):
        click.echo(f"{received.state} {received.code}".strip())

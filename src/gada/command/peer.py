"""`gada peer`: partners — key cards, fingerprints read aloud, contact."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import click
from django.utils import timezone

from gada.command._acting import BY, FILE, TARGET, acting
from gada.command._opening import open_node
from gada.engine.proof.key_cards import fingerprint, read_key_card
from gada.exchange import services
from gada.exchange.models import Peer
from gada.exchange.services.peers import peer_called


@click.group()
def command() -> None:
    """Meet partners and keep in contact with them."""


@command.command()
@click.argument("target", type=TARGET)
def card(target: Path) -> None:
    """Write our key card to a file for a partner, and print the fingerprint to read aloud to them."""
    open_node()
    target.write_bytes(services.card_file())
    click.echo(f"Key card: {target}\nRead aloud to the partner:\n{services.own_fingerprint()}")


@command.command()
@click.argument("card", type=FILE)
@click.option("--heard", help="The forty digits as the partner's operator read them aloud; else asked for.")
@click.option("--read-by", required=True, help="Name of the partner's operator who read them.")
@click.option(
    "--address",
    default="",
    help="Where their node answers, e.g. https://node.example.org; empty: by file only.",
)
@BY
def meet(card: Path, heard: str | None, read_by: str, address: str, by: str) -> None:
    """Accept a partner's key card. Both operators' names are written into the journal."""
    open_node()
    said = heard or click.prompt("The digits as you hear them")
    peer = services.meet_peer(
        operator=acting(by),
        card=card.read_bytes(),
        heard=said,
        their_operator=read_by,
        address=address,
        at=timezone.now(),
    )
    click.secho(f"{peer.name} is a partner now ({peer.id}).", fg="green")


@command.command()
@click.argument("card", type=FILE)
@BY
def renew(card: Path, by: str) -> None:
    """Take the renewed key card of a partner who changed their keys; nobody needs to read digits again."""
    open_node()
    peer = services.renew_from_file(operator=acting(by), card=card.read_bytes(), at=timezone.now())
    click.secho(f"The new key card of {peer.name} is kept.", fg="green")


@command.command()
@click.argument("card", type=FILE)
def look(card: Path) -> None:
    """Say who a key card is from, and its fingerprint. Changes nothing."""
    read = read_key_card(card.read_bytes())
    training = ", training" if read.training else ""
    click.echo(f"{read.name} · {read.country} · {read.kind}{training}\n{read.node_id}\n{fingerprint(read)}")


@command.command("list")
def list_peers() -> None:
    """Every partner: id, name, kind, state, last contact."""
    open_node()
    for peer in Peer.objects.all():
        heard = f"{peer.last_contact:%Y-%m-%d %H:%M}" if peer.last_contact else "never heard"
        click.echo(f"{peer.id}  {peer.name} · {peer.country} · {peer.kind} · {peer.state} · {heard}")


@command.command()
@click.argument("peer", type=click.UUID)
@click.argument("address")
@BY
def move(peer: UUID, address: str, by: str) -> None:
    """Set where a partner's node answers."""
    open_node()
    services.move_peer(operator=acting(by), peer_id=peer, address=address, at=timezone.now())
    click.secho("The address is kept.", fg="green")


@command.command()
@click.argument("peer", type=click.UUID)
@click.option("--reason", required=True)
@BY
def revoke(peer: UUID, reason: str, by: str) -> None:
    """Withdraw the trust in a partner: nothing flows to or from them any more."""
    open_node()
    services.revoke_peer(operator=acting(by), peer_id=peer, reason=reason, at=timezone.now())
    click.secho("The trust in this partner is withdrawn.", fg="green")


@command.command()
@click.option(
    "--witness/--no-witness", default=None, help="Also exchange journal heads (default: when it is time)."
)
@click.option("--peer", "only", type=click.UUID, help="Only this partner (default: all with an address).")
def heartbeat(witness: bool | None, only: UUID | None) -> None:
    """Contact partners once: notices both ways, journal heads countersigned. The worker does it every minute."""
    open_node()
    at = timezone.now()
    if only is not None or witness is not None:
        chosen = (
            [peer_called(only)] if only else list(Peer.objects.filter(state="active").exclude(address=""))
        )
        for peer in chosen:
            services.beat(peer, at=at, witness=witness)
            click.echo(f"{peer.name}: reached")
        return
    for name, outcome in services.beat_all(at=at).items():
        click.echo(f"{name}: {outcome}")

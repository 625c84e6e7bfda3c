"""`gada site certificate`: whom phones and laptops trust, shown, given away, made anew."""

from __future__ import annotations

from pathlib import Path

import click
from django.utils import timezone

from gada.command._acting import TARGET
from gada.command._https import addresses_of_ours
from gada.command._opening import open_node
from gada.engine.proof.certificates import der_of, fingerprint_of, name_of
from gada.engine.refusal import Invalid, Refusal
from gada.exchange.views.installing import profile_of
from gada.vault import authority
from gada.vault.authority import Authority


@click.group()
def certificate() -> None:
    """The certificate by which phones and laptops know this node over HTTPS."""


@certificate.command()
def show() -> None:
    """Say which authority signs here, its fingerprint to compare, for which names, and until when."""
    open_node()
    _say(authority.own_authority(at=timezone.now()))


@certificate.command()
@click.argument("target", type=TARGET)
def export(target: Path) -> None:
    """Write the authority's certificate to TARGET: .crt (Android, Windows), .pem (Linux), .mobileconfig (iPhone)."""
    open_node()
    ours = authority.own_authority(at=timezone.now())
    forms = {".crt": der_of, ".pem": str.encode, ".mobileconfig": profile_of}
    if target.suffix not in forms:
        raise Invalid("file-unknown", "Let the name of the file end with one of: %(kinds)s", kinds=", ".join(forms))
    target.write_bytes(forms[target.suffix](ours.root))
    click.echo(f"{target}\nSHA-256 {fingerprint_of(ours.root)}")


@certificate.command()
@click.option("--authority", "anew", is_flag=True, help="A new authority: every phone and laptop installs it anew.")
def renew(anew: bool) -> None:
    """Make a certificate for the addresses of today, to see that it can be done; a new authority with --authority."""
    open_node()
    at = timezone.now()
    if anew:
        click.confirm("Every phone, and every laptop with a kit of ours, must be visited again. Go on?", abort=True)
        current = authority.own_authority(at=at)
        if not current.is_root:
            raise Refusal(
                "headquarters-signs", "Headquarters signs for this laptop: there, renew it with gada site renew."
            )
        authority.renew_authority(at=at)
    served = authority.serve_as(addresses_of_ours(), at=at)
    _say(authority.own_authority(at=at))
    click.echo(f"For {', '.join(sorted(served.addresses)) or 'no address'} until {served.window.ends:%Y-%m-%d}.")


def _say(ours: Authority) -> None:
    click.echo(f"{name_of(ours.root)}\nSHA-256 {fingerprint_of(ours.root)}")
    click.echo(f"This machine may call itself {', '.join(ours.hosts)}; it signs until {ours.window.ends:%Y-%m-%d}.")

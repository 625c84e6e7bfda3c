"""`gada agreement`: prepare, sign, exchange, suspend and lift agreements."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

import click
from django.utils import timezone

from gada.command._acting import BY, FILE, TARGET, acting
from gada.command._opening import open_node
from gada.exchange import services
from gada.exchange.models import Agreement
from gada.exchange.services.standing import agreement_called, state_now


@click.group()
def command() -> None:
    """Agreements: nothing flows outside them. DIGEST is the first column of `gada agreement list`."""


@command.command("list")
def list_agreements() -> None:
    """Every version: digest, agreement, partner, state."""
    open_node()
    for agreement in Agreement.objects.select_related("peer"):
        state = state_now(agreement, timezone.now())
        click.echo(
            f"{agreement.digest}  {agreement.agreement_id} v{agreement.version}  {agreement.peer.name}  {state}"
        )


@command.command()
@click.argument("clauses", type=FILE)
@click.option("--peer", required=True, type=click.UUID, help="The partner.")
@click.option("--supersedes", help="Digest of the version it replaces.")
@click.option("--contact", default="", help="Whom to call on our side.")
@click.option("--their-contact", default="", help="Whom to call on theirs.")
@BY
def draft(
    clauses: Path, peer: UUID, supersedes: str | None, contact: str, their_contact: str, by: str
) -> None:
    """Prepare an agreement from a JSON file of clauses; prints its digest."""
    open_node()
    made = services.draft_agreement(
        operator=acting(by),
        peer_id=peer,
        clauses=json.loads(clauses.read_text(encoding="utf-8")),
        supersedes=supersedes,
        contact=contact,
        their_contact=their_contact,
        at=timezone.now(),
    )
    click.echo(made.digest)


@command.command()
@click.argument("digest")
@BY
def sign(digest: str, by: str) -> None:
    """The exchange officer signs."""
    open_node()
    services.sign_agreement(operator=acting(by), digest=digest, at=timezone.now())
    click.secho("Signed. The data-protection officer countersigns next.", fg="green")


@command.command()
@click.argument("digest")
@BY
def countersign(digest: str, by: str) -> None:
    """The data-protection officer countersigns; the node signs for both."""
    open_node()
    services.countersign_agreement(operator=acting(by), digest=digest, at=timezone.now())
    click.secho("Countersigned. Send it to the partner.", fg="green")


@command.command()
@click.argument("digest")
@BY
def send(digest: str, by: str) -> None:
    """Bring our side of an agreement to the partner over the network, and fetch theirs."""
    open_node()
    kept = services.send_agreement(operator=acting(by), digest=digest, at=timezone.now())
    click.echo(state_now(kept, timezone.now()))


@command.command()
@click.argument("digest")
@click.argument("target", type=TARGET)
def export(digest: str, target: Path) -> None:
    """Write our side of an agreement to a file, to be carried by hand."""
    open_node()
    target.write_bytes(services.bundle_of(digest))
    click.echo(str(target))


@command.command("import")
@click.argument("file", type=FILE)
@BY
def import_file(file: Path, by: str) -> None:
    """Read the partner's side of an agreement from a file; prints the digest and the state."""
    open_node()
    kept = services.receive_bundle(file.read_bytes(), at=timezone.now(), operator=acting(by))
    click.echo(f"{kept.digest}  {state_now(agreement_called(kept.digest), timezone.now())}")


@command.command()
@click.argument("agreement", type=click.UUID)
@click.option("--reason", required=True)
@BY
def suspend(agreement: UUID, reason: str, by: str) -> None:
    """Stop everything under an agreement at once; the partner is told at the next contact."""
    open_node()
    services.suspend_agreement(operator=acting(by), agreement_id=agreement, reason=reason, at=timezone.now())
    click.secho("Suspended. Nothing flows under it from now on.", fg="green")


@command.command()
@click.argument("agreement", type=click.UUID)
@click.option("--reason", required=True)
@BY
def lift(agreement: UUID, reason: str, by: str) -> None:
    """Lift our own suspension."""
    open_node()
    services.lift_agreement(operator=acting(by), agreement_id=agreement, reason=reason, at=timezone.now())
    click.secho("Lifted.", fg="green")


@command.command("notice-export")
@click.argument("agreement", type=click.UUID)
@click.argument("target", type=TARGET)
def notice_export(agreement: UUID, target: Path) -> None:
    """Write our newest notice on an agreement (suspended or lifted) to a file, for a partner without network."""
    open_node()
    target.write_text(services.notice_file(agreement), encoding="utf-8")
    click.echo(str(target))


@command.command("notice-import")
@click.argument("file", type=FILE)
@BY
def notice_import(file: Path, by: str) -> None:
    """Read a partner's notice from a file."""
    open_node()
    notice = services.import_notice(
        operator=acting(by), document=file.read_text(encoding="utf-8"), at=timezone.now()
    )
    click.echo("already known" if notice is None else "suspended" if notice.suspended else "lifted")

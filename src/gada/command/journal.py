"""`gada journal`: seal, verify, compare."""

from __future__ import annotations

import sys
from uuid import UUID

import click
from django.utils import timezone

from gada import journal
from gada.command._opening import open_node
from gada.engine.refusal import Refusal
from gada.journal.comparing import compare_state
from gada.journal.verifying import Report, Witnessed, verify_log

FAULTS = {
    "header-altered": "an entry was altered", "columns-altered": "the columns of an entry were edited",
    "facts-altered": "the facts of an entry were altered",
    "facts-missing": "the facts of an entry are gone, and nobody erased them",
    "entry-missing": "entries are missing",
    "head-signature": "a head is not signed by this node", "head-altered": "a head was altered",
    "head-missing": "heads were removed", "journal-truncated": "the end of the journal was cut off",
    "journal-rewritten": "the journal was rewritten", "countersignature-broken": "a countersignature does not hold",
}


@click.group()
def command() -> None:
    """Seal the journal, prove it, or compare the state with it."""


@command.command()
def seal() -> None:
    """Give committed entries their position and sign the head (the worker does this every ten seconds)."""
    open_node()
    head = journal.seal(at=timezone.now())
    click.echo(f"{head.size} entries sealed." if head else "The journal is empty.")


@command.command()
@click.option("--ask", is_flag=True, help="Also ask the partners which heads they countersigned.")
def verify(ask: bool) -> None:
    """Prove the journal and show what is younger than its last countersignature. Status 1 when anything is wrong."""
    open_node()
    keys, witnessed = _asked() if ask else ({}, [])
    report = verify_log(witness_keys=keys, witnessed=witnessed)
    show(report)
    if not report.sound:
        sys.exit(1)


def _asked() -> tuple[dict[UUID, bytes], list[Witnessed]]:
    """Partners' signing keys from their cards, and the heads of ours that they remember. Names who did not answer."""
    from gada.exchange.models import Peer
    from gada.exchange.services import fetch_witnessed

    keys: dict[UUID, bytes] = {}
    witnessed: list[Witnessed] = []
    for peer in Peer.objects.filter(state="active"):
        keys[peer.id] = peer.keys.signing
        if not peer.address:
            continue
        try:
            witnessed += [Witnessed(**said) for said in fetch_witnessed(peer, at=timezone.now())]
        except Refusal as refusal:
            click.secho(f"· {peer.name} could not be asked: {refusal}", fg="yellow")
    return keys, witnessed


def show(report: Report) -> None:
    """The three zones, then every fault by name."""
    by = (
        f" by {', '.join(report.witnesses)}, {report.countersigned_at:%d %b %Y %H:%M}"
        if report.countersigned_at
        else ""
    )
    click.secho(f"countersigned   {report.countersigned:>9,} entries{by}", fg="green" if report.countersigned else None)
    click.echo(f"sealed only     {report.sealed - report.countersigned:>9,} entries")
    click.echo(f"not yet sealed  {report.unsealed:>9,} entries")
    if report.erased:
        click.echo(f"erased          {report.erased:>9,} entries keep their place without their facts")
    for fault in report.faults:
        where = f" at {fault.position}" if fault.position is not None else ""
        click.secho(f"✗ {FAULTS[fault.code]}{where} {fault.entry or ''} {fault.detail}".rstrip(), fg="red")
    if report.sound:
        click.secho("The journal holds.", fg="green")


@command.command()
def compare() -> None:
    """Rebuild the state from the journal and name every row that differs. Status 1 when one does."""
    open_node()
    result = compare_state()
    for difference in result.differences:
        fields = f" ({', '.join(difference.fields)})" if difference.fields else ""
        click.secho(f"✗ {difference.kind}: {difference.model} {difference.key}{fields}", fg="red")
    click.echo(f"{result.entries:,} entries replayed, {result.rows:,} rows compared, {len(result.differences)} differ.")
    if result.differences:
        sys.exit(1)

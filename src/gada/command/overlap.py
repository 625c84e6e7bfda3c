"""`gada overlap`: which people do we share with a partner?"""

from __future__ import annotations

from uuid import UUID

import click
from django.utils import timezone

from gada.command._acting import BY, acting
from gada.command._opening import open_node
from gada.exchange import services
from gada.exchange.models import OverlapRun


@click.group()
def command() -> None:
    """Find people in common without showing each other the rest."""


@command.command()
@click.argument("agreement", type=click.UUID)
@BY
def run(agreement: UUID, by: str) -> None:
    """Compare with the partner under an agreement, with progress; a cut run goes on with `gada overlap resume`."""
    open_node()
    started = services.start_overlap(operator=acting(by), agreement_id=agreement, at=timezone.now())
    click.echo(str(started.id))
    _drive(started.id)


@command.command()
@click.argument("run", type=click.UUID)
def resume(run: UUID) -> None:
    """Go on with a run that was cut."""
    open_node()
    _drive(run)


@command.command()
@click.argument("agreement", type=click.UUID)
@BY
def equality(agreement: UUID, by: str) -> None:
    """Prove with the partner that all settled values are equal, or name the people who differ."""
    open_node()
    found = services.prove_equality(operator=acting(by), agreement_id=agreement, at=timezone.now())
    word = "equal" if found.equal else f"{len(found.differing)} people differ"
    click.echo(
        f"{word}: {found.people} people, {found.waiting} fields waiting for a person, {found.at:%H:%M}"
    )
    for person in found.differing:
        click.echo(str(person))


@command.command("list")
def list_runs() -> None:
    """Every comparison: id, partner, state, people in common."""
    open_node()
    for each in OverlapRun.objects.select_related("peer"):
        links = each.figures.get("ours", {}).get("links", "–")
        click.echo(f"{each.id}  {each.peer.name}  {each.state}  {each.step}  {each.reason}  {links}")


def _drive(run_id: UUID) -> None:
    done = services.drive_overlap(
        run_id,
        at=timezone.now(),
        report=lambda step, number, total: click.echo(f"{number + 1}/{total} {step}", err=True),
    )
    for name, count in done.figures.get("ours", {}).items():
        click.echo(f"{name:18} {count:>9} {done.figures['theirs'].get(name, ''):>9}")

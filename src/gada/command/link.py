"""`gada link`: which of our people are linked with a partner's, by the digest that names a pair on both sides."""

from __future__ import annotations

from uuid import UUID

import click

from gada.command._opening import open_node
from gada.exchange.models import Link, PairCase


@click.group()
def command() -> None:
    """Links and open pairs under an agreement. PAIR is the same on both sides and says nothing about anybody."""


@command.command("list")
@click.argument("agreement", type=click.UUID)
def list_links(agreement: UUID) -> None:
    """Every link in force: pair, our person."""
    open_node()
    for link in Link.objects.filter(agreement_id=agreement, withdrawn_at=None).order_by("pair"):
        click.echo(f"{link.pair}  {link.person_id}")


@command.command()
@click.argument("agreement", type=click.UUID)
def pairs(agreement: UUID) -> None:
    """Pairs of whom a person must decide: case, pair, our person, our answer, their answer."""
    open_node()
    for case in PairCase.objects.filter(agreement_id=agreement).order_by("pair"):
        click.echo(f"{case.id}  {case.pair}  {case.person_id}  {case.our_answer or '-'}  {case.their_answer or '-'}")

"""`gada operator`: add people who work with this node, from the command line."""

from __future__ import annotations

from pathlib import Path

import click
from django.db import transaction
from django.utils import timezone

from gada.agencies.models import Operator, Site
from gada.agencies.rules import Role
from gada.agencies.services import assign_role, create_operator
from gada.command._acting import acting
from gada.command._opening import open_node, secret_from
from gada.engine.refusal import NotFound


@click.group()
def command() -> None:
    """Add operators and give them roles (the same is on the page “Operators”)."""


@command.command()
@click.option("--username", required=True)
@click.option("--name", required=True, help="As colleagues know them.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice(Role.values),
    help="May be given several times.",
)
@click.option("--site", help="Only at this site (default: all sites of the agency).")
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
@click.option("--by", "by_username", required=True, help="The administrator in whose name this is done.")
@click.option("--password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Else asked for.")
def create(
    username: str,
    name: str,
    roles: tuple[str, ...],
    site: str | None,
    language: str,
    by_username: str,
    password_file: Path | None,
) -> None:
    """Add an operator; they set up their codes at their first sign-in."""
    open_node()
    password = secret_from(password_file, f"Password of {username}", twice=True)
    by = Operator.objects.filter(username=by_username).first()
    if by is None:
        raise NotFound("operator-unknown", "There is no operator of this name: %(name)s", name=by_username)
    where = Site.objects.filter(agency=by.agency, name=site).first() if site else None
    if site and where is None:
        raise NotFound("site-unknown", "There is no site of this name: %(name)s", name=site)
    at = timezone.now()
    with transaction.atomic():
        operator = create_operator(username=username, name=name, password=password, language=language, by=by, at=at)
        for role in roles:
            assign_role(operator=operator, role=Role(role), site=where, by=by, at=at)
    click.secho(f"{name} may sign in as {username}: {', '.join(roles)}.", fg="green")


@command.command()
@click.option("--username", required=True)
@click.option("--days", default=30, show_default=True, help="How long it works; at most 90.")
def token(username: str, days: int) -> None:
    """Print a token with which a program acts as this operator. A new password ends it."""
    open_node()
    from gada.project.api import make_token
    from gada.project.middleware import use_secret_key

    use_secret_key()
    click.echo(make_token(acting(username), days=days))

"""In whose name a command acts, and the options that say it the same way everywhere."""

from __future__ import annotations

from pathlib import Path

import click

from gada.agencies.models import Operator
from gada.engine.refusal import NotFound

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
TARGET = click.Path(dir_okay=False, path_type=Path)
BY = click.option("--by", required=True, help="User name of the operator in whose name this is done.")


def acting(username: str) -> Operator:
    """The operator of this name. Whoever holds the passphrase of the node answers for naming them truly."""
    operator = Operator.objects.filter(username=username, is_active=True).first()
    if operator is None:
        raise NotFound("operator-unknown", "There is no operator of this name: %(name)s", name=username)
    return operator

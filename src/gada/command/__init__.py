"""The one console command: `gada` (also `python -m gada`). One file per noun; each offers `command`."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import click

from gada.engine.refusal import Refusal


class Rooms(click.Group):
    """Finds its commands in the files beside this one, and only loads the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_"))

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.list_commands(ctx):
            return None
        start_django()
        command: click.Command = import_module(f"{__name__}.{name}").command
        return command


@click.command(cls=Rooms, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--data",
    type=click.Path(file_okay=False),
    envvar="GADA_DATA",
    help="Directory of the node (default: var/node).",
)
@click.version_option(package_name="gada")
def gada(data: str | None) -> None:
    """Gada: register families with care, find who was registered twice, hand out aid to the right person,
    and let two agencies recognise the same people without handing each other their databases.

    Start with `gada node create`, then `gada serve`. `gada doctor` says what is wrong.
    """
    if data:
        os.environ["GADA_DATA"] = data


def start_django() -> None:
    """Set Django up once, before any room is loaded."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gada.project.settings")
    import django

    django.setup()


def main(arguments: list[str] | None = None) -> Any:
    """Run `gada`; an expected no ends with its sentence and status 1, never with a traceback."""
    try:
        return gada.main(args=arguments, standalone_mode=True)
    except Refusal as refusal:
        from gada.project.errors import text_of

        click.secho(f"{text_of(refusal)}  [{refusal.code}]", fg="red", err=True)
        sys.exit(1)

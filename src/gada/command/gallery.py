"""`gada gallery`: the fingerprints kept ready for searching."""

from __future__ import annotations

import time

import click

from gada.biometrics.gallery import InUse, rebuild_gallery, state_of_gallery
from gada.command._opening import open_node


@click.group()
def command() -> None:
    """The fingerprints kept ready for searching: what they hold, or build them again from the stored records."""


@command.command()
def state() -> None:
    """Say how many people can be found by their fingers."""
    open_node()
    show(state_of_gallery())


@command.command()
def rebuild() -> None:
    """Build everything again from the stored records (after a restore, or when files are damaged)."""
    open_node()
    began = time.monotonic()
    built = rebuild_gallery()
    click.echo(f"Built in {time.monotonic() - began:.1f} s.")
    show(built)


def show(found: InUse) -> None:
    files = list(found.folder.glob("*.gallery"))
    click.echo(f"people    {found.gallery.size:>10,}")
    click.echo(f"in memory {found.gallery.size - len(found.gallery.beyond):>10,}; the others are searched on disk")
    click.echo(f"on disk   {sum(file.stat().st_size for file in files):>10,} bytes in {len(files)} sealed files")
    click.echo(f"changes   read up to {found.stands_at:,}, saved up to {found.saved_at:,}")
    click.echo(f"journal   {found.journal_at:>10,} sealed entries are in it")
    click.echo(f"digest    {found.gallery.digest()}")

"""`python -m gada.story demo|serve|prints`: the story of two agencies, told and checked."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import click

from gada.engine.refusal import Refusal
from gada.story.chapters import (
    accounting,
    agreeing,
    coming_again,
    delivering,
    handing_out,
    leaving,
    opening,
    overlapping,
    registering,
)
from gada.story.plot import POSTS, Agency, Story, fingers_to_try, two_agencies
from gada.story.telling import Telling
from gada.story.world import World, build_world

CHAPTERS = (opening, registering, coming_again, agreeing, overlapping, delivering, handing_out, accounting, leaving)


@click.group()
def story() -> None:
    """Two agencies, one people: a fictitious world in which everything Gada does is done."""


@story.command()
@click.option("--seed", default=1, show_default=True, help="Another number makes another world.")
@click.option("--serve/--no-serve", default=True, help="Afterwards keep both nodes running until Ctrl-C.")
def demo(seed: int, serve: bool) -> None:
    """Build a world, play the story, show the table; status 1 if the story did not hold."""
    sys.exit(tell(build_world(seed=seed), serve=serve))


@story.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--seed", default=1, show_default=True)
@click.option("--most-images", type=int, help="Read at most so many images.")
@click.option("--serve/--no-serve", default=False)
def prints(directory: Path, seed: int, most_images: int | None, serve: bool) -> None:
    """The same story with the real fingerprint images of DIRECTORY."""
    from gada.story.real import build_real_world

    sys.exit(tell(build_real_world(directory, seed=seed, most_images=most_images), serve=serve))


@story.command("serve")
def serve_again() -> None:
    """Start both nodes of the last demo again."""
    a, b = two_agencies()
    for agency in (a, b):
        if not (agency.node.directory / "node" / "node.json").exists():
            raise click.ClickException("There is no demo yet: run make demo first.")
        agency.node.password = (agency.node.directory / "password").read_text()
        agency.node.start()
    keep_serving(a, b)


def tell(world: World, *, serve: bool) -> int:
    """Play every chapter; 0 when the story held."""
    a, b = two_agencies()
    story = Story(world=world, a=a, b=b, telling=Telling())
    began = time.monotonic()
    try:
        for chapter in CHAPTERS:
            chapter.tell(story)
        for name, value in world.figures().items():
            story.telling.figure(name, value)
        story.telling.figure("seconds altogether", f"{time.monotonic() - began:.0f}")
        click.echo(story.telling.table())
        if serve:
            keep_serving(a, b)
    finally:
        for agency in (a, b):
            agency.node.stop()
    return 0 if story.telling.held else 1


def keep_serving(a: Agency, b: Agency) -> None:
    """Both nodes in the foreground until Ctrl-C, with their addresses and logins."""
    click.echo(
        "\nBoth nodes are running; Ctrl-C ends them. On training nodes the sign-in page shows the one-time code.\n"
    )
    for agency in (a, b):
        click.secho(f"  {agency.node.name}: {agency.node.url}", bold=True)
        click.echo(f"    password of everybody: {agency.node.password}")
        for post, (name, roles) in {**POSTS, "admin": ("Administratrice", ("admin",))}.items():
            click.echo(f"    {post:<12} {name} — {', '.join(roles)}")
    if fingers_to_try().exists():
        click.echo(f"  Fingers to try: {fingers_to_try()} (whose.txt says whose they are)")
    # A plain end ends the nodes too, as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        while all(agency.node.process and agency.node.process.poll() is None for agency in (a, b)):
            time.sleep(1)
    except KeyboardInterrupt:
        click.echo("")
    finally:
        for agency in (a, b):
            agency.node.stop()


def main() -> None:
    """An expected no ends with its sentence, not with a traceback."""
    try:
        story()
    except Refusal as refusal:
        raise SystemExit(f"{refusal} [{refusal.code}]") from None


if __name__ == "__main__":
    main()

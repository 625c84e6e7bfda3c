"""A node as the story sees it: a data directory, a process that serves, and the `gada` command. Nothing else."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

STARTING_SECONDS = 60


class CommandFailed(Exception):
    """A `gada` command ended with a status other than 0; its words are the message."""


@dataclass
class StoryNode:
    """One agency's node: its own directory, database, keys, port and process."""

    letter: str
    name: str
    agency: str
    site: str
    directory: Path
    port: int
    password: str = field(default_factory=lambda: f"{secrets.token_hex(3)}-{secrets.token_hex(3)}")
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "GADA_DATA": str(self.directory / "node"),
            "GADA_PASSPHRASE_FILE": str(self.directory / "passphrase"),
            "GADA_IDLE_MINUTES": "240",
            "PYTHONUNBUFFERED": "1",
        }

    def create(self, *, kind: str = "humanitarian", country: str = "NER") -> None:
        """A fresh node; whatever lay here before is gone."""
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        (self.directory / "passphrase").write_text(secrets.token_hex(12))
        (self.directory / "password").write_text(self.password)
        self.run(
            "node",
            "create",
            "--training",
            "--name",
            self.name,
            "--agency",
            self.agency,
            "--country",
            country,
            "--kind",
            kind,
            "--site",
            self.site,
            "--admin",
            "admin",
            "--admin-name",
            "Administratrice",
            "--passphrase-file",
            str(self.directory / "passphrase"),
            "--admin-password-file",
            str(self.directory / "password"),
            "--sheets-file",
            str(self.directory / "recovery-sheets.txt"),
        )

    def run(self, *arguments: str, expect_failure: bool = False) -> str:
        """Run one `gada` command on this node; its output. Raises CommandFailed (or its absence, when expected)."""
        done = subprocess.run(
            [sys.executable, "-m", "gada", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        said = (done.stdout + done.stderr).strip()
        if (done.returncode != 0) is not expect_failure:
            raise CommandFailed(f"{self.name}: gada {' '.join(arguments)}\n{said}")
        return said

    def start(self) -> None:
        """Serve, and wait until the first page answers."""
        log = (self.directory / "serve.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gada", "serve", "--port", str(self.port)],
            env=self.environment,
            stdout=log,
            stderr=log,
        )
        deadline = time.monotonic() + STARTING_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise CommandFailed(f"{self.name} stopped at once: see {self.directory / 'serve.log'}")
            try:
                httpx.get(f"{self.url}/sign-in/", timeout=5)
                return
            except httpx.TransportError:
                time.sleep(0.2)
        raise CommandFailed(f"{self.name} did not answer within {STARTING_SECONDS} s")

    def stop(self) -> None:
        """End the node; its worker ends with it."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.process.kill()
            self.process = None


def free_port(wanted: int) -> int:
    """The wanted port of this machine, or another that nobody uses: always another for a story in a folder of its own,
    since two of them may begin at the same moment."""
    with socket.socket() as tried:
        try:
            tried.bind(("127.0.0.1", 0 if "GADA_STORY" in os.environ else wanted))
        except OSError:
            tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])

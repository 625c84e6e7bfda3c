"""A second node as a real process: its own keys, database and files. `call("name", ...)` runs a piece of work there.

The child runs the same program; what it is asked to do are the functions of `tests.exchange.deeds`.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class NodeProcess:
    """One node in a process of its own, reached by lines of JSON; it also serves HTTP on `port`."""

    def __init__(self, folder: Path, name: str, **identity: Any) -> None:
        self.folder, self.name, self.identity = folder, name, identity
        self.port = _free_port()
        self.process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        environment = {
            **os.environ,
            "GADA_DATA": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "gada.project.settings",
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "src"))),
            "GADA_LANGUAGE": "en",
        }
        environment.pop("DATABASE_URL", None)
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.exchange.deeds",
                str(self.port),
                json.dumps({"name": self.name, **self.identity}),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment,
        )
        assert self._read() == {"ready": True}

    def call(self, deed: str, **arguments: Any) -> Any:
        """Do something at that node; a refusal there comes back as {"refused": code}."""
        assert self.process is not None and self.process.stdin is not None
        self.process.stdin.write(json.dumps({"deed": deed, "arguments": arguments}) + "\n")
        self.process.stdin.flush()
        return self._read()

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=20)
            for stream in (self.process.stdin, self.process.stdout):
                if stream is not None:
                    stream.close()
        self.process = None

    def _read(self) -> Any:
        assert self.process is not None and self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"{self.name} died")
        said = json.loads(line)
        if isinstance(said, dict) and "failed" in said:
            raise AssertionError(f"{self.name}: {said['failed']}")
        return said


@contextmanager
def two_nodes(folder: Path, **second: Any) -> Iterator[tuple[NodeProcess, NodeProcess]]:
    """Node A (registers) and node B (hands out), both humanitarian unless said otherwise."""
    one = NodeProcess(folder / "a", "Inscription", country="SSD", kind="humanitarian")
    two = NodeProcess(folder / "b", "Vivres", **{"country": "SSD", "kind": "humanitarian", **second})
    try:
        one.start()
        two.start()
        yield one, two
    finally:
        one.kill()
        two.kill()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])

"""A PostgreSQL server for tests and benchmarks: made in a temporary folder, gone afterwards.

    with throwaway_postgres() as url: ...

Nothing of an installed server is used but its programs. As root it runs as another user, since
PostgreSQL refuses root. No fsync: a power cut costs nothing here.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from gada.command._postgres import find_program

START_SECONDS = 30
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "listen_addresses": "127.0.0.1",
    "logging_collector": "off",
}


@contextmanager
def throwaway_postgres(*, settings: dict[str, str] | None = None) -> Iterator[str]:
    """Yield `postgres://gada@127.0.0.1:PORT/postgres`. Raises RuntimeError with the server's own words."""
    programs = Path(find_program("initdb")).resolve().parent
    folder = Path(tempfile.mkdtemp(prefix="gada-pg-"))
    someone = _who_runs_it(folder)
    server: subprocess.Popen[bytes] | None = None
    try:
        made = subprocess.run(
            [
                programs / "initdb",
                "--pgdata",
                folder / "data",
                "--username",
                "gada",
                "--auth",
                "trust",
                "--encoding",
                "UTF8",
                "--locale",
                "C",
                "--no-sync",
            ],
            capture_output=True,
            text=True,
            cwd=folder,
            **someone,
        )
        if made.returncode:
            raise RuntimeError(f"initdb failed: {made.stderr.strip()}")
        port = _free_port()
        options = [
            part
            for name, value in {**SETTINGS, **(settings or {})}.items()
            for part in ("-c", f"{name}={value}")
        ]
        log = (folder / "log").open("wb")
        server = subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", "-p", str(port), "-k", folder, *options],
            stdout=log,
            stderr=log,
            cwd=folder,
            **someone,
        )
        _wait_until_it_answers(programs, port, server, folder / "log")
        yield f"postgres://gada@127.0.0.1:{port}/postgres"
    finally:
        if server is not None:
            # "immediate" closes the connections a failed test left open; there is nothing to save.
            subprocess.run(
                [programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "-s", "stop"], **someone
            )
            server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _who_runs_it(folder: Path) -> dict[str, Any]:
    """For root: the arguments that make a child another user, who then owns the folder."""
    if getattr(os, "geteuid", lambda: 1)() != 0:
        return {}
    for someone in ("postgres", "nobody"):
        with suppress(LookupError):
            shutil.chown(folder, user=someone)
            return {"user": someone, "extra_groups": []}
    raise RuntimeError("PostgreSQL refuses to run as root, and there is no other user here to run it")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_until_it_answers(programs: Path, port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < until:
        answer = subprocess.run([programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)])
        if answer.returncode == 0:
            return
        time.sleep(0.1)
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}")

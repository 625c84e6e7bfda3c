"""Playing the story in a process of its own, and serving its two nodes afterwards."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LONGEST_SECONDS = 1500


@dataclass(frozen=True, slots=True)
class Served:
    """One node of the story: its address, and the password of everybody."""

    url: str
    password: str


def told(*arguments: str, at: Path) -> str:
    """Tell the story in a folder of its own; what it printed. Fails with its table when it did not hold."""
    done = subprocess.run(
        [sys.executable, "-m", "gada.story", *arguments, "--no-serve"], env=_surroundings(at),
        capture_output=True, text=True, encoding="utf-8", timeout=LONGEST_SECONDS,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@contextmanager
def served(at: Path) -> Iterator[list[Served]]:
    """Both nodes of the story played there, running."""
    process = subprocess.Popen(
        [sys.executable, "-m", "gada.story", "serve"], env={**_surroundings(at), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE, text=True, encoding="utf-8",
    )
    assert process.stdout is not None
    nodes: list[Served] = []
    url = ""
    try:
        for line in process.stdout:
            if found := re.search(r"http://\S+", line):
                url = found.group()
            if found := re.search(r"password of everybody: (\S+)", line):
                nodes.append(Served(url, found.group(1)))
            if len(nodes) == 2:
                break
        assert len(nodes) == 2, "the nodes did not start"
        yield nodes
    finally:
        process.terminate()  # not Ctrl-C: whatever runs in the background may have been told to ignore it
        process.wait(timeout=60)
        process.stdout.close()


def _surroundings(at: Path) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("GADA_", "DATABASE_", "DJANGO_"))
    }
    return {**kept, "GADA_STORY": str(at)}

"""The whole story, on two node processes with separate databases, keys and files: every sentence of it must hold."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

LONGEST_SECONDS = 1500
MOST_IMAGES = 240


def told(*arguments: str, at: Path) -> str:
    """Tell the story in a folder of its own; what it printed. Fails with its table when it did not hold."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GADA_", "DATABASE_", "DJANGO_"))
    }
    done = subprocess.run(
        [sys.executable, "-m", "gada.story", *arguments, "--no-serve"], env={**environment, "GADA_STORY": str(at)},
        capture_output=True, text=True, encoding="utf-8", timeout=LONGEST_SECONDS,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_story_holds(seed: int, tmp_path: Path):
    assert "The story held." in told("demo", "--seed", str(seed), at=tmp_path)


def test_the_story_holds_with_real_prints(test_data: Path, tmp_path: Path):
    folder = test_data / "fingerprints" / "uareu"
    assert "The story held." in told("prints", str(folder), "--most-images", str(MOST_IMAGES), at=tmp_path)

"""Write the lock anew: `requirements/*.txt`, every package with its version and hashes.

    make lock                   the versions that stand, and what pyproject.toml newly asks for
    make lock UPGRADE=1         the newest versions

One resolution serves every system and Python ≥ 3.11. `overlap.txt` comes first because openmined-psi
asks for one exact protobuf: the other sets take their versions from it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMON = [
    "--universal",
    "--python-version",
    "3.11",
    "--generate-hashes",
    "--no-annotate",
    "--quiet",
    "--custom-compile-command",
    "make lock",
]
SAME_VERSIONS = ["--constraint", "requirements/overlap.txt"]
SETS: tuple[tuple[str, list[str]], ...] = (
    ("overlap.txt", ["--extra", "overlap", "pyproject.toml"]),
    ("base.txt", [*SAME_VERSIONS, "pyproject.toml"]),
    ("test.txt", [*SAME_VERSIONS, "--extra", "test", "pyproject.toml"]),
    ("build.txt", ["requirements/build.in"]),
)


def main(arguments: list[str]) -> int:
    for name, made_of in SETS:
        command = [sys.executable, "-m", "uv", "pip", "compile", *COMMON, *arguments, *made_of]
        done = subprocess.run([*command, "--output-file", f"requirements/{name}"], cwd=ROOT)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

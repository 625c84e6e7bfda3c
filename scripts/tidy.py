"""Mend what ruff can mend, and break the lines that are too long — those only: tables laid out by hand stay.

    python scripts/tidy.py [FILE ...]
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict

RUFF = (sys.executable, "-m", "ruff")


def main(paths: list[str]) -> int:
    subprocess.run([*RUFF, "check", "--fix", "--quiet", "--exit-zero", *(paths or ["."])])
    for path, rows in long_lines(paths).items():
        # From the bottom up, so that a broken line does not move the ones still to come.
        for row in sorted(rows, reverse=True):
            subprocess.run([*RUFF, "format", "--quiet", f"--range={row}:1-{row}:200", path])
    return subprocess.run([*RUFF, "check", "--output-format", "concise", *(paths or ["."])]).returncode


def long_lines(paths: list[str]) -> dict[str, list[int]]:
    """File -> the lines past the limit of `pyproject.toml`."""
    asked = [*RUFF, "check", "--select", "E501", "--output-format", "json", "--exit-zero", *(paths or ["."])]
    found: dict[str, list[int]] = defaultdict(list)
    for each in json.loads(subprocess.run(asked, capture_output=True, text=True, check=True).stdout):
        found[each["filename"]].append(each["location"]["row"])
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

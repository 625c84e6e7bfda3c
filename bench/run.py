"""Run the measurements one after the other, each in a process of its own, and keep what they say.

    make bench                 all of them
    make bench ONLY=linkage    one

A measurement is any program in `bench/`: it prints its figures and exits 0. What it printed is kept in
`bench/results/NAME.txt`, under a few lines that say on what machine and at which commit.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
SHAPING_PACKAGES = ("numpy", "numba", "onnxruntime", "django", "sqlcipher3", "psycopg")


def main(chosen: list[str]) -> int:
    programs = measurements()
    if unknown := sorted(set(chosen) - set(programs)):
        print(f"No such measurement: {', '.join(unknown)}. There are: {', '.join(programs)}")
        return 2
    failed = [name for name in chosen or programs if not measure(name)]
    if failed:
        print(f"Failed: {', '.join(failed)}")
    return 1 if failed else 0


def measurements() -> list[str]:
    programs = (path.stem for path in HERE.glob("*.py"))
    return sorted(name for name in programs if name != "run" and not name.startswith("_"))


def measure(name: str) -> bool:
    """Run one program, show what it prints as it prints it, and keep it when it succeeds."""
    print(f"\n== {name}", flush=True)
    started, said = time.monotonic(), []
    with subprocess.Popen(
        [sys.executable, "-u", "-m", f"bench.{name}"],
        cwd=HERE.parent,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as program:
        assert program.stdout is not None
        for line in program.stdout:
            print(line, end="", flush=True)
            said.append(line)
    if program.returncode:
        return False
    RESULTS.mkdir(exist_ok=True)
    heading = f"{name}, {time.monotonic() - started:.0f} s\n{circumstances()}\n\n"
    (RESULTS / f"{name}.txt").write_text(heading + "".join(said), "utf-8")
    return True


def circumstances() -> str:
    """When, at which commit, on what kind of machine: what one needs to compare two results."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=HERE, capture_output=True, text=True
    ).stdout.strip()
    packages = ", ".join(f"{package} {version(package)}" for package in SHAPING_PACKAGES)
    return (
        f"{datetime.now(UTC):%d %B %Y}, commit {commit or 'unknown'}\n"
        f"{processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}\n{packages}"
    )


def processor() -> str:
    described = Path("/proc/cpuinfo")
    lines = described.read_text("utf-8").splitlines() if described.exists() else []
    named = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return named or platform.processor() or "unknown processor"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

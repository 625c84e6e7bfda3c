"""Make sure that the programs the tests drive are here: PostgreSQL, Chromium and what its driver wants.

The clients that others wrote in JavaScript (tests/node) come with npm where that is; without it their tests are
skipped, with the reason.

As root on Debian or Ubuntu it installs what is missing with apt; anywhere else it says what to install.
Exit status 0 when everything is here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# Debian's package would start a database server of its own at installation; the tests start theirs.
NO_SERVER_AT_INSTALLATION = Path("/etc/postgresql-common/createcluster.d/gada-tests.conf")
NODE_CLIENTS = Path(__file__).resolve().parents[1] / "tests" / "node"


@dataclass(frozen=True, slots=True)
class Tool:
    """A program or library that tests need, how to see that it is here, and what it is called in Debian."""

    name: str
    is_here: Callable[[], bool]
    debian: str
    needed_for: str


def find_postgres() -> Path | None:
    """The folder with `initdb` and `postgres`; Debian keeps them off the PATH."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += [found.parent for found in sorted(Path("/usr/lib").glob("postgresql/*/bin/initdb"), reverse=True)]
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


def find_chromium() -> Path | None:
    """`GADA_CHROMIUM`, or Chromium or Chrome on the PATH, or the one that Playwright downloaded."""
    named = os.environ.get("GADA_CHROMIUM")
    if named:
        return Path(named)
    found = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None
    )
    if found:
        return Path(found)
    downloaded = sorted(Path.home().glob(".cache/ms-playwright/chromium-*/chrome-linux*/chrome"))
    return downloaded[-1] if downloaded else None


def has_library(name: str) -> bool:
    return not sys.platform.startswith("linux") or any(
        found for folder in ("/lib", "/usr/lib", "/usr/lib64") for found in Path(folder).glob(f"**/{name}*")
    )


def has_a_font() -> bool:
    return not sys.platform.startswith("linux") or any(Path("/usr/share/fonts").rglob("*.[to]tf"))


TOOLS = (
    Tool("PostgreSQL", lambda: find_postgres() is not None, "postgresql", "the same tests on PostgreSQL"),
    Tool("Chromium", lambda: find_chromium() is not None, "chromium", "the tests of pages"),
    Tool(
        "libatomic", lambda: has_library("libatomic.so.1"), "libatomic1", "Playwright, which drives Chromium"
    ),
    Tool("a system font", has_a_font, "fonts-dejavu-core", "Chromium"),
)


def main() -> int:
    install_node_clients()
    missing = [tool for tool in TOOLS if not tool.is_here()]
    if not missing:
        return 0
    packages = [tool.debian for tool in missing]
    if can_install():
        print(f"Installing for the tests, with apt: {' '.join(packages)}", flush=True)
        apt_install(packages)
        missing = [tool for tool in TOOLS if not tool.is_here()]
    for tool in missing:
        print(f"Missing: {tool.name}, for {tool.needed_for}.")
    if missing:
        print(f"On Debian or Ubuntu, as root: apt-get install {' '.join(tool.debian for tool in missing)}")
        print("Elsewhere install PostgreSQL (initdb on the PATH) and Chromium (its path in GADA_CHROMIUM).")
    return 1 if missing else 0


def install_node_clients() -> None:
    """What tests/node pins, exactly, when it is not there yet. A failure is said and skips those tests only."""
    npm, wanted = shutil.which("npm"), NODE_CLIENTS / "package-lock.json"
    here = NODE_CLIENTS / "node_modules" / ".package-lock.json"
    if npm is None or (here.exists() and here.stat().st_mtime >= wanted.stat().st_mtime):
        return
    print("Installing the JavaScript clients of the tests, with npm", flush=True)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=NODE_CLIENTS, capture_output=True, text=True)
    if done.returncode:
        print(f"{done.stderr[-2000:]}\nThe tests that drive them are skipped.")


def can_install() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(packages: list[str]) -> None:
    """Install quietly; what apt says is shown when it fails."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    hold_back = "postgresql" in packages and not Path("/etc/postgresql-common").exists()
    if hold_back:
        NO_SERVER_AT_INSTALLATION.parent.mkdir(parents=True, exist_ok=True)
        NO_SERVER_AT_INSTALLATION.write_text("create_main_cluster = false\n")
    try:
        for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
            done = subprocess.run(
                ["apt-get", "-q", *command], env=environment, capture_output=True, text=True
            )
            if done.returncode:
                print(done.stdout[-3000:] + done.stderr[-3000:])
                return
    finally:
        if hold_back:
            NO_SERVER_AT_INSTALLATION.unlink()


if __name__ == "__main__":
    sys.exit(main())

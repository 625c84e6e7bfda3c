"""What the architecture tests look at: the files of the project and what stands in them."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "gada"

# Rooms that people work in. Below them (engine, vault, journal) and above (project, command, story)
# the furniture differs.
BELOW_AND_ABOVE = {"engine", "vault", "journal", "project", "command", "story"}


@cache
def pyproject() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@cache
def rung_of() -> dict[str, int]:
    """Room -> its rung on the ladder; 0 is the lowest. The ladder is written once, in pyproject.toml."""
    layers = pyproject()["tool"]["importlinter"]["contracts"][0]["layers"]
    return {
        re.sub(r"[() ]", "", room): height
        for height, rung in enumerate(reversed(layers))
        for room in rung.split("|")
    }


@cache
def rooms() -> tuple[Path, ...]:
    return tuple(sorted(path.parent for path in SOURCE.glob("*/__init__.py")))


@cache
def python_files() -> tuple[Path, ...]:
    """Our own modules; migrations are written by Django."""
    return tuple(sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def furniture_of(path: Path) -> str:
    """`people/services/enrol.py` -> `services`."""
    parts = path.relative_to(SOURCE).parts
    return parts[1].removesuffix(".py") if len(parts) > 1 else ""


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything the module imports."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def calls(path: Path) -> Iterator[tuple[ast.Call, str]]:
    """Each call with the last part of the name called: `self.person.save()` -> `save`."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            called = node.func
            yield node, called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


@cache
def committed_files() -> tuple[Path, ...]:
    """Files that git knows, or would: tracked and new ones that are not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(path for line in listed.stdout.splitlines() if (path := ROOT / line).is_file())


def text_of(path: Path) -> str:
    """The text of a file, or nothing for pictures, fonts and the like."""
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode("utf-8", errors="replace")


def say(problems: list[str], how_to_mend: str) -> None:
    """Fail with one line per problem and the way to mend them."""
    assert not problems, "\n".join([*problems, "", f"How to mend: {how_to_mend}"])

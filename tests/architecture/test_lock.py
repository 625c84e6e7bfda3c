"""What is installed is what was written down: pyproject.toml, the lock, the decision and the notices agree."""

from __future__ import annotations

import re
import sys
from importlib.metadata import packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.source import ROOT, imports, name, pyproject, python_files, say

LOCKS = ("base.txt", "overlap.txt", "test.txt", "build.txt")
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


def locked(lock: str) -> dict[str, set[str]]:
    """Package -> its versions (an old Python may need an older one)."""
    versions: dict[str, set[str]] = {}
    for package, version in PINNED.findall((ROOT / "requirements" / lock).read_text("utf-8")):
        versions.setdefault(canonicalize_name(package), set()).add(version)
    return versions


def wanted(extra: str = "") -> list[Requirement]:
    project = pyproject()["project"]
    return [
        Requirement(line)
        for line in (project["optional-dependencies"][extra] if extra else project["dependencies"])
    ]


@pytest.mark.parametrize(
    ("lock", "extra"),
    [
        ("base.txt", ""),
        ("overlap.txt", ""),
        ("overlap.txt", "overlap"),
        ("test.txt", ""),
        ("test.txt", "test"),
    ],
)
def test_the_lock_holds_what_the_project_asks_for(lock: str, extra: str) -> None:
    held = locked(lock)
    problems = [
        f"{requirement}: {lock} holds {sorted(held.get(canonicalize_name(requirement.name), set())) or 'none'}"
        for requirement in wanted(extra)
        if not any(
            requirement.specifier.contains(version)
            for version in held.get(canonicalize_name(requirement.name), set())
        )
    ]
    say(problems, "make lock")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_held_by_its_hash_and_comes_from_anywhere(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text("utf-8")
    bare = [
        block.split()[0]
        for block in re.split(r"\n(?=[a-z])", text)
        if PINNED.match(block) and "--hash=sha256:" not in block
    ]
    hosts = [
        line
        for line in text.splitlines()
        if "://" in line or line.startswith(("--index", "--extra", "--find"))
    ]
    say([*bare, *hosts], "make lock; an index is chosen by whoever installs, not by the lock.")


def test_overlap_is_not_needed_on_a_laptop() -> None:
    assert "openmined-psi" not in locked("base.txt"), (
        "openmined-psi belongs to the extra `overlap` alone: it has no Windows wheel."
    )


def test_what_is_imported_is_declared() -> None:
    declared = {canonicalize_name(requirement.name) for requirement in [*wanted(), *wanted("overlap")]} | {
        "gada"
    }
    owners = packages_distributions()
    problems = [
        f"{name(path)}:{line}: {module}"
        for path in python_files()
        for line, module in imports(path)
        if (top := module.split(".")[0]) not in sys.stdlib_module_names
        and top in owners
        and not declared & {canonicalize_name(owner) for owner in owners[top]}
    ]
    say(
        problems,
        "add it to dependencies in pyproject.toml, make lock, and say why in docs/decisions/0003-dependencies.md.",
    )


def test_every_dependency_has_its_reason_and_its_notice() -> None:
    reasons = (ROOT / "docs/decisions/0003-dependencies.md").read_text("utf-8")
    notices = (ROOT / "THIRD_PARTY.md").read_text("utf-8")
    problems = [
        f"{package}: no reason"
        for requirement in [*wanted(), *wanted("overlap"), *wanted("test")]
        if f"**{(package := canonicalize_name(requirement.name))}**" not in reasons
    ]
    problems += [
        f"{package}: no notice"
        for package in {**locked("base.txt"), **locked("overlap.txt")}
        if f"| {package} |" not in notices
    ]
    say(
        problems,
        "two lines in docs/decisions/0003-dependencies.md; a line in THIRD_PARTY.md (make third-party shows licences).",
    )

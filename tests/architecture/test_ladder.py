"""Imports and foreign keys go down only; rooms on one rung never meet (design: the ladder)."""

from __future__ import annotations

import subprocess
import sys

from django.apps import apps

from tests.architecture.source import ROOT, rooms, rung_of, say


def test_imports_go_down_only() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as main; main()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, (
        f"{done.stdout}{done.stderr}\nHow to mend: move the code down, pass the value in as an argument, "
        "or say it in project/reactions.py; a room that is new goes into the layers in pyproject.toml."
    )


def test_every_room_has_its_rung() -> None:
    missing = [f"src/gada/{room.name} stands on no rung" for room in rooms() if room.name not in rung_of()]
    say(missing, "add the room to the layers in pyproject.toml, in the change that creates it.")


def test_foreign_keys_go_down_only() -> None:
    rung, problems = rung_of(), []
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.get_fields():
            if not field.is_relation or field.auto_created or not field.related_model:
                continue
            ours, theirs = model._meta.app_label, field.related_model._meta.app_label
            if ours in rung and theirs in rung and ours != theirs and rung[theirs] >= rung[ours]:
                problems.append(f"{model.__name__}.{field.name} points from {ours} up to {theirs}")
    say(problems, "hold a plain (type, public id) instead, or turn the key around.")

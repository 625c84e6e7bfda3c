"""Write what the documentation reads off the code: actions, refusals, and the commands in `docs/run.md`."""

from __future__ import annotations

import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.catalogue import refusals  # noqa: E402

WRITTEN_BY = "<!-- Written by `make docs` from the code. Change the code, not this page. -->"

COMMANDS_BEGIN, COMMANDS_END = "<!-- commands: written by `make docs` -->", "<!-- end of commands -->"


def main() -> int:
    start_django()
    for name, content in pages().items():
        (ROOT / "docs" / name).write_text(content, "utf-8")
        print(f"docs/{name}")
    return 0


def start_django() -> None:
    """With an empty data folder: nothing here reads or writes one."""
    os.environ.setdefault("GADA_DATA", str(Path(tempfile.gettempdir()) / "gada-docs"))
    os.environ["DJANGO_SETTINGS_MODULE"] = "gada.project.settings"
    import django

    django.setup()


def pages() -> dict[str, str]:
    """File name under docs/ -> what it should hold today."""
    return {
        "actions.md": actions_page(), "refusals.md": refusals_page(), "run.md": run_page(),
        "retention.md": retention_page(),
    }


def retention_page() -> str:
    """The classes of data and the copies, from config/retention.csv and config/copies.csv."""
    from gada.people.fields import FIELDS
    from gada.people.retention import classes, copies

    rows = []
    for each in classes().values():
        fields = " ".join(f"`{name}`" for name, said in FIELDS.items() if said.kept == each.name)
        days = [str(days) for days in each.figures.as_facts().values()] if each.figures else ["", "", ""]
        limits = f"{each.least}–{each.most}" if each.figures else ""
        waits = "yes" if each.children_wait else ""
        rows.append([*in_both(each.name.label), fields, each.basis, *days, limits, waits, each.then, each.en])
    head = [
        "French", "English", "fields", "legal basis", "days after the last contact", "after the end of the programme",
        "after a death or withdrawal", "limits", "children wait", "then", "why",
    ]
    kept = [[f"`{each.name}`", str(each.kept_for.days), each.fr, each.en] for each in copies().values()]
    return "\n".join([
        "# How long data are kept", "", WRITTEN_BY, "",
        "The clock only proposes; two people decide (decision [0008](decisions/0008-retention.md)).", "",
        table(head, rows), "", "## Copies that go by themselves", "",
        table(["copy", "days", "French", "English"], kept), "",
    ])


def actions() -> Iterator[tuple[str, Any]]:
    """Room and action, room after room as in the settings."""
    from django.apps import apps

    for room in apps.get_app_configs():
        if room.name.startswith("gada.") and find_spec(f"{room.name}.actions"):
            for action in import_module(f"{room.name}.actions").ACTIONS:
                yield room.name.removeprefix("gada."), action


def actions_page() -> str:
    by_room = defaultdict(list)
    for room, action in actions():
        by_room[room].append(
            [
                f"`{action.name}`",
                f"`{action.entry}`" if action.entry else "",
                *in_both(action.label),
                ", ".join(sorted(str(role) for role in action.roles)),
                action.purpose,
            ]
        )
    head = ["action", "entry in the journal", "French", "English", "roles", "purpose"]
    tables = [f"## {room}\n\n{table(head, rows)}" for room, rows in by_room.items()]
    return "\n".join(
        [
            "# What can happen, and who may do it",
            "",
            WRITTEN_BY,
            "",
            'Each service begins with `authorize(operator, "action", …)` and ends with its entry in the journal.',
            "",
            *tables,
        ]
    )


def refusals_page() -> str:
    seen: dict[str, list[Any]] = {}
    for no in refusals():
        french, english = in_both(no.message) if no.message else ("", "")
        row = seen.setdefault(no.code, [f"`{no.code}`", [], [], set()])
        if english not in row[1]:
            row[1].append(english)
            row[2].append(french)
        row[3].add(no.room)
    rows = [
        [
            code,
            "<br>".join(filter(None, french)),
            "<br>".join(filter(None, english)),
            ", ".join(sorted(where)),
        ]
        for code, english, french, where in seen.values()
    ]
    return "\n".join(
        [
            "# What Gada refuses, and what it says",
            "",
            WRITTEN_BY,
            "",
            "A refusal is a no that we expect. A page shows its sentence; the API answers with problem details",
            "(RFC 9457) of type `urn:gada:refusal:CODE`. `%(name)s` is filled in from the refusal's facts.",
            "",
            table(["code", "French", "English", "room"], rows),
        ]
    )


def run_page() -> str:
    """The page as it stands, its list of commands written anew."""
    before, _, rest = (ROOT / "docs" / "run.md").read_text("utf-8").partition(COMMANDS_BEGIN)
    _, _, after = rest.partition(COMMANDS_END)
    rows = [[f"`{name}`", command.get_short_help_str(limit=300)] for name, command in commands()]
    return f"{before}{COMMANDS_BEGIN}\n\n{table(['command', 'what it does'], rows)}\n{COMMANDS_END}{after}"


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command of `gada`, with its path: `gada journal verify`."""
    from gada.command import gada

    yield from _commands_under("gada", gada)


def _commands_under(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield path, command
        return
    with click.Context(command) as context:
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None:
                yield from _commands_under(f"{path} {name}", below)


def in_both(message: Any) -> tuple[str, str]:
    """A translatable text in French and in English."""
    from django.utils.translation import gettext, override

    said = []
    for language in ("fr", "en"):
        with override(language):
            said.append(gettext(message) if isinstance(message, str) else str(message))
    return said[0], said[1]


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", " ")


if __name__ == "__main__":
    sys.exit(main())

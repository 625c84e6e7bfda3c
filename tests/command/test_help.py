"""Every command says what it is for, in words a newcomer understands."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from gada.command import gada


def commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    context = click.Context(group)
    found: list[tuple[str, ...]] = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None and not command.hidden:
            found.append((*path, name))
            if isinstance(command, click.Group):
                found += commands(command, (*path, name))
    return found


ALL = commands(gada)


def command_at(path: tuple[str, ...]) -> click.Command:
    command: click.Command = gada
    for name in path:
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), name)  # type: ignore[assignment]
    return command


@pytest.mark.parametrize("path", [(), *ALL], ids=" ".join)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_is_there(path, option):
    done = CliRunner().invoke(gada, [*path, option])
    assert done.exit_code == 0, done.output
    assert done.output.startswith("Usage: ") and "--help" in done.output


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_says_what_it_does_in_a_sentence(path):
    said = (command_at(path).help or "").strip()
    assert len(said) > 20 and said[0].isupper() and said.splitlines()[0].rstrip()[-1] in ".:,", said


def test_the_first_help_names_every_command_and_where_to_start():
    said = CliRunner().invoke(gada, ["--help"]).output
    assert "gada node create" in said and "gada doctor" in said
    assert all(path[0] in said for path in ALL)


def test_an_unknown_command_is_a_clear_no():
    done = CliRunner().invoke(gada, ["nonsense"])
    assert done.exit_code == 2 and "No such command" in done.output


def test_python_m_gada_is_the_same_command():
    done = subprocess.run([sys.executable, "-m", "gada", "--version"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "gada" in done.stdout

"""The way in: views ask services, services decide and record, apply writes. And the program runs anywhere."""

from __future__ import annotations

import ast
import re

from tests.architecture.source import (
    BELOW_AND_ABOVE,
    calls,
    committed_files,
    furniture_of,
    imports,
    name,
    python_files,
    room_of,
    say,
    text_of,
    tree,
)

WRITES = {"save", "bulk_create", "bulk_update", "update_or_create", "get_or_create", "delete"}
WRITE_NOTHING = {"views", "api", "forms", "tasks", "queries", "rules"}
READ_NO_CLOCK = {"rules", "apply"}
CLOCKS = {"now", "utcnow", "today", "localdate", "time", "monotonic"}
NOT_ON_WINDOWS = ("fcntl", "pwd", "grp", "resource", "termios", "os.fork", "os.getuid", "os.geteuid")
PATHS_OF_A_MACHINE = re.compile(r"(?<![\w.:/-])/(?:work|farm|root|home/\w+)/")


def in_rooms() -> list:
    return [path for path in python_files() if room_of(path) not in BELOW_AND_ABOVE]


def test_only_apply_writes() -> None:
    problems = [
        f"{name(path)}:{call.lineno}: {ast.unparse(call.func)}()"
        for path in in_rooms()
        for call, called in calls(path)
        if called
        in (
            WRITES
            if furniture_of(path) in WRITE_NOTHING
            else {"save"}
            if furniture_of(path) == "services"
            else ()
        )
        and not _is_no_row(call)
    ]
    say(problems, "decide in the service, end it with journal.record, and write the rows in apply.py.")


def _is_no_row(call: ast.Call) -> bool:
    """`request.session.save()`, or a picture: unlike a row, a picture is told where it should go."""
    owner = ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    told_where = bool(call.args) and not isinstance(call.args[0], ast.Starred)
    return (ast.unparse(call.func).endswith(".save") and told_where) or any(
        word in owner for word in ("session", "client", "messages", "cache")
    )


def test_no_signals_and_no_save_overrides() -> None:
    problems = [
        f"{name(path)}:{line}: imports {what}"
        for path in python_files()
        for line, what in imports(path)
        if what.startswith(("django.db.models.signals", "django.dispatch"))
    ]
    problems += [
        f"{name(path)}:{node.lineno}: overrides save()"
        for path in python_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef) and node.name == "save" and furniture_of(path) == "models"
    ]
    say(
        problems, "say the consequence in project/reactions.py, where every consequence of everything stands."
    )


def test_rules_and_apply_read_no_clock() -> None:
    problems = [
        f"{name(path)}:{call.lineno}: {called}()"
        for path in in_rooms()
        if furniture_of(path) in READ_NO_CLOCK
        for call, called in calls(path)
        if called in CLOCKS and re.search(r"\b(timezone|datetime|date|time)\.\w+$", ast.unparse(call.func))
    ]
    say(problems, "time comes in as at=; the clock is read at the edge (view, command, task).")


def test_apply_asks_nobody() -> None:
    problems = [
        f"{name(path)}:{line}: imports {what}"
        for path in in_rooms()
        if furniture_of(path) == "apply"
        for line, what in imports(path)
        if re.match(r"gada\.\w+\.(services|rules|queries|views|forms)\b", what)
    ]
    say(
        problems,
        "apply is total: what it needs stands in the facts. Decide in the service, put the result into the facts.",
    )


def test_nothing_in_src_is_only_for_linux() -> None:
    problems = [
        f"{name(path)}:{line}: {what}"
        for path in python_files()
        for line, what in imports(path)
        if any(what == forbidden or what.startswith(f"{forbidden}.") for forbidden in NOT_ON_WINDOWS)
    ]
    problems += [
        f"{name(path)}:{node.lineno}: {ast.unparse(node)}"
        for path in python_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in NOT_ON_WINDOWS
    ]
    say(problems, "field laptops run Windows: use pathlib, subprocess, threading or multiprocessing (spawn).")


def test_no_path_of_one_machine_is_committed() -> None:
    problems = [
        f"{path}:{number}"
        for path in committed_files()
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if PATHS_OF_A_MACHINE.search(line)
    ]
    say(
        [problem for problem in problems if "test_ways.py" not in problem],
        "take the folder from an argument, a setting or a temporary directory.",
    )

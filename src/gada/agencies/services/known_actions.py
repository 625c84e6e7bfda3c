"""All actions of all rooms, by name. Filled once at start from each room's `actions.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec

from gada.agencies.rules import Action

_actions: dict[str, Action] = {}


def collect_actions(rooms: Iterable[str]) -> None:
    """Read `ACTIONS` of every room (dotted package names) that has an `actions.py`."""
    for room in rooms:
        if find_spec(f"{room}.actions") is None:
            continue
        for action in import_module(f"{room}.actions").ACTIONS:
            known = _actions.setdefault(action.name, action)
            if known is not action:
                raise AssertionError(f"two actions are called {action.name}")


def action_called(name: str) -> Action:
    """The action of this name. An unknown name is a mistake in our own code."""
    if name not in _actions:
        _collect_installed()
    return _actions[name]


def all_actions() -> Iterator[Action]:
    _collect_installed()
    yield from _actions.values()


def _collect_installed() -> None:
    from django.apps import apps

    collect_actions(app.name for app in apps.get_app_configs() if app.name.startswith("gada."))

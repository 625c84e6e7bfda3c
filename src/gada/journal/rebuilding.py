"""A second database in memory, filled by replaying entries through the same apply functions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.apps import apps
from django.db import connections
from django.db.utils import load_backend

ALIAS = "rebuild"
_rebuilding: ContextVar[bool] = ContextVar("rebuilding", default=False)
_arriving: ContextVar[bool] = ContextVar("arriving", default=False)


class RebuildRouter:
    """While rebuilding, every model reads and writes the in-memory database."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return ALIAS if _rebuilding.get() else None

    db_for_write = db_for_read

    def allow_relation(self, *objects: Any, **hints: Any) -> bool | None:
        return None


@contextmanager
def memory_database() -> Iterator[str]:
    """Today's tables, empty, in memory; gone afterwards. Nothing of it ever touches the disk."""
    options = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "OPTIONS": {}}
    configured = connections.configure_settings({"default": options})["default"]
    connections[ALIAS] = load_backend(options["ENGINE"]).DatabaseWrapper(configured, ALIAS)
    try:
        with connections[ALIAS].schema_editor() as editor:  # walking through every migration took ten times as long
            for model in apps.get_models():
                if model._meta.managed and not model._meta.proxy:
                    editor.create_model(model)
        with connections[ALIAS].cursor() as cursor:
            cursor.execute("PRAGMA temp_store=MEMORY")
            cursor.execute("PRAGMA foreign_keys=OFF")  # rows may name somebody whose entries were erased
        yield ALIAS
    finally:
        if (held := connections[ALIAS].connection) is not None:
            held.close()  # closing is what forgets an in-memory database
        del connections[ALIAS]


@contextmanager
def rebuilding() -> Iterator[None]:
    """Inside, apply functions write the in-memory database."""
    token = _rebuilding.set(True)
    try:
        yield
    finally:
        _rebuilding.reset(token)


@contextmanager
def arriving() -> Iterator[None]:
    """Inside, what is applied already happened at another node: nothing can be refused any more."""
    token = _arriving.set(True)
    try:
        yield
    finally:
        _arriving.reset(token)


def already_happened() -> bool:
    """Is what is applied now a repetition, here or from another node, and not a decision being made?"""
    return _rebuilding.get() or _arriving.get()

"""A trace is a function that is told each stage by name and its result, for explanation on screen."""

from __future__ import annotations

from collections.abc import Callable

Trace = Callable[[str, object], None]

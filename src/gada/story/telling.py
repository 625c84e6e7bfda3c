"""How the story is told on a terminal: a line per step as it happens, one table at the end."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Telling:
    """Steps with their seconds, figures with their names, and whatever did not hold."""

    quiet: bool = False
    seconds: dict[str, float] = field(default_factory=dict)
    figures: list[tuple[str, str]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """One step: its title at once, its seconds when it is done."""
        began = time.monotonic()
        self._say(f"  {title} ", end="")
        try:
            yield
        except BaseException:
            self._say("✗")
            raise
        self.seconds[title] = time.monotonic() - began
        self._say(f"✓ {self.seconds[title]:.1f} s")

    def chapter(self, title: str) -> None:
        self._say(f"\n{title}")

    def figure(self, name: str, value: object) -> None:
        """A line of the final table."""
        self.figures.append((name, f"{value:,}".replace(",", " ") if isinstance(value, int) else str(value)))

    def hold(self, what: str, held: bool, *, found: object = None) -> None:
        """A sentence the story stands or falls with."""
        if not held:
            self.broken.append(f"{what} (found: {found})" if found is not None else what)
        self._say(f"    {'✓' if held else '✗'} {what}" + ("" if held or found is None else f" — found {found}"))

    def table(self) -> str:
        """Every figure and the seconds of each step, aligned."""
        rows = [*self.figures, *((f"seconds: {title}", f"{spent:.1f}") for title, spent in self.seconds.items())]
        width = max(len(name) for name, _ in rows)
        lines = ["", "─" * (width + 24), *(f"{name:<{width}}  {value:>20}" for name, value in rows), "─" * (width + 24)]
        verdict = "The story held." if not self.broken else "The story did not hold:"
        return "\n".join([*lines, verdict, *(f"  ✗ {what}" for what in self.broken)])

    @property
    def held(self) -> bool:
        return not self.broken

    def _say(self, text: str, end: str = "\n") -> None:
        if not self.quiet:
            print(text, end=end, flush=True, file=sys.stdout)

"""Plots as plain SVG, by the standard library: a few panels with axes, ticks, lines and a legend.

Lines differ in dash and mark as well as in colour (Okabe and Ito's palette), so that they can be told apart
in black and white and by colour-blind readers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import log10
from typing import Final

STYLES: Final = (
    ("#0072b2", ""),
    ("#d55e00", "7 4"),
    ("#007a5a", "2 3"),
    ("#a3447c", "9 3 2 3"),
    ("#000000", "12 4"),
)
LEFT, TOP, GAP, UNDER = 64, 34, 24, 50
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Axis:
    """From `low` to `high`, by decades when `log`, else with `ticks`."""

    title: str
    low: float
    high: float
    log: bool = True
    ticks: Sequence[float] = ()

    def place(self, value: float) -> float:
        """0 at the low end, 1 at the high one; beyond when the value is."""
        if not self.log:
            return (value - self.low) / (self.high - self.low)
        return log10(max(value, self.low / 1e6) / self.low) / log10(self.high / self.low)

    def labels(self) -> list[tuple[float, str]]:
        """Places of the ticks, and what stands there."""
        if not self.log:
            return [(tick, f"{tick:g}") for tick in self.ticks]
        decades = range(round(log10(self.low)), round(log10(self.high)) + 1)
        return [(10.0**decade, f"10{str(decade).translate(_RAISED)}" if decade else "1") for decade in decades]


@dataclass(slots=True)
class Panel:
    """One plot; `parts` are SVG, in pixels from its upper left corner."""

    title: str
    across: Axis
    up: Axis
    width: int = 250
    height: int = 210
    parts: list[str] = field(default_factory=list)

    def line(self, points: Points, style: int, *, thick: float = 1.8) -> None:
        """A line through points in the units of the axes, cut at the frame."""
        if not points:
            return
        colour, dashes = STYLES[style]
        corners = " ".join("{:.1f},{:.1f}".format(*self._at(x, y)) for x, y in points)
        self.parts.append(
            f'<polyline points="{corners}" fill="none" stroke="{colour}" stroke-width="{thick}" '
            f'stroke-dasharray="{dashes}" clip-path="url(#frame)"/>'
        )

    def band(self, corners: Points) -> None:
        """A grey surface."""
        edge = " ".join("{:.1f},{:.1f}".format(*self._at(x, y)) for x, y in corners)
        self.parts.append(f'<polygon points="{edge}" fill="#e8e8e8" clip-path="url(#frame)"/>')

    def say(self, text: str) -> None:
        """Words at the lower left, where no line is."""
        self.parts.append(f'<text x="8" y="{self.height - 10}" font-style="italic">{text}</text>')

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return self.width * self.across.place(x), self.height * (1 - self.up.place(y))

    def drawn(self, left: int, top: int) -> str:
        """The panel with its frame, moved to its place in the picture."""
        w, h = self.width, self.height
        said = [f'<text x="{w / 2}" y="-10" text-anchor="middle" font-weight="bold">{self.title}</text>']
        for value, label in self.across.labels():
            x = w * self.across.place(value)
            said.append(f'<path d="M{x:.1f} 0V{h + 4}" stroke="#ccc"/>')
            said.append(f'<text x="{x:.1f}" y="{h + 18}" text-anchor="middle">{label}</text>')
        for value, label in self.up.labels():
            y = h * (1 - self.up.place(value))
            said.append(f'<path d="M-4 {y:.1f}H{w}" stroke="#ccc"/>')
            said.append(f'<text x="-8" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
        said.append(f'<text x="{w / 2}" y="{h + 38}" text-anchor="middle">{self.across.title}</text>')
        said.append(f'<text transform="translate(-44 {h / 2}) rotate(-90)" text-anchor="middle">{self.up.title}</text>')
        frame = f'<rect width="{w}" height="{h}" fill="none" stroke="#444"/>'
        bands = [part for part in self.parts if part.startswith("<polygon")]
        lines = [part for part in self.parts if not part.startswith("<polygon")]
        return f'<g transform="translate({left} {top})">' + "\n".join([*bands, *said, *lines, frame]) + "</g>"


def picture(panels: Sequence[Panel], legend: Sequence[tuple[int, str]], *, columns: int, note: str) -> str:
    """Panels of one size in rows, the legend under them; `note` is read aloud to who cannot see it."""
    wide, high = panels[0].width + LEFT + GAP, panels[0].height + TOP + UNDER
    rows, columns = -(-len(panels) // columns), min(columns, len(panels))
    width, height = columns * wide, rows * high + 18 * len(legend) + 14
    body = [
        panel.drawn((k % columns) * wide + LEFT, (k // columns) * high + TOP) for k, panel in enumerate(panels)
    ]
    for k, (style, meaning) in enumerate(legend):
        (colour, dashes), y = STYLES[style], rows * high + 18 * k + 12
        body.append(
            f'<path d="M{LEFT} {y}h48" stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"/>'
            f'<text x="{LEFT + 58}" y="{y + 4}">{meaning}</text>'
        )
    first = panels[0]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" font-family="sans-serif" font-size="12"><title>{note}</title>\n'
        f'<clipPath id="frame"><rect width="{first.width}" height="{first.height}"/></clipPath>\n'
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n' + "\n".join(body) + "\n</svg>\n"
    )

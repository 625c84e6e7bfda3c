"""Where the ink goes: geometry of the bar, line and spark charts, as plain values for templates.

Across, positions are percentages of the frame, so a chart fits any screen while its text keeps its
size; down, they are pixels, since the frame's height is fixed. Templates only print what is here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

TOP_PX, PLOT_PX, FOOT_PX = 28, 156, 30
HEIGHT_PX = TOP_PX + PLOT_PX + FOOT_PX
FLOOR_PX = TOP_PX + PLOT_PX
BAR_SHARE = 0.68  # of a bar's slot; the rest is air


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    value: float
    strong: bool
    left: str
    width: str
    middle: str
    top: int
    height: int
    above: int
    spare: bool  # its label may go on a narrow screen


@dataclass(frozen=True, slots=True)
class Segment:
    x1: str
    y1: str
    x2: str
    y2: str


@dataclass(frozen=True, slots=True)
class Dot:
    x: str
    y: str
    label: str
    value: float


@dataclass(frozen=True, slots=True)
class Line:
    label: str
    rank: int
    segments: tuple[Segment, ...]
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class Level:
    y: str
    value: float


def bars(rows: Iterable[Any], highlight: str | None = None) -> tuple[Bar, ...]:
    """One bar per (label, value); `highlight` names the strong one, by default the tallest."""
    pairs = _pairs(rows)
    if not pairs:
        return ()
    peak = max(value for _, value in pairs)
    strong = highlight if highlight is not None else next(label for label, value in pairs if value == peak)
    slot, every = 100 / len(pairs), math.ceil(len(pairs) / 6)
    drawn = []
    for index, (label, value) in enumerate(pairs):
        height = max(round(PLOT_PX * value / peak), 2) if peak > 0 and value > 0 else 0
        drawn.append(Bar(
            label=label, value=value, strong=label == strong,
            left=_percent(slot * (index + (1 - BAR_SHARE) / 2)), width=_percent(slot * BAR_SHARE),
            middle=_percent(slot * (index + 0.5)), top=FLOOR_PX - height, height=height,
            above=FLOOR_PX - height - 8, spare=index % every != 0,
        ))
    return tuple(drawn)


def lines(series: Sequence[Mapping[str, Any]]) -> tuple[tuple[Line, ...], tuple[Level, ...], tuple[Dot, ...]]:
    """Lines over a shared axis from zero: (lines, guide levels, ticks). `series`: [{label, points}]."""
    named = [(str(each["label"]), _pairs(each["points"])) for each in series]
    ceiling = _round_ceiling(max((value for _, points in named for _, value in points), default=0))
    drawn = tuple(
        Line(label, rank, _segments(dots), dots)
        for rank, (label, dots) in enumerate((label, _dots(points, ceiling)) for label, points in named)
    )
    levels = tuple(Level(_px(_height(part * ceiling, ceiling)), part * ceiling) for part in (0, 0.5, 1))
    longest = max((line.dots for line in drawn), key=len, default=())
    every = math.ceil(len(longest) / 6) or 1
    return drawn, levels, tuple(dot for index, dot in enumerate(longest) if index % every == 0)


def spark(values: Sequence[float], width: int = 120, height: int = 28) -> str:
    """The `points` of a polyline in a width x height box, two pixels of margin."""
    if not values:
        return ""
    low, high = min(values), max(values)
    span, step = (high - low) or 1, (width - 4) / max(len(values) - 1, 1)
    return " ".join(
        f"{2 + index * step:.1f},{height - 2 - (height - 4) * (value - low) / span:.1f}"
        for index, value in enumerate(values)
    )


def _pairs(rows: Iterable[Any]) -> list[tuple[str, float]]:
    return [
        (str(row["label"]), row["value"] or 0) if isinstance(row, Mapping) else (str(row[0]), row[1] or 0)
        for row in rows
    ]


def _dots(points: Sequence[tuple[str, float]], ceiling: float) -> tuple[Dot, ...]:
    slot = 100 / max(len(points), 1)
    return tuple(
        Dot(_percent(slot * (index + 0.5)), _px(_height(value, ceiling)), label, value)
        for index, (label, value) in enumerate(points)
    )


def _segments(dots: Sequence[Dot]) -> tuple[Segment, ...]:
    return tuple(Segment(a.x, a.y, b.x, b.y) for a, b in pairwise(dots))


def _height(value: float, ceiling: float) -> float:
    return FLOOR_PX - PLOT_PX * value / ceiling


def _round_ceiling(peak: float) -> float:
    """The next 1, 2 or 5 times a power of ten: guides then fall on numbers one can say."""
    if peak <= 0:
        return 1
    power = 10 ** math.floor(math.log10(peak))
    return next(step * power for step in (1, 2, 4, 5, 6, 8, 10) if step * power >= peak)


def _percent(value: float) -> str:
    return f"{value:.2f}%"


def _px(value: float) -> str:
    return f"{value:.1f}"

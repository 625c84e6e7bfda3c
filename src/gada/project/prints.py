"""Two fingerprints side by side with what corresponds: coordinates for the drawing.

Input follows ISO/IEC 19794-2: x to the right and y down in pixels of the image, angles in 256 steps
counter-clockwise from the right, pointing along the ridge.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ANGLE_STEPS = 256
GAP_SHARE = 0.16  # of the taller print: room for the connecting lines to be followed by eye


@dataclass(frozen=True, slots=True)
class Mark:
    x: str
    y: str
    tick_x: str
    tick_y: str
    matched: bool


@dataclass(frozen=True, slots=True)
class Side:
    left: str
    top: str
    width: int
    height: int
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Join:
    x1: str
    y1: str
    x2: str
    y2: str


@dataclass(frozen=True, slots=True)
class PrintPair:
    width: int
    height: int
    radius: str
    stroke: str
    left: Side
    right: Side
    joins: tuple[Join, ...]


def draw_pair(left: Any, right: Any, pairs: Sequence[tuple[int, int]]) -> PrintPair:
    """Lay two prints out on one canvas; `pairs` are (index on the left, index on the right).

    Each print is a mapping {width, height, minutiae: [(x, y, angle)]} or anything with `width`,
    `height` and parallel `x`, `y`, `angle`, such as an engine template.
    """
    (left_width, left_height, left_points), (right_width, right_height, right_points) = _read(left), _read(right)
    height = max(left_height, right_height)
    gap = round(height * GAP_SHARE)
    radius = height * 0.014
    left_top, right_top = (height - left_height) / 2, (height - right_height) / 2
    right_start = left_width + gap
    joins = tuple(
        Join(
            _px(left_points[a][0]), _px(left_points[a][1] + left_top),
            _px(right_points[b][0] + right_start), _px(right_points[b][1] + right_top),
        )
        for a, b in pairs
    )
    return PrintPair(
        width=left_width + gap + right_width, height=height, radius=_px(radius), stroke=_px(radius * 0.45),
        left=Side("0", _px(left_top), left_width, left_height,
                  _marks(left_points, {a for a, _ in pairs}, 0, left_top, radius)),
        right=Side(_px(right_start), _px(right_top), right_width, right_height,
                   _marks(right_points, {b for _, b in pairs}, right_start, right_top, radius)),
        joins=joins,
    )


def _read(print_: Any) -> tuple[int, int, list[tuple[float, float, int]]]:
    if isinstance(print_, Mapping):
        points = [(float(x), float(y), int(angle)) for x, y, angle in print_["minutiae"]]
        return int(print_["width"]), int(print_["height"]), points
    points = [
        (float(x), float(y), int(angle)) for x, y, angle in zip(print_.x, print_.y, print_.angle, strict=True)
    ]
    return int(print_.width), int(print_.height), points


def _marks(
    points: Sequence[tuple[float, float, int]], matched: Collection[int], left: float, top: float, radius: float
) -> tuple[Mark, ...]:
    drawn = []
    for index, (x, y, angle) in enumerate(points):
        turn = math.tau * angle / ANGLE_STEPS
        reach_x, reach_y = math.cos(turn), -math.sin(turn)
        drawn.append(Mark(
            _px(x + left), _px(y + top),
            _px(x + left + reach_x * radius * 2.8), _px(y + top + reach_y * radius * 2.8), index in matched,
        ))
    # What corresponds is drawn last, on top.
    return tuple(sorted(drawn, key=lambda mark: mark.matched))


def _px(value: float) -> str:
    return f"{value:.1f}"

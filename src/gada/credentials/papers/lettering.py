"""Letters on paper: each run of a name in a font that has it, Arabic and N'Ko joined and from right to left.

What the plain font has is written as text. The rest is shaped by HarfBuzz and drawn as outlines, so that every printer
shows the same and no name becomes a row of boxes.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

import uharfbuzz
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import FILL_NON_ZERO, Canvas

from gada.engine.paper import BOLD, FILES, PLAIN, font_path

OTHERS = ("arabic", "nko")
BOLD_WEIGHT = 700
RIGHT_TO_LEFT = (("\u0590", "\u08ff"), ("\ufb1d", "\ufdff"), ("\ufe70", "\ufeff"))
NOWHERE = "\u00b7"  # for a letter that no font has, not even without its accents; the number beside it still tells


@dataclass(frozen=True, slots=True)
class Run:
    """Letters that one font has."""

    text: str
    font: str

    @property
    def is_plain(self) -> bool:
        return self.font in FILES


def runs_of(text: str, *, bold: bool = False) -> list[Run]:
    """The text in pieces, from left to right as they stand on paper."""
    plain, runs = BOLD if bold else PLAIN, list[Run]()
    for sign in text:
        before = runs[-1].font if runs else plain
        font, shown = _font_of(sign, plain, before), sign
        if not font:
            shown = unicodedata.normalize("NFD", sign)[0]
            font = _font_of(shown, plain, before)
        if not font:
            font, shown = plain, NOWHERE
        if runs and runs[-1].font == font:
            runs[-1] = Run(runs[-1].text + shown, font)
        else:
            runs.append(Run(shown, font))
    leading = next((sign for sign in text if sign.isalpha()), "")
    return runs[::-1] if _goes_left(leading) else runs


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """How much room the text takes, in points."""
    return sum(_run_width(run, size, bold=bold) for run in runs_of(text, bold=bold))


def write(canvas: Canvas, x: float, y: float, text: str, size: float, *, bold: bool = False) -> float:
    """Write from x on the line y; gives where it ended."""
    for run in runs_of(text, bold=bold):
        if run.is_plain:
            canvas.setFont(run.font, size)
            canvas.drawString(x, y, run.text)
        else:
            _draw(canvas, x, y, run, size, bold=bold)
        x += _run_width(run, size, bold=bold)
    return x


def wrapped(text: str, size: float, width: float, *, bold: bool = False) -> list[str]:
    """The text in lines of at most this width; a word that is longer stands alone."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, size, bold=bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def fitted(
    text: str, *, largest: float, smallest: float, width: float, most_lines: int, bold: bool = False
) -> tuple[float, list[str]]:
    """The largest size at which the text fits into so many lines of this width; at the smallest it is cut."""
    size = largest
    while True:
        lines = wrapped(text, size, width, bold=bold)
        fits = len(lines) <= most_lines and all(width_of(line, size, bold=bold) <= width for line in lines)
        if fits or size <= smallest:
            return size, [_cut(line, size, width, bold=bold) for line in lines[:most_lines]]
        size -= 0.5


def _cut(line: str, size: float, width: float, *, bold: bool) -> str:
    if width_of(line, size, bold=bold) <= width:
        return line
    while line and width_of(f"{line}…", size, bold=bold) > width:
        line = line[:-1]
    return f"{line}…"


def _font_of(sign: str, plain: str, before: str) -> str:
    """The font for a sign; a space or a mark stays with what comes before it. Empty when none has it."""
    if not sign.isalnum() and sign in _signs(before):
        return before
    return next((font for font in (plain, PLAIN, *OTHERS) if sign in _signs(font)), "")


def _goes_left(sign: str) -> bool:
    return any(first <= sign <= last for first, last in RIGHT_TO_LEFT) or "\u07c0" <= sign <= "\u07ff"


@cache
def _face(font: str) -> Any:
    return uharfbuzz.Face(uharfbuzz.Blob.from_file_path(font_path(FILES.get(font, font))))


@cache
def _signs(font: str) -> frozenset[str]:
    return frozenset(chr(code) for code in _face(font).unicodes)


@cache
def _shaper(font: str, bold: bool) -> Any:
    shaper = uharfbuzz.Font(_face(font))
    if bold:
        shaper.set_variations({"wght": BOLD_WEIGHT})
    return shaper


@cache
def _shaped(run: Run, bold: bool) -> tuple[tuple[int, int, int, int], ...]:
    """(glyph, advance, x, y) in units of the font, from left to right."""
    buffer = uharfbuzz.Buffer()
    buffer.add_str(run.text)
    buffer.guess_segment_properties()
    uharfbuzz.shape(_shaper(run.font, bold), buffer)
    return tuple(
        (glyph.codepoint, place.x_advance, place.x_offset, place.y_offset)
        for glyph, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)
    )


def _run_width(run: Run, size: float, *, bold: bool) -> float:
    if run.is_plain:
        return float(pdfmetrics.stringWidth(run.text, run.font, size))
    units = sum(advance for _, advance, _, _ in _shaped(run, bold))
    return float(units * size / _face(run.font).upem)


def _draw(canvas: Canvas, x: float, y: float, run: Run, size: float, *, bold: bool) -> None:
    scale, path = size / _face(run.font).upem, canvas.beginPath()
    for glyph, advance, across, up in _shaped(run, bold):
        pen = _Pen(path, x + across * scale, y + up * scale, scale)
        _shaper(run.font, bold).draw_glyph_with_pen(glyph, pen)
        x += advance * scale
    canvas.drawPath(path, stroke=0, fill=1, fillMode=FILL_NON_ZERO)  # outlines of one letter may overlap


class _Pen:
    """Takes outlines as HarfBuzz gives them and adds them to a path; a quadratic curve becomes a cubic one."""

    def __init__(self, path: Any, x: float, y: float, scale: float) -> None:
        self._path, self._x, self._y, self._scale = path, x, y, scale
        self._at = (0.0, 0.0)

    def moveTo(self, point: tuple[float, float]) -> None:
        self._at = point
        self._path.moveTo(*self._placed(point))

    def lineTo(self, point: tuple[float, float]) -> None:
        self._at = point
        self._path.lineTo(*self._placed(point))

    def qCurveTo(self, control: tuple[float, float], point: tuple[float, float]) -> None:
        first, second = ((end[0] + 2 * (control[0] - end[0]) / 3, end[1] + 2 * (control[1] - end[1]) / 3)
                         for end in (self._at, point))
        self.curveTo(first, second, point)

    def curveTo(self, *points: tuple[float, float]) -> None:
        self._at = points[-1]
        self._path.curveTo(*(number for point in points for number in self._placed(point)))

    def closePath(self) -> None:
        self._path.close()

    endPath = closePath

    def _placed(self, point: tuple[float, float]) -> tuple[float, float]:
        return self._x + point[0] * self._scale, self._y + point[1] * self._scale

"""Tokens on paper: 24 to a sheet of A4, to cut; or strips around a wrist, seven to a sheet. Drawing, without I/O."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO

import segno
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from gada.engine.paper import BOLD, INK, MUTED, PLAIN, install_fonts

Face = tuple[str, str]  # what the eye reads, what the square code holds
COLUMNS, ROWS = 3, 8
TOKEN = (A4[0] / COLUMNS, A4[1] / ROWS)  # 70 × 37 mm: also a common sheet of labels
BAND = (A4[1], 30 * mm)  # 297 × 30 mm
BANDS = 7
QUIET = 4  # squares of white around the code (ISO/IEC 18004)


def draw_sheets(faces: Sequence[Face], *, title: str, sweep: str, words: str) -> bytes:
    """The PDF, one token per face. The same faces give the same bytes."""
    places = [(column * TOKEN[0], A4[1] - (row + 1) * TOKEN[1]) for row in range(ROWS) for column in range(COLUMNS)]
    return _draw(faces, A4, places, TOKEN, title, lambda canvas, face: _token(canvas, face, sweep, words))


def draw_bands(faces: Sequence[Face], *, title: str, sweep: str, words: str) -> bytes:
    """The PDF, one strip per face; the end without print is where it is glued."""
    places = [(0.0, A4[0] - (row + 1) * BAND[1]) for row in range(BANDS)]
    return _draw(faces, landscape(A4), places, BAND, title, lambda canvas, face: _band(canvas, face, sweep, words))


def _draw(
    faces: Sequence[Face], page: tuple[float, float], places: Sequence[tuple[float, float]], size: tuple[float, float],
    title: str, draw: Callable[[Canvas, Face], None],
) -> bytes:
    install_fonts()
    body = BytesIO()
    canvas = Canvas(body, pagesize=page, invariant=1, pageCompression=1)
    canvas.setTitle(title)
    canvas.setCreator("Gada")
    for start in range(0, len(faces), len(places)):
        for face, (x, y) in zip(faces[start : start + len(places)], places, strict=False):
            canvas.saveState()
            canvas.translate(x, y)
            canvas.setStrokeColor(MUTED)
            canvas.setLineWidth(0.3)
            canvas.setDash(2, 2)
            canvas.rect(0, 0, *size)
            draw(canvas, face)
            canvas.restoreState()
        canvas.showPage()
    canvas.save()
    return body.getvalue()


def _token(canvas: Canvas, face: Face, sweep: str, words: str) -> None:
    side = 23 * mm
    _code(canvas, face[1], 3 * mm, (TOKEN[1] - side) / 2, side)
    x, width = 28 * mm, TOKEN[0] - 31 * mm
    _line(canvas, x, 21 * mm, face[0], 12.5, width, bold=True)
    _line(canvas, x, 15.5 * mm, sweep, 7, width)
    for index, line in enumerate(_wrapped(words, 6.5, width)[:3]):
        _line(canvas, x, 11 * mm - index * 3 * mm, line, 6.5, width, color=MUTED)


def _band(canvas: Canvas, face: Face, sweep: str, words: str) -> None:
    side = 22 * mm
    for x in (8 * mm, 150 * mm):  # twice: one is outside whichever way it is glued
        _code(canvas, face[1], x, (BAND[1] - side) / 2, side)
        _line(canvas, x + side + 3 * mm, 17 * mm, face[0], 20, 80 * mm, bold=True)
        _line(canvas, x + side + 3 * mm, 11 * mm, sweep, 8, 80 * mm)
        _line(canvas, x + side + 3 * mm, 7 * mm, words, 7, 80 * mm, color=MUTED)


def _code(canvas: Canvas, text: str, x: float, y: float, side: float) -> None:
    """The square code (ISO/IEC 18004, alphanumeric, level M: a token is carried in a pocket)."""
    made = segno.make(text, mode="alphanumeric", error="m", boost_error=True, micro=False)
    rows = [[bool(square) for square in row] for row in made.matrix]
    step = side / (len(rows) + 2 * QUIET)
    canvas.setFillColor(INK)
    path = canvas.beginPath()
    for down, row in enumerate(rows):
        for across, dark in enumerate(row):
            if dark:
                path.rect(x + (across + QUIET) * step, y + side - (down + QUIET + 1) * step, step, step)
    canvas.drawPath(path, stroke=0, fill=1)


def _line(
    canvas: Canvas, x: float, y: float, text: str, size: float, width: float, *, bold: bool = False,
    color: HexColor = INK,
) -> None:
    """A line made smaller until it fits."""
    font = BOLD if bold else PLAIN
    while pdfmetrics.stringWidth(text, font, size) > width and size > 5:
        size -= 0.25
    while text and pdfmetrics.stringWidth(text, font, size) > width:
        text = text[:-1]
    canvas.setFillColor(color)
    canvas.setFont(font, size)
    canvas.drawString(x, y, text)


def _wrapped(text: str, size: float, width: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and pdfmetrics.stringWidth(longer, PLAIN, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines

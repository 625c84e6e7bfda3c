"""Faces on paper: five cards on A4 to cut and fold, one side a page for a card printer, four slips on A4."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from gada.credentials.papers.faces import CARD, MUTED, SLIP, draw_back, draw_front, draw_slip
from gada.credentials.papers.shown import Face
from gada.engine.paper import install_fonts

CARDS_ON_A4, SLIPS_ON_A4 = 5, 4
MARK = 4 * mm  # how long a cut mark is
LEFT, BOTTOM = (A4[0] - 2 * CARD[0]) / 2, (A4[1] - CARDS_ON_A4 * CARD[1]) / 2


def draw_sheets(faces: Sequence[Face], *, paper: str, title: str) -> bytes:
    """The PDF, one copy per face. The same faces give the same bytes."""
    install_fonts()
    body = BytesIO()
    canvas = Canvas(body, pagesize=CARD if paper == "printer" else A4, invariant=1, pageCompression=1)
    canvas.setTitle(title)
    canvas.setCreator("Gada")
    {"card": _cards, "printer": _one_by_one, "slip": _slips}[paper](canvas, faces)
    canvas.save()
    return body.getvalue()


def pages_of(count: int, *, paper: str) -> int:
    """How many sheets so many copies take."""
    each = {"card": CARDS_ON_A4, "slip": SLIPS_ON_A4}.get(paper)
    return -(-count // each) if each else 2 * count


def _cards(canvas: Canvas, faces: Sequence[Face]) -> None:
    """Front and back side by side: printed on one side, cut once around, folded once."""
    for start in range(0, len(faces), CARDS_ON_A4):
        part = faces[start : start + CARDS_ON_A4]
        for row, face in enumerate(part):
            y = A4[1] - BOTTOM - (row + 1) * CARD[1]
            for x, draw in ((LEFT, draw_front), (LEFT + CARD[0], draw_back)):
                canvas.saveState()
                canvas.translate(x, y)
                draw(canvas, face)
                canvas.restoreState()
        _cut_marks(canvas, rows=len(part))
        canvas.showPage()


def _cut_marks(canvas: Canvas, *, rows: int) -> None:
    """Lines outside the cards, so that nothing is printed where the knife may slip; the fold is dashed."""
    top, right, gap = A4[1] - BOTTOM, A4[0] - LEFT, 1 * mm
    lowest = top - rows * CARD[1]
    canvas.setStrokeColor(MUTED)
    canvas.setLineWidth(0.3)
    for row in range(rows + 1):
        y = top - row * CARD[1]
        canvas.line(LEFT - gap - MARK, y, LEFT - gap, y)
        canvas.line(right + gap, y, right + gap + MARK, y)
    for x in (LEFT, A4[0] / 2, right):
        canvas.setDash([1.5, 1.5] if x == A4[0] / 2 else [])
        canvas.line(x, top + gap, x, top + gap + MARK)
        canvas.line(x, lowest - gap, x, lowest - gap - MARK)


def _one_by_one(canvas: Canvas, faces: Sequence[Face]) -> None:
    for face in faces:
        for draw in (draw_front, draw_back):
            draw(canvas, face)
            canvas.showPage()


def _slips(canvas: Canvas, faces: Sequence[Face]) -> None:
    for start in range(0, len(faces), SLIPS_ON_A4):
        for place, face in enumerate(faces[start : start + SLIPS_ON_A4]):
            canvas.saveState()
            canvas.translate(place % 2 * SLIP[0], A4[1] - (place // 2 + 1) * SLIP[1])
            draw_slip(canvas, face)
            canvas.restoreState()
        canvas.setStrokeColor(MUTED)
        canvas.setLineWidth(0.3)
        canvas.setDash(2, 2)
        canvas.line(A4[0] / 2, 0, A4[0] / 2, A4[1])
        canvas.line(0, A4[1] / 2, A4[0], A4[1] / 2)
        canvas.showPage()

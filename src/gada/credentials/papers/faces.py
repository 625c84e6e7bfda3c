"""How a card is drawn: front and back of an ID-1 card, and a slip of A6."""

from __future__ import annotations

from io import BytesIO

from reportlab.lib.colors import HexColor, white
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from gada.credentials.papers.lettering import fitted, wrapped, write
from gada.credentials.papers.shown import Face
from gada.credentials.papers.symbols import QUIET, Symbol, symbol_for
from gada.engine.paper import INK, LINE, MUTED

CARD = (85.6 * mm, 53.98 * mm)  # ISO/IEC 7810, ID-1
SLIP = (105 * mm, 148.5 * mm)  # a quarter of A4
# The tokens of the pages (gada.css), so that paper and screen are one.
DEEP, WARN = HexColor(0x063B3C), HexColor(0x8A5200)
CARD_CODE_MM, SLIP_CODE_MM = 42.0, 58.0
# Both languages stand on every card: whoever reads it at a barrier did not choose the language of the node.
NOT_LEGAL = ("Carte fonctionnelle, pas une pièce d’identité légale.", "Functional card, not a legal identity document.")
SLIP_NOT_LEGAL = (
    "Coupon fonctionnel, pas une pièce d’identité légale.", "Functional slip, not a legal identity document.",
)
FOUND = ("Trouvée ? Rendez-la à :", "Found? Please return to:")
TRAINING = "FORMATION · TRAINING"


def draw_front(canvas: Canvas, face: Face) -> None:
    """The side with the photo; the origin lies at its lower left corner."""
    width, height = CARD
    _band(canvas, face.agency, "CARTE · CARD", width=width, top=height, depth=9 * mm)
    left, right = 4 * mm, width - 4 * mm
    if face.photo:
        _photo(canvas, face.photo, left, height - 40 * mm, 22 * mm, 28 * mm)
        left += 25.5 * mm
    size, lines = fitted(face.name, largest=12, smallest=7.5, width=right - left, most_lines=2, bold=True)
    y = height - 12.5 * mm - size * 0.75
    canvas.setFillColor(INK)
    for line in lines:
        write(canvas, left, y, line, size, bold=True)
        y -= size * 1.25
    y -= 1 * mm
    if face.sex:
        _labelled(canvas, left, y, "Sexe · Sex", face.sex)
    _labelled(canvas, left + (15 * mm if face.sex else 0), y, "Naissance · Birth", face.birth)
    _labelled(canvas, left, height - 36 * mm, "Imprimée le · Printed", f"{face.printed_on}   {face.serial}")
    _number(canvas, face.number, 4 * mm, 4 * mm, 15)
    if face.training:
        _training(canvas, right, 5 * mm, 7)


def draw_back(canvas: Canvas, face: Face) -> None:
    """The side with the QR code."""
    width, height = CARD
    side = CARD_CODE_MM * mm
    _code(canvas, symbol_for(face.codes, side_mm=CARD_CODE_MM), 2 * mm, (height - side) / 2, side)
    left, y = 46 * mm, height - 8 * mm
    room = width - left - 3.5 * mm
    for index, text in enumerate(NOT_LEGAL):
        y = _paragraph(canvas, left, y, text, 7.2 - 0.5 * index, room, bold=not index) - 1.2 * mm
    y -= 2 * mm
    canvas.setStrokeColor(LINE)
    canvas.line(left, y + 2.2 * mm, width - 3.5 * mm, y + 2.2 * mm)
    y -= 2 * mm
    for text in FOUND:
        y = _paragraph(canvas, left, y, text, 6, room, color=MUTED)
    y -= 0.6 * mm
    _paragraph(canvas, left, y, face.agency, 7, room, bold=True)
    canvas.setFillColor(MUTED)
    write(canvas, left, 5 * mm, face.number, 6.5)
    if face.training:
        _training(canvas, width - 3.5 * mm, 9 * mm, 6)


def draw_slip(canvas: Canvas, face: Face) -> None:
    """The same on a quarter of A4."""
    width, height = SLIP
    left, right = 9 * mm, width - 9 * mm
    _band(canvas, face.agency, "COUPON · SLIP", width=width, top=height - 7 * mm, depth=10 * mm, inset=9 * mm)
    x, y = left, height - 22 * mm
    if face.photo:
        _photo(canvas, face.photo, left, y - 32 * mm, 25.6 * mm, 32 * mm)
        x += 29 * mm
    size, lines = fitted(face.name, largest=15, smallest=9, width=right - x, most_lines=2, bold=True)
    canvas.setFillColor(INK)
    y -= size * 0.75
    for line in lines:
        write(canvas, x, y, line, size, bold=True)
        y -= size * 1.3
    y -= 1 * mm
    if face.sex:
        _labelled(canvas, x, y, "Sexe · Sex", face.sex)
    _labelled(canvas, x + (16 * mm if face.sex else 0), y, "Naissance · Birth", face.birth)
    y = height - (64 if face.photo else 50) * mm
    _number(canvas, face.number, left, y, 19)
    side = SLIP_CODE_MM * mm
    _code(canvas, symbol_for(face.codes, side_mm=SLIP_CODE_MM), (width - side) / 2, y - side - 1 * mm, side)
    y -= side + 4 * mm
    for index, text in enumerate(SLIP_NOT_LEGAL):
        y = _paragraph(canvas, left, y, text, 8, right - left, bold=not index)
    canvas.setFillColor(MUTED)
    write(canvas, left, 6 * mm, f"Imprimé le · Printed {face.printed_on}   {face.serial}", 6.5)
    if face.training:
        _training(canvas, right, 6 * mm, 7)


def _band(
    canvas: Canvas, agency: str, kind: str, *, width: float, top: float, depth: float, inset: float = 0
) -> None:
    canvas.setFillColor(DEEP)
    canvas.rect(inset, top - depth, width - 2 * inset, depth, stroke=0, fill=1)
    canvas.setFillColor(white)
    size, lines = fitted(agency, largest=9.5, smallest=6, width=width - 2 * inset - 31 * mm, most_lines=2, bold=True)
    y = top - depth / 2 + (len(lines) - 1) * size * 0.6 - size * 0.35
    for line in lines:
        write(canvas, inset + 4 * mm, y, line, size, bold=True)
        y -= size * 1.2
    canvas.setFont("Gada", 6.5)
    canvas.drawRightString(width - inset - 4 * mm, top - depth / 2 - 2, kind)


def _photo(canvas: Canvas, photo: bytes, x: float, y: float, width: float, height: float) -> None:
    canvas.saveState()
    frame = canvas.beginPath()
    frame.rect(x, y, width, height)
    canvas.clipPath(frame, stroke=0)
    image = ImageReader(BytesIO(photo))
    across, up = image.getSize()
    scale = max(width / across, height / up)
    canvas.drawImage(image, x + (width - across * scale) / 2, y + (height - up * scale) / 2, across * scale, up * scale)
    canvas.restoreState()
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.4)
    canvas.rect(x, y, width, height, stroke=1, fill=0)


def _labelled(canvas: Canvas, x: float, y: float, label: str, value: str) -> None:
    canvas.setFillColor(MUTED)
    write(canvas, x, y, label, 5.5)
    canvas.setFillColor(INK)
    write(canvas, x, y - 3.4 * mm, value, 8.5)


def _number(canvas: Canvas, number: str, x: float, y: float, size: float) -> None:
    canvas.setFillColor(MUTED)
    write(canvas, x, y + size * 0.95, "N°", 5.5)
    canvas.setFillColor(INK)
    write(canvas, x, y, number, size, bold=True)


def _paragraph(
    canvas: Canvas, x: float, y: float, text: str, size: float, width: float, *, bold: bool = False, color: object = INK
) -> float:
    canvas.setFillColor(color)
    for line in wrapped(text, size, width, bold=bold):
        write(canvas, x, y, line, size, bold=bold)
        y -= size * 1.3
    return y


def _training(canvas: Canvas, right: float, y: float, size: float) -> None:
    canvas.setFillColor(WARN)
    canvas.setFont("Gada-Bold", size)
    canvas.drawRightString(right, y, TRAINING)


def _code(canvas: Canvas, symbol: Symbol, x: float, y: float, side: float) -> None:
    """One path of all dark squares, runs of a row in one piece: no hairlines between neighbours."""
    square, path = side / symbol.squares, canvas.beginPath()
    for row, squares in enumerate(symbol.rows):
        top = y + side - (row + QUIET + 1) * square
        start = None
        for column, dark in enumerate([*squares, False]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                path.rect(x + (start + QUIET) * square, top, (column - start) * square, square)
                start = None
    canvas.setFillColor(HexColor(0x000000))
    canvas.drawPath(path, stroke=0, fill=1)

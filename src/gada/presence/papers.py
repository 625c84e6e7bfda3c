"""Drawing the list of notices, A4, in both languages. It reads and writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from gada.credentials.papers.lettering import wrapped, write
from gada.engine.paper import INK, LINE, MUTED, install_fonts

WIDTH, HEIGHT = A4
MARGIN, FOOT = 18 * mm, 20 * mm
COLUMNS = (MARGIN, 70 * mm, 92 * mm, 150 * mm)
ROW = 11 * mm
TITLE = ("Avis aux familles", "Notice to families")
WORDS = (
    "Nous n’avons pas revu ces familles. Rien ne change pour elles jusqu’à la date indiquée : elles reçoivent l’aide "
    "comme avant. Venez : il suffit d’être vu une fois. Se présenter ou faire recours ne coûte rien.",
    "We have not seen these families again. Nothing changes for them until the date given: they receive aid as before. "
    "Come: being seen once is enough. Coming or appealing costs nothing.",
)
HEADINGS = (("Famille", "Family"), ("", ""), ("Motif", "Reason"), ("Jusqu’au", "Until"))


@dataclass(frozen=True, slots=True)
class Line:
    """One family as it stands on a wall: its number and initials, never a name."""

    number: str
    initials: str
    not_seen: bool
    missed: int
    until: date  # the last day of grace; where notice is given by this very list, counted from today


def draw_notices(
    lines: Sequence[Line], *, campaign: str, site: str, agency: str, appeal_at: str, told_apart: int, printed_by: str,
    printed_at: datetime,
) -> bytes:
    """The list as a PDF; every page says where to appeal and who printed it, when."""
    install_fonts()
    sink = BytesIO()
    canvas = Canvas(sink, pagesize=A4, pageCompression=1)
    canvas.setTitle(f"{TITLE[0]} · {TITLE[1]}")
    left, page = list(lines), 1
    while True:
        y = _head(canvas, campaign, f"{agency} · {site}", appeal_at)
        while left and y > FOOT + ROW:
            y = _row(canvas, left.pop(0), y)
        if not lines:
            write(canvas, MARGIN, y - 6 * mm, "Aucune famille · No family", 11)
        _foot(canvas, page, printed_by, printed_at, told_apart)
        canvas.showPage()
        if not left:
            break
        page += 1
    canvas.save()
    return sink.getvalue()


def _head(canvas: Canvas, campaign: str, where: str, appeal_at: str) -> float:
    y = HEIGHT - 22 * mm
    canvas.setFillColor(INK)
    write(canvas, MARGIN, y, " · ".join(TITLE), 18, bold=True)
    y -= 7 * mm
    write(canvas, MARGIN, y, f"{where} · {campaign}", 11)
    y -= 7 * mm
    for words in (*WORDS, f"Recours · Appeal: {appeal_at}"):
        for line in wrapped(words, 10.5, width=WIDTH - 2 * MARGIN):
            write(canvas, MARGIN, y, line, 10.5, bold=words not in WORDS)
            y -= 5 * mm
        y -= 1.5 * mm
    y -= 2 * mm
    canvas.setFillColor(MUTED)
    for x, (french, english) in zip(COLUMNS, HEADINGS, strict=True):
        write(canvas, x, y, f"{french} · {english}" if french else "", 9)
    y -= 2.5 * mm
    _rule(canvas, y)
    return y


def _row(canvas: Canvas, line: Line, y: float) -> float:
    canvas.setFillColor(INK)
    write(canvas, COLUMNS[0], y - 6 * mm, line.number, 11, bold=True)
    write(canvas, COLUMNS[1], y - 6 * mm, line.initials, 11)
    french, english = [], []
    if line.not_seen:
        french.append("pas vue pendant la campagne")
        english.append("not seen in the campaign")
    if line.missed:
        french.append(f"{line.missed} distributions manquées")
        english.append(f"{line.missed} distributions missed")
    write(canvas, COLUMNS[2], y - 4.5 * mm, ", ".join(french), 9)
    write(canvas, COLUMNS[2], y - 8.5 * mm, ", ".join(english), 9)
    write(canvas, COLUMNS[3], y - 6 * mm, f"{line.until:%d.%m.%Y}", 11)
    _rule(canvas, y - ROW)
    return y - ROW


def _foot(canvas: Canvas, page: int, printed_by: str, printed_at: datetime, told_apart: int) -> None:
    canvas.setFillColor(MUTED)
    words = f"{printed_by} · {printed_at:%d.%m.%Y %H:%M} · {page}"
    if told_apart:
        words += f" · +{told_apart} (de vive voix · told in person)"
    write(canvas, MARGIN, 12 * mm, words, 8.5)


def _rule(canvas: Canvas, y: float) -> None:
    canvas.setStrokeColor(LINE)
    canvas.line(MARGIN, y, WIDTH - MARGIN, y)

"""A report on A4, typeset by ReportLab: the page's words and drawings, page numbers, and how to check the sheet."""

from __future__ import annotations

from functools import partial
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.graphics.shapes import Circle, Drawing, Group, Line, Rect, String
from reportlab.lib.colors import HexColor, white
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from gada.engine.paper import BOLD, INK, LINE, MUTED, PLAIN, SUNK, install_fonts
from gada.matching.reports.content import Bar, Content, Stamp, Tile, Whisker
from gada.matching.reports.content import Table as TableOf

MARGIN, FOOT = 18 * mm, 27 * mm
WIDTH = A4[0] - 2 * MARGIN
# The tokens of the pages (gada.css), so that paper and screen are one.
ACCENT, DEEP, SOFT, WAIT = HexColor(0x0B5A5B), HexColor(0x063B3C), HexColor(0x9CC3BF), HexColor(0x8A5200)
PARTS = {"same": ACCENT, "different": SOFT, "unsure": WAIT, "open": white}
BAR_HEIGHT = 4.2 * mm


def draw_report(content: Content, stamp: Stamp) -> bytes:
    """The PDF. The same words and figures on the same day give the same bytes."""
    install_fonts()
    body = BytesIO()
    template = PageTemplate(
        id="sheet", frames=[Frame(MARGIN, FOOT, WIDTH, A4[1] - FOOT - 26 * mm, 0, 0, 0, 0)],
        onPage=partial(_furnish, stamp=stamp),
    )
    document = BaseDocTemplate(
        body, pagesize=A4, pageTemplates=[template], title=content.title, author=stamp.office,
        subject=f"{content.lead} · {stamp.serial}", creator="Gada", invariant=1,
    )
    document.build(_story(content, stamp), canvasmaker=partial(_Counting, page_of=stamp.page_of))
    return body.getvalue()


def _style(size: float, *, bold: bool = False, color: Any = INK, **more: Any) -> ParagraphStyle:
    name = f"{size}{bold}{color.hexval()}{sorted(more.items())}"
    return ParagraphStyle(
        name, fontName=BOLD if bold else PLAIN, fontSize=size, leading=size * 1.36, textColor=color, **more
    )


def _words(text: str, size: float, **style: Any) -> Paragraph:
    return Paragraph(escape(_printable(text)), _style(size, **style))


def _printable(text: str) -> str:
    """The thin space of figures is not in the fonts of the paper."""
    return text.replace("\u202f", "\u00a0")


def _story(content: Content, stamp: Stamp) -> list[Flowable]:
    heading = partial(_words, size=12, bold=True, color=DEEP, spaceBefore=4 * mm, spaceAfter=1.5 * mm)
    story: list[Flowable] = [
        _words(content.title, 19, bold=True, color=DEEP), _words(content.lead, 11, color=MUTED, spaceAfter=3 * mm),
        _boxed(content.finding), Spacer(0, 3 * mm), _tiles(content.tiles),
        KeepTogether([heading(content.bars_title), _legend(content), *map(_bar, content.bars)]),
        KeepTogether([
            heading(content.alarms_title), _words(content.alarms_lead, 9, color=MUTED, spaceAfter=1.5 * mm),
            *map(_whisker, content.alarms),
        ]),
    ]
    for table in content.tables:
        lead = [_words(table.lead, 9, color=MUTED, spaceAfter=1 * mm)] if table.lead else []
        parts = [heading(table.title), *lead, _table(table)]
        story += [KeepTogether(parts)] if len(table.rows) <= 20 else parts
    notes = [_words(f"• {note}", 9, color=MUTED, spaceAfter=1 * mm, leftIndent=8, firstLineIndent=-8)
             for note in content.notes]
    facts = [[_words(label, 9, color=MUTED), _words(value, 9)] for label, value in stamp.facts]
    made = Table(facts, colWidths=[28 * mm, WIDTH - 28 * mm], hAlign="LEFT")
    made.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *_padding(1, 0)]))
    return [*story, KeepTogether([heading(stamp.notes_title), *notes, Spacer(0, 2 * mm), made])]


def _padding(upright: float, sideways: float) -> list[tuple[Any, ...]]:
    every = ((0, 0), (-1, -1))
    return [
        ("TOPPADDING", *every, upright), ("BOTTOMPADDING", *every, upright), ("LEFTPADDING", *every, sideways),
        ("RIGHTPADDING", *every, sideways),
    ]


def _boxed(text: str) -> Table:
    box = Table([[_words(text, 11.5, bold=True, color=DEEP)]], colWidths=[WIDTH])
    box.setStyle(TableStyle([
        ("BACKGROUND", (0, 0), (-1, -1), HexColor(0xE2F0EE)), ("LINEBEFORE", (0, 0), (0, -1), 3, ACCENT),
        *_padding(7, 10),
    ]))
    return box


def _tiles(tiles: tuple[Tile, ...]) -> Table:
    cells = [[_words(t.label, 9, color=MUTED), _words(t.value, 19, bold=True), _words(t.note, 8, color=MUTED)]
             for t in tiles]
    grid = Table([cells], colWidths=[WIDTH / len(cells)] * len(cells))
    grid.setStyle(TableStyle([
        ("VALIGN", (0, 0), (-1, -1), "TOP"), ("BOX", (0, 0), (-1, -1), 0.6, LINE),
        ("LINEAFTER", (0, 0), (-2, -1), 0.6, LINE), *_padding(6, 8),
    ]))
    return grid


def _legend(content: Content) -> Drawing:
    drawing, x = Drawing(WIDTH, 6 * mm), 0.0
    for answer, label in content.legend:
        drawing.add(_piece(answer, x, 1.6 * mm, 3 * mm, 3 * mm))
        drawing.add(String(x + 4.2 * mm, 2 * mm, label, fontName=PLAIN, fontSize=9, fillColor=MUTED))
        x += 10 * mm + pdfmetrics.stringWidth(label, PLAIN, 9)
    return drawing


def _piece(answer: str, x: float, y: float, width: float, height: float) -> Rect:
    dashed = {"strokeDashArray": (2, 1.5), "strokeColor": MUTED} if answer == "open" else {"strokeColor": white}
    return Rect(x, y, width, height, fillColor=PARTS[answer], strokeWidth=0.6, **dashed)


def _row(label: str, note: str, value: str) -> tuple[Drawing, float, float, float]:
    """A line of a chart: words left, the figure right; the drawing between them goes from x1 to x2 around y."""
    small = _wrapped(_printable(note), 68 * mm)
    height = 9.8 * mm if len(small) == 1 else 12.6 * mm
    drawing, y = Drawing(WIDTH, height), height - 4 * mm
    drawing.add(String(0, y, label, fontName=BOLD, fontSize=9.5, fillColor=INK))
    for number, line in enumerate(small, start=1):
        drawing.add(String(0, y - 3.3 * number * mm, line, fontName=PLAIN, fontSize=8, fillColor=MUTED))
    figure = _printable(value)
    drawing.add(String(WIDTH, y - 1.6 * mm, figure, fontName=BOLD, fontSize=11, fillColor=INK, textAnchor="end"))
    return drawing, 72 * mm, WIDTH - 16 * mm, y - 0.4 * mm


def _bar(bar: Bar) -> Drawing:
    drawing, left, right, y = _row(bar.label, bar.note, bar.value)
    bottom, width = y - BAR_HEIGHT / 2, right - left
    drawing.add(Rect(left, bottom, width, BAR_HEIGHT, fillColor=SUNK, strokeColor=None))
    for piece in bar.pieces:
        drawing.add(_piece(piece.answer, left + piece.start * width, bottom, piece.length * width, BAR_HEIGHT))
    return drawing


def _wrapped(text: str, width: float) -> list[str]:
    """At most two lines of small print."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if len(lines) == 1 and pdfmetrics.stringWidth(longer, PLAIN, 8) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _whisker(each: Whisker) -> Drawing:
    drawing, left, right, y = _row(each.label, each.note, each.value)
    width, group = right - left, Group()
    group.add(Line(left, y, right, y, strokeColor=LINE, strokeWidth=0.6))
    for tick in (0, 0.5, 1):
        group.add(Line(left + tick * width, y - 3, left + tick * width, y + 3, strokeColor=LINE, strokeWidth=0.6))
    if each.known:
        low, high = left + each.low * width, left + each.high * width
        for x1, y1, x2, y2 in ((low, y, high, y), (low, y - 3, low, y + 3), (high, y - 3, high, y + 3)):
            group.add(Line(x1, y1, x2, y2, strokeColor=ACCENT, strokeWidth=1.4))
        group.add(Circle(left + each.share * width, y, 2.8, fillColor=ACCENT, strokeColor=white, strokeWidth=0.6))
    drawing.add(group)
    return drawing


def _table(table: TableOf) -> Table:
    def cells(row: tuple[str, ...], **style: Any) -> list[Paragraph]:
        first, *others = row
        return [_words(first, 9, **style), *(_words(cell, 9, alignment=TA_RIGHT, **style) for cell in others)]

    columns = len(table.heads)
    first = WIDTH * (0.34 if columns > 3 else 0.4)
    rest = (WIDTH - first) / (columns - 1)
    widths = [first, *([rest] * (columns - 1))] if columns != 3 else [first, 24 * mm, WIDTH - first - 24 * mm]
    rows = [cells(row, bold=table.has_sum and row is table.rows[-1]) for row in table.rows]
    drawn = Table([cells(table.heads, bold=True, color=MUTED), *rows], colWidths=widths, repeatRows=1)
    drawn.setStyle(TableStyle([
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("LINEBELOW", (0, 0), (-1, 0), 0.9, DEEP),
        ("LINEBELOW", (0, 1), (-1, -1), 0.4, LINE), *_padding(2.5, 3),
    ]))
    return drawn


def _furnish(canvas: Canvas, _document: BaseDocTemplate, *, stamp: Stamp) -> None:
    """Head and foot of every sheet."""
    canvas.saveState()
    top = A4[1] - 15 * mm
    canvas.setFillColor(DEEP)
    canvas.setFont(BOLD, 10.5)
    canvas.drawString(MARGIN, top, stamp.office)
    canvas.setFont(PLAIN, 9)
    canvas.setFillColor(MUTED)
    canvas.drawRightString(A4[0] - MARGIN, top, stamp.node)
    canvas.setStrokeColor(DEEP)
    canvas.setLineWidth(1.5)
    canvas.line(MARGIN, top - 3 * mm, A4[0] - MARGIN, top - 3 * mm)
    if stamp.training:
        canvas.setFont(BOLD, 10)
        canvas.setFillColor(INK)
        canvas.drawCentredString(A4[0] / 2, top - 8 * mm, stamp.training)
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.6)
    canvas.line(MARGIN, 23 * mm, A4[0] - MARGIN, 23 * mm)
    canvas.setFont(BOLD, 10)
    canvas.setFillColor(INK)
    canvas.drawString(MARGIN, 18 * mm, f"{stamp.serial_label} {stamp.serial}")
    canvas.setFont(PLAIN, 8)
    canvas.setFillColor(MUTED)
    canvas.drawString(MARGIN, 13.5 * mm, stamp.check)
    canvas.restoreState()


class _Counting(Canvas):  # type: ignore[misc]
    """Writes « page 2 of 3 » on each sheet: how many there are is known at the end."""

    def __init__(self, *arguments: Any, page_of: str, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._page_of, self._sheets = page_of, []  # type: tuple[str, list[dict[str, Any]]]

    def showPage(self) -> None:
        self._sheets.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for number, sheet in enumerate(self._sheets, start=1):
            self.__dict__.update(sheet)
            self.setFont(PLAIN, 9)
            self.setFillColor(MUTED)
            text = self._page_of.format(page=number, pages=len(self._sheets))
            self.drawRightString(A4[0] - MARGIN, 18 * mm, text)
            Canvas.showPage(self)
        Canvas.save(self)

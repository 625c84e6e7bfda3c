"""What everything printed is set in: the fonts that come with the program, and the colours of the pages (gada.css)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from reportlab.lib.colors import HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

PLAIN, BOLD = "Gada", "Gada-Bold"
FILES: Final = {PLAIN: "regular", BOLD: "bold"}
INK, MUTED, LINE, SUNK = HexColor(0x1A1F24), HexColor(0x4A535C), HexColor(0xD5D1C6), HexColor(0xF1EFE8)
_FONTS: Final = Path(__file__).parents[1] / "project" / "static" / "gada" / "fonts"


def font_path(file: str) -> str:
    """Where a font lies: `regular`, `bold`, `arabic` or `nko`."""
    return str(_FONTS / f"noto-sans-{file}.ttf")


@cache
def install_fonts() -> None:
    """Make the plain fonts known to ReportLab."""
    for name, file in FILES.items():
        pdfmetrics.registerFont(TTFont(name, font_path(file)))
    pdfmetrics.registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD)

"""A workbook of plain text (ECMA-376 Part 1, SpreadsheetML), written row by row: nothing in it is ever a formula.

The libraries that write such files put every sheet into a temporary file first, unencrypted; this one goes to the sink.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO, Final
from xml.sax.saxutils import escape, quoteattr

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_SHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_WORKSHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
MOST_ROWS: Final = 1_048_576
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_ROOM: Final = " " * 4096  # so that no dressed workbook is too small to be locked
_CORE: Final = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"


@dataclass(frozen=True, slots=True)
class Dress:
    """What a workbook says about itself: in its properties, and above and below every printed page."""

    title: str
    subject: str
    creator: str
    header: str
    footer: str
    widths: tuple[tuple[int, ...], ...] = ()  # of each sheet's columns, in characters


def write_workbook(
    sink: IO[bytes], sheets: Sequence[tuple[str, Iterable[Sequence[object]]]], *, dress: Dress | None = None
) -> None:
    """Write sheets (name of at most 31 characters, rows) to `sink`; numbers stay numbers, all else is text.

    Raises ValueError for a sheet of more than 1 048 576 rows.
    """
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        numbers = range(1, len(sheets) + 1)
        archive.writestr("[Content_Types].xml", _types(numbers, dressed=dress is not None))
        parts = [("rId1", f"{_RELATIONS}/officeDocument", "xl/workbook.xml")]
        if dress is not None:
            parts.append(("rId2", f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"))
            archive.writestr("docProps/core.xml", _properties(dress), compress_type=zipfile.ZIP_STORED)
        archive.writestr("_rels/.rels", _relations(parts))
        archive.writestr("xl/workbook.xml", _workbook([name for name, _rows in sheets]))
        archive.writestr("xl/_rels/workbook.xml.rels", _relations([
            (f"rId{number}", f"{_RELATIONS}/worksheet", f"worksheets/sheet{number}.xml") for number in numbers
        ]))
        for number, (_name, rows) in enumerate(sheets, start=1):
            with archive.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True) as sheet:
                sheet.write(f'{_HEAD}<worksheet xmlns="{_MAIN}">{_columns(dress, number)}<sheetData>'.encode())
                for count, row in enumerate(rows, start=1):
                    if count > MOST_ROWS:
                        raise ValueError("a sheet holds at most 1 048 576 rows")
                    sheet.write(f"<row>{''.join(map(_cell, row))}</row>".encode())
                sheet.write(f"</sheetData>{_margins(dress)}</worksheet>".encode())


def safe_cell(value: object) -> object:
    """A cell of a CSV file that no spreadsheet runs: text that begins like a formula gets a ' before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _cell(value: object) -> str:
    if isinstance(value, bool):
        value = "yes" if value else "no"
    if isinstance(value, int | float):
        return f"<c><v>{value}</v></c>"
    text = _NOT_XML.sub("", "" if value is None else str(value))
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>' if text else "<c/>"


def _columns(dress: Dress | None, number: int) -> str:
    widths = dress.widths[number - 1] if dress and number <= len(dress.widths) else ()
    columns = "".join(
        f'<col min="{place}" max="{place}" width="{width}" customWidth="1"/>'
        for place, width in enumerate(widths, start=1)
    )
    return f"<cols>{columns}</cols>" if columns else ""


def _margins(dress: Dress | None) -> str:
    if dress is None:
        return ""
    above, below = (escape(_NOT_XML.sub("", text).replace("&", "&&")) for text in (dress.header, dress.footer))
    return (
        '<pageSetup orientation="landscape"/>'
        f"<headerFooter><oddHeader>&amp;C{above}</oddHeader><oddFooter>&amp;L{below}&amp;R&amp;P / &amp;N</oddFooter>"
        "</headerFooter>"
    )


def _properties(dress: Dress) -> str:
    title, subject, creator = (escape(_NOT_XML.sub("", text)) for text in (dress.title, dress.subject, dress.creator))
    return (
        f'{_HEAD}<cp:coreProperties xmlns:cp="{_CORE}" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{title}</dc:title><dc:subject>{subject}</dc:subject><dc:creator>{creator}</dc:creator>"
        f"<dc:description>{subject}</dc:description></cp:coreProperties>{_ROOM}"
    )


def _workbook(names: Iterable[str]) -> str:
    sheets = "".join(
        f'<sheet name={quoteattr(name[:31])} sheetId="{number}" r:id="rId{number}"/>'
        for number, name in enumerate(names, start=1)
    )
    return f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{sheets}</sheets></workbook>'


def _relations(targets: Iterable[tuple[str, str, str]]) -> str:
    inner = "".join(f'<Relationship Id="{id_}" Type="{kind}" Target="{target}"/>' for id_, kind, target in targets)
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{inner}</Relationships>'


def _types(numbers: Iterable[int], *, dressed: bool = False) -> str:
    parts = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{_WORKSHEET}"/>' for number in numbers
    )
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="application/'
        f'vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET}"/>{parts}</Types>'
    )

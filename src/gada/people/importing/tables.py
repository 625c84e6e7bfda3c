"""From the bytes of a CSV, XLSX, XLS or ODS file to its sheets: headings, and rows of text one after the other.

A CSV file is read as a stream; a workbook's cells are held by its reader (calamine), never as Python objects for all.
"""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as _

from gada.engine.proof.canonical import normalise_text
from gada.engine.refusal import Invalid

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

LARGEST_BYTES: Final = 200 * 1024 * 1024
LARGEST_UNPACKED_BYTES: Final = 800 * 1024 * 1024
MOST_COLUMNS: Final = 300
DELIMITERS: Final = (",", ";", "\t", "|")
ZIP, OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
Line = tuple[int, tuple[str, ...]]


@dataclass(slots=True)
class Sheet:
    """One table: its name, its headings, and its rows (number in the file, cells); reading begins anew at each call."""

    name: str
    headings: tuple[str, ...]
    lines: Callable[[], Iterator[Line]]
    merged: int = 0  # cells merged downwards, filled
    formulas: int = 0  # cells whose last computed value was taken


@dataclass(slots=True)
class Tables:
    """What a file holds. `read_as`: other encodings met than UTF-8, after the rows were read."""

    sheets: list[Sheet]
    delimiter: str = ""
    read_as: set[str] = field(default_factory=set)

    def named(self, name: str) -> Sheet:
        """Raises Invalid `import-sheet`."""
        found = next((sheet for sheet in self.sheets if sheet.name == name), None)
        if found is None:
            raise Invalid("import-sheet", _("This file has no sheet of that name: %(sheet)s"), sheet=name)
        return found

    @property
    def notes(self) -> dict[str, Any]:
        """What a reader of the report should know about the file."""
        return {
            "read_as": sorted(self.read_as), "delimiter": self.delimiter,
            "merged": sum(sheet.merged for sheet in self.sheets),
            "formulas": sum(sheet.formulas for sheet in self.sheets),
        }


def open_tables(data: bytes) -> Tables:
    """The sheets of a file. Raises Invalid `import-…`."""
    if len(data) > LARGEST_BYTES:
        raise Invalid("import-too-large", _("This file is too large. Cut it into parts of at most 200 MB."))
    return _workbook(data) if data.startswith((ZIP, OLD_OFFICE)) else _text(data)


def _text(data: bytes) -> Tables:
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    if encoding != "utf-16" and b"\x00" in data:
        raise Invalid("import-not-text", _("This is not a CSV file: it holds binary data."))
    found = Tables([], read_as={"UTF-16"} if encoding == "utf-16" else set())
    first, skipped = _first_line(_opened(data, encoding, found))
    found.delimiter = _delimiter(first)

    def lines() -> Iterator[Line]:
        reader = csv.reader(_opened(data, encoding, found), delimiter=found.delimiter, strict=True)
        try:
            for number, cells in enumerate(reader, start=1):
                if number > skipped and any(cells):
                    yield number, tuple(map(_plain, cells))
        except csv.Error as error:
            raise Invalid(
                "import-malformed",
                _("Line %(line)s cannot be read: quotes or separators are broken."),
                line=reader.line_num,
            ) from error

    found.sheets.append(_sheet("", lines))
    return found


def _sheet(name: str, lines: Callable[[], Iterator[Line]], **facts: int) -> Sheet:
    number, headings = next(lines(), (0, ()))
    if len(headings) > MOST_COLUMNS:
        raise Invalid(
            "import-columns-many", _("This table has more than %(most)s columns. Delete the empty ones."),
            most=MOST_COLUMNS,
        )

    def rows() -> Iterator[Line]:
        return (line for line in lines() if line[0] > number)

    return Sheet(name, headings, rows, **facts)


def _opened(data: bytes, encoding: str, found: Tables) -> io.TextIOWrapper:
    """Text of UTF-8 in which what is not UTF-8 is read as Windows-1252, and noted."""

    def otherwise(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        try:
            text = error.object[error.start : error.end].decode("cp1252")
        except UnicodeDecodeError:
            raise Invalid(
                "import-encoding",
                _("This file is not in UTF-8 (byte %(position)s). In your spreadsheet choose “CSV UTF-8” when saving."),
                position=error.start,
            ) from None
        found.read_as.add("Windows-1252")
        return text, error.end

    codecs.register_error("gada-windows-1252", otherwise)
    return io.TextIOWrapper(io.BytesIO(data), encoding=encoding, errors="gada-windows-1252", newline="")


def _first_line(text: io.TextIOWrapper) -> tuple[str, int]:
    """The line of headings, and how many lines stand before it (`sep=;`, as a spreadsheet writes it)."""
    first = text.readline()
    if first.startswith("sep=") and len(first.strip()) == 5:
        return first.strip()[4] + text.readline(), 1
    return first, 0


def _delimiter(first: str) -> str:
    outside = "".join(first.split('"')[::2])
    return max(DELIMITERS, key=outside.count)


def _plain(cell: str) -> str:
    text = cell.strip()
    # Our own exports, and others', put ' before what a spreadsheet would run.
    if text[:1] == "'" and text[1:2] in "=+-@\t\r":
        text = text[1:]
    return text if text.isascii() else normalise_text(text)


def _workbook(data: bytes) -> Tables:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        if data.startswith(ZIP):
            _check_size(data)
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        return Tables([sheet for name in book.sheet_names if (sheet := _table_of(book, name, data)) is not None])
    except PasswordError:
        raise Invalid(
            "import-locked", _("This workbook is protected by a password. Save it without one, then try again.")
        ) from None
    except (CalamineError, zipfile.BadZipFile, OSError):
        raise Invalid("import-damaged", _("This workbook cannot be read: it is damaged, or of another kind.")) from None


def _check_size(data: bytes) -> None:
    """A small file that unpacks to gigabytes is no list of people."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(item.file_size for item in archive.infolist()) > LARGEST_UNPACKED_BYTES:
            raise Invalid("import-too-large", _("This file is too large. Cut it into parts of at most 200 MB."))


def _table_of(book: CalamineWorkbook, name: str, data: bytes) -> Sheet | None:
    sheet = book.get_sheet_by_name(name)
    if sheet.start is None:
        return None
    left_out = sheet.start[1]  # empty columns before the first are not given, empty rows are
    ranges = sheet.merged_cell_ranges or []
    _check_merged(ranges)
    filled = {
        (row, left - left_out): (top, left - left_out)
        for (top, left), (bottom, _right) in ranges for row in range(top + 1, bottom + 1)
    }

    def lines() -> Iterator[Line]:
        above: dict[tuple[int, int], str] = {}
        starts = set(filled.values())
        for row, cells in enumerate(sheet.iter_rows()):
            texts = [_cell(cell) for cell in cells]
            for column in range(len(texts)) if filled else ():
                if (row, column) in starts:
                    above[row, column] = texts[column]
                elif (row, column) in filled:
                    texts[column] = above.get(filled[row, column], "")
            if any(texts):
                yield row + 1, tuple(texts)

    return _sheet(name, lines, merged=len(filled), formulas=_formulas(data, book.sheet_names.index(name)))


def _check_merged(ranges: list[Any]) -> None:
    across = next((each for each in ranges if each[0][1] != each[1][1]), None)
    if across is not None:
        raise Invalid(
            "import-merged",
            _("Cells are merged across columns (%(where)s): which column holds what cannot be told. Unmerge them."),
            where=f"{_letters(across[0][1])}{across[0][0] + 1}:{_letters(across[1][1])}{across[1][0] + 1}",
        )


def _letters(column: int) -> str:
    before, last = divmod(column, 26)
    return (_letters(before - 1) if before else "") + chr(65 + last)


def _formulas(data: bytes, index: int) -> int:
    """How many cells of this sheet hold a formula: the reader gives their last computed value alone."""
    if not data.startswith(ZIP):
        return 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        name = f"xl/worksheets/sheet{index + 1}.xml"
        if name not in archive.namelist():
            return 0
        count, rest = 0, b""
        with archive.open(name) as content:
            while part := content.read(1 << 20):
                whole = rest + part
                count += whole.count(b"<f>") + whole.count(b"<f ")
                rest = whole[-2:]
        return count


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return _plain(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    return value.isoformat() if isinstance(value, date) else str(value)

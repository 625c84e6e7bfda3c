"""From the bytes of a CSV file to rows with our column names, or a clear no."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from gada.engine.proof.canonical import normalise_text
from gada.engine.refusal import Invalid

# Our column → other headings that agencies use for it.
COLUMNS: dict[str, tuple[str, ...]] = {
    "registration_ref": ("person_ref", "individual_id", "id"),
    "household_ref": ("household_id", "hh_id", "family_ref"),
    "relationship": ("relationship_to_head",),
    "given_name": ("given", "first_name", "prenom"),
    "family_name": ("surname", "last_name", "nom"),
    "father_name": ("father",),
    "mother_name": ("mother",),
    "sex": ("gender", "sexe"),
    "birth_date": ("date_of_birth", "dob", "date_naissance"),
    "birth_estimated": ("estimated_birth_date", "dob_estimated"),
    "phone": ("phone_no", "telephone"),
    "place_pcode": ("place", "pcode"),
    "place_name": (),
    "origin": ("previous_residence",),
    "residence_status": ("status",),
    "document_type": (),
    "document_number": ("document",),
    "refuses_prints": (),
    "refuses_sharing": (),
    "recipient": (),
}
NEEDED = ("registration_ref", "household_ref", "given_name")
LARGEST_BYTES = 200 * 1024 * 1024
LONGEST_CELL = 400
FORMULA = ("=", "@", "\t", "\r")  # spreadsheets run these; + and - begin phones and are only refused before a letter


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file: its number in the file, and its cells by our column names."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


def read_table(data: bytes, *, mapping: Mapping[str, str] | None = None) -> list[Row]:
    """Rows of a UTF-8 CSV file. `mapping`: heading in the file → our column. Raises Invalid `import-…`."""
    if len(data) > LARGEST_BYTES:
        raise Invalid("import-too-large", _("This file is too large. Cut it into parts of at most 200 MB."))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(
            "import-encoding",
            _("This file is not in UTF-8 (byte %(position)s). In your spreadsheet choose “CSV UTF-8” when saving."),
            position=error.start,
        ) from None
    if "\x00" in text:
        raise Invalid("import-not-text", _("This is not a CSV file: it holds binary data."))
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        headings = [_our_name(heading, mapping or {}) for heading in next(lines, [])]
        _check_headings(headings)
        return [
            Row(
                number,
                {
                    name: normalise_text(cell.strip())
                    for name, cell in zip(headings, cells, strict=False)
                    if name
                },
            )
            for number, cells in enumerate(lines, start=2)
            if any(cells)
        ]
    except csv.Error as error:
        raise Invalid(
            "import-malformed",
            _("Line %(line)s cannot be read: quotes or separators are broken."),
            line=lines.line_num,
        ) from error


def cell_fault(row: Row) -> str | None:
    """The column whose cell is a formula or absurdly long (None: all fine)."""
    for name, cell in row.cells.items():
        formula = cell.startswith(FORMULA) or (cell[:1] in "+-" and cell[1:2].isalpha())
        if formula or len(cell) > LONGEST_CELL:
            return name
    return None


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max((",", ";", "\t"), key=first.count)


def _our_name(heading: str, mapping: Mapping[str, str]) -> str:
    plain = heading.strip().casefold().replace(" ", "_")
    if heading in mapping:
        return mapping[heading]
    return next((ours for ours, others in COLUMNS.items() if plain == ours or plain in others), "")


def _check_headings(headings: list[str]) -> None:
    missing = [name for name in NEEDED if name not in headings]
    if missing:
        raise Invalid("import-columns", _("These columns are missing: %(columns)s."), columns=", ".join(missing))
    twice = [name for name, count in Counter(filter(None, headings)).items() if count > 1]
    if twice:
        raise Invalid("import-columns-twice", _("This column is there twice: %(column)s."), column=twice[0])

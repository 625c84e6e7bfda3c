"""A table of a file as rows with our column names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gada.people.importing.columns import KEEP, LEAVE_OUT, Reading, check_columns, check_once, plain_heading
from gada.people.importing.joining import reading_of, sheet_of
from gada.people.importing.tables import Tables, open_tables

LONGEST_CELL = 400
EXPORTED = frozenset({"answers", "person_custom", "household_custom"})  # JSON of an export of ours


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file: its number in the file, its cells, and which of them is which of our columns."""

    number: int
    cells: tuple[str, ...]
    places: Mapping[str, int]
    kept: Mapping[str, int]  # additional information a person chose to keep: name → place

    def __getitem__(self, column: str) -> str:
        place = self.places.get(column)
        return self.cells[place] if place is not None and place < len(self.cells) else ""

    def __contains__(self, column: str) -> bool:
        return column in self.places

    @property
    def custom(self) -> dict[str, str]:
        said = {name: self.cells[place] for name, place in self.kept.items() if place < len(self.cells)}
        return {name: value for name, value in said.items() if value}


def rows_of(tables: Tables, reading: Reading) -> Iterator[Row]:
    """Every row of the chosen table, one after the other. Raises Invalid `import-…`."""
    check_columns(reading.columns)
    sheet = sheet_of(tables, reading)
    ours = [reading.columns.get(heading, LEAVE_OUT) for heading in sheet.headings]
    check_once(ours)
    places = {name: place for place, name in enumerate(ours) if name not in (LEAVE_OUT, KEEP)}
    kept = {plain_heading(sheet.headings[place])[:60]: place for place, name in enumerate(ours) if name == KEEP}
    return (Row(number, cells, places, kept) for number, cells in sheet.lines())


def read_table(data: bytes, *, mapping: Mapping[str, str] | None = None) -> list[Row]:
    """All rows of a file of one table. `mapping`: heading in the file → our column. Raises Invalid `import-…`."""
    tables = open_tables(data)
    reading = reading_of(tables, Reading(sheet="", columns=dict(mapping)) if mapping else None)
    return list(rows_of(tables, reading))


def cell_fault(row: Row) -> str | None:
    """The column whose cell is a formula or absurdly long (None: all fine)."""
    cells = row.cells
    for name, place in (*row.places.items(), *row.kept.items()):
        cell = cells[place] if place < len(cells) else ""
        if not cell or (name in EXPORTED and cell[0] in "[{"):
            continue
        if len(cell) > LONGEST_CELL or cell[0] in "=@\t\r" or (cell[0] in "+-" and cell[1:2].isalpha()):
            return name
    return None


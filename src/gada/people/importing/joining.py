"""Which sheet, or which two, hold the people of a file: households and their members become one table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from gada.people.importing.columns import (
    Layout,
    Reading,
    guess_columns,
    layout_of,
    layouts,
    missing_columns,
    plain_heading,
)
from gada.people.importing.tables import Line, Sheet, Tables

HOUSEHOLD, PERSON = "household_ref", "registration_ref"


def reading_of(tables: Tables, remembered: Reading | None = None) -> Reading:
    """How this file is best read, as far as it can be told; `sheet` is empty where a person must choose."""
    chosen = _remembered(tables, remembered) or _two_sheets(tables) or _one_sheet(tables)
    if not chosen.sheet and len(tables.sheets) > 1:
        return chosen
    sheet = sheet_of(tables, chosen)
    layout = next((each for each in layouts() if each.name == chosen.layout), None)
    known = remembered.columns if remembered else {}
    chosen.columns = guess_columns(sheet.headings, layout=layout, remembered=known)
    if remembered:
        chosen.words, chosen.day_first = remembered.words, remembered.day_first
    return chosen


def sheet_of(tables: Tables, reading: Reading) -> Sheet:
    """The one table to read. Raises Invalid `import-sheet`, `import-columns`."""
    members = tables.named(reading.sheet)
    layout = next((each for each in layouts() if each.name == reading.layout), None)
    if reading.households and layout is not None:
        return _joined(tables.named(reading.households), members, layout)
    skipped = layout.lines_after_headings if layout and layout.households else 0
    return _without_first(members, skipped)


def _remembered(tables: Tables, remembered: Reading | None) -> Reading | None:
    names = {sheet.name for sheet in tables.sheets}
    if remembered is None or not {remembered.sheet, remembered.households} <= names | {""}:
        return None
    if remembered.sheet not in names:
        return None
    return Reading(remembered.sheet, remembered.households, remembered.layout)


def _two_sheets(tables: Tables) -> Reading | None:
    for members in tables.sheets:
        for households in tables.sheets:
            if members is households:
                continue
            for layout in layouts():
                if layout.households and _fits(households, layout, "households") and _fits(members, layout, "members"):
                    return Reading(members.name, households.name, layout.name)
    return None


def _fits(sheet: Sheet, layout: Layout, part: str) -> bool:
    rules = getattr(layout, part)
    named = not rules["sheet"] or sheet.name.casefold() in rules["sheet"]
    marked = part == "households" or layout.name != "hope" or layout_of(sheet.headings) is layout
    return named and marked and _column(sheet, rules["key"]) is not None


def _one_sheet(tables: Tables) -> Reading:
    """The only sheet, or the only one with all that is needed; else nobody but a person can tell."""
    fitting = [
        sheet for sheet in tables.sheets
        if not missing_columns(guess_columns(sheet.headings, layout=layout_of(sheet.headings), remembered={}))
    ]
    if len(tables.sheets) == 1 or len(fitting) == 1:
        sheet = (fitting or tables.sheets)[0]
        layout = layout_of(sheet.headings)
        return Reading(sheet.name, layout=layout.name if layout else "")
    return Reading()


def _column(sheet: Sheet, names: Sequence[str]) -> int | None:
    plain = [plain_heading(heading) for heading in sheet.headings]
    return next((plain.index(name) for name in map(plain_heading, names) if name in plain), None)


def _without_first(sheet: Sheet, skipped: int) -> Sheet:
    def lines() -> Iterator[Line]:
        return (line for index, line in enumerate(sheet.lines()) if index >= skipped)

    return replace(sheet, lines=lines)


def _joined(households: Sheet, members: Sheet, layout: Layout) -> Sheet:
    """Members with the cells of their household beside theirs. References that the file lacks are made of the
    household's own (a submission's id) and the member's place in it: the same in every later export."""
    key, parent = _column(households, layout.households["key"]), _column(members, layout.members["key"])
    own = _column(households, layout.households["reference"])
    assert key is not None and parent is not None
    above = [f"{households.name}: {heading}" if heading else "" for heading in households.headings]
    plain = guess_columns([*members.headings, *above], layout=layout, remembered={})
    made = [name for name in (HOUSEHOLD, PERSON) if name not in plain.values()]

    def lines() -> Iterator[Line]:
        of = {cells[key]: cells for _number, cells in _without_first(households, layout.lines_after_headings).lines()}
        places: dict[str, int] = {}
        for number, cells in _without_first(members, layout.lines_after_headings).lines():
            mine = cells[parent] if parent < len(cells) else ""
            home = of.get(mine, ())
            places[mine] = places.get(mine, 0) + 1
            reference = home[own] if own is not None and own < len(home) else ""
            refs = {HOUSEHOLD: reference, PERSON: f"{reference}-{places[mine]}" if reference else ""}
            wide = (*cells, *[""] * (len(members.headings) - len(cells)), *home, *[""] * (len(above) - len(home)))
            yield number, (*wide, *[refs[name] for name in made])

    return Sheet(
        members.name, (*members.headings, *above, *made), lines, merged=members.merged + households.merged,
        formulas=members.formulas + households.formulas,
    )

"""A file comes in: it is kept sealed, its columns are guessed or remembered, and a person may say otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import vault
from gada.agencies.models import Operator, Programme, Site
from gada.agencies.services import authorize
from gada.console.models import ImportLine, ImportRun, ImportState
from gada.console.queries.imports import import_for, reading_remembered
from gada.console.services.importing.planning import plan_file
from gada.console.services.importing.records import names_in
from gada.console.services.importing.running import end_run
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, Refusal
from gada.people.importing import (
    Reading,
    Tables,
    check_columns,
    fold,
    missing_columns,
    open_tables,
    reading_of,
    sheet_of,
)

AT_ONCE_BYTES: Final = 200_000  # a file of a thousand people is tried out while one waits
SAMPLES: Final = 3
LINES_KEPT: Final = timedelta(days=30)
STANDING: Final = (ImportState.OPENED, ImportState.PLANNED)


def open_import(
    *, operator: Operator, site: Site, source: str, table: bytes, at: datetime, programme: Programme | None = None,
    records: bytes | None = None,
) -> ImportRun:
    """Keep the file. When its columns are clear it is tried out, a small one at once; else a person chooses them.

    `records`: a zip of ISO/IEC 19794-2 records, each named after its row's registration_ref.
    Raises Invalid `import-…`.
    """
    authorize(operator, "person.import", site=site, programme=programme)
    name = " ".join(source.split())[:80]
    if not name:
        raise Invalid("import-source", _("Say where this file comes from."))
    tables = open_tables(table)
    if not tables.sheets or not any(any(sheet.headings) for sheet in tables.sheets):
        raise Invalid("import-empty", _("There is no table in this file."))
    reading = reading_of(tables, reading_remembered(operator, source=name))
    prints = names_in(records) if records else {}
    forget_old_lines(at)
    id_ = new_id()
    blobs = {"table": vault.put_blob(id_, table), "records": vault.put_blob(id_, records) if records else None}
    run = ImportRun.objects.create(
        id=id_, site=site, programme=programme, operator=operator, source=name, made_at=at, state=ImportState.OPENED,
        reading=reading.as_facts(), headings=_headings(tables, reading), report={"records": len(prints)}, **blobs,
    )
    if reading.sheet in {sheet.name for sheet in tables.sheets} and not missing_columns(reading.columns):
        try:
            _try_out(run, at=at, small=len(table) <= AT_ONCE_BYTES)
        except Refusal:
            end_run(run, ImportState.DROPPED)
            ImportRun.objects.filter(id=run.id).delete()
            raise
    run.refresh_from_db()
    return run


def choose_columns(*, operator: Operator, run_id: UUID, said: Mapping[str, Any], at: datetime) -> ImportRun:
    """Read the file as somebody says: sheet, columns, words, the order of dates; then it is tried out anew.

    Another sheet only opens that sheet's headings. Raises Invalid `import-columns…`, Refusal `import-not-so`.
    """
    run = standing(operator, run_id, *STANDING)
    before = Reading(**run.reading)
    assert run.table is not None
    content = vault.get_blob(run.id, run.table)
    tables = open_tables(content)
    if said.get("sheet", before.sheet) != before.sheet:
        reading = reading_of(Tables([tables.named(said["sheet"])], tables.delimiter))
        ImportRun.objects.filter(id=run.id).update(
            reading=reading.as_facts(), headings=_headings(tables, reading), state=ImportState.OPENED
        )
        run.refresh_from_db()
        return run
    words = {
        column: {**before.words.get(column, {}), **{fold(word): ours for word, ours in pairs.items() if ours}}
        for column, pairs in said.get("words", {}).items()
    }
    reading = Reading(
        before.sheet, before.households, before.layout, dict(said["columns"]), {**before.words, **words},
        bool(said.get("day_first", before.day_first)),
    )
    check_columns(reading.columns)
    ImportRun.objects.filter(id=run.id).update(reading=reading.as_facts())
    run.refresh_from_db()
    _try_out(run, at=at, small=len(content) <= AT_ONCE_BYTES)
    run.refresh_from_db()
    return run


def drop_import(*, operator: Operator, run_id: UUID) -> ImportRun:
    """Throw a file away that nobody was registered from."""
    run = standing(operator, run_id, *STANDING, ImportState.PLANNING)
    end_run(run, ImportState.DROPPED)
    return run


def standing(operator: Operator, run_id: UUID, *states: str) -> ImportRun:
    """This import, for somebody who may do something with it now. Raises Refusal `import-not-so`."""
    run = import_for(operator, run_id)
    authorize(operator, "person.import", site=run.site, programme=run.programme)
    if run.state not in states:
        raise Refusal("import-not-so", _("This import has moved on meanwhile. Look at the page again."))
    return run


def forget_old_lines(at: datetime) -> None:
    """Outcomes row by row are for putting a file right, not for keeping."""
    ImportLine.objects.filter(run__finished_at__lt=at - LINES_KEPT).delete()


def _try_out(run: ImportRun, *, at: datetime, small: bool) -> None:
    from gada.console.tasks import try_out_file

    with transaction.atomic():
        ImportRun.objects.filter(id=run.id).update(
            state=ImportState.PLANNING, stage="families", done=0, total=0, pace_since=at, pace_from=0
        )
        if not small:
            try_out_file.enqueue(str(run.id))
    if small:
        plan_file(run_id=run.id, at=at)


def _headings(tables: Tables, reading: Reading) -> dict[str, Any]:
    """Every sheet's name; and the headings of the one to read with what stands under them in the first rows."""
    found: dict[str, Any] = {"sheets": [sheet.name for sheet in tables.sheets], "columns": []}
    if reading.sheet not in found["sheets"]:
        return found
    sheet = sheet_of(tables, reading)
    lines = [cells for _number, cells in islice(sheet.lines(), SAMPLES)]
    found["columns"] = [
        [heading, [cells[place][:40] for cells in lines if place < len(cells) and cells[place]]]
        for place, heading in enumerate(sheet.headings) if heading
    ]
    return found

"""A declared file on its way in: tried out row by row, then run by the worker; killed and started again, it goes on.

`plan_import` keeps the file sealed and says what would become of each row; `start_import` hands it to the worker;
`run_import` does the work: families, then their prints, then the check for people registered twice.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gada import vault
from gada.agencies.models import Operator, Programme, Site
from gada.agencies.services import authorize
from gada.biometrics.services import import_templates
from gada.console.models import ImportRun, ImportState
from gada.console.queries.imports import import_for
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, Refusal
from gada.matching.services import begin_check
from gada.people.importing import ImportReport, Outcome, import_table, plan_table, read_table

MOST_REFUSED_SHOWN = 500
MOST_RECORDS = 200_000
LARGEST_RECORD_BYTES = 64 * 1024
PRINTS_CHUNK = 200


def plan_import(
    *, operator: Operator, site: Site, source: str, table: bytes, at: datetime, programme: Programme | None = None,
    records: bytes | None = None,
) -> ImportRun:
    """Keep the file and say what would become of each row; nobody is registered yet.

    `records`: a zip of ISO/IEC 19794-2 records, each named after its row's registration_ref.
    Raises Invalid `import-…`.
    """
    authorize(operator, "person.import", site=site, programme=programme)
    name = " ".join(source.split())[:80]
    if not name:
        raise Invalid("import-source", _("Say where this file comes from."))
    rows = read_table(table)
    report = plan_table(rows, source=name)
    prints = _names_in(records) if records else {}
    id_ = new_id()
    blobs = {"table": vault.put_blob(id_, table), "records": vault.put_blob(id_, records) if records else None}
    known = {row["registration_ref"] for row in rows}
    return ImportRun.objects.create(
        id=id_, site=site, programme=programme, operator=operator, source=name, made_at=at, total=len(rows), **blobs,
        report={**_counted(report), "records": len(prints), "records_unknown": len(set(prints) - known)},
    )


def start_import(*, operator: Operator, run_id: UUID, at: datetime) -> ImportRun:
    """Hand a tried-out file to the worker. Starting it twice starts it once."""
    from gada.console.tasks import import_file

    run = import_for(operator, run_id)
    authorize(operator, "person.import", site=run.site, programme=run.programme)
    with transaction.atomic():
        started = ImportRun.objects.filter(id=run_id, state=ImportState.PLANNED).update(
            state=ImportState.RUNNING, stage="families", started_at=at
        )
        if started:
            import_file.enqueue(str(run_id))
    run.refresh_from_db()
    return run


def run_import(*, run_id: UUID, at: datetime) -> ImportRun:
    """Do the work of one file (the worker calls this; also after a kill)."""
    run = ImportRun.objects.select_related("site__agency", "programme", "operator").get(id=run_id)
    if run.state != ImportState.RUNNING or run.table is None:
        return run
    try:
        report, prints = _import(run, at=at)
    except Refusal as refusal:
        _end(run, ImportState.FAILED, {**run.report, "fault": refusal.code})
        return run
    check = (
        begin_check(operator=run.operator, site=run.site, people=report.people.values(), at=timezone.now())
        if report.people
        else None
    )
    _end(run, ImportState.DONE, {**run.report, **_counted(report), **prints}, check_run=check.id if check else None)
    return run


def _import(run: ImportRun, *, at: datetime) -> tuple[ImportReport, dict[str, Any]]:
    assert run.table is not None
    report = import_table(
        operator=run.operator, site=run.site, rows=read_table(vault.get_blob(run.id, run.table)), source=run.source,
        programme=run.programme, at=at, progress=lambda done, total: _note(run, "families", done, total),
    )
    if run.records is None:
        return report, {}
    return report, _import_prints(run, report)


def _import_prints(run: ImportRun, report: ImportReport) -> dict[str, Any]:
    assert run.records is not None
    people = fingers = 0
    left_out: dict[str, int] = {}
    with zipfile.ZipFile(io.BytesIO(vault.get_blob(run.id, run.records))) as archive:
        wanted = [(report.people[ref], name) for ref, name in _names(archive).items() if ref in report.people]
        for start in range(0, len(wanted), PRINTS_CHUNK):
            part = [(person, archive.read(name)) for person, name in wanted[start : start + PRINTS_CHUNK]]
            done = import_templates(operator=run.operator, site=run.site, items=part, at=timezone.now())
            people, fingers = people + done.people, fingers + done.fingers
            for code in done.left_out.values():
                left_out[code] = left_out.get(code, 0) + 1
            _note(run, "prints", min(start + PRINTS_CHUNK, len(wanted)), len(wanted))
    return {"people_with_prints": people, "fingers": fingers, "prints_left_out": left_out}


def _names_in(records: bytes) -> dict[str, str]:
    try:
        with zipfile.ZipFile(io.BytesIO(records)) as archive:
            return _names(archive)
    except zipfile.BadZipFile:
        raise Invalid("import-records", _("The file of fingerprints is not a zip file, or it is damaged.")) from None


def _names(archive: zipfile.ZipFile) -> dict[str, str]:
    """registration_ref → name in the archive. Raises Invalid for what no collection of records looks like."""
    names: dict[str, str] = {}
    for item in archive.infolist():
        if item.is_dir():
            continue
        stem, _dot, ending = item.filename.rsplit("/", 1)[-1].rpartition(".")
        if ending.lower() not in ("fmr", "iso", "ist"):
            continue
        if item.file_size > LARGEST_RECORD_BYTES or len(names) >= MOST_RECORDS:
            raise Invalid(
                "import-records-too-large",
                _("A fingerprint record in this zip file is too large, or there are too many."),
            )
        names[stem] = item.filename
    if not names:
        raise Invalid("import-records-none", _("There is no fingerprint record (.fmr) in this zip file."))
    return names


def _counted(report: ImportReport) -> dict[str, Any]:
    refused = [line for line in report.outcomes if line.outcome == Outcome.REFUSED]
    return {
        **{str(outcome): report.count(outcome) for outcome in Outcome}, "households": report.households,
        "lines": [[line.number, line.reference, line.code, line.column] for line in refused[:MOST_REFUSED_SHOWN]],
    }


def _note(run: ImportRun, stage: str, done: int, total: int) -> None:
    ImportRun.objects.filter(id=run.id).update(stage=stage, done=done, total=total)


def _end(run: ImportRun, state: str, report: Mapping[str, Any], *, check_run: UUID | None = None) -> None:
    """The run is over: its file is erased with its key."""
    blobs = [blob for blob in (run.table, run.records) if blob]
    ImportRun.objects.filter(id=run.id).update(
        state=state, report=dict(report), check_run=check_run, finished_at=timezone.now(), table=None, records=None
    )
    for blob in blobs:
        vault.drop_blob(blob)
    vault.shred([run.id])
    run.refresh_from_db()

"""The import itself: families, then their prints, then the check for people registered twice.

Each chunk is committed together with how far the run got and what became of its rows: killed or paused anywhere, it
goes on where it stood and repeats nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gada import vault
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.console.models import ImportLine, ImportRun, ImportState
from gada.console.queries.imports import import_for
from gada.console.services.importing.planning import counts_of, opened
from gada.console.services.importing.records import Interrupted, import_prints
from gada.engine.refusal import Refusal
from gada.matching.services import begin_check, open_cases_of, pairs_of
from gada.people.importing import (
    Importer,
    Judge,
    Outcome,
    RowOutcome,
    chunk_size,
    contents_of,
    families_of,
    import_families,
    in_parts,
)

FEW: Final = 1000  # so many people are checked one by one; more are compared with everybody in one go
WRITTEN: Final = ("outcome", "code", "column", "person")


def start_import(*, operator: Operator, run_id: UUID, at: datetime) -> ImportRun:
    """Hand a tried-out file to the worker. Starting it twice starts it once."""
    return _go(operator, run_id, ImportState.PLANNED, stage="families", cursor=0, done=0, started_at=at, pace_since=at,
               pace_from=0)


def pause_import(*, operator: Operator, run_id: UUID) -> ImportRun:
    """Stop after the families that are being written; what is registered stays."""
    run = _permitted(operator, run_id)
    if not ImportRun.objects.filter(id=run_id, state=ImportState.RUNNING).update(state=ImportState.PAUSED):
        raise Refusal("import-not-so", _("This import has moved on meanwhile. Look at the page again."))
    run.refresh_from_db()
    return run


def resume_import(*, operator: Operator, run_id: UUID, at: datetime) -> ImportRun:
    """Go on where it was paused."""
    return _go(operator, run_id, ImportState.PAUSED, pace_since=at, pace_from=F("done"))


def run_import(*, run_id: UUID, at: datetime) -> ImportRun:
    """Do the work of one file (the worker calls this; also after a kill)."""
    run = ImportRun.objects.select_related("site__agency", "programme", "operator").get(id=run_id)
    if run.state != ImportState.RUNNING or run.table is None:
        return run
    try:
        if run.stage == "families" and _import_families(run, at=at):
            _stage(run, "prints")
        if run.stage == "prints":
            if run.records:
                import_prints(run)
            _stage(run, "names", report=run.report)
        if run.stage == "names":
            _check_names(run)
    except Refusal as refusal:
        end_run(run, ImportState.FAILED, {**run.report, **counts_of(run), "fault": refusal.code})
    except Interrupted:
        run.refresh_from_db()
    return run


def end_run(
    run: ImportRun, state: str, report: Mapping[str, Any] | None = None, *, check_run: UUID | None = None
) -> None:
    """The run is over: its file is erased with its key."""
    blobs = [blob for blob in (run.table, run.records) if blob]
    lines = run.lines.count()
    ImportRun.objects.filter(id=run.id).update(
        state=state, report=dict(report if report is not None else run.report), check_run=check_run,
        finished_at=timezone.now(), table=None, records=None, done=lines, total=lines,
    )
    for blob in blobs:
        vault.drop_blob(blob)
    vault.shred([run.id])
    run.refresh_from_db()


def _import_families(run: ImportRun, *, at: datetime) -> bool:
    """Whether every family of the file is done."""
    file = opened(run)
    contents = contents_of(file.rows())
    judge = Judge(file.reading, timezone.localdate(at))
    importer = Importer(run.operator, run.site, run.source, run.programme, run.id)
    authorize(run.operator, "person.import", site=run.site, programme=run.programme)
    ImportRun.objects.filter(id=run.id).update(total=contents.total)
    rest = islice(families_of(file.rows(), contents), run.cursor, None)
    for part in in_parts(rest, chunk_size()):
        with transaction.atomic():
            rows = sum(len(family.rows) for family in part)
            mine = ImportRun.objects.filter(id=run.id, state=ImportState.RUNNING, cursor=run.cursor)
            if not mine.update(cursor=run.cursor + len(part), done=F("done") + rows):
                raise Interrupted
            plan = import_families(part, importer=importer, judge=judge, contents=contents, at=max(at, timezone.now()))
            if plan.households:
                ImportRun.objects.filter(id=run.id).update(families=F("families") + len(plan.households))
            _rewrite(run, plan.outcomes)
        run.cursor += len(part)
    run.report = {**run.report, **counts_of(run), "households": ImportRun.objects.get(id=run.id).families}
    return True


def _rewrite(run: ImportRun, outcomes: Iterable[RowOutcome]) -> None:
    """What became of each row, in place of what was foreseen."""
    fields: list[Any] = [ImportLine._meta.get_field(name) for name in (*WRITTEN, "run", "number")]
    columns = ", ".join(f"{connection.ops.quote_name(field.column)} = %s" for field in fields[:-2])
    table = connection.ops.quote_name(ImportLine._meta.db_table)
    said = [
        (str(line.outcome), line.code, line.column[:200], line.person, run.id, line.number) for line in outcomes
    ]
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {table} SET {columns} WHERE run_id = %s AND number = %s", [
            [field.get_db_prep_save(value, connection) for field, value in zip(fields, row, strict=True)]
            for row in said
        ])


def _check_names(run: ImportRun) -> None:
    """Few people, or people with prints, are checked one by one; many by name in one go."""
    lines = ImportLine.objects.filter(run=run, outcome__in=(Outcome.NEW, Outcome.CHANGED))
    people = {person for person in lines.values_list("person", flat=True) if person is not None}
    if run.records is not None or len(people) <= FEW:
        check = begin_check(
            operator=run.operator, site=run.site, people=sorted(people), at=timezone.now()
        ) if people else None
        end_run(run, ImportState.DONE, check_run=check.id if check else None)
        return
    pairs, stopped = pairs_of(people)
    _note(run, 0, len(pairs))
    opened_, absurd = open_cases_of(
        operator=run.operator, site=run.site, pairs=pairs, at=timezone.now(),
        told=lambda done, total: _note(run, done, total),
    )
    end_run(run, ImportState.DONE, {
        **run.report, "cases": opened_, "checked": len(people), "check_stopped": stopped or ("many" if absurd else ""),
    })


def _permitted(operator: Operator, run_id: UUID) -> ImportRun:
    run = import_for(operator, run_id)
    authorize(operator, "person.import", site=run.site, programme=run.programme)
    return run


def _go(operator: Operator, run_id: UUID, state: str, **changes: Any) -> ImportRun:
    from gada.console.tasks import import_file

    run = _permitted(operator, run_id)
    with transaction.atomic():
        if ImportRun.objects.filter(id=run_id, state=state).update(state=ImportState.RUNNING, **changes):
            import_file.enqueue(str(run_id))
    run.refresh_from_db()
    return run


def _stage(run: ImportRun, stage: str, **changes: Any) -> None:
    changes = {"report": run.report, **changes}
    run.stage = stage
    mine = ImportRun.objects.filter(id=run.id, state=ImportState.RUNNING)
    if not mine.update(stage=stage, pace_since=timezone.now(), pace_from=0, **changes):
        ImportRun.objects.filter(id=run.id).update(stage=stage, done=0, **changes)
        raise Interrupted


def _note(run: ImportRun, done: int, total: int) -> None:
    mine = ImportRun.objects.filter(id=run.id, state=ImportState.RUNNING)
    if not mine.update(stage=run.stage, done=done, total=total):
        raise Interrupted

"""Many cases decided "two people" in one go, case by case through the same service, and undone as one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Refusal
from gada.matching.models import BulkRun, Judgement, Verdict
from gada.matching.queries.bulk import bulk_run_for, preview_of
from gada.matching.rules import Filters
from gada.matching.services.judging import judge_case, undo_judgement

CHUNK = 20


def begin_bulk(*, operator: Operator, filters: Filters, seen: int, at: datetime) -> BulkRun:
    """Begin to decide every case that matches "two people"; a worker does it. Never "the same".

    `seen`: how many the preview showed. Raises NotPermitted, Refusal `bulk-changed` when it is another number now,
    `bulk-empty`.
    """
    from gada.matching.tasks import decide_in_bulk

    authorize(operator, "case.judge_many", at=at)
    found = preview_of(operator, filters).cases
    if len(found) != seen:
        raise Refusal("bulk-changed", _("Other cases match by now. Look at the new preview, then confirm again."))
    if not found:
        raise Refusal("bulk-empty", _("No case matches. Choose another bar."))
    with transaction.atomic():
        run = BulkRun.objects.create(
            id=new_id(), by=operator.id, cases=[str(id_) for id_ in found], started_at=at,
            filters={
                "most_total": filters.most_total, "fingers": filters.fingers, "sexes_differ": filters.sexes_differ
            },
        )
        decide_in_bulk.enqueue(str(run.id))
    return run


def continue_bulk(*, run_id: UUID, at: datetime) -> BulkRun | None:
    """Decide the next cases; None when nothing is left. Each is kept with the count of those done, or not at all."""
    run = BulkRun.objects.get(id=run_id)
    if run.finished_at is not None or run.undo_at is not None:
        return None
    operator = Operator.objects.get(id=run.by)
    for case_id in run.cases[run.done : run.done + CHUNK]:
        refused = 0
        try:
            with transaction.atomic():
                judge_case(
                    operator=operator, case_id=UUID(case_id), verdict=Verdict.DIFFERENT, reason=_("decided in bulk"),
                    at=at, batch=run.id,
                )
                _count(run.id, done=1)
        except Refusal:  # decided by somebody meanwhile, or one of the two is gone: it stays as it is
            refused = 1
        if refused:
            _count(run.id, done=1, refused=1)
    run.refresh_from_db()
    if run.done >= len(run.cases):
        BulkRun.objects.filter(id=run.id).update(finished_at=at)
    run.refresh_from_db()
    return run


def begin_bulk_undo(*, operator: Operator, run_id: UUID, at: datetime) -> BulkRun:
    """Begin to undo a decision in bulk, whole; a worker does it. What was undone by hand already stays undone.

    Raises NotPermitted, NotFound `bulk-unknown`, Refusal `bulk-undone`.
    """
    from gada.matching.tasks import undo_in_bulk

    authorize(operator, "case.undo", at=at)
    run = bulk_run_for(operator, run_id)
    with transaction.atomic():
        fresh = BulkRun.objects.filter(id=run.id, undo_at=None).update(undo_at=at, undo_by=operator.id)
        if not fresh:
            raise Refusal("bulk-undone", _("This decision in bulk is already being undone."))
        undo_in_bulk.enqueue(str(run.id))
    run.refresh_from_db()
    return run


def continue_bulk_undo(*, run_id: UUID, at: datetime) -> BulkRun | None:
    """Undo the next decisions of a batch; None when nothing is left."""
    run = BulkRun.objects.get(id=run_id)
    if run.undo_by is None or run.undo_finished_at is not None:
        return None
    operator = Operator.objects.get(id=run.undo_by)
    left = list(Judgement.objects.filter(batch=run.id, undone_at=None).order_by("id")[:CHUNK])
    for judgement in left:
        with transaction.atomic():
            undo_judgement(operator=operator, judgement_id=judgement.id, reason=_("undone in bulk"), at=at)
            BulkRun.objects.filter(id=run.id).update(undone=F("undone") + 1)
    if len(left) < CHUNK:
        BulkRun.objects.filter(id=run.id).update(undo_finished_at=at)
    run.refresh_from_db()
    return run


def _count(run_id: UUID, *, done: int, refused: int = 0) -> None:
    BulkRun.objects.filter(id=run_id).update(done=F("done") + done, refused=F("refused") + refused)

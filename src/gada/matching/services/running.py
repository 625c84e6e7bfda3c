"""Checking many people after an import: chunk by chunk, each in its own transaction, taken up again after a kill."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from gada.agencies.models import Operator, Site
from gada.agencies.services import authorize
from gada.engine.proof.ids import new_id
from gada.journal import Entry
from gada.matching import rules
from gada.matching.models import CheckRun
from gada.matching.services.checking import check_people

CHUNK = 100


def begin_check(*, operator: Operator, site: Site, people: Iterable[UUID], at: datetime) -> CheckRun:
    """Begin a check of these people; a worker does the work (`gada.matching.tasks.check_people`)."""
    from gada.matching.tasks import check_people as task

    authorize(operator, "case.open", site=site, at=at)
    with transaction.atomic():
        run = CheckRun.objects.create(
            id=new_id(), site=site, by=operator.id, people=[str(id_) for id_ in people], started_at=at
        )
        task.enqueue(str(run.id))
    return run


def check_arrived(entries: Sequence[Entry]) -> None:
    """Begin a check of whom these entries of another node of ours are about, in the name of who registered them.

    In the transaction that keeps the entries: neither a crash nor a rollback can separate the two.
    """
    from gada.matching.tasks import check_people as task

    people: dict[tuple[UUID, UUID], list[str]] = {}
    for entry in entries:
        if entry.scope.site is not None:
            people.setdefault((entry.scope.site, entry.by[1]), []).append(str(entry.about[1]))
    for (site, operator), ids in people.items():
        if Operator.objects.filter(id=operator).exists():
            run = CheckRun.objects.create(
                id=new_id(),
                site_id=site,
                by=operator,
                people=list(dict.fromkeys(ids)),
                started_at=entries[0].recorded_at,
            )
            task.enqueue(str(run.id))


def continue_check(*, run_id: UUID, at: datetime) -> CheckRun | None:
    """Check the next chunk; None when nothing is left. Doing a chunk twice opens no case twice."""
    run = CheckRun.objects.get(id=run_id)
    if run.finished_at is not None or run.stopped:
        return None
    operator = Operator.objects.get(id=run.by)
    part = [UUID(id_) for id_ in run.people[run.done : run.done + CHUNK]]
    results = check_people(people=part, at=at, operator=operator)
    found = len({finding.case for result in results for finding in result.findings if finding.is_new})
    with transaction.atomic():
        locked = CheckRun.objects.select_for_update().get(id=run_id)
        if locked.done != run.done:  # another worker did this chunk
            return locked
        done, cases = run.done + len(part), locked.cases + found
        finished = done >= len(run.people)
        stopped = not finished and rules.is_absurd(checked=done, cases=cases)
        CheckRun.objects.filter(id=run_id).update(
            done=done, cases=cases, finished_at=at if finished else None, stopped=stopped
        )
    locked.refresh_from_db()
    return locked

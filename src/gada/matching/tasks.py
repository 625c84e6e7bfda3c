"""Work for the worker: checking a batch of people for duplicates, deciding many cases in one go, undoing it."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from django_tasks import task

from gada.matching import services


@task()
def check_people(run_id: str) -> dict[str, int]:
    """Go on with a check until it is done. Killed and started again, it goes on where it stood."""
    done = cases = 0
    while (run := services.continue_check(run_id=UUID(run_id), at=timezone.now())) is not None:
        done, cases = run.done, run.cases
    return {"done": done, "cases": cases}


@task()
def decide_in_bulk(run_id: str) -> int:
    """Go on with a decision in bulk until it is done. Killed and started again, it goes on where it stood."""
    done = 0
    while (run := services.continue_bulk(run_id=UUID(run_id), at=timezone.now())) is not None:
        done = run.done
    return done


@task()
def undo_in_bulk(run_id: str) -> int:
    """Go on undoing a decision in bulk until it is done."""
    undone = 0
    while (run := services.continue_bulk_undo(run_id=UUID(run_id), at=timezone.now())) is not None:
        undone = run.undone
    return undone

"""Work for the worker: checking a batch of people, or everybody; deciding many cases in one go, undoing it."""

from __future__ import annotations

import time
from uuid import UUID

from django.utils import timezone
from django_tasks import task

from gada.matching import services
from gada.matching.services.continuing import continue_population, next_turn
from gada.matching.services.looking_again import look_again

TURN_SECONDS = 20  # other work waits no longer than this behind a check of everybody


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


@task()
def check_population(run_id: str, turn: int) -> dict[str, int]:
    """Work on a check of everybody for a while, then let other tasks pass. Killed, it goes on where it stood."""
    chunks, end = 0, time.monotonic() + TURN_SECONDS
    while continue_population(run_id=UUID(run_id), turn=turn, at=timezone.now()):
        chunks += 1
        if time.monotonic() > end:
            next_turn(run_id=UUID(run_id), turn=turn)
            break
    return {"turn": turn, "chunks": chunks}


@task()
def look_for_family_again(household_id: str, operator_id: str) -> dict[str, int]:
    """Look again for everybody of a family whom the check at registration did not find elsewhere."""
    found = look_again(household_id=UUID(household_id), operator_id=UUID(operator_id), at=timezone.now())
    return {"candidates": found.candidates, "cases": found.cases} if found else {}

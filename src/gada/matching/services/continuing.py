"""A check of everybody, chunk after chunk: which part comes next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from gada.matching.models import PopulationRun, RunState
from gada.matching.services.finding import check_sample, find_by_fingers, find_by_text, weigh_found
from gada.matching.services.opening import open_found
from gada.matching.services.populating import take_turn

WORKING = (RunState.ESTIMATING, RunState.RUNNING)
STAGES: dict[str, Callable[[PopulationRun, datetime], None]] = {
    "sample": check_sample,
    "text": find_by_text,
    "weighing": weigh_found,
    "fingers": find_by_fingers,
    "opening": open_found,
}


def continue_population(*, run_id: UUID, turn: int, at: datetime) -> bool:
    """Do the next chunk. False when there is nothing to do now: done, paused, held, or another turn's."""
    run = PopulationRun.objects.filter(id=run_id, turn=turn, state__in=WORKING).first()
    if run is None:
        return False
    STAGES[run.stage](run, at)
    return True


@transaction.atomic
def next_turn(*, run_id: UUID, turn: int) -> None:
    """Let the tasks that wait go first, then go on."""
    run = PopulationRun.objects.select_for_update().filter(id=run_id, turn=turn, state__in=WORKING).first()
    if run is not None:
        take_turn(run)

"""Checking everybody against everybody, as a person steers it: estimate, begin, pause, go on, stop."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, NotFound, Refusal
from gada.journal import Scope
from gada.matching.models import PopulationRun, RunState
from gada.matching.population import SAMPLE
from gada.matching.services.opening import finish_run
from gada.people.models import Person
from gada.people.words import PersonStatus

HOW = ("all", "without")
WHOLE = ("share", "alike")  # reasons that name nobody who could be left out


def estimate_population(*, operator: Operator, at: datetime) -> PopulationRun:
    """Check a random sample without opening anything; the worker does it. Nothing else begins by itself.

    Raises NotPermitted, Refusal `population-running`, `population-empty`.
    """
    authorize(operator, "population.check", at=at)
    here = Person.objects.filter(status=PersonStatus.ACTIVE)
    newest = here.order_by("-id").values_list("id", flat=True).first()
    if newest is None:
        raise Refusal("population-empty", _("Nobody is registered here yet: there is nothing to check."))
    sample = [str(id_) for id_ in here.order_by("?").values_list("id", flat=True)[:SAMPLE]]
    try:
        with transaction.atomic():
            run = PopulationRun.objects.create(
                id=new_id(), agency_id=operator.agency_id, by=operator.id, people=here.count(), newest=newest,
                sample={"people": sample, "counts": [], "candidates": [], "seconds": 0}, total=len(sample),
                made_at=at, pace_since=at,
            )
            take_turn(run)
    except IntegrityError:
        raise Refusal(
            "population-running", _("A check of everybody is under way. Wait until it is done, or stop it first.")
        ) from None
    return run


@transaction.atomic
def begin_population(*, operator: Operator, run_id: UUID, at: datetime) -> PopulationRun:
    """Begin what was estimated. Raises NotPermitted, NotFound `check-unknown`, Refusal `population-not-so`."""
    run = _locked(operator, run_id, "population.check", RunState.ESTIMATED)
    _set(run, state=RunState.RUNNING, stage="text", cursor=None, done=0, total=run.people, started_at=at,
         pace_since=at, pace_from=0)
    journal.record(
        "population.check_begun", by=operator, about=("check", run.id), purpose="adjudication", at=at,
        scope=Scope(agency=run.agency_id),
        facts={"filter": "everybody", "people": run.people, "expected_cases": run.estimate["cases"]},
    )
    take_turn(run)
    return run


@transaction.atomic
def pause_population(*, operator: Operator, run_id: UUID) -> PopulationRun:
    """Stop after the chunk that is being worked on; everything so far is kept."""
    run = _locked(operator, run_id, "population.check", RunState.RUNNING)
    _set(run, state=RunState.PAUSED)
    return run


@transaction.atomic
def resume_population(*, operator: Operator, run_id: UUID, at: datetime) -> PopulationRun:
    """Go on where it was paused."""
    run = _locked(operator, run_id, "population.check", RunState.PAUSED)
    _set(run, state=RunState.RUNNING, pace_since=at, pace_from=run.done)
    take_turn(run)
    return run


@transaction.atomic
def accept_hold(*, operator: Operator, run_id: UUID, how: str, at: datetime) -> PopulationRun:
    """Somebody looked at why the run holds and lets it go on: with `all`, or `without` what dominated.

    Raises NotPermitted, NotFound, Refusal `population-not-so`, Invalid `hold-answer-unknown`.
    """
    run = _locked(operator, run_id, "population.check", RunState.HELD)
    if how not in HOW or (how == "without" and run.hold["reason"] in WHOLE):
        raise Invalid("hold-answer-unknown", _("Choose: go on with all, or without what dominated."))
    accepted = {**run.accepted, run.hold["key"]: {"how": how, "value": run.hold.get("value", "")}}
    _set(run, state=RunState.RUNNING, accepted=accepted, hold={}, pace_since=at, pace_from=run.done)
    take_turn(run)
    return run


@transaction.atomic
def stop_population(*, operator: Operator, run_id: UUID, at: datetime) -> PopulationRun:
    """End it for good: cases opened so far stay, pairs not opened are forgotten."""
    states = (RunState.ESTIMATING, RunState.ESTIMATED, RunState.RUNNING, RunState.PAUSED, RunState.HELD)
    run = _locked(operator, run_id, "population.end", *states)
    finish_run(run, state=RunState.STOPPED, by=operator, at=at)
    return run


def take_turn(run: PopulationRun) -> None:
    """Give the run to the worker; a task of an earlier turn ends when it sees this."""
    from gada.matching.tasks import check_population

    _set(run, turn=run.turn + 1)
    check_population.enqueue(str(run.id), run.turn)


def _locked(operator: Operator, run_id: UUID, action: str, *states: str) -> PopulationRun:
    authorize(operator, action)
    run = PopulationRun.objects.select_for_update().filter(id=run_id, agency=operator.agency_id).first()
    if run is None:
        raise NotFound("check-unknown", _("This check is not on this node."))
    if run.state not in states:
        raise Refusal("population-not-so", _("The check has moved on meanwhile. Look at the page again."))
    return run


def _set(run: PopulationRun, **changes: Any) -> None:
    PopulationRun.objects.filter(id=run.id).update(**changes)
    for name, value in changes.items():
        setattr(run, name, value)

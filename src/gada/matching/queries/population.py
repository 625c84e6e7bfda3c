"""Checks of everybody: how far they are, what they brought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from gada.agencies.models import Operator, Site
from gada.agencies.queries import sites_of
from gada.agencies.services import authorize
from gada.engine.refusal import NotFound
from gada.matching.models import PopulationPair, PopulationRun, RunState

FEWEST_SECONDS = 3  # before that a pace says nothing


@dataclass(frozen=True, slots=True)
class Pace:
    """How quickly the present stage goes, and how long it will still take; None while nobody can say."""

    per_second: float | None = None
    seconds_left: float | None = None


def population_runs_for(viewer: Operator) -> QuerySet[PopulationRun]:
    """Checks of everybody that the viewer's agency began, newest first. Raises NotPermitted."""
    authorize(viewer, "population.check")
    return PopulationRun.objects.filter(agency=viewer.agency_id).order_by("-made_at", "-id")


def population_run_for(viewer: Operator, run_id: UUID) -> PopulationRun:
    """One of them. Raises NotPermitted, NotFound `check-unknown`."""
    run = population_runs_for(viewer).filter(id=run_id).first()
    if run is None:
        raise NotFound("check-unknown", _("This check is not on this node."))
    return run


def pace_of(run: PopulationRun, *, at: datetime) -> Pace:
    """Since the stage began or was taken up again."""
    if run.state not in (RunState.ESTIMATING, RunState.RUNNING) or run.pace_since is None:
        return Pace()
    seconds, done = (at - run.pace_since).total_seconds(), run.done - run.pace_from
    if seconds < FEWEST_SECONDS or done <= 0:
        return Pace()
    return Pace(done / seconds, (run.total - run.done) * seconds / done)


def noticed_by(run: PopulationRun) -> QuerySet[PopulationPair]:
    """Pairs of a run at which somebody should look, as found so far."""
    return PopulationPair.objects.filter(run=run).exclude(fate="candidate")


def found_by_site(viewer: Operator, run: PopulationRun) -> list[tuple[str, int, int]]:
    """(site, found, opened) at the viewer's sites, and all others together under an empty name."""
    names = {str(site.id): site.name for site in Site.objects.filter(id__in=sites_of(viewer).values("id"))}
    rows = [(names.get(site, ""), found, opened) for site, found, opened in run.report.get("sites", [])]
    others = [(found, opened) for name, found, opened in rows if not name]
    named = [row for row in rows if row[0]]
    return [*named, ("", sum(f for f, _o in others), sum(o for _f, o in others))] if others else named

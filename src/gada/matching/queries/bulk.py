"""Cases that would be decided together, and how far such a decision is."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from gada.agencies.models import Operator
from gada.engine.refusal import NotFound
from gada.matching.models import BulkRun, Case
from gada.matching.queries.cases import cases_waiting_for
from gada.matching.rules import CONVINCING, Filters

MOST = 10_000  # in one go
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Preview:
    """Whom a decision in bulk would be about. `sample`: cases drawn at random, to be opened before deciding."""

    cases: tuple[UUID, ...]
    sample: tuple[Case, ...]
    people: int
    touching_aid: int


def cases_matching(viewer: Operator, filters: Filters) -> QuerySet[Case]:
    """Cases nobody has decided about that match: never one that another reader has read, or was not sure about."""
    found = cases_waiting_for(viewer).filter(reading="", verdict="", status="open", total__lte=filters.most_total)
    if filters.fingers == "disagree":
        found = found.filter(best_finger__lt=CONVINCING)
    elif filters.fingers == "none":
        found = found.filter(best_finger=None)
    return found.filter(sexes_differ=True) if filters.sexes_differ else found


def preview_of(viewer: Operator, filters: Filters) -> Preview:
    """What would be decided, without deciding."""
    rows = list(
        cases_matching(viewer, filters).select_related(None).values_list("id", "left_id", "right_id", "priority")[:MOST]
    )
    ids = tuple(row[0] for row in rows)
    drawn = drawn_from(ids)
    sample = {case.id: case for case in Case.objects.filter(id__in=drawn).select_related("left__site", "right__site")}
    return Preview(
        ids, tuple(sample[id_] for id_ in drawn), len({id_ for row in rows for id_ in row[1:3]}),
        sum(row[3] >= 1000 for row in rows),
    )


def drawn_from(ids: Sequence[UUID]) -> list[UUID]:
    """Ten of them at random; the same ten as long as nothing changes, so that all can be opened."""
    chance = random.Random(hash(tuple(id_.int for id_ in ids)))
    return chance.sample(ids, min(SHOWN, len(ids)))


def bulk_runs_for(viewer: Operator) -> QuerySet[BulkRun]:
    """Decisions in bulk of the viewer's agency, newest first."""
    ours = Operator.objects.filter(agency=viewer.agency).values("id")
    return BulkRun.objects.filter(by__in=ours).order_by("-started_at", "-id")


def bulk_run_for(viewer: Operator, run_id: UUID) -> BulkRun:
    """One of them. Raises NotFound outside the viewer's agency."""
    run = bulk_runs_for(viewer).filter(id=run_id).first()
    if run is None:
        raise NotFound("bulk-unknown", "There is no such decision here.")
    return run

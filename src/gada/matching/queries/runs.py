"""Batches being checked, with how far they are."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from gada.agencies.models import Operator
from gada.agencies.queries import sites_of
from gada.engine.refusal import NotFound
from gada.matching.models import CheckRun


def runs_for(viewer: Operator) -> QuerySet[CheckRun]:
    """Checks begun at the viewer's sites, newest first."""
    return CheckRun.objects.filter(site__in=sites_of(viewer)).order_by("-started_at", "-id")


def run_for(viewer: Operator, run_id: UUID) -> CheckRun:
    """One of them. Raises NotFound outside the viewer's sites."""
    run = runs_for(viewer).filter(id=run_id).first()
    if run is None:
        raise NotFound("check-unknown", "This check is not on this node.")
    return run

"""Sweeps at the viewer's sites, and what makes their tokens ours."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import BooleanField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from gada import vault
from gada.agencies.models import Operator, Site
from gada.agencies.queries import sites_of
from gada.engine.refusal import NotFound, Refusal
from gada.fixing.models import Phase, Printing, Sweep


def with_phase(sweeps: QuerySet[Sweep]) -> QuerySet[Any]:
    """Each sweep with `is_open`: whether registrations take its tokens now."""
    newest = Phase.objects.filter(sweep=OuterRef("pk")).order_by("-lamport", "-id").values("is_open")[:1]
    return sweeps.annotate(is_open=Coalesce(Subquery(newest, output_field=BooleanField()), Value(False)))


def sweeps_for(viewer: Operator) -> QuerySet[Sweep]:
    """Sweeps at the viewer's sites, newest first."""
    sites = sites_of(viewer, action="sweep.see")
    found = Sweep.objects.filter(site__in=sites).select_related("site__agency")
    return with_phase(found).order_by("-day", "-planned_at", "-id")


def sweep_for(viewer: Operator, sweep_id: UUID) -> Sweep:
    """One of them. Raises NotFound outside the viewer's sites."""
    sweep = sweeps_for(viewer).filter(id=sweep_id).first()
    if sweep is None:
        raise NotFound("sweep-unknown", _("There is no such sweep here."))
    return sweep


def open_sweeps(site: Site | UUID) -> list[Sweep]:
    """The sweeps of a site whose tokens a registration takes now; usually none, or one."""
    return list(with_phase(Sweep.objects.filter(site=site)).filter(is_open=True).order_by("-lamport", "-id"))


def printing_for(viewer: Operator, printing_id: UUID) -> Printing:
    """What was printed together. Raises NotFound."""
    found = Printing.objects.select_related("sweep__site").filter(id=printing_id).first()
    if found is None:
        raise NotFound("print-unknown", _("Nothing was printed under this number here."))
    sweep_for(viewer, found.sweep_id)
    return found


def key_of(sweep: Sweep) -> bytes:
    """The data key of a sweep, under which the signs of its tokens are made: it travels to our own nodes, sealed.

    Raises Refusal `sweep-key-gone` where this node does not hold it.
    """
    found = vault.data_keys([sweep.id]).get(sweep.id)
    if found is None:
        raise Refusal(
            "sweep-key-gone",
            _(
                "This node cannot check these tokens: it does not hold the key of the sweep. Keep in step first."
            ),
        )
    return found

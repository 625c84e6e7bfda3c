"""Files being imported, at the viewer's sites."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from gada.agencies.models import Operator
from gada.agencies.queries import sites_of
from gada.console.models import ImportRun
from gada.engine.refusal import NotFound


def imports_for(viewer: Operator) -> QuerySet[ImportRun]:
    """Imports at the viewer's sites, newest first."""
    sites = sites_of(viewer, action="person.import")
    return ImportRun.objects.filter(site__in=sites).select_related("site", "programme").order_by("-made_at", "-id")


def import_for(viewer: Operator, run_id: UUID) -> ImportRun:
    """One of them. Raises NotFound outside the viewer's sites."""
    run = imports_for(viewer).filter(id=run_id).first()
    if run is None:
        raise NotFound("import-unknown", _("There is no such import here."))
    return run

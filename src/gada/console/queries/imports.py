"""Files being imported, at the viewer's sites."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from gada.agencies.models import Operator
from gada.agencies.queries import sites_of
from gada.console.models import ImportLine, ImportRun
from gada.engine.refusal import NotFound
from gada.people.importing import Reading


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


def lines_of(viewer: Operator, run: ImportRun, *, outcome: str = "") -> QuerySet[ImportLine]:
    """What became of the rows of a file, in its order; of one outcome, or those that look like somebody (`alike`)."""
    lines = ImportLine.objects.filter(run=import_for(viewer, run.id)).order_by("number")
    if outcome == "alike":
        return lines.exclude(likely=[])
    return lines.filter(outcome=outcome) if outcome else lines


def reading_remembered(viewer: Operator, *, source: str) -> Reading | None:
    """How this agency read its last file of this source."""
    runs = ImportRun.objects.filter(site__agency=viewer.agency_id, source=source).exclude(reading={})
    last = runs.order_by("-made_at", "-id").values_list("reading", flat=True).first()
    return Reading(**last) if last else None

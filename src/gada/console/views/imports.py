"""Imports: try a file out, look at what would become of each row, then run it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from gada.agencies.services import authorize
from gada.agencies.views.saying import only_post, refusals_beside, status_of
from gada.biometrics.rules import REFUSALS
from gada.console import queries, services
from gada.console.forms import ImportForm
from gada.console.models import ImportRun, ImportState
from gada.console.views.registering import _site
from gada.matching.models import CheckRun


def imports(request: HttpRequest) -> HttpResponse:
    """Files imported so far, and the form for another."""
    authorize(request.user, "person.import", site=_site(request))
    form = ImportForm(request.POST or None, request.FILES or None, viewer=request.user)
    if form.is_valid():
        said = form.cleaned_data
        with refusals_beside(form):
            run = services.plan_import(
                operator=request.user,
                site=_site(request),
                source=said["source"],
                table=said["table"].read(),
                records=said["records"].read() if said["records"] else None,
                programme=said["programme"],
                at=timezone.now(),
            )
            return redirect("console:import", run.id)
    page = Paginator(queries.imports_for(request.user), 20).get_page(request.GET.get("page"))
    return render(request, "console/imports.html", {"form": form, "page": page}, status=status_of(form))


def import_page(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """One file: what would become of it, how far it is, or what became of it."""
    run = queries.import_for(request.user, run_id)
    context = {"run": run, "faults": _faults(run), "check": _check(run), **_pace(run)}
    page = "console/import_progress.html" if request.headers.get("HX-Request") else "console/import.html"
    return render(request, page, context)


@only_post
def start(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Run it. The page may be closed; the work goes on."""
    services.start_import(operator=request.user, run_id=run_id, at=timezone.now())
    return redirect("console:import", run_id)


def _check(run: ImportRun) -> CheckRun | None:
    return CheckRun.objects.filter(id=run.check_run).first() if run.check_run else None


def _pace(run: ImportRun) -> dict[str, Any]:
    if run.state != ImportState.RUNNING or not run.started_at or not run.done:
        return {"per_second": None, "seconds_left": None}
    rate = run.done / max(1.0, (timezone.now() - run.started_at).total_seconds())
    return {"per_second": rate, "seconds_left": (run.total - run.done) / rate if rate else None}


def _faults(run: ImportRun) -> list[dict[str, Any]]:
    """Refused rows in words."""
    words = {
        "import-reference": _("The reference is missing, or stands there twice."),
        "import-cell": _("This cell holds a formula, or far too much."), "name-missing": _("The name is missing."),
        "birth-date-impossible": _("This date does not exist."),
        "household-head": _("The household has no head, or several."),
    }
    return [
        {
            "number": number,
            "reference": reference,
            "words": words.get(code) or REFUSALS.get(code) or code,
            "column": column,
        }
        for number, reference, code, column in run.report.get("lines", [])
    ]

"""Imports: bring a file, say what its columns are, look at what would become of each row, then run it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from gada.agencies.services import authorize
from gada.agencies.views.saying import only_post, refusals_beside, status_of
from gada.console import queries, services
from gada.console.forms import ColumnsForm, ImportForm, SheetForm
from gada.console.models import ImportRun, ImportState
from gada.console.views import import_words
from gada.console.views.registering import _site
from gada.engine.formats.spreadsheet import safe_cell, write_workbook
from gada.matching.models import CheckRun

LINES_A_PAGE = 50
FILTERS = ("refused", "alike", "changed", "already", "new")


def imports(request: HttpRequest) -> HttpResponse:
    """Files imported so far, and the form for another."""
    authorize(request.user, "person.import", site=_site(request))
    form = ImportForm(request.POST or None, request.FILES or None, viewer=request.user)
    if form.is_valid():
        said = form.cleaned_data
        with refusals_beside(form):
            run = services.open_import(
                operator=request.user,
                site=_site(request),
                source=said["source"],
                table=said["table"].read(),
                records=said["records"].read() if said["records"] else None,
                programme=said["programme"],
                at=timezone.now(),
            )
            return redirect("console:import-columns" if run.state == ImportState.OPENED else "console:import", run.id)
    page = Paginator(queries.imports_for(request.user), 20).get_page(request.GET.get("page"))
    return render(request, "console/imports.html", {"form": form, "page": page}, status=status_of(form))


def import_page(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """One file: what would become of it, how far it is, or what became of it."""
    run = queries.import_for(request.user, run_id)
    chosen = _chosen(request, run)
    lines = Paginator(queries.lines_of(request.user, run, outcome=chosen), LINES_A_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "run": run, "check": _check(run), "chosen": chosen, "page": lines,
        "lines": [import_words.shown(line) for line in lines], "filters": _filters(run),
        "unknown": sum(len(words) for words in run.report.get("unknown_words", {}).values()), **_pace(run),
    }
    page = "console/import_progress.html" if request.headers.get("HX-Request") else "console/import.html"
    return render(request, page, context)


def columns(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """What each column of the file is: guessed, shown with samples, corrected here, remembered for this source."""
    run = queries.import_for(request.user, run_id)
    authorize(request.user, "person.import", site=run.site)
    form, sheet = ColumnsForm(request.POST or None, run=run), SheetForm(run=run)
    if request.method == "POST" and "sheet" in request.POST:
        sheet = SheetForm(request.POST, run=run)
        if sheet.is_valid():
            services.choose_columns(
                operator=request.user, run_id=run_id, said=sheet.cleaned_data, at=timezone.now()
            )
            return redirect("console:import-columns", run_id)
    elif form.is_valid():
        with refusals_beside(form):
            services.choose_columns(operator=request.user, run_id=run_id, said=form.said, at=timezone.now())
            return redirect("console:import", run_id)
    fault = import_words.REASONS.get(run.report.get("fault", ""), run.report.get("fault", ""))
    context = {"run": run, "form": form, "sheet": sheet, "fault": fault}
    return render(request, "console/import_columns.html", context, status=status_of(form))


def outcomes(request: HttpRequest, run_id: UUID, kind: str) -> HttpResponseBase:
    """Every line of the file with what became of it, in French and English, to put the list right."""
    run = queries.import_for(request.user, run_id)
    lines = queries.lines_of(request.user, run, outcome=_chosen(request, run, default=""))
    numbers = services.read_likely(operator=request.user, run=run, at=timezone.now())
    rows = import_words.rows_in_both_languages(lines.iterator(chunk_size=1000), numbers)
    name = f"{run.made_at:%Y-%m-%d}-import.{kind}"
    if kind == "csv":
        answer: HttpResponseBase = StreamingHttpResponse(_csv(rows), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer
    sink = io.BytesIO()
    write_workbook(sink, [("Import", (row for part in ([import_words.HEADINGS], rows) for row in part))])
    sink.seek(0)
    return FileResponse(sink, as_attachment=True, filename=name)


@only_post
def start(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Run it. The page may be closed; the work goes on."""
    services.start_import(operator=request.user, run_id=run_id, at=timezone.now())
    return redirect("console:import", run_id)


@only_post
def pause(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Stop for now; what is registered stays."""
    services.pause_import(operator=request.user, run_id=run_id)
    return redirect("console:import", run_id)


@only_post
def resume(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Go on where it was paused."""
    services.resume_import(operator=request.user, run_id=run_id, at=timezone.now())
    return redirect("console:import", run_id)


@only_post
def drop(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Throw the file away; nobody was registered from it."""
    services.drop_import(operator=request.user, run_id=run_id)
    return redirect("console:imports")


def _chosen(request: HttpRequest, run: ImportRun, default: str | None = None) -> str:
    said = request.GET.get("show", "")
    if said in FILTERS:
        return said
    if default is not None:
        return default
    return next((name for name in FILTERS if run.report.get(name)), "")


def _filters(run: ImportRun) -> list[tuple[str, Any, int]]:
    words = {str(outcome): label for outcome, label in import_words.OUTCOMES.items()}
    return [
        (name, words.get(name, import_words.ALIKE), run.report[name]) for name in FILTERS if run.report.get(name)
    ]


def _csv(rows: Iterable[tuple[Any, ...]]) -> Iterator[bytes]:
    yield "\ufeff".encode()
    yield _line(import_words.HEADINGS)
    for row in rows:
        yield _line(row)


def _line(row: Iterable[Any]) -> bytes:
    sink = io.StringIO(newline="")
    csv.writer(sink).writerow([safe_cell(cell) for cell in row])
    return sink.getvalue().encode()


def _check(run: ImportRun) -> CheckRun | None:
    return CheckRun.objects.filter(id=run.check_run).first() if run.check_run else None


def _pace(run: ImportRun) -> dict[str, Any]:
    since = run.pace_since or run.started_at
    if run.state not in (ImportState.RUNNING, ImportState.PLANNING) or not since or run.done <= run.pace_from:
        return {"per_second": None, "seconds_left": None}
    rate = (run.done - run.pace_from) / max(1.0, (timezone.now() - since).total_seconds())
    return {"per_second": rate, "seconds_left": max(0, run.total - run.done) / rate if rate else None}

"""Many cases decided "two people" in one go: preview, confirm, progress, undo."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gada.agencies.queries import permissions_of
from gada.agencies.services import authorize
from gada.engine.refusal import Refusal
from gada.matching import queries, services
from gada.matching.models import BulkRun
from gada.matching.queries.bulk import bulk_run_for, bulk_runs_for, preview_of
from gada.matching.rules import Filters, clean_filters
from gada.matching.views import wording

LAST_RUNS = 5


@require_http_methods(["GET", "POST"])
def together(request: HttpRequest) -> HttpResponse:
    """Choose, look at what would be decided, confirm."""
    authorize(request.user, "case.judge_many")
    asked = request.POST if request.method == "POST" else request.GET
    filters, refusal = _filters(asked)
    if request.method == "POST" and filters:
        try:
            begun = services.begin_bulk(
                operator=request.user, filters=filters, seen=_number(asked.get("seen")) or 0, at=timezone.now()
            )
            return redirect("matching:bulk", begun.id)
        except Refusal as refused:
            refusal = refused
    preview = preview_of(request.user, filters) if filters else None
    context = {
        "asked": asked, "filters": filters, "preview": preview, "refusal": refusal,
        "sample": [
            {"case": case, "says": wording.verdict_of_case(case)} for case in (preview.sample if preview else ())
        ],
        "runs": [_run(each) for each in bulk_runs_for(request.user)[:LAST_RUNS]],
    }
    return render(request, "matching/together.html", context, status=409 if refusal and request.POST else 200)


@require_GET
def run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """How far a decision in bulk is; undone as one."""
    authorize(request.user, "case.see")
    found = bulk_run_for(request.user, run_id)
    may_undo = "case.undo" in permissions_of(request.user)
    return render(request, "matching/bulk.html", {"run": _run(found), "may_undo": may_undo})


@require_POST
def undo(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Take every decision of the batch back."""
    services.begin_bulk_undo(operator=request.user, run_id=run_id, at=timezone.now())
    messages.success(request, _("These decisions are being undone, all of them."))
    return redirect("matching:bulk", run_id)


def _filters(asked: Any) -> tuple[Filters | None, Refusal | None]:
    """What was asked for; nothing and no complaint when nothing was."""
    if "most" not in asked:
        return None, None
    try:
        return clean_filters(
            most_total=_tenths(asked.get("most")), fingers=asked.get("fingers", ""),
            sexes_differ=bool(asked.get("sexes")),
        ), None
    except Refusal as refusal:
        return None, refusal


def _number(text: str | None) -> int | None:
    try:
        return int(text or "")
    except ValueError:
        return None


def _tenths(text: str | None) -> int | None:
    """−0.5, as a page shows a sum, is −5 tenths."""
    try:
        return round(Decimal(text or "") * 10)
    except (InvalidOperation, ValueError, OverflowError):
        return None


def _run(found: BulkRun) -> dict[str, Any]:
    undoing = found.undo_at is not None and found.undo_finished_at is None
    return {
        "run": found, "total": len(found.cases), "by": queries.name_of_operator(found.by), "undoing": undoing,
        "decided": found.done - found.refused, "running": found.finished_at is None and found.undo_at is None,
        "undo_by": queries.name_of_operator(found.undo_by) if found.undo_by else "",
    }

"""How readers decide, and how far they agree."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from gada.agencies.services import authorize
from gada.matching import queries
from gada.matching.queries.agreement import ALARM, LAST, Reader, readers_for

LOOKED_BACK = timedelta(days=366)


@require_GET
def readers(request: HttpRequest) -> HttpResponse:
    """Everybody together, drawn by month; then reader by reader."""
    authorize(request.user, "review.see")
    whole, *each = readers_for(request.user, since=timezone.now() - LOOKED_BACK)
    context = {
        "whole": _row(whole), "readers": [_row(reader) for reader in each], "agreed": _agreed_by_month(whole),
        "decided": [(_said(month), count) for month, count, _share in whole.months],
        "falls": [_row(reader) for reader in (whole, *each) if reader.fall], "last": LAST,
        "chance": round(ALARM * 100),
    }
    return render(request, "matching/readers.html", context)


def _row(reader: Reader) -> dict[str, Any]:
    name = queries.name_of_operator(reader.operator) if reader.operator else _("everybody together")
    return {"reader": reader, "name": name}


def _agreed_by_month(whole: Reader) -> list[dict[str, Any]]:
    """One line; a month without double readings stays out of it rather than fall to nothing."""
    points = [(_said(month), round(100 * agreed)) for month, _count, agreed in whole.months if agreed is not None]
    return [{"label": _("Agreement"), "points": points}] if points else []


def _said(month: str) -> str:
    """2026-03 as people say it."""
    year, number = month.split("-")
    return date_format(date(int(year), int(number), 1), "M Y")

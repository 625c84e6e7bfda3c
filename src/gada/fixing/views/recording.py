"""The lists of the teams: who carries which tokens, what was handed out where, what is lost."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from gada.agencies.queries import permissions_of
from gada.agencies.services import authorize
from gada.agencies.views.saying import only_post, refusals_beside, status_of
from gada.engine.refusal import NotFound
from gada.fixing import queries, services
from gada.fixing.forms import LineForm, ListForm, LoadForm, VisitForm, VoidForm
from gada.fixing.models import Sweep
from gada.fixing.rules.numbers import spans_in_words
from gada.fixing.rules.shelters import COLUMNS, IN_FRENCH, read_list, shelters_in_words

ROWS = 50


def record(request: HttpRequest, sweep_id: UUID) -> HttpResponse:
    """Forms for one line of each kind, the file of all lists, and the lines so far."""
    sweep = queries.sweep_for(request.user, sweep_id)
    authorize(request.user, "sweep.record", site=sweep.site_id)
    return _page(request, sweep)


@only_post
def keep(request: HttpRequest, sweep_id: UUID, what: str) -> HttpResponse:
    """One line, or a file of lines."""
    sweep = queries.sweep_for(request.user, sweep_id)
    authorize(request.user, "sweep.record", site=sweep.site_id)
    forms = _forms(sweep)
    if what not in forms:
        raise NotFound("line-unknown", _("There is no such line in this sweep."))
    kind: Any = type(forms[what])
    given = {} if what == "list" else {"prefix_of_sweep": sweep.prefix}
    form = kind(request.POST, request.FILES or None, auto_id=f"{what}-%s", **given)
    if form.is_valid():
        with refusals_beside(form):
            messages.success(request, _keep(request, sweep, what, form))
            return redirect("fixing:record", sweep_id)
    return _page(request, sweep, **{what: form})


@only_post
def take_back(request: HttpRequest, sweep_id: UUID) -> HttpResponse:
    """A line that was entered by mistake."""
    form = LineForm(request.POST)
    if not form.is_valid():
        raise NotFound("line-unknown", _("There is no such line in this sweep."))
    services.withdraw_line(
        operator=request.user, sweep_id=sweep_id, line=form.cleaned_data["line"], at=timezone.now()
    )
    messages.success(request, _("Taken back. The line stays in the journal."))
    return redirect("fixing:record", sweep_id)


def empty_list(request: HttpRequest) -> HttpResponse:
    """The headings of a list, to be filled in with a spreadsheet."""
    authorize(request.user, "sweep.record")
    headings = IN_FRENCH if get_language() == "fr" else COLUMNS
    return HttpResponse("\ufeff" + ";".join(headings) + "\r\n", content_type="text/csv; charset=utf-8", headers={
        "Content-Disposition": 'attachment; filename="gada-sweep-list.csv"'
    })


def _keep(request: HttpRequest, sweep: Sweep, what: str, form: Any) -> str:
    who: dict[str, Any] = {"operator": request.user, "sweep_id": sweep.id, "at": timezone.now()}
    if what == "load":
        services.carry_tokens(**who, **form.cleaned_data)
        return _("Noted: %(team)s carries them.") % {"team": form.cleaned_data["team"]}
    if what == "void":
        services.void_tokens(**who, **form.cleaned_data)
        return _("Voided. A family that comes with one of them is registered without a token.")
    drafts = [form.draft] if what == "visit" else read_list(form.cleaned_data["file"].read(), prefix=sweep.prefix)
    count = len(services.record_visits(**who, visits=drafts))
    return ngettext("%(n)d line was taken in.", "%(n)d lines were taken in.", count) % {"n": count}


def _forms(sweep: Sweep) -> dict[str, Any]:
    return {
        "visit": VisitForm(prefix_of_sweep=sweep.prefix, auto_id="visit-%s"), "list": ListForm(auto_id="list-%s"),
        "load": LoadForm(prefix_of_sweep=sweep.prefix, auto_id="load-%s"),
        "void": VoidForm(prefix_of_sweep=sweep.prefix, auto_id="void-%s"),
    }


def _page(request: HttpRequest, sweep: Sweep, **bound: Any) -> HttpResponse:
    lines = Paginator(queries.lines_for(sweep), ROWS).get_page(request.GET.get("page"))
    wrong = next(iter(bound.values()), None)
    return render(request, "fixing/record.html", {
        "sweep": sweep, "forms": {**_forms(sweep), **bound}, "wrong": wrong, "page": lines,
        "lines": [_line(kind, row) for kind, row in lines], "may": permissions_of(request.user),
        "open": next(iter(bound), ""),
    }, status=status_of(wrong) if wrong else 200)


def _line(kind: str, row: Any) -> dict[str, Any]:
    tokens = spans_in_words(set(range(row.first, row.last + 1))) if row.first is not None else ""
    said: dict[str, Any] = {
        "id": row.id,
        "kind": kind,
        "at": row.at,
        "tokens": tokens,
        "team": getattr(row, "team", ""),
    }
    if kind == "visit":
        said |= {
            "block": row.block, "shelters": shelters_in_words(row.shelters), "empty": shelters_in_words(row.empty),
            "second": row.round > 1,
        }
    if kind == "voiding":
        said["why"] = row.words or row.get_why_display()
    return said

"""Extracts for partners without Gada: asked, decided, made, taken, read back, destroyed."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from gada.agencies.queries import permissions_of
from gada.agencies.services import authorize
from gada.agencies.views.saying import status_of
from gada.exchange import queries, services
from gada.exchange.forms import DecideForm, DestroyedForm, ExtractForm, ReturnForm, WhoseForm
from gada.exchange.rules.extracts import FIELDS, LEFT_OUT
from gada.exchange.rules.returns import VERDICTS, WELL
from gada.exchange.services.extracts.returning import Reading
from gada.exchange.views.saying import told

MOST_SHOWN = 200


def extracts(request: HttpRequest) -> HttpResponse:
    """Every request and where it stands; what is due first."""
    authorize(request.user, "extract.see")
    lines = queries.extracts_for(request.user, at=timezone.now())
    context = {
        "lines": lines, "due": sum(line.state == "due" for line in lines), "permissions": permissions_of(request.user),
    }
    return render(request, "exchange/extracts.html", context)


def new(request: HttpRequest) -> HttpResponse:
    """Register what a partner asks for."""
    authorize(request.user, "extract.request")
    form = ExtractForm(request.POST or None, viewer=request.user)
    if form.is_valid():
        with told(request, form):
            made = services.request_extract(operator=request.user, draft=form.draft(), at=timezone.now())
            messages.success(request, _("The request is registered. The data-protection officer decides next."))
            return redirect("exchange:extract", made.id)
    return render(request, "exchange/new_extract.html", {"form": form}, status=status_of(form))


def extract(request: HttpRequest, extract: UUID) -> HttpResponse:
    """One request: who, what for, which families and fields, and the next thing to do."""
    authorize(request.user, "extract.see")
    return _page(request, extract)


@require_POST
def decide(request: HttpRequest, extract: UUID) -> HttpResponse:
    """Approve or refuse."""
    form = DecideForm(request.POST)
    if form.is_valid():
        with told(request, form):
            approve = request.POST.get("decision") == "approve"
            services.decide_extract(
                operator=request.user, extract_id=extract, approve=approve, reason=form.cleaned_data["reason"],
                at=timezone.now(),
            )
            messages.success(request, _("Approved. The file can be made now.") if approve else _("Refused."))
            return redirect("exchange:extract", extract)
    return _page(request, extract, decide_form=form)


@never_cache
@require_POST
def make(request: HttpRequest, extract: UUID) -> HttpResponse:
    """Make the file; its password is on this answer and nowhere else."""
    with told(request):
        made = services.make_extract(operator=request.user, extract_id=extract, at=timezone.now())
        return render(request, "exchange/extract_password.html", {"extract": made.extract, "password": made.password})
    return redirect("exchange:extract", extract)


@never_cache
def take(request: HttpRequest, extract: UUID) -> HttpResponse:
    """The locked file."""
    with told(request):
        found, content = services.take_file(operator=request.user, extract_id=extract, at=timezone.now())
        answer = HttpResponse(
            content, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        )
        answer["Content-Disposition"] = f'attachment; filename="{found.number}.xlsx"'
        return answer
    return redirect("exchange:extract", extract)


def read_in(request: HttpRequest, extract: UUID) -> HttpResponse:
    """Read a returned file and show what each row would do, before anything is noted."""
    authorize(request.user, "extract.return")
    sheet = queries.extract_for(request.user, extract, at=timezone.now())
    form = ReturnForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        with told(request, form):
            reading = services.read_return(
                operator=request.user, extract_id=extract, content=form.cleaned_data["file"].read(),
                password=form.cleaned_data["password"], at=timezone.now(),
            )
            return render(request, "exchange/extract_reading.html", _reading(reading))
    context = {"form": form, "extract": sheet.extract}
    return render(request, "exchange/extract_return.html", context, status=status_of(form))


@require_POST
def note(request: HttpRequest, extract: UUID) -> HttpResponse:
    """Note what was read."""
    with told(request):
        reading = services.record_return(
            operator=request.user, extract_id=extract, digest=request.POST.get("digest", ""), at=timezone.now()
        )
        messages.success(request, _("%(count)s families are noted.") % {"count": reading.to_note})
    return redirect("exchange:extract", extract)


def destroyed(request: HttpRequest, extract: UUID) -> HttpResponse:
    """Keep the partner's word that the file is destroyed."""
    authorize(request.user, "extract.close")
    sheet = queries.extract_for(request.user, extract, at=timezone.now())
    form = DestroyedForm(request.POST or None, initial={"on": timezone.localdate()})
    if form.is_valid():
        with told(request, form):
            services.confirm_destroyed(
                operator=request.user, extract_id=extract, at=timezone.now(), **form.cleaned_data
            )
            messages.success(request, _("The destruction is noted."))
            return redirect("exchange:extract", extract)
    context = {"form": form, "extract": sheet.extract}
    return render(request, "exchange/extract_destroyed.html", context, status=status_of(form))


def whose(request: HttpRequest) -> HttpResponse:
    """From which extract a row or a sheet of paper came."""
    authorize(request.user, "extract.see")
    form, found = WhoseForm(request.GET or None), None
    if form.is_valid():
        with told(request, form):
            found = queries.whose_code(request.user, form.cleaned_data["code"])
    return render(request, "exchange/whose_code.html", {"form": form, "found": found}, status=status_of(form))


def _page(request: HttpRequest, extract: UUID, *, decide_form: DecideForm | None = None) -> HttpResponse:
    sheet = queries.extract_for(request.user, extract, at=timezone.now())
    found = sheet.extract
    context = {
        "sheet": sheet, "extract": found, "permissions": permissions_of(request.user),
        "fields": [(FIELDS[name].label, reason) for name, reason in found.fields.items()],
        "left_out": [(LEFT_OUT.get(why, why), count) for why, count in found.left_out.items()],
        "left_out_total": sum(found.left_out.values()), "own": found.requested_by == request.user.id,
        "decide_form": decide_form or DecideForm(),
    }
    return render(request, "exchange/extract.html", context, status=422 if decide_form else 200)


def _reading(reading: Reading) -> dict[str, object]:
    """What a page shows of a reading: figures, then the rows that need somebody first."""
    troubled = sorted(reading.outcomes, key=lambda each: (each.verdict in WELL, each.line))
    return {
        "reading": reading, "extract": reading.extract,
        "counts": [(VERDICTS[verdict], count, verdict in WELL) for verdict, count in reading.counts.items()],
        "lines": [(each, VERDICTS[each.verdict], each.verdict in WELL) for each in troubled[:MOST_SHOWN]],
        "more": max(0, len(troubled) - MOST_SHOWN),
    }

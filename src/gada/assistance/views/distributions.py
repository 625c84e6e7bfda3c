"""Lists: what is handed out, where, who is on it, and how far it is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from gada.agencies.queries import permissions_of
from gada.agencies.services import authorize
from gada.agencies.views.saying import only_post, refusals_beside, status_of
from gada.assistance import queries, services
from gada.assistance.forms import CycleForm, InterventionForm, ListForm, RationForms
from gada.assistance.models import ListStatus
from gada.assistance.rules import quantity_text

LISTS_A_PAGE = 25
STATES = {
    ListStatus.DRAFT: "wait",
    ListStatus.VERIFIED: "info",
    ListStatus.FROZEN: "good",
    ListStatus.CLOSED: "neutral",
}


def distributions(request: HttpRequest) -> HttpResponse:
    """Every list of the viewer's sites with how many families are served."""
    authorize(request.user, "distribution.see")
    page = Paginator(queries.lists_for(request.user), LISTS_A_PAGE).get_page(request.GET.get("page"))
    for made in page:
        made.state = STATES[ListStatus(made.status)]
    context = {
        "page": page,
        "cycles": list(queries.cycles_for(request.user)[:1]),
        "interventions": list(queries.interventions_for(request.user)[:1]),
        "permissions": permissions_of(request.user),
    }
    return render(request, "assistance/distributions.html", context)


def new_intervention(request: HttpRequest) -> HttpResponse:
    """Begin what a programme hands out."""
    authorize(request.user, "intervention.create")
    form = InterventionForm(request.POST or None, viewer=request.user)
    if form.is_valid():
        with refusals_beside(form):
            services.create_intervention(operator=request.user, **form.cleaned_data, at=timezone.now())
            messages.success(request, _("The intervention is there. Its first cycle comes next."))
            return redirect("assistance:new-cycle")
    return _asked(request, form, _("Start an intervention"))


def new_cycle(request: HttpRequest) -> HttpResponse:
    """Open one round of an intervention."""
    authorize(request.user, "intervention.create")
    form = CycleForm(request.POST or None, viewer=request.user)
    if form.is_valid():
        with refusals_beside(form):
            services.create_cycle(operator=request.user, **form.cleaned_data, at=timezone.now())
            messages.success(request, _("The cycle is there. Make the list of a site next."))
            return redirect("assistance:new-list")
    return _asked(request, form, _("Add a cycle"))


def new_list(request: HttpRequest) -> HttpResponse:
    """Prepare the list of one site: what each family gets."""
    authorize(request.user, "list.make")
    chosen = {"site": getattr(request.site_now, "pk", None), "cycle": request.GET.get("cycle")}
    form = ListForm(request.POST or None, viewer=request.user, initial=chosen)
    lines = RationForms(request.POST or None, prefix="lines")
    if form.is_valid() and lines.is_valid():
        contents = [line for each in lines if (line := each.line())]
        with refusals_beside(form):
            made = services.make_list(
                operator=request.user, **form.cleaned_data, contents=contents, at=timezone.now()
            )
            messages.success(request, _("The list is prepared. Somebody else checks it."))
            return redirect("assistance:list", made.pk)
    wrong = form.is_bound and not (form.is_valid() and lines.is_valid())
    context = {"form": form, "lines": lines}
    return render(request, "assistance/new_list.html", context, status=422 if wrong else 200)


def one_list(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """One list: who it serves, what each gets, what comes next. Counts only: nobody's name, no reading."""
    made = queries.list_for(request.user, list_id)
    authorize(request.user, "distribution.see", site=made.site)
    before = made.status in (ListStatus.DRAFT, ListStatus.VERIFIED)
    context = {
        "made": made,
        "preview": queries.preview_of(made) if before else None,
        "state": STATES[ListStatus(made.status)],
        "ration": [line | {"amount": quantity_text(line["quantity"])} for line in made.contents],
        "made_by": queries.name_of(request.user, made.made_by),
        "verified_by": queries.name_of(request.user, made.verified_by),
        "mine": made.made_by == request.user.pk,
        "permissions": permissions_of(request.user),
        "parts": [_("Prepared"), _("Checked"), pgettext("state of a list", "Open"), _("Closed")],
        "stage": list(ListStatus).index(ListStatus(made.status)) + 1,
        "pace": queries.seconds_a_family(made),
        "left": made.families - made.served,
    }
    return render(request, "assistance/list.html", context)


@only_post
def check(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """The second person's yes."""
    return _moved(request, list_id, services.verify_list, _("The list is checked. It can be opened."))


@only_post
def open_(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """One entitlement per family from now on; the desks may begin."""
    return _moved(request, list_id, services.open_list, _("The distribution is open: the desks may begin."))


@only_post
def close(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """The end of this distribution."""
    return _moved(request, list_id, services.close_list, _("The distribution is closed."))


def _moved(request: HttpRequest, list_id: UUID, service: Any, words: str) -> HttpResponse:
    queries.list_for(request.user, list_id)
    service(operator=request.user, list_id=list_id, at=timezone.now())
    messages.success(request, words)
    return redirect("assistance:list", list_id)


def _asked(request: HttpRequest, form: Form, heading: str) -> HttpResponse:
    context = {"form": form, "heading": heading}
    return render(request, "assistance/new.html", context, status=status_of(form))

"""Search: one line for everything, or a finger. Sent by POST, so that no name stays in an address."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from gada.agencies.services import authorize
from gada.agencies.views.saying import refusals_beside, status_of
from gada.console import services
from gada.console.forms import SearchForm
from gada.console.rules import Why
from gada.people.models import Membership


def search(request: HttpRequest) -> HttpResponse:
    """A task that is open says why (`?task=registration`); otherwise the page asks, without a default."""
    authorize(request.user, "person.search")
    task = request.GET.get("task", "")
    task = task if task in Why.values else ""
    data = {**request.POST.dict(), "why": request.POST.get("why") or task} if request.method == "POST" else None
    form = SearchForm(data, request.FILES or None)
    found = None
    if form.is_valid():
        with refusals_beside(form):
            found = _find(request, form.cleaned_data)
    context = {
        "form": form,
        "found": _cards(found),
        "task": task,
        "why": form.cleaned_data.get("why") if form.is_bound else "",
    }
    return render(request, "console/search.html", context, status=status_of(form))


def _find(request: HttpRequest, said: dict[str, Any]) -> list[services.Found]:
    site, now = request.site_now or None, timezone.now()
    site = getattr(site, "_wrapped", site)
    if said["finger"]:
        return services.find_by_finger(
            operator=request.user,
            picture=said["finger"].read(),
            position=said["position"],
            why=said["why"],
            site=site,
            at=now,
        )
    return services.find_people(operator=request.user, text=said["q"], why=said["why"], site=site, at=now)


def _cards(found: list[services.Found] | None) -> list[dict[str, Any]] | None:
    """Each person with the number of their family."""
    if found is None:
        return None
    memberships = Membership.objects.filter(person__in=[each.person.id for each in found], until=None).select_related(
        "household"
    )
    families = {each.person_id: each for each in memberships}
    return [{"found": each, "person": each.person, "membership": families.get(each.person.id)} for each in found]

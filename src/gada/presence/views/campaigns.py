"""Campaigns: which there are, opening one, and how far it is."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gada.agencies.queries import permissions_of
from gada.agencies.services import authorize
from gada.agencies.views.saying import only_post, refusals_beside, status_of
from gada.presence import queries, services
from gada.presence.forms import CampaignForm
from gada.presence.models import Means

CAMPAIGNS_A_PAGE = 20


def campaigns(request: HttpRequest) -> HttpResponse:
    """Every campaign at the viewer's sites, newest first."""
    authorize(request.user, "presence.see")
    found = [
        {"campaign": each[0].campaign, "roll_calls": each, "open": sum(not roll_call.closed for roll_call in each)}
        for each in (list(group) for _id, group in groupby(
            queries.roll_calls_for(request.user), key=lambda roll_call: roll_call.campaign_id
        ))
    ]
    context = {
        "page": Paginator(found, CAMPAIGNS_A_PAGE).get_page(request.GET.get("page")),
        "permissions": permissions_of(request.user),
    }
    return render(request, "presence/campaigns.html", context)


def new(request: HttpRequest) -> HttpResponse:
    """Open a campaign: where, from when to when, by what rule."""
    authorize(request.user, "presence.open")
    site = getattr(request.site_now, "pk", None)
    first = {"starts_on": timezone.localdate(), "sites": [site] if site else []}
    form = CampaignForm(request.POST or None, viewer=request.user, initial=first)
    if form.is_valid():
        with refusals_beside(form):
            said = dict(form.cleaned_data)
            made = services.open_campaign(
                operator=request.user, sites=list(said.pop("sites")), at=timezone.now(), **said
            )
            messages.success(request, _("The campaign is open: the desks may begin."))
            return redirect("presence:campaign", made[0].campaign_id)
    return render(request, "presence/new.html", {"form": form}, status=status_of(form))


def campaign(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """How far it is at each site. Counts only: nobody's name, no reading."""
    roll_calls = queries.roll_calls_of(request.user, campaign_id)
    authorize(request.user, "presence.see", site=roll_calls[0].site)
    figures = queries.figures_for(request.user, roll_calls)
    days = sorted({day for each in figures for day in each.days})
    context = {
        "campaign": roll_calls[0].campaign, "figures": figures, "permissions": permissions_of(request.user),
        "expected": sum(each.expected for each in figures), "seen": sum(each.seen for each in figures),
        "missing": sum(each.missing for each in figures), "besides": sum(each.besides for each in figures),
        "people": sum(each.people for each in figures), "elsewhere": sum(each.elsewhere for each in figures),
        "days": [(date_format(day, "j/n"), sum(each.days[day] for each in figures)) for day in days],
        "means": _means(figures), "open": sum(not roll_call.closed for roll_call in roll_calls),
    }
    return render(request, "presence/campaign.html", context | {"finding": _finding(figures, days)})


@only_post
def close(request: HttpRequest, roll_call_id: UUID) -> HttpResponse:
    """The end of a campaign at one site."""
    roll_call = services.close_roll_call(operator=request.user, roll_call_id=roll_call_id, at=timezone.now())
    messages.success(
        request, _("Closed at %(site)s. Who was not seen may be listed now.") % {"site": roll_call.site.name}
    )
    return redirect("presence:campaign", roll_call.campaign_id)


def _means(figures: list[queries.Figures]) -> list[tuple[str, int]]:
    counted = [(means.label, sum(each.means[means.value] for each in figures)) for means in Means]
    return [(str(label), count) for label, count in counted if count]


def _finding(figures: list[queries.Figures], days: list[date]) -> str:
    """What the chart shows, in one sentence."""
    if not days:
        return ""
    count, day = max((sum(each.days[day] for each in figures), day) for day in days)
    return ngettext(
        "Most people were seen on %(day)s: %(count)s person",
        "Most people were seen on %(day)s: %(count)s people",
        count,
    ) % {"day": date_format(day, "j F"), "count": count}

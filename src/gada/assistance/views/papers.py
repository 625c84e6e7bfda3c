"""What is printed at the desk: the receipt of a hand-over (80 mm) and the slip of a refusal (A6)."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from gada.agencies.queries import holders_of
from gada.agencies.rules import Role
from gada.agencies.services import authorize
from gada.assistance import queries
from gada.assistance.views.screen import leave_a_line, lines_of
from gada.people.queries import people_in

MOST_CONTACTS = 3


def receipt(request: HttpRequest, redemption_id: UUID) -> HttpResponse:
    """Who collected what, when, how they were recognised, and from whom."""
    redemption = queries.redemption_for(request.user, redemption_id)
    made = redemption.entitlement.list
    authorize(request.user, "distribution.see", site=made.site)
    leave_a_line(request, made, [redemption.collected_by], page="receipt")
    context = {
        "redemption": redemption,
        "made": made,
        "site": made.site,
        "lines": lines_of(redemption.entitlement),
        "collector": people_in(request.user).filter(id=redemption.collected_by).first(),
        "operator_name": queries.name_of(request.user, redemption.operator_id),
        "now": timezone.now(),
    }
    return render(request, "assistance/receipt.html", context)


def slip(request: HttpRequest, slip_id: UUID) -> HttpResponse:
    """Why, what to do now, until when to appeal and with whom. It tells nothing about the family."""
    refusal = queries.slip_for(request.user, slip_id)
    site = refusal.entitlement.list.site
    authorize(request.user, "distribution.see", site=site)
    # Whoever said no is not the one who hears the appeal.
    others = holders_of([Role.SUPERVISOR, Role.ADMIN], site=site).exclude(pk=refusal.operator_id)
    context = {
        "refusal": refusal,
        "site": site,
        "contacts": list(others.values_list("name", flat=True)[:MOST_CONTACTS]),
        "operator_name": queries.name_of(request.user, refusal.operator_id),
    }
    return render(request, "assistance/slip.html", context)

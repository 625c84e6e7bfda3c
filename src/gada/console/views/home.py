"""Home: today at a glance."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from gada import journal
from gada.agencies.queries import permissions_of
from gada.console import queries, rules
from gada.matching.queries import MOST_COUNTED
from gada.people.services import scope_of


def home(request: HttpRequest) -> HttpResponse:
    """Figures, rhythm, what to watch, the newest families. Names only for those who register people."""
    now = timezone.now()
    allowed = permissions_of(request.user)
    day = queries.day_of(request.user, at=now)
    lines = queries.newest_families(request.user) if "person.enrol" in allowed else None
    heads = [line.head.id for line in lines or [] if line.head]
    if heads:
        journal.record_read(
            by=request.user, people=heads, purpose="registration", page="home", at=now,
            **({"scope": scope_of(request.site_now)} if request.site_now else {}),
        )
    peak = rules.peak_of(day.hours)
    context = {
        "day": day,
        "cases": day.cases if day.cases < MOST_COUNTED else f"{MOST_COUNTED - 1}+",
        "now": now,
        "lines": lines,
        "allowed": allowed,
        "watched": queries.things_to_watch(request.user, at=now),
        "hours": [(_hour(each.hour), each.families) for each in day.hours],
        "peak": _hour(peak.hour) if peak else None,
        "finding": rules.finding_of(day.hours, now=timezone.localtime(now)),
        "without_prints": (day.refused + day.unable) / day.people if day.people else None,
        "refused": day.refused / day.people if day.people else 0,
        "unable": day.unable / day.people if day.people else 0,
        "waited": (now - day.oldest_case).total_seconds() if day.oldest_case else None,
        "cases_url": _cases_url(),
        "drafts": queries.drafts_of(request.user) if "person.enrol" in allowed else [],
    }
    return render(request, "console/home.html", context)


def _hour(hour: int) -> str:
    return _("%(hour)s:00") % {"hour": hour}


def _cases_url() -> str:
    try:
        return reverse("matching:cases")
    except NoReverseMatch:
        return ""

"""The left column: only what this operator may do, in the order of a day, with what waits for somebody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gada.agencies.models import Operator
from gada.agencies.queries import permissions_of
from gada.exchange.queries import how_many_extracts_wait_for, proposals_for
from gada.fixing.queries import how_many_wait_for as tokens_waiting
from gada.matching.queries import MOST_COUNTED, how_many_wait_for
from gada.project.words import number
from gada.surveys.queries import how_many_wait_for as answers_waiting

DAY, AROUND = "day", "around"


@dataclass(frozen=True, slots=True)
class Place:
    """One line of the navigation: where it leads, which action opens it, which key jumps there, what waits there."""

    label: Any
    url_name: str
    action: str | None = None
    key: str = ""
    group: str = DAY
    waiting: Callable[[Operator], int] | None = None


def cases_waiting(viewer: Operator) -> int:
    """Possible duplicates that wait for somebody, counted as far as a number beside a word needs it."""
    return how_many_wait_for(viewer)


def shown(count: int) -> int | str:
    """Beyond a thousand nobody counts: `1 000+`."""
    return count if count < MOST_COUNTED else f"{number(MOST_COUNTED - 1)}+"


def differences_waiting(viewer: Operator) -> int:
    """Differences with partners nobody settled yet."""
    return proposals_for(viewer).filter(state="open").order_by().count()


def extracts_waiting(viewer: Operator) -> int:
    """Requests to decide, files to make, destructions to be confirmed."""
    return how_many_extracts_wait_for(viewer, at=timezone.now())


PLACES = (
    Place(_("Home"), "console:home", key="h"),
    Place(_("Register a family"), "console:register", "person.enrol", key="i"),
    Place(_("Search"), "console:search", "person.search", key="s"),
    Place(_("Duplicates"), "matching:cases", "case.see", waiting=cases_waiting),
    Place(_("Cards"), "credentials:queue", "card.see"),
    Place(_("Check a card"), "credentials:check", "card.check"),
    Place(_("Distribution"), "assistance:distributions", "distribution.see"),
    Place(_("Presence"), "presence:campaigns", "presence.see"),
    Place(_("Agreements and packages"), "exchange:agreements", "agreement.see", waiting=differences_waiting),
    Place(_("Extracts for partners"), "exchange:extracts", "extract.see", waiting=extracts_waiting),
    Place(_("Live figures"), "console:figures", "figures.see", group=AROUND),
    Place(_("Report on duplicates"), "matching:report", "report.make", group=AROUND),
    Place(_("Import"), "console:imports", "person.import", group=AROUND),
    Place(_("Sweeps and tokens"), "fixing:sweeps", "sweep.see", group=AROUND, waiting=tokens_waiting),
    Place(_("Forms on phones"), "surveys:forms", "survey.see", group=AROUND, waiting=answers_waiting),
    Place(_("Requests"), "console:requests", "request.answer", group=AROUND),
    Place(_("What falls due"), "console:retention", "retention.see", group=AROUND),
    Place(_("Export"), "console:exports", "person.export", group=AROUND),
    Place(_("Sites and devices"), "agencies:sites", "agencies.read", group=AROUND),
    Place(_("Nodes of the network"), "exchange:own-nodes", "node.see", group=AROUND),
    Place(_("Operators"), "agencies:operators", "operator.create", group=AROUND),
    Place(_("Journal"), "console:journal", "journal.see", group=AROUND),
)


def navigation_for(request: HttpRequest) -> list[dict[str, Any]]:
    """The places this operator may go to, the current one marked. One query, and one per place that counts."""
    allowed = permissions_of(request.user)
    lines = []
    for place in PLACES:
        if place.action and place.action not in allowed:
            continue
        try:
            url = reverse(place.url_name)
        except NoReverseMatch:  # the room is not open on this node
            continue
        lines.append({
            "url": url, "label": place.label, "key": place.key, "group": place.group,
            "count": shown(place.waiting(request.user)) if place.waiting else None,
            "active": request.path == url or (url != "/" and request.path.startswith(url)),
        })
    return lines

"""The left column: only what this operator may do, in the order of a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Place:
    """One line of the navigation: where it leads, which action opens it, which key jumps there."""

    label: Any
    url_name: str
    action: str | None = None
    key: str = ""
    prefix: str = ""


PLACES = (
    Place(_("Home"), "console:home", key="h"),
    Place(_("Register a family"), "console:register", "person.enrol", key="i"),
    Place(_("Search"), "console:search", "person.search", key="s"),
    Place(_("Duplicates"), "matching:cases", "case.see"),
    Place(_("Distribution"), "assistance:distributions", "distribution.see"),
    Place(_("Agreements and packages"), "exchange:agreements", "agreement.see"),
    Place(_("Import"), "console:imports", "person.import"),
    Place(_("Sites and devices"), "agencies:sites", "site.create"),
    Place(_("Operators"), "agencies:operators", "operator.create"),
    Place(_("Journal"), "console:journal", "journal.see"),
)


def navigation_for(request: HttpRequest) -> list[dict[str, Any]]:
    """The places this operator may go to, the current one marked."""
    from gada.agencies.queries import permissions_of

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
            "url": url, "label": place.label, "key": place.key, "count": None,
            "active": request.path == url or (url != "/" and request.path.startswith(url)),
        })
    return lines

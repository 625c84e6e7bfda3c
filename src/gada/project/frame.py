"""What base.html needs on every page: who this node is, who is signed in, where they can go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from gada import vault
from gada.agencies.models import Operator
from gada.agencies.rules import Role
from gada.agencies.services import held_lately, join_roles
from gada.engine.refusal import Refusal
from gada.project.navigation import navigation_for

KIND_LABELS = {
    "humanitarian": lambda: _("humanitarian node"), "civil": lambda: _("civil registry node"),
    "border": lambda: _("border node"), "security": lambda: _("security node"),
}
MOST_ROLES = 2  # the header has one line; the account page lists them all
OFFLINE_AFTER = timedelta(minutes=15)  # partners greet each other every minute (exchange.md §1)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context for every page (see the comment on top of base.html). Signed in: six queries at most."""
    try:
        identity = vault.identity()
    except (Refusal, FileNotFoundError):
        return {"node": None, "agency": None, "operator": None, "nav": [], "network": None, "languages": languages()}
    user = getattr(request, "user", None)
    operator = user if user is not None and user.is_authenticated else None
    site = getattr(request, "site_now", None) or None  # lazy: an empty one is not None yet
    return {
        "node": {
            "name": identity.name, "kind": identity.kind, "kind_label": KIND_LABELS[identity.kind](),
            "training": identity.training,
        },
        "agency": site.agency.name if site else None,
        "operator": who(operator, site) if operator else None,
        "site": site,
        "nav": navigation_for(request) if operator else [],
        "network": network() if operator else None,
        "languages": languages(),
    }


def who(operator: Operator, site: Any) -> dict[str, Any]:
    """The person signed in, and what they are here."""
    held = {Role(each.role) for each in held_lately(operator) if site is None or each.site in (None, site.pk)}
    shown = join_roles([role for role in Role if role in held][:MOST_ROLES]).lower()
    return {"name": operator.name, "role_label": f"{shown}…" if len(held) > MOST_ROLES else shown}


def network() -> dict[str, str] | None:
    """Whether partners are reached, and how much waits for them; None while there is no partner with an address."""
    from gada.exchange.models import Package, Peer

    peers = (
        Peer.objects.filter(state="active").exclude(address="").aggregate(count=Count("id"), last=Max("last_contact"))
    )
    if not peers["count"]:
        return None
    waiting = Package.objects.filter(Q(outgoing=True, state="made")).count()
    if peers["last"] is None or timezone.now() - peers["last"] > OFFLINE_AFTER:
        if not waiting:
            return {"state": "offline", "label": _("Off the network")}
        text = ngettext(
            "Off the network · %(count)s package waits", "Off the network · %(count)s packages wait", waiting
        )
        return {"state": "offline", "label": text % {"count": waiting}}
    if waiting:
        text = ngettext("%(count)s package waits", "%(count)s packages wait", waiting)
        return {"state": "waiting", "label": text % {"count": waiting}}
    return {"state": "ok", "label": _("On the network")}


def languages() -> list[dict[str, Any]]:
    """The languages of pages, the present one marked."""
    return [
        {"code": code, "label": code.upper(), "name": name, "active": code == get_language()}
        for code, name in settings.LANGUAGES
    ]

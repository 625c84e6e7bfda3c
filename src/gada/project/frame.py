"""What base.html needs on every page: who this node is, who is signed in, where they can go."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gada import vault
from gada.engine.refusal import Refusal
from gada.project.navigation import navigation_for

KIND_LABELS = {
    "humanitarian": lambda: _("humanitarian node"), "civil": lambda: _("civil registry node"),
    "border": lambda: _("border node"), "security": lambda: _("security node"),
}


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context for every page (see the comment on top of base.html)."""
    try:
        identity = vault.identity()
    except (Refusal, FileNotFoundError):
        return {"node": None, "operator": None, "nav": [], "network": None, "languages": languages()}
    operator = getattr(request, "user", None)
    signed_in = operator is not None and operator.is_authenticated
    site = getattr(request, "site_now", None)
    return {
        "node": {
            "name": identity.name, "kind": identity.kind, "kind_label": KIND_LABELS[identity.kind](),
            "training": identity.training,
        },
        "operator": operator if signed_in else None,
        "site": site,
        "nav": navigation_for(request) if signed_in else [],
        "network": None,
        "languages": languages(),
    }


def languages() -> list[dict[str, Any]]:
    """The languages of pages, the present one marked."""
    return [
        {"code": code, "label": code.upper(), "name": name, "active": code == get_language()}
        for code, name in settings.LANGUAGES
    ]

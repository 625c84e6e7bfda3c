"""Everybody is signed in, in their language, at their site; whoever is away for long is signed out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode

from gada import vault
from gada.agencies import queries, services

OPEN_TO_ALL = ("/static/", "/health", "/api/")  # the API answers for itself, in problem documents
LAST_SEEN = "last_seen"
SITE = "site"
SECONDS_BETWEEN_NOTES = 60  # a note costs one write; nobody's patience is measured in seconds


class SignedIn:
    """Pages are closed unless their view says `login_not_required`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not vault.is_unlocked() or not request.user.is_authenticated:
            return self.get_response(request)
        if _was_away(request):
            services.sign_out(operator=request.user, reason="idle", at=timezone.now())
            logout(request)
            return self.get_response(request) if _is_open(request, None) else _to_sign_in(request, why="idle")
        request.site_now = SimpleLazyObject(lambda: queries.site_now(request.user, chosen=_chosen_site(request)))
        translation.activate(request.user.language)
        request.LANGUAGE_CODE = translation.get_language()
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if _is_open(request, view) or request.user.is_authenticated:
            return None
        return _to_sign_in(request)


def _is_open(request: HttpRequest, view: Any) -> bool:
    return request.path.startswith(OPEN_TO_ALL) or not getattr(view, "login_required", True)


def _was_away(request: HttpRequest) -> bool:
    """Has nothing come from this browser for longer than a break? Notes when something last came."""
    now = int(timezone.now().timestamp())
    seen = request.session.get(LAST_SEEN, now)
    if now - seen > settings.IDLE_MINUTES * 60:
        return True
    if now - seen >= SECONDS_BETWEEN_NOTES or LAST_SEEN not in request.session:
        request.session[LAST_SEEN] = now
    return False


def _to_sign_in(request: HttpRequest, *, why: str = "") -> HttpResponse:
    address = resolve_url(settings.LOGIN_URL)
    here = request.get_full_path() if request.method == "GET" else ""
    query = urlencode({name: value for name, value in (("next", here), ("why", why)) if value})
    address = f"{address}?{query}" if query else address
    if request.headers.get("HX-Request"):  # a panel must not be filled with a sign-in page
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def _chosen_site(request: HttpRequest) -> UUID | None:
    chosen = request.session.get(SITE)
    return UUID(chosen) if chosen else None

"""What every answer passes through: a strict content policy, the lock, and refusals in words."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from gada import vault
from gada.engine.proof import secrets
from gada.engine.refusal import Invalid, Refusal
from gada.project.errors import page_of, problem_of

Next = Callable[[HttpRequest], HttpResponse]
OPEN_WHEN_LOCKED = ("/unlock/", "/static/", "/health")
ALSO_TEXT = {"application/javascript", "application/json", "application/problem+json", "image/svg+xml"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "manifest-src 'self'; media-src 'self' blob:"
)

# The page where fingers are taken may also speak to the scanner of the machine it is shown on.
POLICY_WITH_SCANNERS = POLICY.replace("connect-src 'self'", "connect-src 'self' http://127.0.0.1:*")


class ContentSecurity:
    """No inline script, no foreign host, nothing cached by shared browsers.

    A view whose page speaks to a scanner sets `reaches_scanners` on its response: this machine is allowed then.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.get("Content-Type", "").startswith("text/html") and response.status_code not in (301, 302):
            reaches = getattr(response, "reaches_scanners", False)
            response.setdefault("Content-Security-Policy", POLICY_WITH_SCANNERS if reaches else POLICY)
            response.setdefault("Permissions-Policy", "camera=(self), microphone=(), geolocation=()")
        else:  # nothing is drawn from these: on a slow link the long policy would be most of the answer
            response.setdefault("Content-Security-Policy", "default-src 'none'")
        if not request.path.startswith("/static/"):
            response.setdefault("Cache-Control", "no-store")
        if request.is_secure():  # the same process also serves this machine over plain HTTP, with cookies of its own
            for cookie in response.cookies.values():
                cookie["secure"] = True
        return response


class Compressed(GZipMiddleware):
    """Pages go out compressed, styles and scripts too; fonts and photos are small already, programs get plain JSON.

    The CSRF token is masked anew in each answer and the length varies at random: lengths tell nothing (BREACH).
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        kind = response.get("Content-Type", "").split(";")[0]
        if request.path.startswith("/api/") or not (kind.startswith("text/") or kind in ALSO_TEXT):
            return response
        return super().process_response(request, response)


class LockedNode:
    """Until somebody gives the passphrase there is nothing to read: every page leads to unlocking."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/static/"):
            return self.get_response(request)
        try:
            use_secret_key()
        except Refusal as refusal:
            if request.path.startswith(OPEN_WHEN_LOCKED):
                return self.get_response(request)
            if _wants_json(request):
                return problem_of(refusal, request)
            if request.path.startswith("/openrosa/"):  # a phone would take a page for an answer
                return HttpResponse(str(refusal), status=503, content_type="text/plain", headers={"Retry-After": "60"})
            response = HttpResponse(status=302)
            response["Location"] = "/unlock/"
            return response
        return self.get_response(request)


class Refusals:
    """An expected no becomes a page (or a problem document) that says what to do next."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", "") or "\x00" in request.path:
            # PostgreSQL keeps no such character, and nobody types it: refused once, for every page and every address.
            no = Invalid("request-invalid", "This request cannot be understood: %(where)s", where="\\0")
            return problem_of(no, request) if _wants_json(request) else page_of(no, request)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        return problem_of(exception, request) if _wants_json(request) else page_of(exception, request)


def use_secret_key() -> None:
    """Django's signing key derives from the node key: nothing secret lies in a settings file."""
    key = secrets.derive(vault.node_key(), purpose="django").hex()
    if key != settings.SECRET_KEY:
        settings.SECRET_KEY = key


def _wants_json(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")

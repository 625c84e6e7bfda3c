"""The JSON API: every room's router under one roof, one way to sign in, one shape of error (RFC 9457)."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser
from ninja.security import HttpBearer, django_auth

from gada.agencies.models import Operator
from gada.engine.refusal import Invalid, NotFound, NotPermitted, Refusal
from gada.project.errors import problem_of

ROOMS = ("agencies", "people", "biometrics", "matching", "assistance", "exchange", "console")
TOKEN_SALT = "gada.api"
LONGEST_TOKEN_LIFE = timedelta(days=90)


class Token(HttpBearer):
    """`Authorization: Bearer …`, made by `gada operator token`; ends with its time or a new password."""

    def authenticate(self, request: HttpRequest, token: str) -> Operator | None:
        operator = operator_of_token(token)
        if operator is not None:
            request.user = operator
            translation.activate(operator.language)
        return operator


def make_token(operator: Operator, *, days: int) -> str:
    """A token that acts as this operator for so many days."""
    until = (timezone.now() + min(timedelta(days=days), LONGEST_TOKEN_LIFE)).timestamp()
    return signing.dumps({"o": str(operator.pk), "p": _mark(operator), "u": int(until)}, salt=TOKEN_SALT)


def operator_of_token(token: str) -> Operator | None:
    """Whose token this is; None when it is forged, over, or their password changed since."""
    try:
        said = signing.loads(token, salt=TOKEN_SALT)
    except signing.BadSignature:
        return None
    operator = Operator.objects.filter(pk=said["o"], is_active=True).first()
    if operator is None or said["p"] != _mark(operator) or said["u"] < timezone.now().timestamp():
        return None
    return operator


def _mark(operator: Operator) -> str:
    return operator.get_session_auth_hash()[:16]


class WithoutNull(Parser):
    """JSON without the character NUL, which PostgreSQL cannot keep."""

    def parse_body(self, request: HttpRequest) -> Any:
        if b"\\u0000" in request.body:
            raise ValueError("NUL")
        return super().parse_body(request)


# The token first: the cookie's guard asks for a CSRF token and would refuse a program before its token is looked at.
api = NinjaAPI(
    title="Gada", version="1", auth=[Token(), django_auth], parser=WithoutNull(), urls_namespace="api",
    description="Registration, import, search, desk and exchange of one node. Errors are problem documents (RFC 9457).",
)
for _room in ROOMS:
    if find_spec(f"gada.{_room}") and find_spec(f"gada.{_room}.api"):
        api.add_router("", import_module(f"gada.{_room}.api").router)


@api.exception_handler(Refusal)
def _refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return problem_of(refusal, request)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    where = ", ".join(sorted({".".join(str(part) for part in fault["loc"]) for fault in error.errors}))
    return problem_of(Invalid("request-invalid", "This request cannot be understood: %(where)s", where=where), request)


@api.exception_handler(AuthenticationError)
def _unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return problem_of(_signed_out(401), request)


@api.exception_handler(HttpError)
def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    if error.status_code in (401, 403):
        return problem_of(_signed_out(error.status_code), request)
    return problem_of(
        Invalid("request-invalid", "This request cannot be understood: %(where)s", where=str(error)), request
    )


def _signed_out(status: int) -> Refusal:
    refusal = NotPermitted("not-signed-in", "Sign in first, or give a token.")
    refusal.status = status
    return refusal


def nothing_there(request: HttpRequest, address: str) -> HttpResponse:
    """An address the API does not know: a problem document here too, never a page."""
    raise NotFound("address-unknown", "There is nothing at this address of the API.")

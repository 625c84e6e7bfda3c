"""A write with an `Idempotency-Key` happens once: the same request again gets the same answer.

The answer is kept in the transaction of the write itself, so that a kill leaves both or neither.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gada import vault
from gada.engine.proof.digests import digest_hex
from gada.engine.refusal import Invalid, Refusal
from gada.project.errors import problem_of
from gada.project.models import KeptAnswer

LONGEST_KEY = 80
WRITES = {"POST", "PUT", "PATCH", "DELETE"}


class IdempotentWrites:
    """Middleware for /api/: see the module."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple, kwargs: dict
    ) -> HttpResponse | None:
        key = request.headers.get("Idempotency-Key", "")
        if not key or request.method not in WRITES or not request.path.startswith("/api/"):
            return None
        try:
            return _answer(request, key, lambda: view(request, *args, **kwargs))
        except Refusal as refusal:  # Django asks no middleware about what is raised here
            return problem_of(refusal, request)


def _answer(request: HttpRequest, key: str, answer: Callable[[], HttpResponse]) -> HttpResponse:
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise Invalid("idempotency-key", _("An idempotency key has at most 80 printable characters."))
    try:
        return _once(request, key, answer)
    except IntegrityError:
        # Two of the same at the same moment: the other one won; its answer is there now.
        return _once(request, key, answer)


def _once(request: HttpRequest, key: str, answer: Callable[[], HttpResponse]) -> HttpResponse:
    operator = _operator_of(request)
    if operator is None:
        return answer()
    digest = digest_hex(f"{request.method} {request.get_full_path()}\n".encode() + request.body)
    with transaction.atomic():
        kept = KeptAnswer.objects.filter(operator=operator, key=key).first()
        if kept and kept.request_digest != digest:
            raise Refusal("idempotency-key-reused", _("This idempotency key was used for another request."))
        if kept:
            return HttpResponse(
                vault.open_for_node(bytes(kept.box)), status=kept.status, content_type=kept.content_type
            )
        given = answer()
        if given.status_code < 300:
            KeptAnswer.objects.create(
                operator=operator,
                key=key,
                request_digest=digest,
                status=given.status_code,
                content_type=given.headers["Content-Type"],
                box=vault.seal_for_node(given.content),
                given_at=timezone.now(),
            )
        return given


def _operator_of(request: HttpRequest):  # type: ignore[no-untyped-def]
    from gada.project.api import operator_of_token

    if request.user.is_authenticated:
        return request.user.pk
    operator = operator_of_token(request.headers.get("Authorization", "").removeprefix("Bearer ").strip())
    return operator.pk if operator else None

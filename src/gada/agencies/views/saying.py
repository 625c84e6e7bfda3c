"""Refusals on the page where they happened, beside the field they are about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from gada.engine.refusal import NotFound, NotPermitted, Refusal

FIELDS = {
    "username-unfit": "username", "username-taken": "username", "password-weak": "password",
    "password-wrong": "current", "passphrase-wrong": "passphrase", "code-wrong": "code", "name-taken": "name",
    "name-missing": "name", "question-not-assessed": "allowed_by", "question-kind-fixed": "kind",
    "question-choices": "choices", "validity-past": "valid_until", "impact-assessment-missing": "impact_assessment",
    "impact-assessment-unsigned": "assessed_on", "impact-assessment-future": "assessed_on",
    "assessment-too-large": "document",
}


@contextmanager
def refusals_beside(form: Form) -> Iterator[None]:
    """Put what a service refuses on the form; what concerns permission keeps its own page."""
    try:
        yield
    except Refusal as refusal:
        if isinstance(refusal, NotPermitted | NotFound) and refusal.code in ("not-permitted", "operator-unknown"):
            raise
        field = FIELDS.get(refusal.code)
        form.add_error(field if field in form.fields else None, words_of(refusal))


def words_of(refusal: Refusal) -> str:
    """The refusal in the reader's language."""
    message = refusal.message
    text = gettext(message) if isinstance(message, str) and message else str(message) or refusal.code
    return text % refusal.facts if refusal.facts else text


def status_of(form: Form) -> int:
    """422 for a page that comes back with something to correct."""
    return 422 if form.is_bound and form.errors else 200


def only_post(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A button, not a page: a plain visit is refused with 405."""

    @wraps(view)
    def posted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        return view(request, *args, **kwargs)

    return posted

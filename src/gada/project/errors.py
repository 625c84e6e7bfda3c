"""One catalogue of noes, two shapes: a page for people, RFC 9457 problem details for programs."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from gada.engine.refusal import Refusal


def text_of(refusal: Refusal) -> str:
    """The refusal in the reader's language. Messages of the pure engine are msgids too."""
    message = refusal.message
    text = gettext(message) if isinstance(message, str) and message else str(message) or refusal.code
    return text % refusal.facts if refusal.facts else text


def problem_of(refusal: Refusal, request: HttpRequest) -> HttpResponse:
    """RFC 9457: type, title, status, detail, instance, and the refusal's own facts."""
    body: dict[str, Any] = {
        "type": f"urn:gada:refusal:{refusal.code}", "title": text_of(refusal), "status": refusal.status,
        "code": refusal.code, "instance": request.path,
        "facts": {name: str(value) for name, value in refusal.facts.items()},
    }
    return HttpResponse(json.dumps(body), status=refusal.status, content_type="application/problem+json")


def page_of(refusal: Refusal, request: HttpRequest) -> HttpResponse:
    """What happened, why, what to do now, who can help."""
    context = {"refusal": refusal, "text": text_of(refusal), "code": refusal.code}
    return render(request, "refusal.html", context, status=refusal.status)

"""The page and a scanner: what to ask of it, and what it answered. JSON for the script of the page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from gada.agencies.views.saying import only_post, words_of
from gada.biometrics.models import Finger
from gada.console import queries, services
from gada.console.rules import MOST_TRIES
from gada.console.views.prints import GOOD_AT_LEAST, advice_words
from gada.engine.refusal import Invalid, Refusal


@only_post
def begin_scan(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """What to send to the scanner for one finger."""
    try:
        member, position = (_number(request, name) for name in ("member", "position"))
        return JsonResponse(services.begin_scan(
            operator=request.user, draft_id=draft_id, index=member, position=position, at=timezone.now(),
            device=request.POST.get("device", "0"), part=request.POST.get("part", "0"),
        ))
    except Refusal as refusal:
        return _refused(refusal)


@only_post
def keep_scan(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """The scanner's answer, verified and kept; how good it is, what to do, and whether to try again."""
    answer = request.FILES.get("answer")
    try:
        if answer is None:
            raise Invalid("scan-empty", _("The scanner sent nothing. Start again."))
        index, made = services.keep_scan(
            operator=request.user, draft_id=draft_id, transaction=request.POST.get("transaction", ""),
            answer=answer.read(), at=timezone.now(),
        )
    except Refusal as refusal:
        return _refused(refusal)
    member = queries.draft_for(request.user, draft_id).members[index]
    tries = sum(each["position"] == made.position for each in member["prints"])
    good = made.quality >= GOOD_AT_LEAST
    words = _("%(finger)s: quality %(quality)s.") % {
        "finger": str(Finger(made.position).label).capitalize(), "quality": made.quality,
    }
    return JsonResponse({
        "quality": made.quality, "good": good, "again": not good and tries < MOST_TRIES,
        "words": f"{words} {advice_words(made.advice)}",
    })


def _number(request: HttpRequest, name: str) -> int:
    said = request.POST.get(name, "")
    if not said.isascii() or not said.isdigit() or len(said) > 3:
        raise Invalid("finger-unknown", _("There is no such finger. Choose one of the ten."))
    return int(said)


def _refused(refusal: Refusal) -> HttpResponse:
    said: dict[str, Any] = {"code": refusal.code, "words": words_of(refusal)}
    return JsonResponse(said, status=refusal.status)

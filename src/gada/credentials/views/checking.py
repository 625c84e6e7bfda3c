"""Checking a card: by camera, by picture, by a scanner that types; offline; what was proven and what was not."""

from __future__ import annotations

import base64
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from gada import journal
from gada.agencies.queries import permissions_of
from gada.agencies.services import authorize
from gada.agencies.views.saying import only_post, words_of
from gada.credentials import queries
from gada.credentials.forms import CheckForm
from gada.credentials.models import State
from gada.engine.formats.claim_169 import AVIF, JPEG, WEBP, Holder
from gada.engine.refusal import Invalid
from gada.people.rules import read_number

TYPES = {JPEG: "jpeg", AVIF: "avif", WEBP: "webp"}  # of those Claim 169 names, what every browser shows


def check(request: HttpRequest) -> HttpResponse:
    """The form, and below it what came of the last card."""
    authorize(request.user, "card.check")
    form = CheckForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        try:
            finding = _found(request, form)
        except Invalid as refusal:
            context |= {"unreadable": words_of(refusal)}
        else:
            context |= _shown(request, finding)
            form = CheckForm()
            context["form"] = form
    return render(request, "credentials/check.html", context, status=422 if "unreadable" in context else 200)


@only_post
def frame(request: HttpRequest) -> HttpResponse:
    """One frame of the camera: the text of the code on it, for a browser that reads none itself."""
    authorize(request.user, "card.check")
    picture = request.FILES.get("picture")
    try:
        return JsonResponse({"code": queries.read_picture(picture.read()) if picture else ""})
    except Invalid:
        return JsonResponse({"code": ""})


def _found(request: HttpRequest, form: CheckForm) -> queries.Finding:
    code, picture = form.cleaned_data["code"], form.cleaned_data["picture"]
    if picture:
        return queries.check_code(request.user, queries.read_picture(picture.read()))
    if not code.strip():
        raise Invalid("check-empty", _("Scan a card, type its number, or choose a picture."))
    try:
        number = read_number(code)
    except Invalid:
        if len(code.strip()) < 20:
            raise
        return queries.check_code(request.user, code)
    return queries.check_number(request.user, number)


def _shown(request: HttpRequest, finding: queries.Finding) -> dict[str, Any]:
    if finding.person:
        journal.record_read(
            by=request.user, people=[finding.person.id], purpose="assistance", page="card-check", at=timezone.now()
        )
    holder = finding.token.holder if finding.token else None
    ending = queries.ending_of(finding.card) if finding.card else None
    return {
        "finding": finding, "holder": holder, "ending": ending, "facts": _facts(finding, holder),
        "picture": _picture(holder), "permissions": permissions_of(request.user),
        "is_lost": bool(ending and ending.what == State.LOST),
    }


def _facts(finding: queries.Finding, holder: Holder | None) -> list[tuple[str, str]]:
    if holder is None or finding.token is None:
        return []
    between = holder.born_between
    years = "–".join(str(year) for year in dict.fromkeys(between)) if between else ""
    sexes = {"F": _("Female"), "M": _("Male")}
    return [
        (_("Number"), holder.number), (_("Name"), holder.name), (_("Sex"), sexes.get(holder.sex, "")),
        (_("Born"), holder.born.strftime("%d.%m.%Y") if holder.born else years), (_("Issued by"), finding.token.issuer),
        (_("Signed on"), timezone.localtime(finding.token.issued_at).strftime("%d.%m.%Y %H:%M")),
        (_("Copy"), finding.copy.serial if finding.copy else ""),
    ]


def _picture(holder: Holder | None) -> str:
    if holder is None or not holder.photo or holder.photo_format not in TYPES:
        return ""
    return f"data:image/{TYPES[holder.photo_format]};base64,{base64.b64encode(holder.photo).decode()}"

"""The desk: find, recognise, hand over — one screen, three keys when all goes well."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from gada import vault
from gada.agencies.queries import devices_of
from gada.agencies.services import authorize
from gada.agencies.views.saying import only_post, words_of
from gada.assistance import queries, services
from gada.assistance.forms import DeskNameForm, FindForm, FingerForm, RefusalForm, StepForm
from gada.assistance.models import DistributionList
from gada.assistance.queries import AtTheDesk, Found
from gada.assistance.views.screen import (
    DESK,
    FOUND_BY,
    HANDED,
    desk_context,
    desk_of,
    family_context,
    leave_a_line,
    leave_a_line_once,
    people_choices,
)
from gada.biometrics.services import read_fingers
from gada.engine.refusal import Invalid, NotFound, NotPermitted, Refusal

ANY_FINGER = 0
PICTURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}


def desk(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """Ready for the next family."""
    return render(request, "assistance/desk.html", desk_context(request, _list(request, list_id)))


@sensitive_post_parameters("q")
def find(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """By card, number, name or finger. What was typed never stands in an address."""
    made = _list(request, list_id)
    if request.method != "POST":
        return redirect("assistance:desk", made.pk)
    form = FindForm(request.POST, request.FILES)
    if not form.is_valid():
        return _desk_page(request, made, problem=_first_error(form))
    if form.cleaned_data["finger"] is not None:
        return _find_finger(request, made, form.cleaned_data["finger"])
    text = form.cleaned_data["q"]
    if not text:
        return redirect("assistance:desk", made.pk)
    found = queries.families_named(request.user, made, text)
    leave_a_line(request, made, [each.person.id for each in found], page="desk-find", found_by="text")
    if len(found) == 1:
        return _to_family(made, found[0])
    listed = bool(found) or not queries.known_but_not_listed(request.user, text)
    left_out = [] if listed else queries.why_not_listed(request.user, made, text)
    leave_a_line(request, made, [person.id for person, _why in left_out], page="desk-find", found_by="text")
    return _desk_page(
        request, made, found=found, nothing="" if found or left_out else "nobody" if listed else "not-listed",
        asked=text, left_out=left_out,
    )


def family(request: HttpRequest, list_id: UUID, entitlement_id: UUID) -> HttpResponse:
    """One family: what it is owed, who may collect, what comes next."""
    made, shown = _family(request, list_id, entitlement_id)
    return _family_page(request, made, shown)


@only_post
def verify(request: HttpRequest, list_id: UUID, entitlement_id: UUID) -> HttpResponse:
    """A finger against everybody who may collect. Not recognised is a step, never a no."""
    made, shown = _family(request, list_id, entitlement_id)
    form = FingerForm(request.POST, request.FILES)
    if not form.is_valid():
        return _family_page(request, made, shown, problem=_first_error(form))
    try:
        services.recognise_collector(
            operator=request.user,
            entitlement_id=entitlement_id,
            other=bool(request.POST.get("other")),
            fingers=read_fingers({ANY_FINGER: form.cleaned_data["finger"]}),
            at=timezone.now(),
        )
    except Refusal as refusal:
        return _stays(request, made, shown, refusal)
    return redirect("assistance:family", made.pk, entitlement_id)


@only_post
@sensitive_post_parameters("reason")
def step(request: HttpRequest, list_id: UUID, entitlement_id: UUID) -> HttpResponse:
    """One further step of the ladder, with its reason."""
    made, shown = _family(request, list_id, entitlement_id)
    form = StepForm(request.POST, people=people_choices(shown))
    if not form.is_valid():
        return _family_page(request, made, shown, step_form=form, problem=_first_error(form))
    said = form.cleaned_data
    try:
        services.take_step(
            operator=request.user,
            entitlement_id=entitlement_id,
            person_id=UUID(said["person"]),
            method=said["method"],
            recognised=said["recognised"] == "yes",
            reason=said["reason"],
            at=timezone.now(),
        )
    except Refusal as refusal:
        return _stays(request, made, shown, refusal, step_form=form)
    return redirect("assistance:family", made.pk, entitlement_id)


@only_post
def hand_over(request: HttpRequest, list_id: UUID, entitlement_id: UUID) -> HttpResponse:
    """The hand-over. The same press twice is one; another desk's press before ours is told, not repeated."""
    made, shown = _family(request, list_id, entitlement_id)
    at_desk = desk_of(request)
    try:
        redemption = services.redeem_entitlement(
            operator=request.user,
            entitlement_id=entitlement_id,
            redemption_id=_uuid(request.POST.get("redemption_id")),
            device=at_desk.name,
            device_id=at_desk.device and at_desk.device.pk,
            at=timezone.now(),
        )
    except Refusal as refusal:
        if refusal.code != "already-collected":
            return _stays(request, made, shown, refusal)
    else:
        request.session[HANDED] = str(redemption.pk)
    return redirect("assistance:family", made.pk, entitlement_id)


@only_post
@sensitive_post_parameters("reason", "way_forward", "claimed_by")
def refuse(request: HttpRequest, list_id: UUID, entitlement_id: UUID) -> HttpResponse:
    """The supervisor's no, with its slip. The family keeps its right."""
    made, shown = _family(request, list_id, entitlement_id)
    form = RefusalForm(request.POST)
    if not form.is_valid():
        return _family_page(request, made, shown, refusal_form=form, problem=_first_error(form))
    try:
        slip = services.refuse_collection(
            operator=request.user, entitlement_id=entitlement_id, **form.cleaned_data, at=timezone.now()
        )
    except Refusal as refusal:
        return _stays(request, made, shown, refusal, refusal_form=form)
    return redirect("assistance:slip", slip.pk)


def photo(request: HttpRequest, list_id: UUID, entitlement_id: UUID, person_id: UUID) -> HttpResponse:
    """The face of somebody who may collect; part of the reading of the family's page."""
    _made, shown = _family(request, list_id, entitlement_id)
    blob = next((row.person.photo for row in shown.recipients if row.person_id == person_id), None)
    if blob is None:
        raise NotFound("photo-unknown", _("There is no such photo here."))
    picture = vault.get_blob(person_id, blob)
    kind = next(
        (kind for start, kind in PICTURES.items() if picture.startswith(start)), "application/octet-stream"
    )
    return HttpResponse(picture, content_type=kind)


@only_post
def name_desk(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """The desk's name, in this browser; that of a registered device brings what is set aside for it."""
    made = _list(request, list_id)
    form = DeskNameForm(request.POST)
    if not form.is_valid():
        request.session.pop(DESK, None)
        return redirect("assistance:desk", made.pk)
    name = form.cleaned_data["name"]
    device = (
        devices_of(request.user)
        .filter(site=made.site_id, name__iexact=name)
        .values_list("pk", flat=True)
        .first()
    )
    request.session[DESK] = {"name": name, "device": str(device) if device else ""}
    return redirect("assistance:desk", made.pk)


def _find_finger(request: HttpRequest, made: DistributionList, finger: bytes) -> HttpResponse:
    """One family in front: the same finger recognises who came, so nothing is asked twice."""
    try:
        fingers = read_fingers({ANY_FINGER: finger})
        found, searched = queries.families_of_finger(request.user, made, fingers, at=timezone.now())
        by = FOUND_BY[any(each.lent for each in found)]
        leave_a_line(request, made, [each.person.id for each in found], page="desk-find", found_by=by)
        if len(found) == 1:
            services.recognise_collector(
                operator=request.user,
                entitlement_id=found[0].entitlement.id,
                fingers=fingers,
                searched=searched,
                at=timezone.now(),
            )
            return _to_family(made, found[0])
    except NotPermitted:
        raise
    except Refusal as refusal:
        return _desk_page(request, made, problem=words_of(refusal), status=refusal.status)
    return _desk_page(request, made, found=found, nothing="" if found else "finger")


def _list(request: HttpRequest, list_id: UUID) -> DistributionList:
    made = queries.list_for(request.user, list_id)
    authorize(request.user, "collector.verify", site=made.site)
    return made


def _family(request: HttpRequest, list_id: UUID, entitlement_id: UUID) -> tuple[DistributionList, AtTheDesk]:
    made = _list(request, list_id)
    shown = queries.at_the_desk(request.user, entitlement_id)
    if shown.entitlement.list_id != made.pk:
        raise NotFound("entitlement-unknown", _("There is no such entitlement."))
    return made, shown


def _to_family(made: DistributionList, found: Found) -> HttpResponse:
    address = reverse("assistance:family", args=[made.pk, found.entitlement.pk])
    return redirect(f"{address}?who={found.person.pk}")


def _desk_page(
    request: HttpRequest, made: DistributionList, *, status: int = 200, **more: Any
) -> HttpResponse:
    if more.get("problem") and status == 200:
        status = 422
    return render(request, "assistance/desk.html", desk_context(request, made) | more, status=status)


def _family_page(
    request: HttpRequest,
    made: DistributionList,
    shown: AtTheDesk,
    *,
    status: int = 200,
    problem: str = "",
    **forms: Any,
) -> HttpResponse:
    leave_a_line_once(request, made, shown)
    context = desk_context(request, made) | family_context(request, made, shown, at=timezone.now(), **forms)
    return render(
        request,
        "assistance/family.html",
        context | {"problem": problem},
        status=422 if problem and status == 200 else status,
    )


def _stays(
    request: HttpRequest, made: DistributionList, shown: AtTheDesk, refusal: Refusal, **forms: Any
) -> HttpResponse:
    """What cannot be done now is said on the same screen; what may not be done at all has its own page."""
    if isinstance(refusal, NotPermitted):
        raise refusal
    return _family_page(request, made, shown, status=refusal.status, problem=words_of(refusal), **forms)


def _first_error(form: Form) -> str:
    return next((str(errors[0]) for errors in form.errors.values()), "")


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid("request-invalid", _("This page is too old. Open the family again.")) from None

"""The desk of presence: find, tick who is there, Enter."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters

from gada import journal, vault
from gada.agencies.queries import permissions_of
from gada.agencies.services import authorize
from gada.agencies.views.saying import only_post, words_of
from gada.assistance.views.desk import PICTURES
from gada.biometrics.queries import usable_fingers_of
from gada.biometrics.services import read_fingers
from gada.engine.refusal import NotFound, NotPermitted, Refusal
from gada.presence import queries, services
from gada.presence.forms import FindForm, PresentForm
from gada.presence.models import Means, RollCall
from gada.presence.queries import Family

ANY_FINGER = 0
CARD = Means.CARD.value
READ, SECONDS_OF_ONE_READING = "presence_read", 600  # the same screen again is still the same reading


def desk(request: HttpRequest, roll_call_id: UUID) -> HttpResponse:
    """Ready for the next family."""
    return render(request, "presence/desk.html", _context(request, _roll_call(request, roll_call_id)))


@sensitive_post_parameters("q")
def find(request: HttpRequest, roll_call_id: UUID) -> HttpResponse:
    """By card, number, name or finger. What was typed never stands in an address."""
    roll_call = _roll_call(request, roll_call_id)
    form = FindForm(request.POST, request.FILES)
    if request.method != "POST" or not form.is_valid() or not any(form.cleaned_data.values()):
        return redirect("presence:desk", roll_call.pk) if not form.errors else _desk_page(
            request, roll_call, problem=first_error(form)
        )
    try:
        if form.cleaned_data["finger"] is not None:
            return _find_finger(request, roll_call, form.cleaned_data["finger"])
        found = queries.people_named(request.user, roll_call, form.cleaned_data["q"].strip())
    except NotPermitted:
        raise
    except Refusal as refusal:
        return _desk_page(request, roll_call, problem=words_of(refusal), status=refusal.status)
    leave_a_line(request, roll_call, [each.person.id for each in found], page="presence-find", found_by="text")
    if len({each.household.id for each in found}) == 1:
        by = CARD if any(sign.isdigit() for sign in form.cleaned_data["q"]) else ""  # a name shows no card
        return _to_family(roll_call, found[0].household.id, found[0].person.id, by=by)
    return _desk_page(request, roll_call, found=found, nothing=not found, asked=form.cleaned_data["q"][:60])


def family(request: HttpRequest, roll_call_id: UUID, household_id: UUID) -> HttpResponse:
    """One household: who was seen, who is there now."""
    roll_call = _roll_call(request, roll_call_id)
    return _family_page(request, roll_call, queries.family_at(request.user, roll_call, household_id))


@only_post
@sensitive_post_parameters("first_witness", "second_witness")
def confirm(request: HttpRequest, roll_call_id: UUID, household_id: UUID) -> HttpResponse:
    """Whoever came, and those of the household who are there with them."""
    roll_call = _roll_call(request, roll_call_id)
    shown = queries.family_at(request.user, roll_call, household_id)
    form = PresentForm(request.POST, request.FILES, members=[str(row.person_id) for row in shown.members])
    if not form.is_valid():
        return _family_page(request, roll_call, shown, form=form, problem=first_error(form))
    said = form.cleaned_data
    try:
        made = services.confirm_presence(
            operator=request.user, roll_call_id=roll_call.pk, household_id=household_id, who=said["who"],
            people=[UUID(each) for each in said["people"]], means=said["means"], at=timezone.now(),
            vouchers=[said["first_witness"], said["second_witness"]],
            fingers=read_fingers({ANY_FINGER: said["finger"]}) if said["finger"] is not None else None,
        )
    except NotPermitted:
        raise
    except Refusal as refusal:
        return _family_page(
            request, roll_call, shown, form=form, problem=words_of(refusal), status=refusal.status
        )
    words = ngettext("%(count)s person is confirmed.", "%(count)s people are confirmed.", len(made))
    messages.success(request, words % {"count": len(made)})
    return _to_family(roll_call, household_id, None)


def photo(request: HttpRequest, roll_call_id: UUID, household_id: UUID, person_id: UUID) -> HttpResponse:
    """The face of a member; part of the reading of the household's page."""
    shown = queries.family_at(request.user, _roll_call(request, roll_call_id), household_id)
    blob = next((row.person.photo for row in shown.members if row.person_id == person_id), None)
    if blob is None:
        raise NotFound("photo-unknown", _("There is no such photo here."))
    picture = vault.get_blob(person_id, blob)
    kinds = (kind for start, kind in PICTURES.items() if picture.startswith(start))
    return HttpResponse(picture, content_type=next(kinds, "application/octet-stream"))


def leave_a_line(
    request: HttpRequest, roll_call: RollCall, people: Iterable[UUID], *, page: str, found_by: str = ""
) -> None:
    """Say in the journal whose data were shown, for assistance."""
    journal.record_read(
        by=request.user, people=people, purpose="assistance", page=page, at=timezone.now(),
        criteria={"fields": [found_by]} if found_by else None,
        scope=journal.Scope(
            agency=roll_call.site.agency_id, site=roll_call.site_id, programme=roll_call.campaign.programme_id
        ),
    )


def first_error(form: Form) -> str:
    return next((str(errors[0]) for errors in form.errors.values()), "")


def _find_finger(request: HttpRequest, roll_call: RollCall, finger: bytes) -> HttpResponse:
    """One household in front: the same finger confirms who came, and only the others are left to tick."""
    fingers, now = read_fingers({ANY_FINGER: finger}), timezone.now()
    found, searched = queries.people_of_finger(request.user, roll_call, fingers, at=now)
    leave_a_line(request, roll_call, [each.person.id for each in found], page="presence-find", found_by="finger")
    homes = {each.household.id for each in found}
    if len(homes) != 1:
        return _desk_page(request, roll_call, found=found, nothing_by_finger=not found)
    if found[0].seen is None:
        services.confirm_presence(
            operator=request.user, roll_call_id=roll_call.pk, household_id=found[0].household.id, fingers=fingers,
            searched=searched, at=now,
        )
        messages.success(request, _("%(name)s is recognised and confirmed.") % {"name": found[0].person.given})
    return _to_family(roll_call, found[0].household.id, found[0].person.id)


def _roll_call(request: HttpRequest, roll_call_id: UUID) -> RollCall:
    roll_call = queries.roll_call_for(request.user, roll_call_id)
    authorize(request.user, "presence.confirm", site=roll_call.site)
    return roll_call


def _to_family(roll_call: RollCall, household: UUID, who: UUID | None, *, by: str = "") -> HttpResponse:
    address = reverse("presence:family", args=[roll_call.pk, household])
    asked = urlencode({key: value for key, value in (("who", who), ("by", by)) if value})
    return redirect(f"{address}?{asked}" if asked else address)


def _context(request: HttpRequest, roll_call: RollCall) -> dict[str, Any]:
    return {"roll_call": roll_call, "campaign": roll_call.campaign, "permissions": permissions_of(request.user)}


def _desk_page(request: HttpRequest, roll_call: RollCall, *, status: int = 200, **more: Any) -> HttpResponse:
    if more.get("problem") and status == 200:
        status = 422
    return render(request, "presence/desk.html", _context(request, roll_call) | more, status=status)


def _family_page(
    request: HttpRequest, roll_call: RollCall, shown: Family, *, form: PresentForm | None = None, problem: str = "",
    status: int = 200,
) -> HttpResponse:
    _leave_a_line_once(request, roll_call, shown)
    members = [row.person_id for row in shown.members]
    asked = (form.data.get("who") if form else None) or request.GET.get("who", "")
    known = next((row for row in shown.members if row.person_id in shown.seen), None)
    who = (
        next((row for row in shown.members if str(row.person_id) == asked), None)
        or known
        or next(iter(shown.members), None)
    )
    ticked = set(form.data.getlist("people")) if form else {str(row.person_id) for row in shown.missing}
    lines = [
        {
            "row": row,
            "seen": shown.seen.get(row.person_id),
            "ticked": str(row.person_id) in ticked,
            "who": who is not None and row.person_id == who.person_id,
            "photo": reverse("presence:photo", args=[roll_call.pk, shown.household.pk, row.person_id])
            if row.person.photo
            else "",
        }
        for row in shown.members
    ]
    offered = [Means.CARD, Means.KNOWN] if any(row.person.photo for row in shown.members) else [Means.KNOWN]
    context = {
        "shown": shown, "household": shown.household, "lines": lines, "who": who, "form": form, "problem": problem,
        "vouches": who is not None and who.person_id in shown.seen, "means": offered,
        "chosen": form.data.get("means") if form else request.GET.get("by", "") if len(offered) > 1 else offered[0],
        "may_scan": bool(usable_fingers_of(members)), "elsewhere": shown.household.site_id != roll_call.site_id,
        "done": bool(members) and not shown.missing,
    }
    status = 422 if problem and status == 200 else status
    return render(request, "presence/family.html", _context(request, roll_call) | context, status=status)


def _leave_a_line_once(request: HttpRequest, roll_call: RollCall, shown: Family) -> None:
    """One line per family, not one per keystroke."""
    now, last = int(timezone.now().timestamp()), request.session.get(READ) or ["", 0]
    if last[0] == str(shown.household.pk) and now - last[1] < SECONDS_OF_ONE_READING:
        return
    leave_a_line(request, roll_call, [row.person_id for row in shown.members], page="presence-desk")
    request.session[READ] = [str(shown.household.pk), now]

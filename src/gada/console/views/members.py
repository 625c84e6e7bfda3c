"""Who belongs to the family: a line for each person, and what was understood of a birth said at once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language

from gada.agencies.queries import permissions_of, questions_of, sites_of
from gada.agencies.services import authorize
from gada.agencies.views.saying import only_post, words_of
from gada.console import queries, rules, services
from gada.console.forms import FamilyForm, FamilySheet
from gada.console.queries.drafts import OpenDraft
from gada.console.views.registering import _steps
from gada.engine.refusal import Invalid
from gada.people.births import birth_from, text_of_birth, words_of_birth
from gada.people.calendars import events_of
from gada.people.models import Household
from gada.people.places import MOST_FOUND, name_and_code, places_like


def members(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """The sheet of the family. `go` next leads on, add gives one more line, `drop` takes a line off."""
    draft = queries.draft_for(request.user, draft_id)
    asks = {"country": request.user.agency.country, "questions": questions_of(draft.programme, of="person")}
    household = questions_of(draft.programme, of="household")
    if request.method == "POST":
        sheet = FamilySheet(request.POST, **asks)
        return _sent(request, draft, sheet, FamilyForm(request.POST, questions=household))
    typed = draft.content["typed"].get("members", {})
    noted = FamilySheet.typed_rows(typed) or [_as_typed(member) for member in draft.members]
    sheet = FamilySheet(None, noted=noted, **asks)
    if not sheet.rows or sheet.rows[-1]["given"].value():
        sheet.with_blank_row()
    answered = {f"q_{code}": value for code, value in draft.content.get("asked", {}).items()}
    answered["origin"] = draft.content["household"].get("origin", "")
    written = {name.removeprefix("family-"): value for name, value in typed.items() if name.startswith("family-")}
    return _page(request, draft, sheet, FamilyForm(questions=household, initial={**answered, **written}))


@only_post
def understood(request: HttpRequest) -> HttpResponse:
    """What is understood of a birth, in words, while it is typed."""
    corrects = "person.correct" in permissions_of(request.user)
    authorize(request.user, "person.correct" if corrects else "person.enrol")
    today = timezone.localdate()
    try:
        said = birth_from(
            request.POST.get("birth", ""), today=today, events=events_of(request.user.agency.country)
        )
    except Invalid as refusal:
        return JsonResponse({"understood": False, "words": words_of(refusal)})
    return JsonResponse({"understood": True, "words": words_of_birth(said.birth, today=today) if said.source else ""})


@only_post
def places(request: HttpRequest) -> JsonResponse:
    """Places that begin as typed: of the gazetteer, then those where families of the viewer’s sites live."""
    authorize(request.user, "person.enrol")
    text = request.POST.get("place", "").strip()[:80]
    found = [(each.written, each.inside) for each in places_like(text, country=request.user.agency.country)]
    used = (
        Household.objects.filter(site__in=sites_of(request.user, action="person.enrol"), place__istartswith=text)
        .order_by("place").values_list("place", flat=True).distinct()[:MOST_FOUND]
        if text else ()
    )
    named = {name_and_code(written)[0] for written, _inside in found}
    return JsonResponse({"places": found + [(each, "") for each in used if each not in named]})


def _sent(
    request: HttpRequest, draft: OpenDraft, sheet: FamilySheet, household: FamilyForm
) -> HttpResponse:
    who: dict[str, Any] = {"operator": request.user, "draft_id": draft.id, "at": timezone.now()}
    if (off := request.POST.get("drop", "")).isdigit():
        left = {name: value for name, value in request.POST.items() if not name.startswith(f"members-{off}-")}
        kept = {name: value for name, value in left.items() if name.startswith(("members-", "family-"))}
        services.keep_typed(step="members", fields=kept, **who)
        return redirect("console:register-members", draft.id)
    valid = [sheet.is_valid(), household.is_valid()]
    if not all(valid):
        return _page(request, draft, sheet, household)
    origin = household.cleaned_data["origin"] if "family-origin" in request.POST else None
    services.save_members(members=sheet.to_keep(), asked=household.answers, origin=origin, **who)
    go_on = request.POST.get("go") == "next"
    return redirect("console:register-answers" if go_on else "console:register-members", draft.id)


def _page(
    request: HttpRequest, draft: OpenDraft, sheet: FamilySheet, household: FamilyForm
) -> HttpResponse:
    language = get_language() or "fr"
    context = {
        "sheet": sheet, "family": household, "begins": not draft.members and not sheet.is_bound,
        "draft": draft, "draft_id": draft.id,
        "events": [(event.name(language), event.first.year) for event in events_of(sheet.asks["country"])],
        **_steps(draft, "members"),
    }
    return render(request, "console/register_members.html", context, status=422 if sheet.is_bound else 200)


def _as_typed(member: dict[str, Any]) -> dict[str, Any]:
    """A member of the draft as the sheet shows them; a birth that a program sent in parts is written out."""
    birth, _source = rules.birth_said(member, today=timezone.localdate())
    return {
        **member, "phone_unsafe": not member.get("phone_is_safe", True),
        "birth": member.get("birth") or text_of_birth(birth),
        **{f"q_{code}": value for code, value in member.get("asked", {}).items()},
    }

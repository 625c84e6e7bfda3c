"""Registering a family, step by step: pages that work with the keyboard alone and without scripts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gada import vault
from gada.agencies.queries import programmes_of
from gada.agencies.services import authorize
from gada.agencies.views.saying import only_post, status_of
from gada.console import queries, services
from gada.console.forms import AnswersForm, HouseholdForm
from gada.console.queries.drafts import OpenDraft
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Refusal
from gada.people.words import Purpose

LAST_PLACE = "last-place"  # a whole queue lives in one place: the next family begins there
STEPS = ("household", "members", "answers", "prints", "finish")


def register(request: HttpRequest) -> HttpResponse:
    """The first step. Nothing is kept before something is typed; what was begun can be taken up again."""
    authorize(request.user, "person.enrol", site=_site(request))
    if not programmes_of(request.user, action="person.enrol").exists():
        return render(request, "console/no_programme.html", status=409)
    draft_id = _uuid(request.POST.get("draft")) or new_id()
    form = HouseholdForm(request.POST or None, viewer=request.user, site=_site(request), initial=_first_guess(request))
    if form.is_valid():
        now = timezone.now()
        services.begin_draft(operator=request.user, site=_site(request), draft_id=draft_id, at=now)
        services.save_household(operator=request.user, draft_id=draft_id, fields=form.fields_to_keep(), at=now)
        last = {name: form.fields_to_keep()[name] for name in ("place", "programme")}
        if request.session.get(LAST_PLACE) != last:
            request.session[LAST_PLACE] = last
        return redirect("console:register-members", draft_id)
    context = {
        "form": form,
        "draft_id": draft_id,
        "drafts": queries.drafts_of(request.user),
        **_steps(None, "household"),
    }
    return render(request, "console/register_household.html", context, status=status_of(form))


def resume(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Go on where it was left."""
    draft = queries.draft_for(request.user, draft_id)
    if not draft.content["household"]:
        step = "household"
    elif not draft.members or draft.content["typed"].get("members"):
        step = "members"
    else:
        step = "prints" if draft.content["notice"] else "answers"
    return redirect(f"console:register-{step}", draft_id)


def household(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """The first step again, of a draft that was begun."""
    draft = queries.draft_for(request.user, draft_id)
    typed = draft.content["typed"].get("household", {})
    form = HouseholdForm(
        request.POST or None,
        viewer=request.user,
        site=draft.site,
        initial={**_first_guess(request), **draft.content["household"], **typed},
    )
    if form.is_valid():
        services.save_household(
            operator=request.user, draft_id=draft_id, fields=form.fields_to_keep(), at=timezone.now()
        )
        return redirect("console:register-members", draft_id)
    context = {"form": form, "draft_id": draft_id, "draft": draft, **_steps(draft, "household")}
    return render(request, "console/register_household.html", context, status=status_of(form))


def answers(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """The notice, and what everybody says to each purpose."""
    draft = queries.draft_for(request.user, draft_id)
    if not draft.members:
        return redirect("console:register-members", draft_id)
    typed = draft.content["typed"].get("answers", {})
    initial = {**AnswersForm.initial_of(draft.members, draft.content), **typed}
    form = AnswersForm(request.POST or None, members=draft.members, initial=initial)
    if form.is_valid():
        services.save_answers(
            operator=request.user, draft_id=draft_id, answers=form.answers, reasons=form.reasons, at=timezone.now()
        )
        asked = queries.members_to_ask(queries.draft_for(request.user, draft_id))
        if asked:
            return redirect("console:register-prints", draft_id)
        # The button said “register” where nothing is left to take; without scripts the last look comes first.
        return finish(request, draft_id) if request.POST.get("go") == "register" else redirect(
            "console:register-finish", draft_id
        )
    context = {"form": form, "draft_id": draft_id, "draft": draft, **_steps(draft, "answers")}
    return render(request, "console/register_answers.html", context, status=status_of(form))


def finish(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Look once more, then register. Sent twice, it is one family."""
    if request.method == "POST":
        try:
            made = services.finish_registration(operator=request.user, draft_id=draft_id, at=timezone.now())
        except Refusal as refusal:
            if refusal.code not in (
                "household-head",
                "household-empty",
                "household-principal",
                "name-missing",
                "notice-missing",
            ) and not refusal.code.startswith("token-"):
                raise
            return _review(request, draft_id, refusal)
        return redirect("console:registered", made.id)
    found = queries.household_of_draft(draft_id)
    if found and not _exists(request, draft_id):
        return redirect("console:registered", found.id)
    return _review(request, draft_id, None)


def _review(request: HttpRequest, draft_id: UUID, refusal: Refusal | None) -> HttpResponse:
    draft = queries.draft_for(request.user, draft_id)
    context = {
        "draft": draft,
        "draft_id": draft_id,
        "refusal": refusal,
        "lines": _lines(draft),
        **_steps(draft, "finish"),
    }
    return render(request, "console/register_finish.html", context, status=422 if refusal else 200)


@only_post
def typed(request: HttpRequest, draft_id: UUID, step: str) -> HttpResponse:
    """What is being typed, kept as it is. The first letters of a registration begin its draft."""
    now = timezone.now()
    fields = {
        name: values if len(values) > 1 else values[0] for name, values in request.POST.lists()
        if name not in ("csrfmiddlewaretoken", "go", "draft")
    }
    if step == "household":
        services.begin_draft(operator=request.user, site=_site(request), draft_id=draft_id, at=now)
    services.keep_typed(operator=request.user, draft_id=draft_id, step=step, fields=fields, at=now)
    return HttpResponse(status=204)


@only_post
def discard(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Throw a registration away that was never finished."""
    services.discard_draft(operator=request.user, draft_id=draft_id, at=timezone.now())
    return redirect("console:register")


def draft_photo(request: HttpRequest, draft_id: UUID, index: int) -> HttpResponse:
    """The photo of somebody being registered, for whoever registers them."""
    found = queries.draft_for(request.user, draft_id).members[index : index + 1]
    if not found or not found[0]["photo"]:
        return HttpResponse(status=404)
    picture = vault.get_blob(UUID(found[0]["id"]), UUID(found[0]["photo"]))
    return HttpResponse(picture, content_type="image/jpeg")


def _site(request: HttpRequest) -> Any:
    from gada.engine.refusal import NotPermitted

    # `site_now` is lazy; a service compares types.
    site = request.site_now
    if not site:
        raise NotPermitted("site-none", _("You work at no site. Ask your administrator to give you a role at one."))
    return site._wrapped if hasattr(site, "_wrapped") else site


def _first_guess(request: HttpRequest) -> dict[str, Any]:
    programmes, last = programmes_of(request.user, action="person.enrol"), request.session.get(LAST_PLACE, {})
    chosen = programmes.filter(id=_uuid(last.get("programme"))).first() or programmes.first()
    return {
        "language": get_language() or "fr", "programme": chosen.id if chosen else None, "place": last.get("place", ""),
    }


def _lines(draft: OpenDraft) -> list[dict[str, Any]]:
    """What the last look shows of each member."""
    now = timezone.now()
    return [
        {
            "member": member, "index": index, "why_no_prints": queries.why_no_prints(draft, member, at=now),
            "prints": sorted({each["position"] for each in member["prints"] if each["blob"]}),
            "no": [str(Purpose(purpose).label) for purpose, answer in member["answers"].items() if answer == "no"],
        }
        for index, member in enumerate(draft.members)
    ]


def _steps(draft: OpenDraft | None, step: str) -> dict[str, Any]:
    labels = {
        "household": _("Place"), "members": _("Members"), "answers": _("Notice and consent"),
        "prints": _("Photo and prints"), "finish": _("Check"),
    }
    now = STEPS.index(step)
    parts = [
        {"label": labels[name], "url": reverse(f"console:register-{name}", args=[draft.id])}
        if draft and rank < now
        else labels[name]
        for rank, name in enumerate(STEPS)
    ]
    return {"steps": parts, "step": now + 1}


def _exists(request: HttpRequest, draft_id: UUID) -> bool:
    return any(draft.id == draft_id for draft in queries.drafts_of(request.user))


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None

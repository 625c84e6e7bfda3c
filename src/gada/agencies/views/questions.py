"""What a programme asks beyond the common questions: seen, added, changed, ordered, taken off."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gada.agencies import queries, services
from gada.agencies.forms import QuestionForm, ReadyForm, answer_field
from gada.agencies.models import Programme
from gada.agencies.questions import Kind, Of, Question, When, read_questions, ready_groups
from gada.agencies.views.saying import refusals_beside
from gada.engine.refusal import NotFound


def questions(request: HttpRequest, programme_id: UUID) -> HttpResponse:
    """The form of a programme. Every change is a new form; answers given before keep theirs."""
    programme = queries.programmes_of(request.user).filter(id=programme_id).first()
    if programme is None:
        raise NotFound("programme-unknown", _("There is no such programme."))
    services.authorize(request.user, "programme.ask", programme=programme)
    held = queries.newest_questions(programme)
    asked = list(read_questions(held.questions)) if held else []
    changed = next((each for each in asked if each.code == request.GET.get("question")), None)
    sent = request.POST.get("do", "") if request.method == "POST" else ""
    form = QuestionForm(request.POST if sent == "keep" else None, changed=changed)
    ready = ReadyForm(request.POST if sent == "ready" else None, language=get_language() or "fr")
    wanted = _wanted(request, sent, asked, form, ready)
    if wanted is not None:
        with refusals_beside(ready if sent == "ready" else form):
            services.choose_questions(
                operator=request.user, programme_id=programme.id, questions=wanted, at=timezone.now()
            )
            messages.success(request, _("The form is kept. It is asked from now on; answers given before stay."))
            return redirect("agencies:questions", programme.id)
    faulty = any(each.is_bound and each.errors for each in (form, ready))
    context = _context(programme, held, asked, form, ready)
    return render(request, "agencies/questions.html", context, status=422 if faulty else 200)


def _wanted(
    request: HttpRequest, sent: str, asked: list[Question], form: QuestionForm, ready: ReadyForm
) -> list[Question] | None:
    """The list this press of a button asks for; None where there is nothing to keep."""
    codes = [each.code for each in asked]
    if sent == "keep" and form.is_valid():
        made = form.question(codes)
        return [made if each.code == made.code else each for each in asked] if form.changed else [*asked, made]
    if sent == "ready" and ready.is_valid():
        group = next(each for each in ready_groups() if each.code == ready.cleaned_data["group"])
        passage = ready.cleaned_data["allowed_by"]
        fresh = [replace(each, allowed_by=passage) for each in group.questions if each.code not in codes]
        return [*asked, *fresh]
    code = request.POST.get("code", "")
    if sent == "off" and code in codes:
        return [each for each in asked if each.code != code]
    if sent == "up" and code in codes[1:]:
        place = codes.index(code)
        return [*asked[: place - 1], asked[place], asked[place - 1], *asked[place + 1 :]]
    return None


def _context(
    programme: Programme, held: Any, asked: list[Question], form: QuestionForm, ready: ReadyForm
) -> dict[str, Any]:
    language = get_language() or "fr"
    preview = forms.Form(prefix="preview")
    for each in asked:
        preview.fields[f"q_{each.code}"] = answer_field(each, language)
    return {
        "programme": programme, "held": held, "form": form, "ready": ready, "preview": preview,
        "lines": [
            (each, each.label(language), Kind(each.kind).label, Of(each.of).label, When(each.when).label)
            for each in asked
        ],
        "changed": form.changed, "versions": programme.question_sets.count(),
    }

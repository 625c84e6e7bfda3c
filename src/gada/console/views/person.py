"""A person: what we know, where from, who read it, and what may be done about it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gada import journal
from gada.agencies.queries import permissions_of
from gada.agencies.services import authorize
from gada.agencies.views.saying import only_post, refusals_beside, status_of, words_of
from gada.biometrics.models import CaptureOutcome, Finger
from gada.biometrics.queries import sample_for
from gada.biometrics.rules import CaptureDraft
from gada.biometrics.services import take_captures
from gada.console import queries, services
from gada.console.forms import AnswerForm, CorrectionForm, EraseForm, VerifyForm, WhyForm
from gada.console.queries.life import history_of_person
from gada.console.queries.reading import how_often_read
from gada.console.rules import Why
from gada.console.views import wording
from gada.credentials.models import State
from gada.credentials.queries import cards_of
from gada.engine.refusal import Refusal
from gada.people.drafts import AnswerDraft
from gada.people.queries import person_for
from gada.people.services import answer_purpose, correct_person, erase_person, return_person, scope_of
from gada.people.words import LegalBasis, PersonStatus, Purpose


def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """The sheet. Opened outside a task it asks why first, and shows nothing until then."""
    authorize(request.user, "person.see")
    why = request.GET.get("why", "")
    if why not in Why.values:
        person_for(request.user, person_id)  # who may not see this person is not asked either
        return render(request, "console/why.html", {"form": WhyForm(), "why_choices": Why.choices})
    now = timezone.now()
    sheet = queries.person_sheet(request.user, person_id, at=now)
    journal.record_read(
        by=request.user, people=[person_id], purpose=why, page="person", at=now,
        scope=scope_of(sheet.person.site),
    )
    allowed = permissions_of(request.user)
    context = {
        "sheet": sheet, "person": sheet.person, "why": why, "known": wording.known(sheet), "allowed": allowed,
        "readings": [wording.spoken(each) for each in queries.readings_of(request.user, person_id)],
        "reads": how_often_read(person_id), "answer_form": AnswerForm(), "answers": wording.answers(sheet),
        "captures": wording.captures(sheet, may_see="print.see" in allowed),
        "refused_prints": wording.refused_prints(sheet), "partners": wording.partners(sheet),
        "life": history_of_person(person_id), "home": _home_of(sheet),
        **_cards(request, sheet, allowed),
        "may_return": "household.change" in allowed and sheet.person.status == PersonStatus.WITHDRAWN,
    }
    return render(request, "console/person.html", context)


def _cards(request: HttpRequest, sheet: queries.PersonSheet, allowed: frozenset[str]) -> dict[str, Any]:
    """The cards somebody was issued, for those who may see them, and whether one more may be printed now."""
    if "card.see" not in allowed:
        return {}
    cards = cards_of(request.user, sheet.person.id)
    held = any(card.state not in (State.LOST, State.CANCELLED) for card in cards)
    return {"cards": [(card, State(card.state).label) for card in cards], "sees_cards": True, "may_be_issued": (
        not held and "card.print" in allowed and sheet.person.status == PersonStatus.ACTIVE
    )}


def _home_of(sheet: queries.PersonSheet) -> UUID | None:
    """The household where a death or a withdrawal of somebody active is noted."""
    if sheet.person.status != PersonStatus.ACTIVE:
        return None
    return next((each.household_id for each in sheet.memberships if each.until is None), None)


@only_post
def come_back(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Somebody who withdrew is registered again."""
    person_for(request.user, person_id)
    return_person(operator=request.user, person_id=person_id, at=timezone.now())
    messages.success(request, _("Noted. It stands in the history, and can be undone there."))
    return _back(request, person_id, why="registration")


def photo(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """The photo; the page around it leaves the line in the journal."""
    authorize(request.user, "person.see")
    return HttpResponse(queries.photo_for(request.user, person_id), content_type="image/jpeg")


def print_picture(request: HttpRequest, person_id: UUID, sample: UUID) -> HttpResponse:
    """The picture of a finger, for adjudicators, supervisors and the data-protection officer."""
    return HttpResponse(sample_for(request.user, person_id, sample), content_type="image/png")


@only_post
def answer(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """A new answer to a purpose: it takes effect at once."""
    form = AnswerForm(request.POST)
    person_for(request.user, person_id)
    if form.is_valid():
        said = form.cleaned_data
        basis = LegalBasis.VITAL_INTEREST if said["purpose"] == Purpose.REGISTRATION else LegalBasis.CONSENT
        draft = AnswerDraft(said["purpose"], said["answer"], basis, reason=said["reason"])
        answer_purpose(operator=request.user, person_id=person_id, answer=draft, at=timezone.now())
        messages.success(request, _("Noted. It holds from now on."))
    else:
        messages.error(request, _("Choose a purpose and an answer."))
    return _back(request, person_id)


def correct(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Correct fields, naming the versions that were seen."""
    found = person_for(request.user, person_id)
    authorize(request.user, "person.correct", site=found.site)
    form = CorrectionForm(request.POST or None, person=found)
    if request.method == "GET":
        journal.record_read(
            by=request.user,
            people=[person_id],
            purpose="registration",
            page="correction",
            at=timezone.now(),
            scope=scope_of(found.site),
        )
    if form.is_valid():
        changes = form.changes
        if not changes:
            return _back(request, person_id, why="registration")
        with refusals_beside(form):
            correct_person(
                operator=request.user, person_id=person_id, changes=changes, at=timezone.now(),
                saw={name: seen for name, seen in form.saw.items() if name in changes},
            )
            messages.success(request, _("Corrected. What it said before stays in the journal."))
            return _back(request, person_id, why="registration")
    events = [(event.name(get_language() or "fr"), event.first.year) for event in form.events]
    context = {"form": form, "person": found, "events": events}
    return render(request, "console/correct.html", context, status=status_of(form))


@only_post
def protect(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Mark for protection, or take the mark away: kept out of every flow and partner query meanwhile."""
    found = person_for(request.user, person_id)
    name = "unaccompanied" if request.POST.get("field") == "unaccompanied" else "needs_protection"
    wanted = request.POST.get("on") == "1"
    correct_person(
        operator=request.user,
        person_id=person_id,
        changes={name: wanted},
        saw={name: found.versions.get(name, "")},
        at=timezone.now(),
    )
    messages.success(request, _("Noted. It holds from now on."))
    return _back(request, person_id, why="protection")


def erase(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Lawful erasure: by the data-protection officer, confirmed twice."""
    found = person_for(request.user, person_id)
    authorize(request.user, "person.erase", site=found.site)
    form = EraseForm(request.POST or None, person=found)
    if form.is_valid():
        with refusals_beside(form):
            erase_person(
                operator=request.user, person_id=person_id, ground=form.cleaned_data["ground"], at=timezone.now()
            )
            messages.success(request, _("Erased. A number and the fact that they were served are all that is left."))
            return redirect("console:home")
    journal.record_read(
        by=request.user,
        people=[person_id],
        purpose="erasure",
        page="erasure",
        at=timezone.now(),
        scope=scope_of(found.site),
    )
    return render(request, "console/erase.html", {"form": form, "person": found}, status=status_of(form))


def verify(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Recognise the person before their data are printed: a finger now, or a supervisor's word."""
    found = person_for(request.user, person_id)
    authorize(request.user, "disclosure.open", site=found.site)
    form = VerifyForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        said = form.cleaned_data
        with refusals_beside(form):
            services.open_disclosure(
                operator=request.user, person_id=person_id, at=timezone.now(), position=said["position"],
                picture=said["finger"].read() if said["finger"] else None, reason=said["reason"],
            )
            return redirect("console:disclosure", person_id)
    context = {"form": form, "person": found, "may_vouch": "disclosure.vouch" in permissions_of(request.user)}
    return render(request, "console/verify.html", context, status=status_of(form))


def disclosure(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """What is held, who read it, to whom it went: on paper, for the verified person only."""
    now = timezone.now()
    if not queries.disclosure_opened(request.user, person_id, at=now):
        return redirect("console:verify", person_id)
    sheet = queries.person_sheet(request.user, person_id, at=now)
    readings = [wording.spoken(each) for each in queries.readings_of(request.user, person_id, most=None)]
    journal.record_read(
        by=request.user,
        people=[person_id],
        purpose="request",
        page="disclosure",
        at=now,
        scope=scope_of(sheet.person.site),
    )
    context = {
        "sheet": sheet, "person": sheet.person, "known": wording.known(sheet), "answers": wording.answers(sheet),
        "now": now,
        "readings": [each for each in readings if each["kind"] in ("read", "opened")],
        "flows": [each for each in readings if each["kind"] in ("disclosed", "received")],
        "captures": wording.captures(sheet, may_see=False), "partners": wording.partners(sheet),
    }
    return render(request, "console/disclosure.html", context)


def take_prints(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Fingerprints of somebody already registered: `finger_<position>`, `outcome_<position>`, as in a registration."""
    found = person_for(request.user, person_id)
    authorize(request.user, "capture.take", site=found.site)
    faults: list[str] = []
    if request.method == "POST":
        drafts = _drafts(request)
        try:
            take_captures(operator=request.user, person=person_id, captures=drafts, at=timezone.now())
            messages.success(request, _("Fingerprints noted."))
            return _back(request, person_id, why="registration")
        except Refusal as refusal:
            if refusal.status == 403:
                raise
            faults.append(words_of(refusal))
    context = {
        "person": found, "faults": faults, "fingers": [(each.value, each.label) for each in Finger if each.value],
        "outcomes": [(each.value, each.label) for each in CaptureOutcome if each != CaptureOutcome.TAKEN],
    }
    return render(request, "console/take_prints.html", context, status=422 if faults else 200)


def _drafts(request: HttpRequest) -> list[CaptureDraft]:
    drafts = []
    for position in range(11):
        for file in request.FILES.getlist(f"finger_{position}"):
            picture = file.read()
            is_record = picture[:4] == b"FMR\0"
            drafts.append(CaptureDraft(
                position=position, image=None if is_record else picture, record=picture if is_record else None
            ))
        if outcome := request.POST.get(f"outcome_{position}"):
            drafts.append(
                CaptureDraft(position=position, outcome=outcome, reason=request.POST.get(f"reason_{position}", ""))
            )
    return drafts


def _back(request: HttpRequest, person_id: UUID, *, why: str = "") -> HttpResponse:
    reason = request.POST.get("why") or why
    address = reverse("console:person", args=[person_id])
    return redirect(f"{address}?why={reason}" if reason in Why.values else address)

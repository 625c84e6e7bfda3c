"""A person: what we know, where from, who read it, and what may be done about it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
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
from gada.console.queries.reading import how_often_read
from gada.console.rules import Why
from gada.engine.refusal import Refusal
from gada.people.drafts import AnswerDraft
from gada.people.queries import person_for
from gada.people.services import answer_purpose, correct_person, erase_person, scope_of
from gada.people.words import Answer, LegalBasis, PersonStatus, Purpose, ResidenceStatus


def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """The sheet. Opened outside a task it asks why first, and shows nothing until then."""
    authorize(request.user, "person.see")
    why = request.GET.get("why", "")
    if why not in Why.values:
        person_for(request.user, person_id)  # who may not see this person is not asked either
        return render(request, "console/why.html", {"form": WhyForm(), "why_choices": Why.choices})
    sheet = queries.person_sheet(request.user, person_id)
    journal.record_read(
        by=request.user, people=[person_id], purpose=why, page="person", at=timezone.now(),
        scope=scope_of(sheet.person.site),
    )
    allowed = permissions_of(request.user)
    context = {
        "sheet": sheet, "person": sheet.person, "why": why, "known": _known(sheet), "allowed": allowed,
        "readings": [_spoken(each) for each in queries.readings_of(request.user, person_id)],
        "reads": how_often_read(person_id), "answer_form": AnswerForm(), "answers": _answers(sheet),
        "captures": _captures(sheet, may_see="print.see" in allowed), "refused_prints": _refused_prints(sheet),
    }
    return render(request, "console/person.html", context)


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
            by=request.user, people=[person_id], purpose="registration", page="correction", at=timezone.now(), scope=scope_of(found.site)
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
    return render(request, "console/correct.html", {"form": form, "person": found}, status=status_of(form))


@only_post
def protect(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Mark for protection, or take the mark away: kept out of every flow and partner query meanwhile."""
    found = person_for(request.user, person_id)
    name = "unaccompanied" if request.POST.get("field") == "unaccompanied" else "needs_protection"
    wanted = request.POST.get("on") == "1"
    correct_person(
        operator=request.user, person_id=person_id, changes={name: wanted}, saw={name: found.versions.get(name, "")}, at=timezone.now()
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
            erase_person(operator=request.user, person_id=person_id, ground=form.cleaned_data["ground"], at=timezone.now())
            messages.success(request, _("Erased. A number and the fact that they were served are all that is left."))
            return redirect("console:home")
    journal.record_read(
        by=request.user, people=[person_id], purpose="erasure", page="erasure", at=timezone.now(), scope=scope_of(found.site)
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
    sheet = queries.person_sheet(request.user, person_id)
    readings = [_spoken(each) for each in queries.readings_of(request.user, person_id, most=None)]
    journal.record_read(
        by=request.user, people=[person_id], purpose="request", page="disclosure", at=now, scope=scope_of(sheet.person.site)
    )
    context = {
        "sheet": sheet, "person": sheet.person, "known": _known(sheet), "answers": _answers(sheet), "now": now,
        "readings": [each for each in readings if each["kind"] in ("read", "opened")],
        "flows": [each for each in readings if each["kind"] in ("disclosed", "received")],
        "captures": _captures(sheet, may_see=False),
    }
    return render(request, "console/disclosure.html", context)


def take_prints(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Fingerprints of somebody already registered; fields as in a registration: `finger_<position>`, `outcome_<position>`."""
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
            drafts.append(CaptureDraft(position=position, outcome=outcome, reason=request.POST.get(f"reason_{position}", "")))
    return drafts


def _back(request: HttpRequest, person_id: UUID, *, why: str = "") -> HttpResponse:
    reason = request.POST.get("why") or why
    address = reverse("console:person", args=[person_id])
    return redirect(f"{address}?why={reason}" if reason in Why.values else address)


def _known(sheet: queries.PersonSheet) -> list[dict[str, Any]]:
    """Each field with its value and where it came from."""
    held, rows = sheet.person, []
    values = (
        ("given", _("Given names"), held.given), ("surname", _("Family name"), held.surname),
        ("birth_from", _("Birth"), held), ("sex", _("Sex"), held.get_sex_display()), ("father", _("Father"), held.father),
        ("mother", _("Mother"), held.mother),
        ("residence_status", _("Situation"), ResidenceStatus(held.residence_status).label if held.residence_status else ""),
        ("phone", _("Phone"), held.phone),
    )
    for name, label, value in values:
        rows.append({"name": name, "label": label, "value": value, "origin": sheet.origins.get(name, sheet.enrolled)})
    return rows


def _answers(sheet: queries.PersonSheet) -> list[dict[str, Any]]:
    """What the person said to each purpose; never asked is said too."""
    states = {Answer.YES: "good", Answer.NO: "neutral", Answer.WITHDRAWN: "neutral", Answer.OBJECTED: "wait"}
    return [
        {"purpose": Purpose(purpose).label, "code": purpose, "consent": given, "state": states.get(given.answer, "neutral") if given else "neutral"}
        for purpose, given in sheet.answers
    ]


def _captures(sheet: queries.PersonSheet, *, may_see: bool) -> list[dict[str, Any]]:
    """Fingers by finger: what was taken (from a capture or an import), and why there is none."""
    lines = [
        {
            "at": each.taken_at, "label": each.get_position_display() if each.position else _("all fingers"),
            "outcome": each.get_outcome_display(), "taken": each.outcome == CaptureOutcome.TAKEN, "quality": each.quality,
            "reason": each.reason, "source": "", "picture": reverse("console:print", args=[sheet.person.id, each.sample]) if may_see and each.sample else "",
        }
        for each in sheet.captures
    ]
    lines += [
        {
            "at": each.taken_at, "label": each.get_position_display(), "outcome": CaptureOutcome.TAKEN.label, "taken": True,
            "quality": each.quality, "reason": "", "source": each.get_source_display(), "picture": "",
        }
        for each in sheet.fingers if each.capture_id is None
    ]
    return lines


def _refused_prints(sheet: queries.PersonSheet) -> bool:
    given = dict(sheet.answers)[Purpose.PRINTS]
    return given is not None and given.answer != Answer.YES


def _spoken(reading: queries.Reading) -> dict[str, Any]:
    """A reading as the page says it."""
    pages = {
        "person": _("sheet"), "search": _("search"), "home": _("newest families"), "registered": _("registration"),
        "receipt": _("receipt"), "correction": _("correction"), "disclosure": _("report for the person"), "case": _("possible duplicate"),
        "erasure": _("erasure"), "household": _("household"), "desk": _("desk"), "list": _("list"),
    }
    purpose = dict(Why.choices) | {"erasure": _("Erasure"), "exchange": _("Exchange under an agreement")}
    titles = {
        "read": _("Read"), "opened": _("Recognised, report opened"), "disclosed": _("Went to %(partner)s"),
        "received": _("Came from %(partner)s"),
    }
    return {
        "kind": reading.kind, "at": reading.at, "office": reading.office, "role": reading.role, "case": reading.case,
        "title": titles[reading.kind] % {"partner": reading.partner}, "purpose": purpose.get(reading.purpose, reading.purpose),
        "page": pages.get(reading.page, reading.page), "fields": ", ".join(_field(name) for name in reading.fields),
    }


def _field(name: str) -> str:
    words = {
        "given": _("Given names"), "surname": _("Family name"), "birth": _("Birth"), "sex": _("Sex"), "father": _("Father"),
        "mother": _("Mother"), "phone": _("Phone"), "place": _("Place"), "documents": _("Documents"), "photo": _("Photo"),
        "prints": _("Fingerprints"), "number": _("Number"), "templates": _("Fingerprints"), "status": PersonStatus.ACTIVE.label,
    }
    return str(words.get(name, name))

"""What people ask about their data: noted on their page, answered within its days; legal holds beside it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from gada import journal
from gada.agencies.queries import permissions_of
from gada.agencies.services import authorize
from gada.agencies.views.saying import only_post, refusals_beside, status_of
from gada.console.forms.retention import HoldForm, OutcomeForm, RequestForm
from gada.console.queries.due import every_line
from gada.console.queries.overdue import holds_of, request_for, requests_for, shown_requests
from gada.people.models import LegalHold, PersonRequest
from gada.people.queries import person_for
from gada.people.retention import DEFAULT_DEADLINE_DAYS
from gada.people.services import answer_request, lift_hold, place_hold, receive_request, scope_of
from gada.people.words import Kept, Stop

REQUESTS_A_PAGE = 30


def requests(request: HttpRequest) -> HttpResponse:
    """Requests to answer, soonest first, those overdue in red; then those answered."""
    authorize(request.user, "request.answer")
    now = timezone.now()
    page = Paginator(requests_for(request.user), REQUESTS_A_PAGE).get_page(request.GET.get("page"))
    shown = shown_requests(request.user, list(page.object_list), today=timezone.localdate(now))
    people = [each.person for each in shown if each.person]
    if people:
        journal.record_read(
            by=request.user, people=[each.id for each in people], purpose="request", page="requests", at=now,
            scope=scope_of(people[0].site),
        )
    return render(request, "console/requests.html", {"page": page, "shown": shown})


def answer(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """One request, and the answer given."""
    found = request_for(request.user, request_id)
    authorize(request.user, "request.answer", site=found.site)
    form = OutcomeForm(request.POST or None)
    if form.is_valid():
        with refusals_beside(form):
            answer_request(
                operator=request.user, request_id=request_id, outcome=form.cleaned_data["outcome"],
                answer=form.cleaned_data["answer"], at=timezone.now(),
            )
            messages.success(request, _("Noted. The answer stands on the person’s page."))
            return redirect("console:requests")
    shown = _shown(request, found)
    return render(request, "console/request.html", {"form": form, "shown": shown}, status=status_of(form))


def of_person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """What one person asked, what was answered, when their data fall due, what holds them."""
    person = person_for(request.user, person_id)
    authorize(request.user, "request.receive", site=person.site)
    now = timezone.now()
    form = RequestForm(request.POST or None)
    if form.is_valid():
        with refusals_beside(form):
            receive_request(
                operator=request.user, person_id=person_id, asked=form.cleaned_data["asked"],
                words=form.cleaned_data["words"], at=now,
            )
            messages.success(request, _("Noted. It is to be answered within its days."))
            return redirect("console:requests-of", person_id)
    journal.record_read(
        by=request.user, people=[person_id], purpose="request", page="requests", at=now, scope=scope_of(person.site),
    )
    rows = list(PersonRequest.objects.filter(person=person_id).order_by("-at"))
    allowed = permissions_of(request.user)
    context = {
        "person": person, "form": form, "shown": shown_requests(request.user, rows, today=timezone.localdate(now)),
        "days": DEFAULT_DEADLINE_DAYS, "holds": holds_of(person_id), "allowed": allowed,
        "hold_form": HoldForm() if "hold.place" in allowed else None,
        "due": [
            (Kept(line.kept).label, line.at, line.counted.label, Stop(line.stopped).label if line.stopped else "")
            for line in every_line(person_id, at=now)
        ],
    }
    return render(request, "console/requests_of.html", context, status=status_of(form))


def hold(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Hold somebody's data, with a reason and a day."""
    person = person_for(request.user, person_id)
    authorize(request.user, "hold.place", site=person.site)
    form = HoldForm(request.POST or None)
    if form.is_valid():
        with refusals_beside(form):
            place_hold(
                operator=request.user, person_id=person_id, reason=form.cleaned_data["reason"],
                until=form.cleaned_data["until"], at=timezone.now(),
            )
            messages.success(request, _("Noted. The clock stands still for this person until then."))
            return redirect("console:requests-of", person_id)
    return render(request, "console/hold.html", {"form": form, "person": person}, status=status_of(form))


@only_post
def end_hold(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """A hold ends before its day."""
    held = LegalHold.objects.filter(id=hold_id).first()
    if held is not None:
        person_for(request.user, held.person)
    lifted = lift_hold(operator=request.user, hold_id=hold_id, at=timezone.now())
    messages.success(request, _("Noted. The clock runs again."))
    return redirect("console:requests-of", lifted.person)


def _shown(request: HttpRequest, found: PersonRequest) -> object:
    now = timezone.now()
    shown = shown_requests(request.user, [found], today=timezone.localdate(now))[0]
    if shown.person:
        journal.record_read(
            by=request.user, people=[shown.person.id], purpose="request", page="requests", at=now,
            scope=scope_of(shown.person.site),
        )
    return shown

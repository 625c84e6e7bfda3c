"""What phones sent: the tray of what needs a person, and one submission with its answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gada.agencies.queries import permissions_of
from gada.agencies.services import authorize
from gada.agencies.views.saying import only_post, refusals_beside, status_of, words_of
from gada.engine.refusal import Refusal
from gada.surveys import queries, services
from gada.surveys.forms import SetAsideForm
from gada.surveys.models import Submission, SubmissionState
from gada.surveys.rules.reading import plain_path
from gada.surveys.rules.xlsform import label_in
from gada.surveys.services.opening import version_of
from gada.surveys.views.forms import site_of

OPEN = (SubmissionState.WAITING, SubmissionState.ARRIVING, SubmissionState.SET_ASIDE)


def tray(request: HttpRequest) -> HttpResponse:
    """Answers that could not be used, each with its reason."""
    authorize(request.user, "survey.see", site=site_of(request))
    found = queries.submissions_for(request.user, states=[SubmissionState.WAITING, SubmissionState.ARRIVING])
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    lines = [{"submission": each, "why": queries.reason_of(each)} for each in page]
    return render(request, "surveys/tray.html", {"page": page, "lines": lines})


def submission(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    """One submission. Opening the answers leaves a line in the journal."""
    return _page(request, queries.submission_for(request.user, submission_id))


@only_post
def correct(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    """Put answers right and try again."""
    row = queries.submission_for(request.user, submission_id)
    changes = {
        name.removeprefix("answer-"): text
        for name, text in request.POST.items()
        if name.startswith("answer-")
    }
    done = services.correct_submission(
        operator=request.user, submission=row, changes=changes, at=timezone.now()
    )
    return _told(request, done)


@only_post
def again(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    """Try again as it is."""
    row = queries.submission_for(request.user, submission_id)
    return _told(
        request, services.take_up_submission(operator=request.user, submission=row, at=timezone.now())
    )


@only_post
def set_aside(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    """It needs nothing more."""
    row = queries.submission_for(request.user, submission_id)
    form = SetAsideForm(request.POST)
    if form.is_valid():
        with refusals_beside(form):
            services.set_aside_submission(
                operator=request.user, submission=row, why=form.cleaned_data["why"], at=timezone.now()
            )
            messages.success(request, _("Set aside. It stays here and can be taken up again."))
            return redirect("surveys:tray")
    return _page(request, row, form)


def _told(request: HttpRequest, done: Submission) -> HttpResponse:
    if done.state == SubmissionState.WAITING:
        messages.warning(request, _("It still needs a person: %(why)s") % {"why": queries.reason_of(done)})
    else:
        messages.success(request, str(SubmissionState(done.state).label))
    return redirect("surveys:submission", done.id)


def _page(request: HttpRequest, row: Submission, form: SetAsideForm | None = None) -> HttpResponse:
    may = permissions_of(request.user)
    context: dict[str, Any] = {
        "submission": row,
        "why": queries.reason_of(row),
        "may": may,
        "form": form or SetAsideForm(),
        "lines": [],
        "fault": "",
        "attachments": row.attachments.all(),
        "is_open": row.state in OPEN,
        "others": queries.submissions_for(request.user)
        .filter(form=row.form, instance_id=row.instance_id)
        .exclude(id=row.id),
    }
    if "submission.read" in may:
        try:
            opened = services.read_submission(operator=request.user, submission=row, at=timezone.now())
            context["lines"] = _lines(row, opened.answers, opened.corrected)
        except Refusal as refusal:
            context["fault"] = words_of(refusal)
    return render(request, "surveys/submission.html", context, status=status_of(form) if form else 200)


def _lines(row: Submission, answers: dict[str, str], corrected: frozenset[str]) -> list[dict[str, Any]]:
    version = version_of(row.form, row.version)
    asked = {each["path"]: each for each in version.questions} if version else {}
    language = get_language() or "fr"
    return [
        {
            "path": path,
            "label": label_in(asked.get(plain_path(path), {}).get("label", {}), language) or path,
            "answer": text,
            "corrected": path in corrected,
        }
        for path, text in answers.items()
    ]

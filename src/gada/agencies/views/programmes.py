"""One programme: what it is for, its impact assessment, and whether it takes fingerprints."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from gada import vault
from gada.agencies import queries, services
from gada.agencies.forms import AssessmentForm
from gada.agencies.models import Programme
from gada.agencies.views.saying import only_post, refusals_beside, status_of
from gada.engine.refusal import NotFound


def programme(request: HttpRequest, programme_id: UUID) -> HttpResponse:
    """The programme and its assessment; a new assessment replaces the one before."""
    services.authorize(request.user, "agencies.read")
    shown = _found(request, programme_id)
    form = AssessmentForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        said, given = form.cleaned_data, form.cleaned_data["document"]
        with refusals_beside(form):
            services.attach_assessment(
                programme=shown, by=request.user, at=timezone.now(),
                assessment=services.Assessment(said["reference"], said["signed_on"], said["signed_by"]),
                document=(given.name, given.read()) if given else None,
            )
            messages.success(request, _("The impact assessment is attached."))
            return redirect("agencies:programme", shown.pk)
    context = {"programme": shown, "form": form, "permissions": queries.permissions_of(request.user)}
    return render(request, "agencies/programme.html", context, status=status_of(form))


@only_post
def decide_prints(request: HttpRequest, programme_id: UUID) -> HttpResponse:
    """Switch fingerprints on or off."""
    shown = services.decide_prints(
        programme=programme_id, allowed=request.POST.get("allowed") == "yes", by=request.user, at=timezone.now()
    )
    said = _("Fingerprints may be taken from now on.") if shown.biometrics_allowed else _("No fingerprints any more.")
    messages.success(request, said)
    return redirect("agencies:programme", shown.pk)


def assessment(request: HttpRequest, programme_id: UUID) -> HttpResponse:
    """The document, as it was attached."""
    services.authorize(request.user, "agencies.read")
    shown = _found(request, programme_id)
    if shown.assessment_file is None:
        raise NotFound("assessment-none", _("No document is attached to this programme here."))
    content = vault.get_blob(shown.id, shown.assessment_file)
    answer = HttpResponse(content, content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="assessment-{shown.id}{_ending(shown)}"'
    return answer


def _ending(shown: Programme) -> str:
    ending = shown.assessment_file_name.rpartition(".")[2]
    return f".{ending}" if ending.isascii() and ending.isalnum() and len(ending) < 6 else ""


def _found(request: HttpRequest, programme_id: UUID) -> Programme:
    shown = queries.programmes_of(request.user).filter(pk=programme_id).first()
    if shown is None:
        raise NotFound("programme-unknown", _("There is no such programme in your agency."))
    return shown

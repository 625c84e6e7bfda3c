"""Everything out again: who may, says what for, and takes a zip file away."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone

from gada.agencies.services import authorize
from gada.agencies.views.saying import refusals_beside, status_of
from gada.console import queries, services
from gada.console.forms import ExportForm
from gada.console.queries.exports import Asked


def exports(request: HttpRequest) -> HttpResponseBase:
    """The form, and which exports there were; a good answer is the file itself."""
    authorize(request.user, "person.export")
    form = ExportForm(request.POST or None, viewer=request.user)
    if form.is_valid():
        said = form.cleaned_data
        asked = Asked(said["site"], said["programme"], said.get("prints", False), said.get("protected", False))
        with refusals_beside(form):
            export = services.export_people(
                operator=request.user, asked=asked, reason=said["reason"], at=timezone.now()
            )
            answer = StreamingHttpResponse(export.pieces, content_type="application/zip")
            answer["Content-Disposition"] = f'attachment; filename="{export.number}.zip"'
            answer["Cache-Control"] = "no-store"
            return answer
    context = {"form": form, "done": queries.exports_of(request.user)}
    return render(request, "console/exports.html", context, status=status_of(form))

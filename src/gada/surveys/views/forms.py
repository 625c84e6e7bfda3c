"""Forms: published, given a meaning, taken off the phones."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gada.agencies.models import Site
from gada.agencies.queries import permissions_of
from gada.agencies.services import authorize
from gada.agencies.views.saying import only_post, refusals_beside, status_of
from gada.engine.refusal import NotPermitted
from gada.surveys import queries, services
from gada.surveys.forms import MappingForm, PublishForm
from gada.surveys.models import SubmissionState


def surveys(request: HttpRequest) -> HttpResponse:
    """The forms of my sites."""
    authorize(request.user, "survey.see", site=site_of(request))
    page = Paginator(queries.forms_for(request.user), 20).get_page(request.GET.get("page"))
    return render(
        request,
        "surveys/forms.html",
        {
            "page": page,
            "may": permissions_of(request.user),
            "waiting": queries.how_many_wait_for(request.user),
        },
    )


def publish(request: HttpRequest) -> HttpResponse:
    """A new form, or the next version of one."""
    authorize(request.user, "survey.publish", site=site_of(request))
    form = PublishForm(request.POST or None, request.FILES or None, viewer=request.user)
    if form.is_valid():
        said = form.cleaned_data
        with refusals_beside(form):
            made = services.publish_form(
                operator=request.user,
                site=site_of(request),
                workbook=said["workbook"].read(),
                programme=said["programme"],
                at=timezone.now(),
                media=[(file.name, file.read()) for file in said["media"]],
            )
            messages.success(
                request,
                _("Version %(version)s is published. Now say what becomes of the answers.")
                % {"version": made.version},
            )
            return redirect("surveys:mapping", made.form_id)
    return render(request, "surveys/publish.html", {"form": form}, status=status_of(form))


def survey(request: HttpRequest, form_id: UUID) -> HttpResponse:
    """One form: its versions, and what came."""
    authorize(request.user, "survey.see", site=site_of(request))
    form = queries.form_for(request.user, form_id)
    state = request.GET.get("state", "")
    states = [state] if state in SubmissionState.values else []
    found = queries.submissions_for(request.user, states=states).filter(form=form)
    context: dict[str, Any] = {
        "form": form,
        "published": form.published.all(),
        "page": Paginator(found, 50).get_page(request.GET.get("page")),
        "may": permissions_of(request.user),
        "states": SubmissionState.choices,
        "state": state,
    }
    return render(request, "surveys/form.html", context)


def mapping(request: HttpRequest, form_id: UUID) -> HttpResponse:
    """What becomes of the answers: a guess to begin from, then what was said."""
    authorize(request.user, "survey.map", site=site_of(request))
    survey = queries.form_for(request.user, form_id)
    newest = survey.published.first()
    form = MappingForm(
        request.POST or None,
        viewer=request.user,
        mapping=survey.mapping,
        questions=newest.questions if newest else [],
        initial={"programme": survey.programme_id},
    )
    if form.is_valid():
        with refusals_beside(form):
            services.map_form(
                operator=request.user,
                form=survey,
                mapping=form.said(),
                programme=form.cleaned_data["programme"],
                at=timezone.now(),
            )
            messages.success(request, _("Noted. New answers are treated this way from now on."))
            return redirect("surveys:form", form_id)
    return render(request, "surveys/mapping.html", {"survey": survey, "form": form}, status=status_of(form))


@only_post
def close(request: HttpRequest, form_id: UUID) -> HttpResponse:
    """Take a form off the phones, or put it back."""
    form = queries.form_for(request.user, form_id)
    services.close_form(operator=request.user, form=form, is_open=not form.is_open, at=timezone.now())
    return redirect("surveys:form", form_id)


def site_of(request: HttpRequest) -> Site:
    """The site I work at today."""
    site: Site | None = getattr(request, "site_now", None)
    if not site:
        raise NotPermitted(
            "no-site", gettext_lazy("You work at no site yet. Ask your administrator to give you one.")
        )
    return site

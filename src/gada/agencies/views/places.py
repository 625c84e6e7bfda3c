"""Sites, devices and programmes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from gada.agencies import queries, services
from gada.agencies.forms import DeviceForm, ProgrammeForm, SiteForm
from gada.agencies.views.saying import refusals_beside, status_of


def sites(request: HttpRequest) -> HttpResponse:
    """Where the agency works, with what, and for which purposes."""
    services.authorize(request.user, "agencies.read")
    context = {
        "sites": queries.sites_of(request.user), "devices": queries.devices_of(request.user),
        "programmes": queries.programmes_of(request.user), "permissions": queries.permissions_of(request.user),
    }
    return render(request, "agencies/sites.html", context)


def new_site(request: HttpRequest) -> HttpResponse:
    """Add a site."""
    services.authorize(request.user, "site.create")
    form = SiteForm(request.POST or None, initial={"kind": "office"})
    if form.is_valid():
        with refusals_beside(form):
            made = services.create_site(**form.cleaned_data, by=request.user, at=timezone.now())
            return _done(request, _("%(name)s is added."), made)
    return _page(request, form, title=_("Add a site"))


def new_device(request: HttpRequest) -> HttpResponse:
    """Add a device."""
    services.authorize(request.user, "device.register")
    form = DeviceForm(request.POST or None, viewer=request.user, initial={"kind": "laptop"})
    if form.is_valid():
        with refusals_beside(form):
            made = services.register_device(**form.cleaned_data, by=request.user, at=timezone.now())
            return _done(request, _("%(name)s is added."), made)
    return _page(request, form, title=_("Add a device"))


def new_programme(request: HttpRequest) -> HttpResponse:
    """Add a programme."""
    services.authorize(request.user, "programme.create")
    form = ProgrammeForm(request.POST or None)
    if form.is_valid():
        with refusals_beside(form):
            made = services.create_programme(**form.cleaned_data, by=request.user, at=timezone.now())
            return _done(request, _("%(name)s is added."), made)
    return _page(request, form, title=_("Add a programme"))


def _page(request: HttpRequest, form: Form, *, title: str) -> HttpResponse:
    return render(request, "agencies/new_place.html", {"form": form, "heading": title}, status=status_of(form))


def _done(request: HttpRequest, words: str, made: Any) -> HttpResponse:
    messages.success(request, words % {"name": made.name})
    return redirect("agencies:sites")

"""Phones: let in with a square code, shut out with a button."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from gada.agencies.services import authorize
from gada.agencies.views.saying import only_post, refusals_beside, status_of
from gada.surveys import queries, services
from gada.surveys.forms import PhoneForm
from gada.surveys.rules.openrosa import settings_code
from gada.surveys.views.forms import site_of

HERE_ONLY = ("127.0.0.1", "localhost", "[::1]", "testserver")


def phones(request: HttpRequest) -> HttpResponse:
    """Phones that are let in, and another one."""
    site = site_of(request)
    authorize(request.user, "phone.let_in", site=site)
    form = PhoneForm(request.POST or None, site=site)
    if form.is_valid():
        with refusals_beside(form):
            said = form.cleaned_data
            phone, key = services.admit_phone(
                operator=request.user, site=site, whose=said["whose"], name=said["name"], at=timezone.now()
            )
            return render(request, "surveys/phone.html", {"phone": phone, **_settings(request, phone.site.name, key)})
    context = {"form": form, "phones": queries.phones_for(request.user), "site": site}
    return render(request, "surveys/phones.html", context, status=status_of(form))


@only_post
def shut_out(request: HttpRequest, phone_id: UUID) -> HttpResponse:
    """This key opens nothing from now on."""
    phone = queries.phone_for(request.user, phone_id)
    services.shut_out_phone(operator=request.user, phone=phone, at=timezone.now())
    messages.success(request, _("%(name)s is shut out.") % {"name": phone.name})
    return redirect("surveys:phones")


def _settings(request: HttpRequest, project: str, key: str) -> dict[str, Any]:
    """The square code, and the address for typing. Neither is shown again."""
    listed = request.build_absolute_uri(reverse("surveys:key-list", args=[key]))
    server = listed.removesuffix("/formList")
    square = segno.make(settings_code(server=server, project=project), error="l")
    return {
        "server": server, "square": mark_safe(
            square.svg_inline(scale=4, border=4, dark="#1A1F24", light="#FFFFFF", omitsize=False)
        ),
        "here_only": request.get_host().rpartition(":")[0] in HERE_ONLY or request.get_host() in HERE_ONLY,
        "is_secure": request.is_secure(),
    }

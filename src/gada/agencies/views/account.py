"""One's own account."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from gada.agencies import queries, services
from gada.agencies.forms import OwnPasswordForm
from gada.agencies.models import LANGUAGES
from gada.agencies.views.saying import refusals_beside, status_of


@sensitive_post_parameters("current", "password")
def account(request: HttpRequest) -> HttpResponse:
    """My roles, my language, my site, my password."""
    form = OwnPasswordForm(request.POST or None)
    if form.is_valid():
        with refusals_beside(form):
            services.change_own_password(operator=request.user, **form.cleaned_data, at=timezone.now())
            request.user.refresh_from_db()
            update_session_auth_hash(request, request.user)  # this browser stays; the others are asked again
            messages.success(request, _("Your new password is set. Other machines ask for it."))
            return redirect("agencies:account")
    context = {
        "form": form, "languages": LANGUAGES, "sites": queries.sites_of(request.user),
        "roles": queries.roles_held_by(request.user),
    }
    return render(request, "agencies/account.html", context, status=status_of(form))

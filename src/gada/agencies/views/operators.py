"""Operators and their roles."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from gada.agencies import queries, services
from gada.agencies.forms import AssignmentForm, NewPasswordForm, OperatorForm
from gada.agencies.models import Operator
from gada.agencies.views.saying import only_post, refusals_beside, status_of
from gada.engine.refusal import NotFound


def operators(request: HttpRequest) -> HttpResponse:
    """Everybody who works here, with their running roles."""
    services.authorize(request.user, "agencies.read")
    context = {
        "people": queries.operators_for(request.user), "permissions": queries.permissions_of(request.user),
    }
    return render(request, "agencies/operators.html", context)


@sensitive_post_parameters("password")
def new_operator(request: HttpRequest) -> HttpResponse:
    """Add somebody, then give them a role."""
    services.authorize(request.user, "operator.create")
    form = OperatorForm(request.POST or None, initial={"language": "fr"})
    if form.is_valid():
        with refusals_beside(form):
            made = services.create_operator(**form.cleaned_data, by=request.user, at=timezone.now())
            messages.success(request, _("%(name)s can sign in now. Give a role next.") % {"name": made.name})
            return redirect("agencies:operator", made.pk)
    return render(request, "agencies/new_operator.html", {"form": form}, status=status_of(form))


def operator(request: HttpRequest, operator_id: UUID) -> HttpResponse:
    """One operator: roles, password, codes, access."""
    return _page(request, _found(request, operator_id))


@only_post
def assign(request: HttpRequest, operator_id: UUID) -> HttpResponse:
    """Give a role."""
    shown = _found(request, operator_id)
    form = AssignmentForm(request.POST, viewer=request.user)
    if form.is_valid():
        with refusals_beside(form):
            services.assign_role(operator=shown, **form.cleaned_data, by=request.user, at=timezone.now())
            messages.success(request, _("The role is given."))
            return redirect("agencies:operator", shown.pk)
    return _page(request, shown, assignment_form=form)


@only_post
def end(request: HttpRequest, operator_id: UUID, assignment_id: UUID) -> HttpResponse:
    """Take back a role."""
    services.end_assignment(assignment=assignment_id, by=request.user, at=timezone.now())
    messages.success(request, _("The role is taken back."))
    return redirect("agencies:operator", operator_id)


@only_post
@sensitive_post_parameters("password")
def new_password(request: HttpRequest, operator_id: UUID) -> HttpResponse:
    """Give a new password."""
    shown = _found(request, operator_id)
    form = NewPasswordForm(request.POST)
    if form.is_valid():
        with refusals_beside(form):
            services.set_password(operator=shown, **form.cleaned_data, by=request.user, at=timezone.now())
            messages.success(request, _("The new password is set. Their open pages ask for it."))
            return redirect("agencies:operator", shown.pk)
    return _page(request, shown, password_form=form)


@only_post
def forget_codes(request: HttpRequest, operator_id: UUID) -> HttpResponse:
    """Let them set up codes again."""
    services.forget_codes(operator=operator_id, by=request.user, at=timezone.now())
    messages.success(request, _("At the next sign-in they set up codes on their new phone."))
    return redirect("agencies:operator", operator_id)


@only_post
def close_access(request: HttpRequest, operator_id: UUID) -> HttpResponse:
    """Close the access at once."""
    services.deactivate_operator(operator=operator_id, by=request.user, at=timezone.now())
    messages.success(request, _("The access is closed, on every machine."))
    return redirect("agencies:operator", operator_id)


@only_post
def open_access(request: HttpRequest, operator_id: UUID) -> HttpResponse:
    """Open a closed access again."""
    services.reopen_operator(operator=operator_id, by=request.user, at=timezone.now())
    messages.success(request, _("The access is open again."))
    return redirect("agencies:operator", operator_id)


def _found(request: HttpRequest, operator_id: UUID) -> Operator:
    shown = queries.operators_for(request.user).filter(pk=operator_id).first()
    if shown is None:
        raise NotFound("operator-unknown", _("Nobody by this name works for your agency."))
    return shown


def _page(
    request: HttpRequest, shown: Operator, *, assignment_form: Form | None = None, password_form: Form | None = None
) -> HttpResponse:
    context = {
        "person": shown, "permissions": queries.permissions_of(request.user),
        "assignment_form": assignment_form or AssignmentForm(viewer=request.user),
        "password_form": password_form or NewPasswordForm(),
    }
    status = max((status_of(form) for form in (assignment_form, password_form) if form), default=200)
    return render(request, "agencies/operator.html", context, status=status)

"""Packages sent and received, by network and by file."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gada.agencies.queries import permissions_of
from gada.agencies.services import authorize
from gada.exchange import queries, services
from gada.exchange.forms import PackageFileForm
from gada.exchange.rules.sentences import why_refused
from gada.exchange.views.saying import told

PER_PAGE = 30


def packages(request: HttpRequest) -> HttpResponse:
    """Sent, received, refused; each with its receipt."""
    authorize(request.user, "agreement.see")
    page = Paginator(queries.packages_for(request.user), PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "exchange/packages.html",
        {
            "page": page,
            "refused": [
                (each, why_refused(each.code)) for each in queries.refused_packages_for(request.user)[:20]
            ],
            "permissions": permissions_of(request.user),
        },
    )


@require_POST
def make(request: HttpRequest, agreement: UUID) -> HttpResponse:
    """Write the next package under an agreement."""
    authorize(request.user, "package.send")
    with told(request):
        made = services.make_package(operator=request.user, agreement_id=agreement, at=timezone.now())
        messages.success(
            request,
            _("Package %(number)s is ready. Deliver it, or take it as a file.") % {"number": made.sequence},
        )
    return redirect("exchange:packages")


@require_POST
def deliver(request: HttpRequest, package: UUID) -> HttpResponse:
    """Bring a package to the partner."""
    authorize(request.user, "package.send")
    with told(request):
        sent = services.deliver_package(operator=request.user, package_id=package, at=timezone.now())
        messages.success(request, _("Package %(number)s has arrived.") % {"number": sent.sequence})
    return redirect("exchange:packages")


def download(request: HttpRequest, package: UUID) -> HttpResponse:
    """The sealed file, to be carried by hand."""
    path = services.package_path(operator=request.user, package_id=package)
    return FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=f"{package}.gada",
        content_type="application/octet-stream",
    )


def receipt(request: HttpRequest, package: UUID) -> HttpResponse:
    """Our receipt of a package, to be carried back."""
    authorize(request.user, "agreement.see")
    found = queries.packages_for(request.user).filter(id=package).exclude(receipt="").first()
    if found is None:
        return redirect("exchange:packages")
    response = HttpResponse(found.receipt, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{package}.receipt"'
    return response


def read_file(request: HttpRequest) -> HttpResponse:
    """Receive a package, or a receipt, that was carried by hand."""
    authorize(request.user, "package.receive")
    form = PackageFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        with told(request, form):
            words = services.receive_carried(
                operator=request.user, content=form.cleaned_data["file"].read(), at=timezone.now()
            )
            messages.success(request, words)
            return redirect("exchange:packages")
    return render(
        request,
        "exchange/file.html",
        {
            "form": form,
            "title": _("Read a package file"),
            "label": _("Read it"),
            "lead": _(
                "The same bytes as over the network: a package from a partner, or their receipt for one of ours."
            ),
        },
        status=422 if form.errors else 200,
    )

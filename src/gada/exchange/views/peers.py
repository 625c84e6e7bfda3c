"""Partners: whom we know, our own digits to read aloud, and meeting a new one."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gada.agencies.queries import permissions_of
from gada.agencies.services import authorize
from gada.exchange import services
from gada.exchange.forms import MeetForm, ReasonForm
from gada.exchange.queries import peers_for
from gada.exchange.views.saying import told


def peers(request: HttpRequest) -> HttpResponse:
    """Our fingerprint to read aloud, and every partner."""
    authorize(request.user, "agreement.see")
    return render(
        request,
        "exchange/peers.html",
        {
            "fingerprint": services.own_fingerprint(),
            "peers": peers_for(request.user),
            "permissions": permissions_of(request.user),
        },
    )


def card(request: HttpRequest) -> HttpResponse:
    """Our key card as a file."""
    authorize(request.user, "agreement.see")
    response = HttpResponse(services.card_file(), content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="gada.card"'
    return response


def meet(request: HttpRequest) -> HttpResponse:
    """Accept a partner's card after hearing its digits."""
    authorize(request.user, "peer.meet")
    form = MeetForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        with told(request, form):
            peer = services.meet_peer(
                operator=request.user,
                card=said["card"].read(),
                heard=said["heard"],
                their_operator=said["their_operator"],
                address=said["address"],
                at=timezone.now(),
            )
            messages.success(request, _("%(name)s is a partner now.") % {"name": peer.name})
            return redirect("exchange:peers")
    return render(
        request,
        "exchange/meet.html",
        {"form": form, "fingerprint": services.own_fingerprint()},
        status=422 if form.errors else 200,
    )


def revoke(request: HttpRequest, peer: UUID) -> HttpResponse:
    """Withdraw the trust in a partner, with the reason."""
    authorize(request.user, "peer.revoke")
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        with told(request, form):
            services.revoke_peer(
                operator=request.user, peer_id=peer, reason=form.cleaned_data["reason"], at=timezone.now()
            )
            messages.success(request, _("The trust in this partner is withdrawn."))
            return redirect("exchange:peers")
    named = peers_for(request.user).filter(id=peer).first()
    return render(
        request,
        "exchange/reason.html",
        {
            "form": form,
            "title": _("Withdraw the trust in %(name)s") % {"name": named or "–"},
            "lead": _("Nothing flows to or from them from now on. Two people must meet again to undo it."),
            "label": _("Withdraw"),
            "variant": "danger",
        },
    )


@require_POST
def greet(request: HttpRequest, peer: UUID) -> HttpResponse:
    """Contact a partner now."""
    authorize(request.user, "agreement.exchange")
    with told(request):
        services.beat(services.peer_called(peer), at=timezone.now(), witness=True)
        messages.success(request, _("The partner answered."))
    return redirect("exchange:peers")

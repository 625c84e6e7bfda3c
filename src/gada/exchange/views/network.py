"""Nodes of our own agency on one page: contact, what waits, what was set aside, conflicts to decide."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gada import journal
from gada.agencies.queries import permissions_of
from gada.agencies.services import authorize
from gada.exchange.forms import ReasonForm
from gada.exchange.models import OwnNode
from gada.exchange.queries.conflicts import conflicts_for, numbers_for, shown_in
from gada.exchange.queries.own_nodes import batch_for, batches_for, held_aside_for, own_nodes_for
from gada.exchange.services import own_nodes
from gada.exchange.services.own_nodes.entitling import headquarters_id, own_id
from gada.exchange.views.saying import told
from gada.journal.models import HeldEntry
from gada.people.services import give_new_number, settle_conflict, settle_happenings

LIFE = timedelta(days=60)


def nodes(request: HttpRequest) -> HttpResponse:
    """Every node, then what a person must look at."""
    authorize(request.user, "node.see")
    at = timezone.now()
    conflicts, count = conflicts_for(request.user)
    numbers = numbers_for(request.user)
    journal.record_read(
        by=request.user, people=shown_in([*conflicts, *numbers]), purpose="exchange", page="own-nodes", at=at
    )
    named = {node.id: node.name for node in OwnNode.objects.all()}
    aside = [
        {**row, "name": named.get(row["author"], row["author"]), "words": HeldEntry.Why(row["why"]).label}
        for row in held_aside_for(request.user)
    ]
    return render(request, "exchange/own_nodes.html", {
        "nodes": own_nodes_for(request.user, at=at), "aside": aside, "conflicts": conflicts, "count": count,
        "numbers": numbers, "batches": batches_for(request.user),
        "headquarters": own_id() == headquarters_id(), "permissions": permissions_of(request.user),
    })


@require_POST
def synchronise(request: HttpRequest) -> HttpResponse:
    """Synchronise with headquarters now."""
    with told(request):
        done = own_nodes.sync_with(operator=request.user, at=timezone.now())
        kept = sum(arrived.kept for arrived in done.arrived)
        messages.success(request, _("Synchronised: %(kept)s entries came from headquarters.") % {"kept": kept})
    return redirect("exchange:own-nodes")


@require_POST
def renew(request: HttpRequest, node: UUID) -> HttpResponse:
    """Sixty more days for the key of a device."""
    with told(request):
        renewed = own_nodes.renew_node(operator=request.user, node_id=node, life=LIFE, at=timezone.now())
        messages.success(request, _("%(name)s keeps its key for sixty more days.") % {"name": renewed.name})
    return redirect("exchange:own-nodes")


def withdraw(request: HttpRequest, node: UUID) -> HttpResponse:
    """A laptop is lost, with the reason."""
    authorize(request.user, "node.withdraw")
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        with told(request, form):
            own_nodes.withdraw_node(
                operator=request.user, node_id=node, reason=form.cleaned_data["reason"], at=timezone.now()
            )
            messages.success(request, _("What this laptop brings from now on is set aside."))
            return redirect("exchange:own-nodes")
    return render(request, "exchange/reason.html", {
        "form": form, "title": _("Report %(name)s lost") % {"name": own_nodes.own_node_called(node)},
        "lead": _(
            "What it brought until now stands. What it brings from now on is set aside, and it is given nothing."
        ),
        "label": _("Report lost"), "variant": "danger",
    })


@require_POST
def decide(request: HttpRequest, conflict: UUID) -> HttpResponse:
    """One of two values stands."""
    with told(request):
        settle_conflict(
            operator=request.user, conflict_id=conflict, version=request.POST.get("version", ""), at=timezone.now()
        )
        messages.success(request, _("Decided. The other nodes learn it at the next synchronisation."))
    return redirect("exchange:own-nodes")


@require_POST
def decide_household(request: HttpRequest, conflict: UUID) -> HttpResponse:
    """One of two decisions about a household stands."""
    with told(request):
        settle_happenings(
            operator=request.user, conflict_id=conflict, version=request.POST.get("version", ""), at=timezone.now()
        )
        messages.success(request, _("Decided. The other nodes learn it at the next synchronisation."))
    return redirect("exchange:own-nodes")


@require_POST
def new_number(request: HttpRequest, registered: UUID) -> HttpResponse:
    """Whoever shares a number with another gets one of their own."""
    with told(request):
        give_new_number(operator=request.user, registered=registered, at=timezone.now())
        messages.success(request, _("They have a number of their own now: print their card or slip again."))
    return redirect("exchange:own-nodes")


def batch(request: HttpRequest, batch: UUID) -> HttpResponse:
    """What a lost or expired laptop brought at one time: look, then accept or refuse it."""
    authorize(request.user, "node.decide")
    at = timezone.now()
    if request.method == "POST":
        with told(request):
            accept = request.POST.get("accept") == "yes"
            own_nodes.decide_batch(operator=request.user, batch_id=batch, accept=accept, at=at)
            messages.success(request, _("Taken in.") if accept else _("Refused. It has no effect anywhere."))
        return redirect("exchange:own-nodes")
    entries, people = batch_for(request.user, batch)
    journal.record_read(by=request.user, people=people, purpose="exchange", page="node-batch", at=at)
    line = next((each for each in batches_for(request.user) if each.id == batch), None)
    return render(request, "exchange/batch.html", {"entries": entries, "line": line})

"""What waits for a person: differences to settle, and pairs of whom no rule can say."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gada import journal
from gada.agencies.services import authorize
from gada.exchange import queries, services
from gada.exchange.models import Proposal
from gada.exchange.rules.fields import LABELS
from gada.exchange.rules.sentences import value_in_words
from gada.exchange.views.saying import told


def proposals(request: HttpRequest) -> HttpResponse:
    """The oldest difference on top (or the one asked for), decided with one key; how many more wait."""
    authorize(request.user, "proposal.decide")
    waiting = queries.proposals_for(request.user)
    now = _asked_for(request, waiting) or waiting.first()
    if now is not None:
        journal.record_read(
            by=request.user,
            people=[now.link.person_id],
            purpose="exchange",
            page="proposal",
            at=timezone.now(),
        )
    return render(
        request,
        "exchange/proposals.html",
        {
            "proposal": now,
            "count": waiting.count(),
            "label": LABELS[now.field] if now else "",
            "ours": value_in_words(now.field, now.ours) if now else "",
            "theirs": value_in_words(now.field, now.theirs) if now else "",
        },
    )


@require_POST
def decide(request: HttpRequest, proposal: UUID) -> HttpResponse:
    """Take the partner's value over, or keep ours."""
    with told(request):
        accept = request.POST.get("decision") == "accept"
        services.decide_proposal(
            operator=request.user, proposal_id=proposal, accept=accept, at=timezone.now()
        )
        messages.success(
            request, _("Taken over; the old value stays in the history.") if accept else _("Ours is kept.")
        )
    return redirect("exchange:proposals")


def pairs(request: HttpRequest) -> HttpResponse:
    """One pair at a time: our person whole, of theirs only agree, close or differ."""
    authorize(request.user, "pair.judge")
    waiting = queries.pair_cases_for(request.user)
    now = waiting.first()
    if now is not None:
        journal.record_read(
            by=request.user, people=[now.person_id], purpose="adjudication", page="pair", at=timezone.now()
        )
    return render(
        request,
        "exchange/pairs.html",
        {
            "case": now,
            "count": waiting.count(),
            "relations": [(LABELS.get(name, name), relation) for name, relation in now.relations.items()]
            if now
            else [],
        },
    )


@require_POST
def judge(request: HttpRequest, case: UUID) -> HttpResponse:
    """The same person, or two."""
    with told(request):
        services.judge_pair(
            operator=request.user, case_id=case, same=request.POST.get("answer") == "same", at=timezone.now()
        )
        messages.success(request, _("Your answer is kept. A link is made once the partner says the same."))
    return redirect("exchange:pairs")


def _asked_for(request: HttpRequest, waiting: QuerySet[Proposal]) -> Proposal | None:
    """The difference that another page led to; None when it no longer waits, or is not this viewer's."""
    try:
        return waiting.filter(id=UUID(request.GET.get("of", ""))).first()
    except ValueError:
        return None

"""The sweeps of a site; one sweep: its figures, what a person must look at, and its parts."""

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
from gada.engine.refusal import Invalid, NotPermitted
from gada.fixing import queries, services
from gada.fixing.forms import JudgeForm, PlanForm
from gada.fixing.models import Sweep, Without
from gada.fixing.rules.ledger import Ledger
from gada.fixing.rules.numbers import number_of, spans_in_words

SHOWN = 20  # families without a token by name of reason, clashes: more stand in the export


def sweeps(request: HttpRequest) -> HttpResponse:
    """The sweeps of my sites."""
    authorize(request.user, "sweep.see")
    page = Paginator(queries.sweeps_for(request.user), 20).get_page(request.GET.get("page"))
    return render(request, "fixing/sweeps.html", {"page": page, "may": permissions_of(request.user)})


def plan(request: HttpRequest) -> HttpResponse:
    """A new sweep of the site I work at."""
    site = site_of(request)
    authorize(request.user, "sweep.plan", site=site)
    form = PlanForm(request.POST or None, initial={"day": timezone.localdate()})
    if form.is_valid():
        with refusals_beside(form):
            made = services.plan_sweep(operator=request.user, site=site, at=timezone.now(), **form.cleaned_data)
            messages.success(request, _("The sweep is planned. Print its tokens next."))
            return redirect("fixing:print", made.id)
    return render(request, "fixing/plan.html", {"form": form, "site": site}, status=status_of(form))


def sweep(request: HttpRequest, sweep_id: UUID) -> HttpResponse:
    """One sweep: what was handed out, what came back, what a person must look at."""
    authorize(request.user, "sweep.see")
    found = queries.sweep_for(request.user, sweep_id)
    ledger = queries.ledger_of_sweep(found)
    reasons = ledger.reasons
    context = {
        "sweep": found, "ledger": ledger, "may": permissions_of(request.user), "clashes": _clashes(found, ledger),
        "judge": JudgeForm(), "waiting": len(ledger.open_clashes),
        "odd": _odd(ledger), "parts": ledger.parts,
        "shelters": [each for each in ledger.shelters if not each.found],
        "found_later": sum(each.found for each in ledger.shelters),
        "reasons": [(Without(why).label, reasons[why]) for why in Without.values if reasons[why]],
        "words": [
            " · ".join(filter(None, (each.words, each.shown))) for each in ledger.tokenless if each.words or each.shown
        ][-SHOWN:],
        "total": sum(reasons.values()), "not_asked": queries.families_not_asked(found),
    }
    return render(request, "fixing/sweep.html", context)


@only_post
def phase(request: HttpRequest, sweep_id: UUID) -> HttpResponse:
    """Ask for tokens at registration from now on, or no longer."""
    found = queries.sweep_for(request.user, sweep_id)
    if found.is_open:  # type: ignore[attr-defined]
        services.close_sweep(operator=request.user, sweep_id=sweep_id, at=timezone.now())
        messages.success(request, _("Registrations no longer ask for a token."))
    else:
        services.open_sweep(operator=request.user, sweep_id=sweep_id, at=timezone.now())
        messages.success(request, _("From now on every registration at this site asks for a token."))
    return redirect("fixing:sweep", sweep_id)


@only_post
def judge(request: HttpRequest, sweep_id: UUID) -> HttpResponse:
    """Whose token it is that several families came with."""
    form = JudgeForm(request.POST)
    if not form.is_valid():
        raise Invalid("token-verdict", gettext_lazy("Choose whose token it is and say in a few words how you know."))
    services.judge_token(operator=request.user, sweep_id=sweep_id, at=timezone.now(), **form.cleaned_data)
    messages.success(request, _("Noted. The registrations of both families stand."))
    return redirect("fixing:sweep", sweep_id)


def site_of(request: HttpRequest) -> Site:
    """The site I work at today."""
    site: Any = getattr(request, "site_now", None)
    if not site:
        raise NotPermitted(
            "no-site", gettext_lazy("You work at no site yet. Ask your administrator to give you one.")
        )
    return site._wrapped if hasattr(site, "_wrapped") else site


def _clashes(sweep: Sweep, ledger: Ledger) -> list[dict[str, Any]]:
    """Those nobody judged first."""
    ordered = sorted(ledger.clashes, key=lambda each: (each.verdict is not None, each.number))[:SHOWN]
    names = queries.family_numbers({row.household_id for each in ordered for row in each.spendings})
    return [{
        "number": each.number, "token": number_of(sweep.prefix, each.number), "verdict": each.verdict,
        "kept": names.get(each.verdict.keeps, "") if each.verdict and each.verdict.keeps else "",
        "families": [(row.household_id, names.get(row.household_id, ""), row.at) for row in each.spendings],
    } for each in ordered]


def _odd(ledger: Ledger) -> list[tuple[str, str]]:
    """What does not fit together and needs a look, in words."""
    found = [
        (_("Printed on two sheets (two laptops at the same time): destroy one"), ledger.printed_twice),
        (_("Handed out twice, by two lists: look at both"), ledger.given_twice),
        (_("Spent, though no list says they were handed out, or they were voided"), ledger.spent_unlisted),
        (_("Carried out and neither handed out nor voided: bring them back"), ledger.astray),
        (_("Free again: the registration was entered by mistake"), ledger.freed),
    ]
    return [(words, spans_in_words(set(numbers))) for words, numbers in found if numbers]

"""The queue of cards: who has none, what is to print, what came out, what is lost."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gada import journal
from gada.agencies.queries import permissions_of
from gada.agencies.services import authorize
from gada.agencies.views.saying import only_post
from gada.credentials import queries, services
from gada.credentials.forms import WITHOUT, ChosenForm, QueueForm, TickedForm
from gada.credentials.models import Paper, State
from gada.credentials.papers.sheets import pages_of
from gada.engine.refusal import Invalid

ROWS = 50
# What may be done with those of a state, in the order of the buttons; the first is the usual one.
ACTS = {
    WITHOUT: ("issue", "now"), State.ISSUED: ("print", "cancel"), State.PRINTED: ("print", "lose", "replace", "cancel"),
    State.CONFIRMED: ("print", "lose", "replace", "cancel"), State.LOST: ("replace", "cancel"), State.CANCELLED: (),
}
NEEDS = {
    "issue": "card.issue", "now": "card.print", "print": "card.print", "lose": "card.lose", "replace": "card.issue",
    "cancel": "card.cancel",
}


def queue(request: HttpRequest) -> HttpResponse:
    """Counts, and those of one state by name; looking at names leaves a line."""
    authorize(request.user, "card.see")
    site = getattr(request, "site_now", None) or None
    form = QueueForm(request.GET)
    state, who = form.state_asked(), form.who_asked()
    waiting = queries.people_without_card(request.user, site=site, who=who)
    found = waiting if state == WITHOUT else queries.cards_for(request.user, site=site).filter(state=state)
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    rows = [_row(each, state) for each in page]
    twice = queries.people_with_two_cards(request.user, site=site)
    _leave_a_line(request, [*(row["person"].id for row in rows), *(person.id for person in twice)])
    allowed = permissions_of(request.user)
    acts = [act for act in ACTS[state] if NEEDS[act] in allowed]
    return render(request, "credentials/queue.html", {
        "tabs": _tabs(waiting.count(), queries.counts_for(request.user, site=site), state, who), "page": page,
        "rows": rows, "state": state, "who": who, "form": form, "chosen": ChosenForm(), "acts": acts,
        "ticked": state in (WITHOUT, State.ISSUED), "site": site, "printed": _printed(request), "twice": twice,
    })


@only_post
def act(request: HttpRequest) -> HttpResponse:
    """What was pressed, with those that were ticked."""
    chosen, ticked = ChosenForm(request.POST), TickedForm(request.POST)
    if not chosen.is_valid() or not ticked.is_valid():
        raise Invalid("cards-none", _("Choose at least one card."))
    ids, said = ticked.cleaned_data["ids"], chosen.cleaned_data
    who = {"operator": request.user, "at": timezone.now()}
    match said["act"]:
        case "issue":
            count = len(services.issue_cards(people=ids, **who))
            said_of = ngettext(
                "%(n)d card issued: it waits for the printer.", "%(n)d cards issued: they wait for the printer.", count
            )
            messages.success(request, said_of % {"n": count})
            return _queue(State.ISSUED)
        case "now":
            batch = services.print_at_once(people=ids, paper=said["paper"] or Paper.CARD, **who)
            return redirect("credentials:printed", batch)
        case "print":
            batch = services.print_cards(cards=ids, paper=said["paper"] or Paper.CARD, **who)
            return redirect("credentials:printed", batch)
        case "lose":
            services.lose_cards(cards=ids, **who)
            messages.success(request, _("Noted as lost. A new card gets a new number."))
            return _queue(State.LOST)
        case "replace":
            services.replace_cards(cards=ids, **who)
            messages.success(request, _("The old number counts no longer. The new cards wait for the printer."))
            return _queue(State.ISSUED)
        case _:
            services.cancel_cards(cards=ids, reason=said["reason"], **who)
            messages.success(request, _("Cancelled."))
            return _queue(State.CANCELLED)


def printed(request: HttpRequest, batch: UUID) -> HttpResponse:
    """What was printed together: the PDF, and which of them came out well."""
    authorize(request.user, "card.print")
    copies = queries.copies_of_batch(request.user, batch)
    if request.method == "POST":
        ticked = TickedForm(request.POST)
        ids = ticked.cleaned_data["ids"] if ticked.is_valid() else []
        count = services.confirm_copies(operator=request.user, batch=batch, copies=ids, at=timezone.now())
        messages.success(request, ngettext("%(n)d card confirmed.", "%(n)d cards confirmed.", count) % {"n": count})
        return redirect("credentials:printed", batch)
    done = queries.confirmed_copies(copies)
    _leave_a_line(request, [copy.card.person_id for copy in copies])
    return render(request, "credentials/printed.html", {
        "batch": batch, "copies": [(copy, copy.id in done) for copy in copies], "paper": Paper(copies[0].paper),
        "left": len(copies) - len(done), "sheets": pages_of(len(copies), paper=copies[0].paper),
        "at": copies[0].printed_at,
    })


def sheets(request: HttpRequest, batch: UUID) -> HttpResponse:
    """The PDF of what was printed together; asked for again it is the same."""
    from gada.credentials.papers.sheets import draw_sheets

    authorize(request.user, "card.print")
    copies = queries.copies_of_batch(request.user, batch)
    _leave_a_line(request, [copy.card.person_id for copy in copies])
    title = f"gada-{copies[0].paper}-{timezone.localtime(copies[0].printed_at):%Y-%m-%d-%H%M}"
    body = draw_sheets(queries.faces_of(copies), paper=copies[0].paper, title=title)
    return HttpResponse(body, content_type="application/pdf", headers={
        "Content-Disposition": f'attachment; filename="{title}.pdf"'
    })


def _queue(state: str) -> HttpResponse:
    return redirect(f"{reverse('credentials:queue')}?{urlencode({'state': state})}")


def _row(each: Any, state: str) -> dict[str, Any]:
    if state == WITHOUT:
        return {"id": each.id, "person": each, "number": "", "serial": ""}
    return {
        "id": each.id, "person": each.person, "number": each.number, "serial": each.serial or "",
        "ending": queries.ending_of(each) if state in (State.LOST, State.CANCELLED) else None,
    }


def _tabs(without: int, counts: dict[str, int], now: str, who: str) -> list[dict[str, Any]]:
    named = [(WITHOUT, _("without a card"), without)]
    named += [(state.value, state.label, counts[state.value]) for state in State]
    return [
        {"label": label, "count": count, "active": state == now, "url": f"?{urlencode({'state': state, 'who': who})}"}
        for state, label, count in named
    ]


def _printed(request: HttpRequest) -> list[dict[str, Any]]:
    return [each | {"paper": Paper(each["paper"]).label} for each in queries.batches_for(request.user, most=5)]


def _leave_a_line(request: HttpRequest, people: list[UUID]) -> None:
    journal.record_read(by=request.user, people=people, purpose="registration", page="cards", at=timezone.now())

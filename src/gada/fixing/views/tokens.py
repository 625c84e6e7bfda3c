"""Tokens on paper, in a list by where they stand, and in a file."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from gada.agencies.queries import permissions_of
from gada.agencies.services import authorize
from gada.agencies.views.saying import only_post, refusals_beside, status_of
from gada.fixing import queries, services
from gada.fixing.forms import PrintForm
from gada.fixing.models import Paper, Printing
from gada.fixing.rules.numbers import code_of, number_of, signs_of, token_of
from gada.fixing.rules.shelters import shelters_in_words

ROWS = 100
STATES = {
    "unspent": (pgettext_lazy("one token", "unspent"), "wait"), "spent": (pgettext_lazy("one token", "spent"), "good"),
    "clash": (pgettext_lazy("one token", "several families"), "bad"),
    "voided": (pgettext_lazy("one token", "voided"), ""), "carried": (pgettext_lazy("one token", "carried"), "info"),
}


def tokens(request: HttpRequest, sweep_id: UUID) -> HttpResponse:
    """Token by token: where it was handed out, and whether a family came with it."""
    authorize(request.user, "sweep.see")
    sweep = queries.sweep_for(request.user, sweep_id)
    ledger, asked = queries.ledger_of_sweep(sweep), request.GET.get("state", "unspent")
    state = asked if asked in STATES else ""
    page = Paginator(queries.token_lines(ledger, state=state), ROWS).get_page(request.GET.get("page"))
    rows = [_row(sweep.prefix, ledger, number, found) for number, found in page]
    tabs = [("", gettext_lazy("all")), *((name, words) for name, (words, _tag) in STATES.items())]
    return render(request, "fixing/tokens.html", {
        "sweep": sweep, "page": page, "rows": rows, "state": state, "tabs": tabs, "may": permissions_of(request.user),
    })


def print_them(request: HttpRequest, sweep_id: UUID) -> HttpResponse:
    """Choose numbers and paper; what was printed can be opened again."""
    sweep = queries.sweep_for(request.user, sweep_id)
    authorize(request.user, "token.print", site=sweep.site_id)
    printed = list(Printing.objects.filter(sweep=sweep).order_by("-lamport", "-id"))
    next_ = max((each.last for each in printed), default=0) + 1
    form = PrintForm(request.POST or None, initial={"first": next_, "last": next_ + 239})
    if form.is_valid():
        with refusals_beside(form):
            services.print_tokens(
                operator=request.user, sweep_id=sweep_id, at=timezone.now(), **form.cleaned_data
            )
            messages.success(request, _("The tokens are ready: open the sheets below."))
            return redirect("fixing:print", sweep_id)
    lines = [{
        "id": each.id, "at": each.at, "again": each.again, "paper": Paper(each.paper).label,
        "first": _whole(sweep.prefix, each.first), "last": _whole(sweep.prefix, each.last),
        "count": each.last - each.first + 1,
    } for each in printed]
    return render(
        request, "fixing/print.html", {"sweep": sweep, "form": form, "lines": lines}, status=status_of(form)
    )


def sheets(request: HttpRequest, printing_id: UUID) -> HttpResponse:
    """The PDF of what was printed together; asked for again it is the same."""
    from gada.fixing.papers import draw_bands, draw_sheets

    printing = queries.printing_for(request.user, printing_id)
    sweep = printing.sweep
    authorize(request.user, "token.print", site=sweep.site_id)
    key, title = queries.key_of(sweep), f"gada-{sweep.prefix}-{printing.first}-{printing.last}"
    faces = []
    for number in range(printing.first, printing.last + 1):
        signs = signs_of(key, sweep.id, number)
        faces.append((token_of(sweep.prefix, number, signs), code_of(sweep.prefix, number, signs)))
    draw = draw_bands if printing.paper == Paper.BAND else draw_sheets
    body = draw(faces, title=title, sweep=f"{sweep.name} · {sweep.site.name}", words=_(
        "One family, one token. Bring it to the registration."
    ))
    return HttpResponse(body, content_type="application/pdf", headers={
        "Content-Disposition": f'attachment; filename="{title}.pdf"'
    })


@only_post
def export(request: HttpRequest, sweep_id: UUID) -> HttpResponse:
    """Everything about the tokens as a table; it stands in the journal."""
    number, body = services.export_tokens(operator=request.user, sweep_id=sweep_id, at=timezone.now())
    return HttpResponse(body, content_type="text/csv; charset=utf-8", headers={
        "Content-Disposition": f'attachment; filename="gada-tokens-{number}.csv"'
    })


def _whole(prefix: str, number: int) -> str:
    return number_of(prefix, number).replace("-", "\u2011")  # in a narrow column a number does not break


def _row(prefix: str, ledger: Any, number: int, state: str) -> dict[str, Any]:
    visit, load = ledger.given.get(number), ledger.carried.get(number)
    words, tag = STATES[state]
    return {
        "token": number_of(prefix, number), "words": words, "tag": tag or "neutral",
        "team": visit.team if visit else load.team if load else "", "block": visit.block if visit else "",
        "shelters": shelters_in_words(visit.shelters) if visit else "", "families": ledger.spent.get(number, ()),
    }

"""The evidence report: on the page, on paper, and a sheet of paper checked against the journal."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from gada import vault
from gada.agencies.queries import permissions_of
from gada.agencies.services import authorize
from gada.matching.forms import PeriodForm
from gada.matching.queries.evidence import KeptReport, figures_for, kept_report
from gada.matching.reports.content import Stamp
from gada.matching.reports.figures import Figures
from gada.matching.reports.serial import serial_of
from gada.matching.services.reporting import MadeReport, make_report
from gada.matching.views.evidence_words import day, evidence_content, period_of
from gada.matching.views.wording import spaced


@require_GET
def report(request: HttpRequest) -> HttpResponse:
    """The report of a period over the reader's sites. Counts only: looking at it reads nobody's data."""
    authorize(request.user, "report.make")
    form = PeriodForm(request.GET, today=timezone.localdate())
    since, until = form.period()
    content = evidence_content(figures_for(request.user, since=since, until=until))
    return render(request, "matching/report.html", {
        "form": form, "content": content, "may_check": "population.check" in permissions_of(request.user),
    })


@require_POST
def paper(request: HttpRequest) -> HttpResponse:
    """The same as a PDF; its figures and its number go into the journal."""
    from gada.matching.reports.paper import draw_report  # loads a typesetter that no other page needs

    form = PeriodForm(request.POST, today=timezone.localdate())
    since, until = form.period()
    made = make_report(operator=request.user, since=since, until=until, at=timezone.now())
    body = draw_report(evidence_content(made.figures), _stamp(request, made))
    name = f"gada-{made.at:%Y-%m-%d}-{made.serial}.pdf"
    return HttpResponse(body, content_type="application/pdf", headers={
        "Content-Disposition": f'attachment; filename="{name}"'
    })


@require_GET
def check(request: HttpRequest) -> HttpResponse:
    """Whether a report on paper is one of ours, and what it said when it was made."""
    authorize(request.user, "report.make")
    asked = request.GET.get("number", "").strip()
    found = kept_report(request.user, asked) if asked else None
    context: dict[str, Any] = {"asked": asked, "found": found}
    if found is not None:
        context |= {"content": evidence_content(found.figures), "facts": _facts(found, found.figures)}
    return render(request, "matching/report_check.html", context, status=404 if asked and found is None else 200)


def _facts(made: MadeReport | KeptReport, figures: Figures) -> list[tuple[str, str]]:
    local = timezone.localtime(made.at)
    return [
        (_("Period"), period_of(figures)), (_("Sites"), ", ".join(figures.sites) or "–"),
        (_("Made"), f"{day(local)}, {local:%H:%M}"), (_("By"), made.by),
        (_("Journal"), _("as of entry %(position)s") % {"position": spaced(made.position)}),
    ]


def _stamp(request: HttpRequest, made: MadeReport) -> Stamp:
    identity = vault.identity()
    return Stamp(
        office=request.user.agency.name,
        node=identity.name,
        training=_("TRAINING — NOT VALID") if identity.training else "",
        serial=serial_of(made.id),
        serial_label=_("Number"),
        facts=tuple(_facts(made, made.figures)),
        notes_title=_("How to read this"),
        check=_(
            "Type this number under Duplicates, Report, Check a print-out, on this node: it shows what was printed."
        ),
        page_of=_("Page {page} of {pages}"),
    )

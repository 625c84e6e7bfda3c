"""Families that were not seen: the list with its stages, one family's page, its appeal, and what was done before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters

from gada import journal
from gada.agencies.models import Operator
from gada.agencies.queries import permissions_of
from gada.agencies.services import authorize
from gada.agencies.views.saying import only_post, words_of
from gada.engine.refusal import NotPermitted, Refusal
from gada.presence import queries, services
from gada.presence.forms import AppealForm, ChosenForm, ReasonForm
from gada.presence.models import Campaign, Channel, RollCall, Step, What
from gada.presence.queries import Absence, members_of
from gada.presence.rules import MISSED, OVER, Stage
from gada.presence.views.desk import first_error, leave_a_line

FAMILIES_A_PAGE = 100
STATES = {
    Stage.PROPOSED: "neutral", Stage.WARNED: "wait", Stage.GRACE: "info", Stage.DUE: "wait", Stage.APPEALED: "wait",
    Stage.SUSPENDED: "bad", Stage.KEPT: "good", Stage.REINSTATED: "good", Stage.RETURNED: "good",
}
MARKS = {What.SUSPENDED: "bad", What.HEARD: "bad", What.GRANTED: "good", What.KEPT: "good", What.APPEALED: "wait"}


def absent(request: HttpRequest, roll_call_id: UUID) -> HttpResponse:
    """Who is absent by the rule, or was listed, with the stage each has reached."""
    return _list(request, _roll_call(request, roll_call_id))


@only_post
def warn(request: HttpRequest, roll_call_id: UUID) -> HttpResponse:
    """List the families ticked; nothing changes for them."""
    def done(roll_call: RollCall, households: list[UUID], _said: Any) -> int:
        return len(services.warn_families(
            operator=request.user, roll_call_id=roll_call.pk, households=households, at=timezone.now()
        ))
    return _chosen(request, roll_call_id, done)


@only_post
def notice(request: HttpRequest, roll_call_id: UUID) -> HttpResponse:
    """The families ticked were told: grace begins."""
    def done(roll_call: RollCall, households: list[UUID], said: Any) -> int:
        return len(services.give_notice(
            operator=request.user, roll_call_id=roll_call.pk, households=households, channel=said["channel"],
            at=timezone.now(),
        ))
    return _chosen(request, roll_call_id, done)


def one(request: HttpRequest, roll_call_id: UUID, household_id: UUID) -> HttpResponse:
    """One family: why it is listed, what was done, what can be done next."""
    roll_call, found = _absence(request, roll_call_id, household_id)
    return _page(request, roll_call, found)


@only_post
@sensitive_post_parameters("reason")
def decide(request: HttpRequest, roll_call_id: UUID, household_id: UUID) -> HttpResponse:
    """Off the next lists, or kept: a person's decision, with a reason."""
    def done(said: Any) -> str:
        suspend = request.POST.get("decision") == "suspend"
        services.decide_absence(
            operator=request.user, roll_call_id=roll_call_id, household_id=household_id, suspend=suspend,
            reason=said["reason"], at=timezone.now(),
        )
        return (
            _("Suspended from the next lists. The family can appeal at any time.")
            if suspend
            else _("The family is kept.")
        )

    return _acted(request, roll_call_id, household_id, "decide_form", ReasonForm(request.POST), done)


@only_post
@sensitive_post_parameters("reason", "hears")
def appeal(request: HttpRequest, roll_call_id: UUID, household_id: UUID) -> HttpResponse:
    """What the family says against it; from now on it keeps its aid until somebody answered."""
    def done(said: Any) -> str:
        services.receive_appeal(
            operator=request.user, roll_call_id=roll_call_id, household_id=household_id, at=timezone.now(), **said
        )
        return _("The appeal is received. Until it is answered the family keeps its aid.")
    return _acted(request, roll_call_id, household_id, "appeal_form", AppealForm(request.POST), done)


@only_post
@sensitive_post_parameters("reason")
def answer(request: HttpRequest, roll_call_id: UUID, household_id: UUID) -> HttpResponse:
    """The answer to an appeal, by somebody else."""
    def done(said: Any) -> str:
        grant = request.POST.get("decision") == "grant"
        services.answer_appeal(
            operator=request.user, roll_call_id=roll_call_id, household_id=household_id, grant=grant,
            reason=said["reason"], at=timezone.now(),
        )
        return (
            _("Granted: the family is on the lists as before.")
            if grant
            else _("Refused. The family can appeal again.")
        )

    return _acted(request, roll_call_id, household_id, "answer_form", ReasonForm(request.POST), done)


def history(request: HttpRequest, household_id: UUID) -> HttpResponse:
    """When a family was seen, and everything about its absence, in every campaign."""
    household, seen, steps = queries.history_of(request.user, household_id)
    authorize(request.user, "presence.see", site=household.site)
    journal.record_read(
        by=request.user, people=members_of(household.id), purpose="assistance", page="presence-history",
        at=timezone.now(), scope=journal.Scope(agency=household.site.agency_id, site=household.site_id),
    )
    campaigns = Campaign.objects.in_bulk({each.campaign for each in (*seen, *steps)})
    roll_calls = {each.campaign_id: each for each in queries.roll_calls_for(request.user).filter(site=household.site)}
    standings = queries.standings_of(steps, at=timezone.now())
    sites = queries.sites_named({each.seen_at for each in seen})
    context = {
        "household": household, "permissions": permissions_of(request.user),
        "visits": _visits(seen, campaigns, sites),
        "absences": [
            {
                "campaign": campaigns.get(campaign), "roll_call": roll_calls.get(campaign), "standing": standing,
                "state": STATES[standing.stage],
                "lines": lines_of([step for step in reversed(steps) if step.campaign == campaign], request.user),
            }
            for (campaign, _household), standing in standings.items()
        ],
    }
    return render(request, "presence/history.html", context)


def grounds_of(found: Iterable[dict[str, Any]]) -> str:
    """Why a family is thought absent, as the screen says it."""
    said = [
        ngettext("missed %(count)s distribution in a row", "missed %(count)s distributions in a row", each["count"])
        % {"count": each["count"]} if each["kind"] == MISSED else _("not seen in the campaign")
        for each in found
    ]
    return "; ".join(said)


def lines_of(steps: Iterable[Step], viewer: Operator) -> list[dict[str, Any]]:
    """The steps as a timeline."""
    found = list(steps)
    names = dict(Operator.objects.filter(
        id__in={step.operator_id for step in found}, agency=viewer.agency_id
    ).values_list("id", "name"))
    return [
        {
            "at": step.at, "title": step.get_what_display(), "who": names.get(step.operator_id, ""),
            "text": _text(step), "state": MARKS.get(What(step.what), "neutral"),
        }
        for step in found
    ]


def _text(step: Step) -> str:
    parts = [grounds_of(step.grounds), step.reason]
    if step.channel:
        parts.append(Channel(step.channel).label)
    if step.hears:
        parts.append(_("To be answered by: %(name)s") % {"name": step.hears})
    return ". ".join(str(part) for part in parts if part)


def _visits(seen: Iterable[Any], campaigns: dict[UUID, Any], sites: dict[UUID, str]) -> list[dict[str, Any]]:
    """Those confirmed together, once."""
    by_visit: dict[UUID, list[Any]] = {}
    for each in seen:
        by_visit.setdefault(each.visit, []).append(each)
    return [
        {
            "at": rows[0].at,
            "campaign": campaigns.get(rows[0].campaign),
            "site": sites.get(rows[0].seen_at, ""),
            "people": len(rows),
            "means": next((row for row in rows if row.vouched_by is None), rows[0]).get_means_display(),
        }
        for rows in by_visit.values()
    ]


def _roll_call(request: HttpRequest, roll_call_id: UUID) -> RollCall:
    roll_call = queries.roll_call_for(request.user, roll_call_id)
    authorize(request.user, "absence.notify", site=roll_call.site)
    return roll_call


def _list(
    request: HttpRequest, roll_call: RollCall, *, problem: str = "", status: int = 200
) -> HttpResponse:
    found = queries.absences_at(request.user, roll_call, at=timezone.now())
    counted = Counter(each.stage for each in found)
    wanted = request.GET.get("stage") or request.POST.get("stage") or _first_stage(counted)
    shown = [each for each in found if each.stage == wanted]
    page = Paginator(shown, FAMILIES_A_PAGE).get_page(request.GET.get("page"))
    leave_a_line(request, roll_call, [each.head.id for each in page if each.head], page="absent-families")
    context = {
        "roll_call": roll_call, "campaign": roll_call.campaign, "page": page, "wanted": wanted, "problem": problem,
        "stages": [(stage, counted[stage]) for stage in Stage if counted[stage]], "channels": Channel.choices,
        "over": queries.is_over(roll_call, at=timezone.now()), "total": len(found),
        "rows": [{"each": each, "grounds": grounds_of(each.grounds or _first_grounds(each))} for each in page],
    }
    return render(request, "presence/absent.html", context, status=status)


def _first_stage(counted: Counter[Stage]) -> str:
    """What waits for somebody comes first."""
    order = (Stage.APPEALED, Stage.DUE, Stage.PROPOSED, Stage.WARNED, Stage.GRACE, Stage.SUSPENDED, *OVER)
    return next((stage for stage in order if counted[stage]), Stage.PROPOSED)


def _first_grounds(found: Absence) -> list[dict[str, Any]]:
    return next((step.grounds for step in found.steps if step.grounds), [])


def _chosen(request: HttpRequest, roll_call_id: UUID, done: Callable[[RollCall, list[UUID], Any], int]) -> HttpResponse:
    roll_call = _roll_call(request, roll_call_id)
    known = [str(each.household.id) for each in queries.absences_at(request.user, roll_call, at=timezone.now())]
    form = ChosenForm(request.POST, households=known)
    if not form.is_valid():
        return _list(request, roll_call, problem=first_error(form), status=422)
    try:
        count = done(roll_call, [UUID(each) for each in form.cleaned_data["households"]], form.cleaned_data)
    except NotPermitted:
        raise
    except Refusal as refusal:
        return _list(request, roll_call, problem=words_of(refusal), status=refusal.status)
    messages.success(
        request, ngettext("%(count)s family: done.", "%(count)s families: done.", count) % {"count": count}
    )
    return redirect("presence:absent", roll_call.pk)


def _absence(request: HttpRequest, roll_call_id: UUID, household_id: UUID) -> tuple[RollCall, Absence]:
    roll_call = queries.roll_call_for(request.user, roll_call_id)
    authorize(request.user, "absence.appeal", site=roll_call.site)
    return roll_call, queries.absence_for(request.user, roll_call, household_id, at=timezone.now())


def _acted(
    request: HttpRequest, roll_call_id: UUID, household_id: UUID, name: str, form: Form, done: Callable[[Any], str]
) -> HttpResponse:
    roll_call, found = _absence(request, roll_call_id, household_id)
    if not form.is_valid():
        return _page(request, roll_call, found, status=422, **{name: form})
    try:
        messages.success(request, done(form.cleaned_data))
    except NotPermitted:
        raise
    except Refusal as refusal:
        form.add_error(None, words_of(refusal))
        return _page(request, roll_call, found, status=refusal.status, **{name: form})
    return redirect("presence:absence", roll_call.pk, household_id)


def _page(
    request: HttpRequest, roll_call: RollCall, found: Absence, *, status: int = 200, **forms: Form
) -> HttpResponse:
    leave_a_line(request, roll_call, [found.head.id] if found.head else [], page="absence")
    noticed = {step.operator_id for step in found.steps if step.what == What.NOTICED}
    against = noticed | {step.operator_id for step in found.steps if step.what == What.SUSPENDED}
    context = {
        "roll_call": roll_call, "campaign": roll_call.campaign, "found": found, "household": found.household,
        "standing": found.standing, "stage": found.stage.value, "state": STATES[found.stage], "head": found.head,
        "grounds": grounds_of(found.grounds), "lines": lines_of(found.steps, request.user),
        "permissions": permissions_of(request.user), "own_notice": request.user.pk in noticed,
        "own_part": request.user.pk in against, "over": found.stage in OVER,
        "bound": next((form for form in forms.values()), None),
        "decide_form": ReasonForm(prefix=None), "appeal_form": AppealForm(), "answer_form": ReasonForm(), **forms,
    }
    return render(request, "presence/absence.html", context, status=status)

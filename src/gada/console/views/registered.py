"""After a registration: what the check said, the receipt, and a whole family in one request."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation

from gada import journal
from gada.agencies.queries import questions_of
from gada.agencies.views.saying import only_post
from gada.console import services
from gada.console.forms import AnswersForm, FamilyForm, HouseholdForm, MemberForm
from gada.console.forms.members import MOST_MEMBERS
from gada.console.models import FamilyCheck
from gada.console.queries.families import family_lines
from gada.console.services.registering import FamilyAsked
from gada.console.views.registering import _first_guess, _site, _uuid
from gada.engine.proof.ids import new_id
from gada.fixing.queries import open_sweeps
from gada.matching.models import CaseStatus
from gada.matching.queries.cases import cases_for
from gada.matching.queries.wide import wide_checks_of
from gada.people.models import Consent, Household
from gada.people.queries import household_for
from gada.people.services import scope_of
from gada.people.words import Answer, Purpose, Relationship


def registered(request: HttpRequest, household_id: UUID) -> HttpResponse:
    """The answer before the family leaves: unique among so many, or to be checked — nobody is refused."""
    household = in_order(household_for(request.user, household_id))
    people = [each.person_id for each in household.open_memberships]
    journal.record_read(
        by=request.user, people=people, purpose="registration", page="registered", at=timezone.now(),
        scope=scope_of(household.site, household.programme),
    )
    context = {
        "household": household, "line": family_lines([household])[0], "cases": _cases(request, people),
        "check": FamilyCheck.objects.filter(household=household).first(),
        "wide": wide_checks_of([household.id]).get(household.id), "asks_token": bool(open_sweeps(household.site_id)),
    }
    return render(request, "console/registered.html", context)


def slip(request: HttpRequest, household_id: UUID) -> HttpResponse:
    """The receipt on paper, in the language of the person."""
    household = in_order(household_for(request.user, household_id))
    memberships = household.open_memberships
    people = [each.person_id for each in memberships]
    journal.record_read(
        by=request.user, people=people, purpose="registration", page="receipt", at=timezone.now(),
        scope=scope_of(household.site, household.programme),
    )
    language = request.GET.get("language") or household.custom.get("language") or translation.get_language()
    with translation.override(language if language in ("fr", "en") else "fr"):
        context = {"household": household, "memberships": memberships, "answers": _said(people), "head": next(
            (each.person for each in memberships if each.relationship == "head"), None
        )}
        return render(request, "console/slip.html", context)


@only_post
def register_family(request: HttpRequest) -> HttpResponse:
    """A whole family in one request, as a program sends it (fields: README.md). The same `draft` again: one family."""
    household = HouseholdForm(
        {"language": _first_guess(request)["language"], **request.POST.dict()}, viewer=request.user, site=_site(request)
    )
    valid = [household.is_valid()]
    programme = household.cleaned_data.get("programme")
    asked = questions_of(programme, of="person")
    of_household = FamilyForm(request.POST, questions=questions_of(programme, of="household"))
    forms = [
        MemberForm(
            request.POST, prefix=f"members-{index}", country=request.user.agency.country, questions=asked
        )
        for index in range(MOST_MEMBERS) if f"members-{index}-given" in request.POST
    ]
    valid += [form.is_valid() for form in (of_household, *forms)]
    members = [form.fields_to_keep() for form in forms] if all(valid) else []
    answers = AnswersForm(request.POST, members=members)
    if not all(valid) or not answers.is_valid() or not members:
        context = {"forms": [household, of_household, *forms, *([answers] if members else [])]}
        return render(request, "console/family_refused.html", context, status=422)
    family = FamilyAsked(
        household=household.fields_to_keep(), members=members, answers=answers.answers, reasons=answers.reasons,
        asked=of_household.answers,
        photos={i: file.read() for i in range(len(members)) if (file := request.FILES.get(f"members-{i}-photo"))},
        prints={i: _tries(request, i) for i in range(len(members))},
    )
    made = services.register_family(
        operator=request.user,
        site=_site(request),
        draft_id=_uuid(request.POST.get("draft")) or new_id(),
        family=family,
        at=timezone.now(),
    )
    return redirect("console:registered", made.id)


def in_order(household: Household) -> Household:
    """The head first, then everybody in the order they were noted (ids are time-ordered)."""
    household.open_memberships.sort(key=lambda each: (each.relationship != Relationship.HEAD, each.person_id))
    return household


def _tries(request: HttpRequest, index: int) -> list[tuple[int, bytes]]:
    return [
        (position, file.read()) for position in range(11)
        for file in request.FILES.getlist(f"members-{index}-finger_{position}")
    ]


def _said(people: list[UUID]) -> list[dict[str, Any]]:
    """By purpose: who agreed, who refused — as one line of the receipt."""
    newest: dict[tuple[UUID, str], str] = {}
    for consent in Consent.objects.filter(person__in=people).order_by("lamport", "id"):
        newest[consent.person_id, consent.purpose] = consent.answer
    lines = []
    for purpose in Purpose:
        given = [newest[person, purpose] for person in people if (person, purpose) in newest]
        yes = sum(answer == Answer.YES for answer in given)
        lines.append({"purpose": purpose.label, "code": str(purpose), "yes": yes, "no": len(given) - yes})
    return lines


def _cases(request: HttpRequest, people: list[UUID]) -> list[dict[str, str]]:
    """Links to the cases, for those who may see them."""
    rows = cases_for(request.user).filter(Q(left__in=people) | Q(right__in=people), status=CaseStatus.OPEN)
    try:
        return [{"url": reverse("matching:case", args=[case.id]), "number": str(case.id)[:8]} for case in rows[:5]]
    except NoReverseMatch:
        return []

"""A household: who belongs to it, who joins, what happened."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from gada import journal
from gada.agencies.queries import permissions_of
from gada.agencies.services import authorize
from gada.agencies.views.saying import refusals_beside, status_of
from gada.console import rules
from gada.console.forms import MemberForm, WhyForm
from gada.console.models import FamilyCheck
from gada.console.queries.life import history_of_household
from gada.console.rules import Why
from gada.console.views.life import verbs_for
from gada.console.views.registered import in_order
from gada.exchange.queries import served_by_partners
from gada.matching.queries import people_in_open_cases
from gada.matching.queries.wide import wide_checks_of
from gada.people.drafts import AnswerDraft, DocumentDraft, PersonDraft
from gada.people.models import Household, Membership
from gada.people.queries import household_for, households_in
from gada.people.services import add_member as add_to_household
from gada.people.services import scope_of
from gada.people.words import Answer, LegalBasis, Purpose, Relationship


def household(request: HttpRequest, household_id: UUID) -> HttpResponse:
    """The family as it is now, with who left. Opened outside a task it asks why first."""
    authorize(request.user, "person.see")
    found = household_for(request.user, household_id)
    why = request.GET.get("why", "")
    if why not in Why.values:
        return render(request, "console/why.html", {"form": WhyForm(), "why_choices": Why.choices})
    return _page(request, in_order(found), why)


def add_member(request: HttpRequest, household_id: UUID) -> HttpResponse:
    """Somebody who was absent; a newborn has a shorter page."""
    found = household_for(request.user, household_id)
    authorize(request.user, "household.change", site=found.site)
    head = next((each.person for each in found.open_memberships if each.relationship == Relationship.HEAD), None)
    form = MemberForm(
        request.POST or None, initial={"relationship": "child", "surname": head.surname if head else ""},
        country=request.user.agency.country,
    )
    if form.is_valid():
        with refusals_beside(form):
            made = add_to_household(
                operator=request.user, household=found, member=_draft(form.fields_to_keep()), at=timezone.now()
            )
            messages.success(request, _("%(name)s is registered in this household.") % {"name": made.given})
            return redirect(f"{reverse('console:household', args=[household_id])}?why=registration")
    return render(request, "console/add_member.html", {"form": form, "household": found}, status=status_of(form))


def _page(request: HttpRequest, found: Household, why: str) -> HttpResponse:
    gone = list(
        Membership.objects.filter(household=found)
        .exclude(until=None)
        .select_related("person")
        .order_by("-until")[:50]
    )
    people = [each.person_id for each in (*found.open_memberships, *gone)]
    journal.record_read(
        by=request.user, people=people, purpose=why, page="household", at=timezone.now(),
        scope=scope_of(found.site, found.programme),
    )
    waiting = people_in_open_cases(people)
    context = {
        "household": found, "gone": gone, "why": why, "waiting": waiting, "allowed": permissions_of(request.user),
        "check": FamilyCheck.objects.filter(household=found).first(), "wide": wide_checks_of([found.id]).get(found.id),
        "verbs": verbs_for(request, found), "history": history_of_household(found.id), "since": found.enrolled_at,
        "partners": served_by_partners([found.id]),
        "goes_on": households_in(request.user).filter(id=found.merged_into).first() if found.merged_into else None,
    }
    return render(request, "console/household.html", context)


def _draft(said: dict[str, Any]) -> PersonDraft:
    birth, source = rules.birth_said(said, today=timezone.localdate())
    return PersonDraft(
        birth=birth, birth_source=source, phone_is_safe=said["phone_is_safe"],
        documents=(DocumentDraft(said["document_kind"], said["document_number"]),) if said["document_number"] else (),
        answers=(AnswerDraft(Purpose.REGISTRATION, Answer.YES, LegalBasis.VITAL_INTEREST),),
        **{name: said[name] for name in (
            "given", "surname", "father", "mother", "sex", "relationship", "recipient", "residence_status", "phone",
        )},
    )

"""What happened to a household: a short list of verbs, each a small form, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.queries import permissions_of
from gada.agencies.services import authorize
from gada.agencies.views.saying import only_post, refusals_beside, status_of
from gada.console import services
from gada.console.forms import life as forms
from gada.console.queries.life import aid_due
from gada.console.views.registered import in_order
from gada.people import services as people
from gada.people.drafts import AnswerDraft, PersonDraft
from gada.people.models import Household
from gada.people.queries import household_for, households_in
from gada.people.words import (
    Answer,
    BirthSource,
    HouseholdStatus,
    LegalBasis,
    Purpose,
    Recipient,
    Relationship,
)


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing that can happen: what it is called, one sentence, its form, and what it does."""

    title: Any
    lead: Any
    form: type[forms.Deed]
    do: Callable[..., Any]
    icon: str
    action: str = "household.change"
    due: bool = False  # shows the aid that is due meanwhile


def happened(request: HttpRequest, household_id: UUID, deed: str) -> HttpResponse:
    """One small form; refused beside its fields; afterwards the household with its history."""
    verb = VERBS.get(deed)
    if verb is None:
        raise Http404
    found = in_order(household_for(request.user, household_id))
    authorize(request.user, verb.action, site=found.site)
    said = request.POST if request.method == "POST" else None
    form = verb.form(said, household=found, viewer=request.user, chosen=_chosen(request))
    if request.method == "POST" and form.is_valid():
        with refusals_beside(form):
            home = verb.do(request, form, found) or household_id
            messages.success(request, gettext("Noted. It stands in the history, and can be undone there."))
            return redirect(f"{reverse('console:household', args=[home])}?why=registration")
    journal.record_read(
        by=request.user, people=[each.person_id for each in found.open_memberships], purpose="registration",
        page="household", at=timezone.now(), scope=people.scope_of(found.site, found.programme),
    )
    context = {"form": form, "household": found, "verb": verb, "due": aid_due([found.id]) if verb.due else []}
    return render(request, "console/happened.html", context, status=status_of(form))


@only_post
def undo(request: HttpRequest, household_id: UUID, happening_id: UUID) -> HttpResponse:
    """Take one thing back."""
    household_for(request.user, household_id)
    services.take_back(operator=request.user, happening_id=happening_id, at=timezone.now())
    messages.success(request, gettext("Undone. Everything is as it was before."))
    home = household_id if households_in(request.user).filter(id=household_id).exists() else None
    return redirect(f"{reverse('console:household', args=[home])}?why=registration" if home else "console:home")


def verbs_for(request: HttpRequest, household: Household) -> list[dict[str, Any]]:
    """What can be noted about this household now, by this operator."""
    allowed = permissions_of(request.user)
    wanted = ["returned"] if household.status == HouseholdStatus.WITHDRAWN else [
        name for name in VERBS if name != "returned"
    ] if household.status == HouseholdStatus.ACTIVE else []
    return [
        {"url": reverse("console:happened", args=[household.id, name]), "title": verb.title, "icon": verb.icon}
        for name in wanted if (verb := VERBS[name]).action in allowed
    ]


def _chosen(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET.get("person", ""))
    except ValueError:
        return None


def _birth(request: HttpRequest, form: forms.BirthForm, found: Household) -> None:
    said, mother = form.cleaned_data, form.membership("mother")
    draft = PersonDraft(
        given=said["given"], surname=said["surname"], sex=said["sex"], birth=forms.birth_in(said),
        birth_source=str(BirthSource.DECLARED), relationship=_child_of(mother),
        mother=f"{mother.person.given} {mother.person.surname}".strip() if mother else "",
        answers=(AnswerDraft(
            Purpose.REGISTRATION, Answer.YES, LegalBasis.VITAL_INTEREST, given_by=mother.person_id if mother else None
        ),),
    )
    people.add_member(operator=request.user, household=found, member=draft, at=timezone.now(), born=True)


def _child_of(mother: Any) -> str:
    near = mother is None or mother.relationship in (Relationship.HEAD, Relationship.SPOUSE)
    return str(Relationship.CHILD if near else Relationship.OTHER_KIN)


def _death(request: HttpRequest, form: forms.DeathForm, found: Household) -> None:
    said, gone = form.cleaned_data, form.membership("who")
    people.note_death(
        operator=request.user, person_id=_person(gone), died=forms.birth_in(said), said_by=said["said_by"],
        at=timezone.now(), today=timezone.localdate(), successors=_successors(said, found),
    )


def _head(request: HttpRequest, form: forms.HeadForm, found: Household) -> None:
    said = form.cleaned_data
    people.choose_head(
        operator=request.user, household_id=found.id, membership_id=UUID(said["membership"]),
        former_becomes=said["former_becomes"], at=timezone.now(),
    )


def _recipients(request: HttpRequest, form: forms.RecipientsForm, found: Household) -> None:
    said = form.cleaned_data
    people.choose_recipients(
        operator=request.user, household_id=found.id, principal=UUID(said["principal"]), at=timezone.now(),
        alternates=[UUID(each) for each in said["alternates"] if each != said["principal"]],
    )


def _collector(request: HttpRequest, form: forms.CollectorForm, found: Household) -> None:
    draft = PersonDraft(
        **form.cleaned_data, relationship=Relationship.COLLECTOR, recipient=Recipient.ALTERNATE,
        answers=(AnswerDraft(Purpose.REGISTRATION, Answer.YES, LegalBasis.VITAL_INTEREST),),
    )
    people.add_member(operator=request.user, household=found, member=draft, at=timezone.now())


def _split(request: HttpRequest, form: forms.SplitForm, found: Household) -> UUID:
    said = form.cleaned_data
    made = people.split_household(
        operator=request.user, household_id=found.id, leaving=form.leaving, place=said["place"], at=timezone.now(),
        stays_head=UUID(said["next_head"]) if said["next_head"] else None,
    )
    return made.id


def _merge(request: HttpRequest, form: forms.MergeForm, found: Household) -> None:
    other = households_in(request.user).filter(number=form.cleaned_data["number"]).values_list("id", flat=True).first()
    other = household_for(request.user, other or UUID(int=0))
    head = next((each for each in other.open_memberships if each.relationship == Relationship.HEAD), None)
    people.merge_households(
        operator=request.user, household_id=found.id, other_id=other.id, at=timezone.now(),
        becomes={head.id: form.cleaned_data["becomes"]} if head else {},
    )


def _move(request: HttpRequest, form: forms.MoveForm, found: Household) -> None:
    people.move_household(operator=request.user, household_id=found.id, at=timezone.now(), **form.cleaned_data)


def _leaving(request: HttpRequest, form: forms.LeavingForm, found: Household) -> None:
    said = form.cleaned_data
    people.end_membership(
        operator=request.user, membership_id=UUID(said["who"]), reason=said["reason"], at=timezone.now()
    )


def _withdrawal(request: HttpRequest, form: forms.WithdrawForm, found: Household) -> None:
    said, gone = form.cleaned_data, form.membership("who")
    common = {"operator": request.user, "reason": said["reason"], "at": timezone.now()}
    if gone is None:
        people.withdraw_household(household_id=found.id, **common)
    else:
        people.withdraw_person(person_id=gone.person_id, successors=_successors(said, found), **common)


def _return(request: HttpRequest, form: forms.ReturnForm, found: Household) -> None:
    people.return_household(operator=request.user, household_id=found.id, at=timezone.now())


def _successors(said: dict[str, Any], found: Household) -> dict[UUID, UUID]:
    return {found.id: UUID(said["next_head"])} if said["next_head"] else {}


def _person(membership: Any) -> UUID:
    person: UUID = membership.person_id
    return person


VERBS = {
    "birth": Verb(
        _("A child is born"), _("The child is registered in this household at once, with the mother named."),
        forms.BirthForm, _birth, "baby",
    ),
    "death": Verb(
        _("Somebody died"), _("Their place in the household ends; what is due to the household stays due."),
        forms.DeathForm, _death, "user", due=True,
    ),
    "head": Verb(
        _("Another head"), _("The new head is also the principal recipient."), forms.HeadForm, _head, "users"
    ),
    "recipients": Verb(
        _("Who collects"), _("One principal recipient, and whoever else may come."), forms.RecipientsForm,
        _recipients, "hand-helping",
    ),
    "collector": Verb(
        _("Somebody from outside collects"), _("They belong to no ration: they only come for the household."),
        forms.CollectorForm, _collector, "user-plus",
    ),
    "leaving": Verb(
        _("Somebody leaves"), _("Their history in this household stays."), forms.LeavingForm, _leaving, "log-out"
    ),
    "split": Verb(
        _("The household splits"), _("Those who go become a household of their own, with its own number."),
        forms.SplitForm, _split, "unlink", action="household.restructure", due=True,
    ),
    "merge": Verb(
        _("Join another household"), _("After a marriage or a return: two households live as one."), forms.MergeForm,
        _merge, "link", action="household.restructure", due=True,
    ),
    "move": Verb(
        _("The household moves"), _("To another place, or to another site with its people."), forms.MoveForm, _move,
        "map-pin", due=True,
    ),
    "withdrawal": Verb(
        _("A withdrawal"), _("Nobody is judged: whoever withdraws may come back. It does not mean “registered twice”."),
        forms.WithdrawForm, _withdrawal, "ban", due=True,
    ),
    "returned": Verb(
        _("The household comes back"), _("It is registered again, as it was when it withdrew."), forms.ReturnForm,
        _return, "undo-2",
    ),
}

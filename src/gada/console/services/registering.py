"""The end of a registration: the household with everybody in it, their prints, and the check before they leave.

Every part is taken up again after a kill: the household is enrolled under the draft's id (the database refuses a
second one), prints are taken of those who have none yet, the check is recorded once. Then the draft goes.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from gada import journal, vault
from gada.agencies.models import Operator, QuestionSet, Site
from gada.agencies.queries import newest_questions
from gada.agencies.services import authorize
from gada.biometrics.models import Capture, CaptureOutcome
from gada.biometrics.rules import CaptureDraft, age_years
from gada.biometrics.services import take_captures
from gada.biometrics.services.reading import GIVEN_RECORD, ReadPrint
from gada.console import rules
from gada.console.models import FamilyCheck
from gada.console.queries.drafts import DESK, OpenDraft, draft_for, household_of_draft, why_no_prints
from gada.console.queries.families import names_of_sites_searched
from gada.console.services.drafting import (
    begin_draft,
    keep_photo,
    save_answers,
    save_household,
    save_members,
)
from gada.console.services.prints import keep_print
from gada.engine.fingerprint import Quality
from gada.engine.formats.fmr import read_fmr
from gada.engine.linkage import Outcome
from gada.engine.refusal import Invalid, NotFound
from gada.fixing.services import present_token
from gada.matching.services import check_people
from gada.people.drafts import AnswerDraft, DocumentDraft, HouseholdDraft, PersonDraft
from gada.people.models import Draft, Household, Membership
from gada.people.places import name_and_code
from gada.people.services import enrol_household, scope_of
from gada.people.words import Answer, LegalBasis, Purpose


@dataclass(frozen=True, slots=True)
class FamilyAsked:
    """A whole family at once, as a program sends it: what the pages ask step by step."""

    household: Mapping[str, Any]
    members: Sequence[Mapping[str, Any]]
    answers: Mapping[int, Mapping[str, str]]
    reasons: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, Any] = field(default_factory=dict)  # what the household answered to its programme’s questions
    photos: Mapping[int, bytes] = field(default_factory=dict)
    prints: Mapping[int, Sequence[tuple[int, bytes]]] = field(default_factory=dict)  # member → (position, picture)


def finish_registration(*, operator: Operator, draft_id: UUID, at: datetime) -> Household:
    """Enrol the family of a draft, take its prints, check it. Sent twice or taken up after a kill: one family.

    Raises NotFound `draft-unknown`, Invalid `household-…`, `name-missing`, `notice-missing`, NotPermitted.
    """
    household = household_of_draft(draft_id)
    if not Draft.objects.filter(id=draft_id).exists():
        if household is None:
            raise NotFound(
                "draft-unknown",
                _("This registration is not here: it was finished, discarded, or is somebody else’s."),
            )
        authorize(operator, "person.enrol", site=household.site, programme=household.programme)
        return household
    draft = draft_for(operator, draft_id)
    household = household or _enrol(operator, draft, at=at)
    for member in draft.members:
        _take_prints(operator, draft, member, at=at)
    _check(operator, household, draft, at=at)
    Draft.objects.filter(id=draft_id).delete()
    for member in draft.members:
        for each in member["prints"]:
            if each["blob"]:
                vault.drop_blob(UUID(each["blob"]))
    return household


def register_family(*, operator: Operator, site: Site, draft_id: UUID, family: FamilyAsked, at: datetime) -> Household:
    """Register a whole family in one call. The same `draft_id` again gives the same family, not a second one."""
    if household := household_of_draft(draft_id):
        if not Draft.objects.filter(id=draft_id).exists():
            authorize(operator, "person.enrol", site=household.site, programme=household.programme)
            return household
    else:
        _type_family(operator, site, draft_id, family, at=at)
    return finish_registration(operator=operator, draft_id=draft_id, at=at)


def _type_family(operator: Operator, site: Site, draft_id: UUID, family: FamilyAsked, *, at: datetime) -> None:
    who: dict[str, Any] = {"operator": operator, "draft_id": draft_id, "at": at}
    begin_draft(operator=operator, site=site, draft_id=draft_id, at=at)
    begun = draft_for(operator, draft_id).members  # an earlier attempt stopped half-way: what it took is kept
    save_household(fields=family.household, **who)
    ids = [member["id"] for member in begun] + [""] * (len(family.members) - len(begun))
    members = [{**said, "id": id_} for said, id_ in zip(family.members, ids, strict=False)]
    save_members(members=members, asked=family.asked, **who)
    save_answers(answers=family.answers, reasons=family.reasons, **who)
    members = draft_for(operator, draft_id).members
    for index, picture in family.photos.items():
        if not members[index]["photo"]:
            keep_photo(index=index, picture=picture, **who)
    for index, tries in family.prints.items():
        held = len(members[index]["prints"])
        for position, picture in tries[held:]:
            keep_print(index=index, position=position, picture=picture, **who)


def _enrol(operator: Operator, draft: OpenDraft, *, at: datetime) -> Household:
    if not draft.content["notice"]:
        raise Invalid(
            "notice-missing",
            _("The notice was not read to the family yet. Read it, then note what each person agrees to."),
        )
    try:
        with transaction.atomic():
            made = enrol_household(
                operator=operator,
                site=draft.site,
                programme=draft.programme,
                household=_household(draft, today=at.date()),
                at=at,
            )
            present_token(operator=operator, household=made, said=draft.content["household"], at=at)
        return made
    except IntegrityError:
        # Another press of the same button was a moment faster: theirs is the family.
        found = household_of_draft(draft.id)
        if found is None:
            raise
        return found


def _household(draft: OpenDraft, *, today: date) -> HouseholdDraft:
    asked = draft.content["household"]
    head = draft.head
    (place, place_code), (origin, origin_code) = (name_and_code(asked.get(name, "")) for name in ("place", "origin"))
    form = newest_questions(draft.programme)
    codes = {name: code for name, code in (("place_code", place_code), ("origin_code", origin_code)) if code}
    return HouseholdDraft(
        members=tuple(_person(draft, member, head, form, today=today) for member in draft.members),
        place=place, origin=origin, source=DESK, source_key=str(draft.id),
        custom={"language": asked.get("language", "")} | codes | _answered(form, draft.content.get("asked", {})),
        photos={index: UUID(member["photo"]) for index, member in enumerate(draft.members) if member["photo"]},
    )


def _person(
    draft: OpenDraft, member: Mapping[str, Any], head: Mapping[str, Any] | None, form: QuestionSet | None, *,
    today: date,
) -> PersonDraft:
    birth, source = rules.birth_said(member, today=today)
    documents = _documents(member)
    if documents and source and source != "estimated":
        source = "document"
    return PersonDraft(
        id=UUID(member["id"]), birth=birth, birth_source=source, documents=documents,
        custom=_custom(member) | _answered(form, member.get("asked", {})),
        phone_is_safe=bool(member.get("phone_is_safe", True)), answers=_answers(draft, member, head, today=today),
        **{name: member.get(name, "") for name in (
            "given", "surname", "father", "mother", "sex", "relationship", "recipient", "residence_status", "phone",
        )},
    )


def _documents(member: Mapping[str, Any]) -> tuple[DocumentDraft, ...]:
    return tuple(
        DocumentDraft(member.get(kind) or "other", number)
        for kind, name in (("document_kind", "document_number"), ("document_kind_2", "document_number_2"))
        if (number := member.get(name, ""))
    )


def _custom(member: Mapping[str, Any]) -> dict[str, Any]:
    """What has no place of its own: a birth in the words it was said in, and the event it was named after."""
    return {name: member[name] for name in ("birth", "birth_event") if member.get(name)}


def _answered(form: QuestionSet | None, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers to the programme’s questions, with the form they were asked by."""
    return {"answers": dict(answers), "form": str(form.id)} if answers and form else {}


def _answers(
    draft: OpenDraft, member: Mapping[str, Any], head: Mapping[str, Any] | None, *, today: date
) -> tuple[AnswerDraft, ...]:
    """Registration rests on vital interest, with a notice; the rest on consent. The head speaks for a child."""
    birth, _source = rules.birth_said(member, today=today)
    age = age_years(birth.earliest, birth.latest, datetime(today.year, today.month, today.day, tzinfo=UTC))
    is_child = age is not None and age < rules.ADULT_AGE and head is not None and head["id"] != member["id"]
    guardian = UUID(head["id"]) if is_child and head is not None else None
    reasons = draft.content["reasons"]
    return (
        AnswerDraft(Purpose.REGISTRATION, Answer.YES, LegalBasis.VITAL_INTEREST, given_by=guardian),
        *(
            AnswerDraft(
                purpose, answer, reason=reasons.get(purpose, "") if answer == Answer.NO else "", given_by=guardian
            )
            for purpose, answer in member["answers"].items()
        ),
    )


def _take_prints(operator: Operator, draft: OpenDraft, member: Mapping[str, Any], *, at: datetime) -> None:
    person = UUID(member["id"])
    if member["answers"].get(Purpose.PRINTS) == Answer.NO:
        reason = draft.content["reasons"].get(Purpose.PRINTS, "")
        captures = [CaptureDraft(position=0, outcome=CaptureOutcome.DECLINED, reason=reason)]
    else:
        # What was answered after a print was taken may stand against it (another programme, another birth date).
        may = why_no_prints(draft, member, at=at) is None
        captures = [_capture(person, each) for each in member["prints"] if may or not each["blob"]]
    if captures and not Capture.objects.filter(person=person).exists():
        take_captures(operator=operator, person=person, captures=captures, at=at)


def _capture(person: UUID, kept: Mapping[str, Any]) -> CaptureDraft:
    if not kept["blob"]:
        return CaptureDraft(position=kept["position"], outcome=kept["outcome"], reason=kept["reason"])
    record = base64.b64decode(kept["record"])
    read = ReadPrint(
        record=record, template=read_fmr(record)[0].template, quality=Quality(kept["quality"], kept["advice"]),
        algorithm=kept["algorithm"],
        sample=None if kept["algorithm"] == GIVEN_RECORD else vault.get_blob(person, UUID(kept["blob"])),
    )
    return CaptureDraft(position=kept["position"], read=read, device=kept.get("device", ""))


def _check(operator: Operator, household: Household, draft: OpenDraft, *, at: datetime) -> None:
    """Look for everybody of this family among all who are known here, and keep what was said to them."""
    if FamilyCheck.objects.filter(household=household).exists():
        return
    authorize(operator, "household.check", site=household.site, programme=household.programme)
    people = list(Membership.objects.filter(household=household).values_list("person_id", flat=True))
    results = check_people(people=people, at=at, operator=operator)
    if not results:
        return
    cases = {
        finding.case for result in results if result.outcome == Outcome.ADJUDICATE
        for finding in result.findings if finding.status == "open"
    }
    searched = results[0].searched
    with transaction.atomic():
        journal.record(
            "household.checked", by=operator, about=("household", household.id), purpose="registration", at=at,
            scope=scope_of(household.site, household.programme), facts={
                "household": str(household.id), "people": searched.people, "sites": searched.sites,
                "site_names": names_of_sites_searched(),
                "with_prints": searched.with_prints, "cases": len(cases),
            },
        )

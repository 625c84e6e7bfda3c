"""What became of a submission: a family, answers that are kept, or a place in the tray with the reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal, vault
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, Refusal
from gada.journal import Entry, Item
from gada.matching.services import begin_check
from gada.people.drafts import HouseholdDraft
from gada.people.models import Household, Membership
from gada.people.photos import kept_photo, small_photo
from gada.people.retention import copies
from gada.people.services import enrol_household, scope_of
from gada.people.words import Answer, Kept, Purpose
from gada.surveys.models import Attachment, Submission, SubmissionState
from gada.surveys.rules.mapping import FAMILIES, family_in
from gada.surveys.rules.reasons import words_to_keep
from gada.surveys.services.opening import Opened, corrections_of, open_submission

PURPOSE = "registration"
LONGEST_CORRECTION = 2_000


def settle_submission(*, submission_id: UUID, at: datetime, operator: Operator | None = None) -> Submission:
    """Make of a whole submission what its form says. Doing it twice registers nobody twice.

    `operator`: who takes it up again (None: whoever sent it). What cannot be done is no refusal here: it waits.
    """
    submission = _one(submission_id)
    if submission.state != SubmissionState.ARRIVED:
        return submission
    by = operator or submission.operator
    try:
        if submission.form.mapping.get("use") != FAMILIES:
            open_submission(submission)
            return _settled(submission, by, SubmissionState.KEPT, at=at)
        return _register(submission, by, open_submission(submission), at=at)
    except Refusal as refusal:
        return _settled(
            submission, by, SubmissionState.WAITING, at=at, reason=refusal.code, words=words_to_keep(refusal)
        )


def correct_submission(
    *, operator: Operator, submission: Submission, changes: Mapping[str, str], at: datetime
) -> Submission:
    """Put answers right, and try again. What the phone sent stays beside them. Raises Invalid `correction-…`."""
    authorize(operator, "submission.correct", site=submission.site_id)
    opened = open_submission(submission)
    if set(changes) - set(opened.answers) or any(len(text) > LONGEST_CORRECTION for text in changes.values()):
        raise Invalid(
            "correction-unknown", _("These answers hold no such question, or the new answer is too long.")
        )
    said = {path: text.strip() for path, text in changes.items() if text.strip() != opened.answers[path]}
    kept = {**corrections_of(submission), **said}
    blob = vault.put_blob(submission.id, json.dumps(kept).encode()) if kept else None
    return _take_up(operator, submission, blob, at=at)


def take_up_submission(*, operator: Operator, submission: Submission, at: datetime) -> Submission:
    """Try again: the mapping was changed, a permission given, or it should be registered without its missing files."""
    authorize(operator, "submission.correct", site=submission.site_id)
    return _take_up(operator, submission, submission.corrected, at=at)


def set_aside_submission(*, operator: Operator, submission: Submission, why: str, at: datetime) -> Submission:
    """It needs nothing more. It stays, and can be taken up again."""
    authorize(operator, "submission.correct", site=submission.site_id)
    why = " ".join(why.split())
    if not why or len(why) > 200:
        raise Invalid("reason-missing", _("Say why, in at most 200 characters."))
    return _settled(
        submission, operator, SubmissionState.SET_ASIDE, at=at, reason="set-aside", words={"why": why}
    )


def read_submission(*, operator: Operator, submission: Submission, at: datetime) -> Opened:
    """The answers in plain, with a line in the journal that they were read."""
    authorize(operator, "submission.read", site=submission.site_id)
    opened = open_submission(submission)
    people = Membership.objects.filter(household=submission.household).values_list("person", flat=True)
    with transaction.atomic():
        journal.record(
            "submission.read",
            by=operator,
            about=submission.reference,
            purpose=PURPOSE,
            at=at,
            scope=scope_of(submission.site),
            facts={},
            mentions=list(people) if submission.household else (),
        )
    return opened


def forget_submission_of(entry: Entry) -> None:
    """`person.erased`, or their answers alone: what a phone sent of them and their family goes, with its key."""
    from gada.surveys.tasks import forget

    households = Membership.objects.filter(person=entry.about[1]).values("household")
    for submission in Submission.objects.filter(household__in=households).exclude(content=None):
        journal.record(
            "submission.forgotten",
            by=entry.by,
            about=submission.reference,
            purpose="erasure",
            at=entry.recorded_at,
            scope=entry.scope,
            facts={},
        )
        forget.enqueue(str(submission.id))


def forget_erased_answers(entry: Entry) -> None:
    """`person.class_erased`: of the answers to a programme’s questions, also what phones sent."""
    if entry.facts["class"] == Kept.ANSWERS:
        forget_submission_of(entry)


def forget_old_submissions(*, at: datetime) -> dict[str, int]:
    """What phones sent, once its days are over: of families that stand in the register, and of surveys. Idempotent.

    The keys first: killed in between, it is found again and the entries follow.
    """
    days, count = copies(), {}
    for name, states in (
        ("phone-forms", (SubmissionState.REGISTERED, SubmissionState.SET_ASIDE)),
        ("survey-answers", (SubmissionState.KEPT,)),
    ):
        old = Submission.objects.filter(state__in=states, received_at__lt=at - days[name].kept_for)
        found = list(old.exclude(content=None).select_related("site", "form__programme").order_by("id"))
        count[name] = len(found)
        if not found:
            continue
        vault.shred([each.id for each in found])
        for blob in Attachment.objects.filter(submission__in=found).values_list("blob", flat=True):
            vault.drop_blob(blob)
        with transaction.atomic():
            journal.record_all(
                "submission.forgotten", by=("node", vault.identity().node_id), purpose="erasure", at=at,
                items=[
                    Item(about=each.reference, facts={}, scope=scope_of(each.site, each.form.programme))
                    for each in found
                ],
            )
    return count


def forget_submission(*, submission_id: UUID) -> None:
    """Destroy the key and the files of a submission (the worker calls this)."""
    blobs = list(Submission.objects.get(id=submission_id).attachments.values_list("blob", flat=True))
    vault.shred([submission_id])
    for blob in blobs:
        vault.drop_blob(blob)


def _take_up(
    operator: Operator, submission: Submission, corrected: UUID | None, *, at: datetime
) -> Submission:
    if submission.state == SubmissionState.REGISTERED:
        raise Refusal(
            "submission-registered",
            _("This family is already registered. Correct the people on their own pages."),
        )
    with transaction.atomic():
        journal.record(
            "submission.corrected",
            by=operator,
            about=submission.reference,
            subject=submission.id,
            purpose=PURPOSE,
            at=at,
            scope=scope_of(submission.site),
            facts={"corrected": str(corrected) if corrected else None, "state": str(SubmissionState.ARRIVED)},
        )
    return settle_submission(submission_id=submission.id, at=at, operator=operator)


def _register(submission: Submission, by: Operator, opened: Opened, *, at: datetime) -> Submission:
    form = submission.form
    source = f"odk {form.xml_id}"
    held = Household.objects.filter(source=source, source_key=submission.instance_id).first()
    if held is not None:
        raise Refusal(
            "submission-registered-before",
            _(
                "A family was registered from other answers with this identifier."
                " Correct it there, then set this aside."
            ),
        )
    said = family_in(
        form.mapping, opened.answers, instance_id=submission.instance_id, today=submission.received_at.date()
    )
    members = tuple(replace(member, id=new_id()) for member in said.members)
    photos: dict[int, UUID] = {}
    for number, (member, name) in enumerate(zip(members, said.photos, strict=True)):
        refused = any(each.purpose == Purpose.PHOTO and each.answer == Answer.NO for each in member.answers)
        if name in opened.files and not refused and member.id:
            photos[number] = vault.put_blob(member.id, kept_photo(small_photo(opened.files[name])))
    draft = HouseholdDraft(
        members=members,
        place=said.place,
        origin=said.origin,
        source=source,
        source_key=submission.instance_id,
        photos=photos,
    )
    with transaction.atomic():
        household = enrol_household(
            operator=by, site=submission.site, programme=form.programme, household=draft, at=at
        )
        begin_check(operator=by, site=submission.site, people=[each.id for each in members if each.id], at=at)
        return _settled(submission, by, SubmissionState.REGISTERED, at=at, household=household.id)


def _settled(
    submission: Submission,
    by: Operator,
    state: SubmissionState,
    *,
    at: datetime,
    reason: str = "",
    words: Mapping[str, str] | None = None,
    household: UUID | None = None,
) -> Submission:
    with transaction.atomic():
        journal.record(
            "submission.settled",
            by=by,
            about=submission.reference,
            subject=submission.id,
            purpose=PURPOSE,
            at=at,
            scope=scope_of(submission.site, submission.form.programme),
            facts={
                "state": str(state),
                "reason": reason,
                "words": dict(words or {}),
                "household": str(household) if household else None,
            },
        )
    return _one(submission.id)


def _one(submission_id: UUID) -> Submission:
    return Submission.objects.select_related("form__programme", "site__agency", "operator").get(
        id=submission_id
    )

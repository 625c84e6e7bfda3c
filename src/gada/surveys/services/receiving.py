"""What a phone sends is kept sealed before it is told so: a 201 survives a power cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from gada import journal, vault
from gada.agencies.services import authorize
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, NotFound
from gada.people.services import scope_of
from gada.surveys.models import Submission, SubmissionState, SurveyForm
from gada.surveys.rules.reading import Envelope, files_of, read_envelope
from gada.surveys.services.phones import LetIn, digest_of

MOST_FILES, LONGEST_NAME = 200, 120
MOST_EDITIONS = 20


@dataclass(frozen=True, slots=True)
class Received:
    """`is_new`: something of it was not here before."""

    submission: Submission
    is_new: bool


def receive_submission(*, who: LetIn, xml: bytes, files: Mapping[str, bytes], at: datetime) -> Received:
    """Keep a submission, or the files of one that came before. The same again changes nothing.

    Another content under the same instance id is kept beside the first and waits for a person. Raises Invalid
    `xml-…`, `submission-…`, NotFound `form-unknown`.
    """
    authorize(who.operator, "survey.send", site=who.site)
    envelope = read_envelope(xml)
    form = SurveyForm.objects.filter(site=who.site, xml_id=envelope.xml_id).first()
    if form is None:
        raise NotFound(
            "form-unknown",
            _("This form is not known at this site. Keep the answers on the phone, and ask your supervisor."),
        )
    if len(files) > MOST_FILES or any(not 0 < len(name) <= LONGEST_NAME for name in files):
        raise Invalid(
            "submission-files",
            _("There are too many files with these answers, or one has a name that is too long."),
        )
    try:
        return _keep(who, form, envelope, xml, files, at=at)
    except IntegrityError:
        return _keep(
            who, form, envelope, xml, files, at=at
        )  # the same came twice at the same moment: one was first


def _keep(
    who: LetIn, form: SurveyForm, envelope: Envelope, xml: bytes, files: Mapping[str, bytes], *, at: datetime
) -> Received:
    digest = digest_of(xml)
    with transaction.atomic():
        held = _editions(form, envelope.instance_id)
        same = next((each for each in held if each.digest == digest), None)
        if same is not None:
            return _add_files(who, same, files, at=at)
        if len(held) >= MOST_EDITIONS:
            raise Invalid(
                "submission-too-often",
                _("This identifier came too often with other answers. Send them as a new form."),
            )
        submission = _first_time(who, form, envelope, xml, files, digest, edition=len(held) + 1, at=at)
        if submission.state == SubmissionState.ARRIVED:
            _settle_later(submission.id)
    return Received(submission, is_new=True)


def _editions(form: SurveyForm, instance_id: str) -> list[Submission]:
    rows: QuerySet[Submission] = Submission.objects.select_for_update().filter(
        form=form, instance_id=instance_id
    )
    return list(rows.order_by("edition"))


def _first_time(
    who: LetIn,
    form: SurveyForm,
    envelope: Envelope,
    xml: bytes,
    files: Mapping[str, bytes],
    digest: str,
    *,
    edition: int,
    at: datetime,
) -> Submission:
    id_ = new_id()
    version = form.published.filter(version=envelope.version).first() or form.published.first()
    expected = files_of(envelope, version.questions if version else [])
    content, *blobs = vault.put_blobs([(id_, xml), *((id_, each) for each in files.values())])
    state = SubmissionState.ARRIVED if set(expected) <= set(files) else SubmissionState.ARRIVING
    reason = ""
    if edition > 1:
        state, reason = SubmissionState.WAITING, "submission-differs"
    made: Submission = journal.record(
        "submission.received",
        by=who.operator,
        about=("submission", id_),
        subject=id_,
        purpose="registration",
        at=at,
        scope=scope_of(who.site, form.programme),
        facts={
            "id": str(id_),
            "form": str(form.id),
            "site": str(who.site.id),
            "operator": str(who.operator.pk),
            "phone": str(who.phone) if who.phone else None,
            "version": envelope.version,
            "instance_id": envelope.instance_id,
            "edition": edition,
            "digest": digest,
            "sealed": envelope.sealed,
            "content": str(content),
            "expected": expected,
            "state": str(state),
            "reason": reason,
            "attachments": _attachments(files, blobs),
        },
    )
    return made


def _add_files(who: LetIn, submission: Submission, files: Mapping[str, bytes], *, at: datetime) -> Received:
    """Files that are not here yet. One that came before with other bytes is kept beside it."""
    held = set(submission.attachments.values_list("name", "digest"))
    fresh = {name: content for name, content in files.items() if (name, digest_of(content)) not in held}
    if not fresh or submission.content is None:  # nothing new, or somebody of it was erased meanwhile
        return Received(submission, is_new=False)
    blobs = vault.put_blobs([(submission.id, content) for content in fresh.values()])
    whole = set(submission.expected) <= {name for name, _digest in held} | set(fresh)
    arrives = whole and submission.state == SubmissionState.ARRIVING
    state = SubmissionState.ARRIVED if arrives else submission.state
    journal.record(
        "submission.completed",
        by=who.operator,
        about=submission.reference,
        subject=submission.id,
        at=at,
        purpose="registration",
        scope=scope_of(who.site),
        facts={"attachments": _attachments(fresh, blobs), "state": str(state)},
    )
    if arrives:
        _settle_later(submission.id)
    return Received(submission, is_new=True)


def _attachments(files: Mapping[str, bytes], blobs: list[UUID]) -> list[dict[str, Any]]:
    return [
        {
            "id": str(new_id()),
            "name": name,
            "blob": str(blob),
            "digest": digest_of(content),
            "size": len(content),
        }
        for (name, content), blob in zip(files.items(), blobs, strict=True)
    ]


def _settle_later(submission: UUID) -> None:
    from gada.surveys.tasks import settle

    settle.enqueue(str(submission))

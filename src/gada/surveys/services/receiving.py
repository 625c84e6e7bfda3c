"""What a phone sends is kept sealed before it is told so: a 201 survives a power cut.

Files go to the disk before the transaction begins: on SQLite everybody else waits while it lasts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from gada import journal, vault
from gada.agencies.services import authorize
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, NotFound
from gada.journal import Scope
from gada.journal.inserting import held_values
from gada.people.services import scope_of
from gada.surveys.models import Submission, SubmissionState, SurveyForm
from gada.surveys.rules.reading import Envelope, files_of, read_envelope
from gada.surveys.services.phones import LetIn, digest_of

MOST_FILES, LONGEST_NAME = 200, 120
MOST_EDITIONS = 20
TURNS = 3  # the same sent at the same moment by two connections: whoever comes second looks again


@dataclass(frozen=True, slots=True)
class Received:
    """`is_new`: something of it was not here before."""

    submission: Submission
    is_new: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """What came in one request, and what of it lies on the disk under whose key."""

    who: LetIn
    form: SurveyForm
    envelope: Envelope
    xml: bytes
    files: Mapping[str, bytes]
    digest: str
    subject: UUID | None = None
    content: UUID | None = None
    attachments: tuple[dict[str, Any], ...] = ()

    @property
    def blobs(self) -> list[UUID]:
        return [*([self.content] if self.content else []), *(UUID(each["blob"]) for each in self.attachments)]


def receive_submission(*, who: LetIn, xml: bytes, files: Mapping[str, bytes], at: datetime) -> Received:
    """Keep a submission, or the files of one that came before. The same again changes nothing.

    Another content under the same instance id is kept beside the first and waits for a person. Raises Invalid
    `xml-…`, `submission-…`, NotFound `form-unknown`.
    """
    authorize(who.operator, "survey.send", site=who.site)
    envelope = read_envelope(xml)
    here = SurveyForm.objects.only("id", "programme_id")  # the rest costs more to fetch than all that follows
    form = here.filter(site=who.site.id, xml_id=envelope.xml_id).first()
    if form is None:
        raise NotFound(
            "form-unknown",
            _("This form is not known at this site. Keep the answers on the phone, and ask your supervisor."),
        )
    if len(files) > MOST_FILES or any(not 0 < len(name) <= LONGEST_NAME for name in files):
        raise Invalid(
            "submission-files", _("There are too many files with these answers, or one has a name that is too long.")
        )
    sent = Sent(who, form, envelope, xml, files, digest_of(xml))
    for turn in range(TURNS):
        ready = _on_disk(sent)
        try:
            if (received := _keep(ready, at=at)) is not None:
                return received
        except IntegrityError:
            if turn == TURNS - 1:
                raise
        for blob in ready.blobs:  # written for nothing: the same arrived meanwhile
            vault.drop_blob(blob)
    raise AssertionError("the same submission kept arriving while it was kept")


def _on_disk(sent: Sent) -> Sent:
    """Whatever is not here yet, sealed and on the disk."""
    same = _same_in(_editions(sent), sent)
    if same is None:
        id_ = new_id()
        content, *blobs = vault.put_blobs([(id_, sent.xml), *((id_, each) for each in sent.files.values())])
        return replace(sent, subject=id_, content=content, attachments=_attachments(sent.files.items(), blobs))
    held = set(same.attachments.values_list("name", "digest"))
    fresh = [(name, file) for name, file in sent.files.items() if (name, digest_of(file)) not in held]
    if not fresh or same.content is None:  # nothing new, or somebody of it was erased meanwhile
        return replace(sent, subject=same.id)
    blobs = vault.put_blobs([(same.id, file) for _name, file in fresh])
    return replace(sent, subject=same.id, attachments=_attachments(fresh, blobs))


@transaction.atomic
def _keep(sent: Sent, *, at: datetime) -> Received | None:
    """The entry of what lies on the disk; None when it does not fit any more and should be looked at again."""
    held = _editions(sent, locked=True)
    same = _same_in(held, sent)
    if (same is None) != (sent.content is not None):
        return None
    if same is not None:
        return _add_files(same, sent, at=at)
    if len(held) >= MOST_EDITIONS:
        raise Invalid(
            "submission-too-often", _("This identifier came too often with other answers. Send them as a new form.")
        )
    submission = _first_time(sent, edition=len(held) + 1, at=at)
    if submission.state == SubmissionState.ARRIVED:
        _settle_later(submission.id)
    return Received(submission, is_new=True)


def _editions(sent: Sent, *, locked: bool = False) -> list[Submission]:
    """What is here under this identifier: nearly always nothing, which is asked in the cheapest way."""
    if not held_values("instance_id", [sent.envelope.instance_id], Submission):
        return []
    rows = Submission.objects.filter(form=sent.form, instance_id=sent.envelope.instance_id).order_by("edition")
    return list(rows.select_for_update() if locked else rows)


def _same_in(held: Iterable[Submission], sent: Sent) -> Submission | None:
    return next((each for each in held if each.digest == sent.digest), None)


def _first_time(sent: Sent, *, edition: int, at: datetime) -> Submission:
    who, form, envelope = sent.who, sent.form, sent.envelope
    assert sent.subject is not None
    expected = _expected(form, envelope)
    state, reason = SubmissionState.ARRIVING, ""
    if set(expected) <= set(sent.files):
        state = SubmissionState.ARRIVED
    if edition > 1:
        state, reason = SubmissionState.WAITING, "submission-differs"
    made: Submission = journal.record(
        "submission.received", by=who.operator, about=("submission", sent.subject), subject=sent.subject,
        purpose="registration", at=at, facts={
            "id": str(sent.subject), "form": str(form.id), "site": str(who.site.id), "operator": str(who.operator.pk),
            "phone": str(who.phone) if who.phone else None, "version": envelope.version,
            "instance_id": envelope.instance_id, "edition": edition, "digest": sent.digest, "sealed": envelope.sealed,
            "content": str(sent.content), "expected": expected, "state": str(state), "reason": reason,
            "attachments": list(sent.attachments),
        },
        scope=Scope(agency=who.site.agency_id, site=who.site.id, programme=form.programme_id),
    )
    return made


def _expected(form: SurveyForm, envelope: Envelope) -> list[str]:
    if envelope.sealed:  # these name their files themselves
        return files_of(envelope, [])
    asked = form.published.defer("xform")
    version = asked.filter(version=envelope.version).first() or asked.first()
    return files_of(envelope, version.questions if version else [])


def _add_files(submission: Submission, sent: Sent, *, at: datetime) -> Received:
    """More files of a submission. One that came before with other bytes is kept beside it."""
    if not sent.attachments or submission.content is None:
        return Received(submission, is_new=False)
    names = {*submission.attachments.values_list("name", flat=True), *(each["name"] for each in sent.attachments)}
    arrives = submission.state == SubmissionState.ARRIVING and set(submission.expected) <= names
    journal.record(
        "submission.completed", by=sent.who.operator, about=submission.reference, subject=submission.id, at=at,
        purpose="registration", scope=scope_of(sent.who.site), facts={
            "attachments": list(sent.attachments),
            "state": str(SubmissionState.ARRIVED if arrives else submission.state),
        },
    )
    if arrives:
        _settle_later(submission.id)
    return Received(submission, is_new=True)


def _attachments(files: Iterable[tuple[str, bytes]], blobs: Iterable[UUID]) -> tuple[dict[str, Any], ...]:
    return tuple(
        {"id": str(new_id()), "name": name, "blob": str(blob), "digest": digest_of(content), "size": len(content)}
        for (name, content), blob in zip(files, blobs, strict=True)
    )


def _settle_later(submission: UUID) -> None:
    from gada.surveys.tasks import settle

    settle.enqueue(str(submission))

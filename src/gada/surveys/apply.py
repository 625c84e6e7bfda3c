"""Facts about forms, phones and submissions become rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model

from gada.journal import Entry, applies
from gada.journal.changing import change_row
from gada.journal.inserting import held_values, insert_rows
from gada.surveys.models import Attachment, FormVersion, PhoneKey, Submission, SurveyForm

REBUILT = (SurveyForm, FormVersion, PhoneKey, Submission, Attachment)
Row = TypeVar("Row", bound=Model)


@applies("survey.published", schema=1)
def surveys_published(entries: Sequence[Entry]) -> list[FormVersion]:
    """The first version of a form brings the form along."""
    made = []
    for entry in entries:
        facts = entry.facts
        _create(SurveyForm, entry, facts["form"], ("site", "programme", "private_key"), made_at=entry.happened_at)
        shown = {name: facts[name] for name in ("id", "version", "title", "xform", "md5", "questions", "media")}
        made.append(_create(FormVersion, entry, {**shown, "form": facts["form"]["id"]}, ("form",),
                            published_at=entry.happened_at))
    return made


@applies("survey.mapped", schema=1)
def surveys_mapped(entries: Sequence[Entry]) -> list[SurveyForm]:
    return [row for entry in entries for row in _change(
        SurveyForm, entry, mapping=entry.facts["mapping"], programme_id=_uuid(entry.facts["programme"])
    )]


@applies("survey.closed", schema=1)
def surveys_closed(entries: Sequence[Entry]) -> list[SurveyForm]:
    return [row for entry in entries for row in _change(SurveyForm, entry, is_open=entry.facts["is_open"])]


@applies("phone.let_in", schema=1)
def phones_let_in(entries: Sequence[Entry]) -> list[PhoneKey]:
    return [
        _create(PhoneKey, entry, {name: entry.facts[name] for name in ("id", "site", "operator", "name", "digest")},
                ("site", "operator"), made_at=entry.happened_at)
        for entry in entries
    ]


@applies("phone.shut_out", schema=1)
def phones_shut_out(entries: Sequence[Entry]) -> list[PhoneKey]:
    return [row for entry in entries for row in _change(PhoneKey, entry, revoked_at=entry.happened_at)]


@applies("submission.received", schema=1)
def submissions_received(entries: Sequence[Entry]) -> list[Submission]:
    """Written as rows at once: fifty a second come when teams are back in the evening."""
    made = []
    for entry in entries:
        said = {name: value for name, value in entry.facts.items() if name not in ("schema", "attachments")}
        if held_values("id", [entry.about[1]], Submission):
            row = Submission.objects.get(pk=entry.about[1])
        else:
            versions = dict.fromkeys(("state", "reason"), entry.version)
            values = _values(Submission, said, ("form", "site", "operator", "phone", "content"))
            [row] = insert_rows([Submission(**values, received_at=entry.happened_at, versions=versions)])
        _attach(row.pk, entry)
        made.append(row)
    return made


@applies("submission.completed", schema=1)
def submissions_completed(entries: Sequence[Entry]) -> list[Submission]:
    """More files of a submission came."""
    rows = []
    for entry in entries:
        _attach(entry.about[1], entry)
        rows += _change(Submission, entry, state=entry.facts["state"])
    return rows


@applies("submission.settled", schema=1)
def submissions_settled(entries: Sequence[Entry]) -> list[Submission]:
    return [row for entry in entries for row in _change(
        Submission, entry, state=entry.facts["state"], reason=entry.facts["reason"], facts=entry.facts["words"],
        household=_uuid(entry.facts["household"]),
    )]


@applies("submission.corrected", schema=1)
def submissions_corrected(entries: Sequence[Entry]) -> list[Submission]:
    return [row for entry in entries for row in _change(
        Submission, entry, corrected=_uuid(entry.facts["corrected"]), state=entry.facts["state"],
    )]


@applies("submission.forgotten", schema=1)
def submissions_forgotten(entries: Sequence[Entry]) -> list[Submission]:
    """Somebody of it was erased: what came from the phone is gone, the fact that it came stays."""
    return [row for entry in entries for row in _change(Submission, entry, content=None, corrected=None)]


def _attach(submission: UUID, entry: Entry) -> None:
    rows = [
        Attachment(**_values(Attachment, each, ("blob",)), submission_id=submission, received_at=entry.happened_at)
        for each in entry.facts["attachments"]
    ]
    held = held_values("id", [row.id for row in rows], Attachment) if rows else set()
    insert_rows([row for row in rows if row.id not in held])


def _create(model: type[Row], entry: Entry, said: dict[str, Any], ids: Sequence[str], **more: Any) -> Row:
    """A row of these facts. The entry may come twice: the row of the first time stays."""
    values = _values(model, said, ids) | more
    held = model._default_manager.filter(pk=values["id"]).first()
    return held or model._default_manager.create(**values)


def _values(model: type[Model], said: dict[str, Any], ids: Sequence[str]) -> dict[str, Any]:
    return {
        (f"{name}_id" if model._meta.get_field(name).is_relation else name) if name in ids else name:
        _uuid(value) if name in ids or name == "id" else value
        for name, value in said.items()
    }


def _change(model: type[Row], entry: Entry, **values: Any) -> list[Row]:
    row = change_row(model, entry.about[1], entry, **values)
    return [row] if row else []


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None



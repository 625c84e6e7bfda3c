"""Retention: figures somebody set, holds, requests of people; a class erased, and what arrives late for it."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from gada import vault
from gada.journal import Entry, applies
from gada.journal.inserting import held_values, insert_rows
from gada.people.apply.following import renew_keys
from gada.people.merging import merge_corrections
from gada.people.models import (
    Conflict,
    Correction,
    ErasedClass,
    LegalHold,
    Person,
    PersonRequest,
    ProgrammeEnd,
    RetentionRule,
)
from gada.people.retention import BLANK
from gada.people.words import Kept, PersonStatus


@applies("retention.set", schema=1)
def rules_set(entries: Sequence[Entry]) -> list[RetentionRule]:
    return _add(RetentionRule, entries, lambda entry, facts: RetentionRule(
        id=UUID(facts["id"]), agency=entry.scope.agency, programme=entry.scope.programme, kept=facts["class"],
        after_contact=facts["after_contact"], after_end=facts["after_end"], after_leaving=facts["after_leaving"],
        reason=facts["reason"], by=entry.by[1], at=entry.happened_at, version=entry.version,
    ))


@applies("retention.programme_ended", schema=1)
def ends_said(entries: Sequence[Entry]) -> list[ProgrammeEnd]:
    return _add(ProgrammeEnd, entries, lambda entry, facts: ProgrammeEnd(
        id=UUID(facts["id"]), programme=entry.about[1], by=entry.by[1], at=entry.happened_at, version=entry.version,
        ended_on=date.fromisoformat(facts["ended_on"]) if facts["ended_on"] else None,
    ))


@applies("hold.placed", schema=1)
def holds_placed(entries: Sequence[Entry]) -> list[LegalHold]:
    return [
        _fill(LegalHold, entry, until=date.fromisoformat(entry.facts["until"]), by=entry.by[1], at=entry.happened_at,
              reason=_sealed(entry.about[1], entry.facts["reason"]))
        for entry in entries
    ]


@applies("hold.lifted", schema=1)
def holds_lifted(entries: Sequence[Entry]) -> list[LegalHold]:
    return [_fill(LegalHold, entry, lifted_at=entry.happened_at, lifted_by=entry.by[1]) for entry in entries]


@applies("request.received", schema=1)
def requests_received(entries: Sequence[Entry]) -> list[PersonRequest]:
    return [
        _fill(PersonRequest, entry, site_id=entry.scope.site, asked=entry.facts["asked"], by=entry.by[1],
              due_on=date.fromisoformat(entry.facts["due_on"]), at=entry.happened_at,
              words=_sealed(entry.about[1], entry.facts["words"]))
        for entry in entries
    ]


@applies("request.answered", schema=1)
def requests_answered(entries: Sequence[Entry]) -> list[PersonRequest]:
    return [
        _fill(PersonRequest, entry, site_id=entry.scope.site, outcome=entry.facts["outcome"],
              answered_at=entry.happened_at, answered_by=entry.by[1],
              answer=_sealed(entry.about[1], entry.facts["answer"]))
        for entry in entries
    ]


@applies("person.class_erased", schema=1)
def classes_erased(entries: Sequence[Entry]) -> list[ErasedClass]:
    """Values of one class go; what was written without knowing it does not bring them back, in any order of arrival."""
    made = _add(ErasedClass, entries, lambda entry, facts: ErasedClass(
        id=UUID(facts["id"]), person=entry.about[1], kept=facts["class"], version=entry.version, at=entry.happened_at,
    ))
    blank_erased({entry.about[1] for entry in entries})
    return made


def erased_among(people: set[UUID]) -> set[UUID]:
    """Those of these people of whom some class was erased."""
    return held_values("person", list(people), ErasedClass) if people else set()


def blank_erased(people: Iterable[UUID]) -> None:
    """Blank what was erased of these people; a value given by somebody who knew of the erasure stands."""
    rows: dict[UUID, list[ErasedClass]] = defaultdict(list)
    for row in ErasedClass.objects.filter(person__in=list(people)).order_by("version"):
        rows[row.person].append(row)
    if not rows:
        return
    standing = Person.objects.exclude(status=PersonStatus.ERASED).in_bulk(list(rows))
    for id_, erased in rows.items():
        for row in erased:
            _blank(id_, standing.get(id_), row)
    for person in standing.values():
        person.save()
    for person in merge_corrections(standing).values():
        renew_keys(person)


def _blank(id_: UUID, person: Person | None, row: ErasedClass) -> None:
    """Corrections that did not know go with their photos; the row shows blanks until a knowing one is merged."""
    fields = BLANK.get(row.kept, {})
    unknowing = Correction.objects.filter(person=id_, field__in=list(fields), after__lt=row.version)
    files = set(row.files)
    if row.kept == Kept.PHOTO:
        files |= {value for value in unknowing.values_list("value", flat=True) if value}
    unknowing.delete()
    Conflict.objects.filter(person=id_, field__in=list(fields)).delete()
    if person is not None:
        if row.kept == Kept.PHOTO and person.photo and not _given_since(id_, str(person.photo)):
            files.add(str(person.photo))
        for name, blank in fields.items():
            setattr(person, name, copy.copy(blank))
            person.versions[name] = row.version
    if files != set(row.files):
        ErasedClass.objects.filter(id=row.id).update(files=sorted(files))


def _given_since(person: UUID, photo: str) -> bool:
    """Whether this photo was given by somebody who knew of the erasure."""
    return any(value == photo for value in Correction.objects.filter(person=person, field="photo").values_list(
        "value", flat=True
    ))


def _sealed(person: UUID, text: str) -> bytes:
    key = vault.data_keys([person])
    return vault.seal_for(person, text.encode(), keys=key) if text and key else b""


def _fill(model: Any, entry: Entry, **values: Any) -> Any:
    key = UUID(entry.facts["id"])
    row, _made = model.objects.update_or_create(
        id=key, defaults=values, create_defaults={"person": entry.about[1], **values}
    )
    return row


def _add(model: Any, entries: Sequence[Entry], row: Any) -> list[Any]:
    """The row of each entry: those not there yet are made, the others stay as they lie."""
    ids = [UUID(entry.facts["id"]) for entry in entries]
    held = held_values("id", ids, model)
    fresh = {id_: row(entry, entry.facts) for id_, entry in zip(ids, entries, strict=True) if id_ not in held}
    insert_rows(list(fresh.values()))
    found = fresh | model.objects.in_bulk([id_ for id_ in ids if id_ in held])
    return [found[id_] for id_ in ids]

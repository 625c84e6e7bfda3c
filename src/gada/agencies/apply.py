"""Facts → rows: agencies, sites, programmes, operators, assignments, devices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db.models import Model

from gada.agencies.models import Agency, Assignment, Device, Operator, Programme, QuestionSet, Site
from gada.journal import Entry, applies
from gada.journal.changing import change_row

REBUILT = (Agency, Site, Programme, QuestionSet, Operator, Assignment, Device)
Row = TypeVar("Row", bound=Model)


@applies("agency.created", schema=1)
def agencies_created(entries: Sequence[Entry]) -> list[Agency]:
    return _create(Agency, entries, lambda facts: {
        "id": UUID(facts["agency_id"]), "name": facts["name"], "country": facts["country"],
    })


@applies("site.created", schema=1)
def sites_created(entries: Sequence[Entry]) -> list[Site]:
    return _create(Site, entries, lambda facts: {
        "id": UUID(facts["site_id"]), "agency_id": UUID(facts["agency_id"]), "name": facts["name"],
        "pcode": facts["pcode"], "kind": facts["kind"],
    })


@applies("programme.created", schema=1)
def programmes_created(entries: Sequence[Entry]) -> list[Programme]:
    return _create(Programme, entries, lambda facts: {
        "id": UUID(facts["programme_id"]), "agency_id": UUID(facts["agency_id"]), "name": facts["name"],
        "purpose": facts["purpose"], "legal_basis": facts["legal_basis"],
        "impact_assessment": facts["impact_assessment"], "biometrics_allowed": facts["biometrics_allowed"],
        "minimum_age_prints": facts["minimum_age_prints"],
    })


@applies("programme.asked", schema=1)
def questions_chosen(entries: Sequence[Entry]) -> list[QuestionSet]:
    """Forms are only ever added; the one with the greatest Lamport counter counts."""
    return [
        QuestionSet.objects.get_or_create(id=UUID(entry.facts["id"]), defaults={
            "programme_id": UUID(entry.facts["programme_id"]), "questions": entry.facts["questions"],
            "made_at": entry.happened_at, "lamport": entry.lamport,
        })[0]
        for entry in entries
    ]


@applies("programme.assessed", schema=1)
def programmes_assessed(entries: Sequence[Entry]) -> list[Programme]:
    return [
        row for entry in entries for row in _change(
            Programme, entry, "programme_id", impact_assessment=entry.facts["reference"],
            assessed_on=date.fromisoformat(entry.facts["signed_on"]), assessed_by=entry.facts["signed_by"],
            assessment_file=_uuid(entry.facts["file"]), assessment_file_name=entry.facts["file_name"],
            assessment_digest=entry.facts["file_digest"],
        )
    ]


@applies("programme.prints_decided", schema=1)
def prints_decided(entries: Sequence[Entry]) -> list[Programme]:
    return [
        row for entry in entries
        for row in _change(Programme, entry, "programme_id", biometrics_allowed=entry.facts["biometrics_allowed"])
    ]


@applies("operator.created", schema=1)
def operators_created(entries: Sequence[Entry]) -> list[Operator]:
    # No password comes with the facts: until one is set on this node, nobody signs in by this name.
    return _create(Operator, entries, lambda facts: {
        "id": UUID(facts["operator_id"]), "agency_id": UUID(facts["agency_id"]), "name": facts["name"],
        "username": facts["username"], "language": facts["language"], "password": make_password(None),
        "created": datetime.fromisoformat(facts["created"]),
    })


@applies("assignment.created", schema=1)
def assignments_created(entries: Sequence[Entry]) -> list[Assignment]:
    return _create(Assignment, entries, lambda facts: {
        "id": UUID(facts["assignment_id"]), "operator_id": UUID(facts["operator_id"]), "role": facts["role"],
        "site_id": _uuid(facts["site_id"]), "programme_id": _uuid(facts["programme_id"]),
        "valid_until": _moment(facts["valid_until"]),
    })


@applies("device.registered", schema=1)
def devices_registered(entries: Sequence[Entry]) -> list[Device]:
    return _create(Device, entries, lambda facts: {
        "id": UUID(facts["device_id"]), "site_id": UUID(facts["site_id"]), "name": facts["name"],
        "kind": facts["kind"], "lease_until": _moment(facts["lease_until"]),
        "expires_at": _moment(facts["expires_at"]),
    })


@applies("assignment.ended", schema=1)
def assignments_ended(entries: Sequence[Entry]) -> list[Assignment]:
    return [
        row for entry in entries for row in _change(
            Assignment, entry, "assignment_id", valid_until=_moment(entry.facts["valid_until"])
        )
    ]


@applies("operator.deactivated", schema=1)
def operators_deactivated(entries: Sequence[Entry]) -> list[Operator]:
    return [row for entry in entries for row in _change(Operator, entry, "operator_id", is_active=False)]


@applies("operator.reopened", schema=1)
def operators_reopened(entries: Sequence[Entry]) -> list[Operator]:
    return [row for entry in entries for row in _change(Operator, entry, "operator_id", is_active=True)]


@applies("operator.language_chosen", schema=1)
def languages_chosen(entries: Sequence[Entry]) -> list[Operator]:
    return [
        row for entry in entries
        for row in _change(Operator, entry, "operator_id", language=entry.facts["language"])
    ]


def _create(
    model: type[Row], entries: Sequence[Entry], fields: Callable[[dict[str, Any]], dict[str, Any]]
) -> list[Row]:
    # An entry may come twice; the row of the first time stays.
    rows = [model(**fields(entry.facts)) for entry in entries]
    return model._default_manager.bulk_create(rows, ignore_conflicts=True)


def _change(model: type[Row], entry: Entry, key: str, **values: Any) -> list[Row]:
    row = change_row(model, UUID(entry.facts[key]), entry, **values)
    return [row] if row else []


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None

"""Judgements and their undoing become rows; then what stands in each case, in any order of arrival."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from gada.journal import Entry, applies, upcasts
from gada.matching.apply.cases import cases_of, weigh, write
from gada.matching.apply.joining import join_households, join_people
from gada.matching.apply.standing import place_of, said_about, standing_of
from gada.matching.models import Case, HouseholdLink, Judgement


@upcasts("case.judged", from_schema=1)
@upcasts("case.judgement_undone", from_schema=1)
def read_once(facts: dict[str, Any]) -> dict[str, Any]:
    """Before second readings, every judgement counted at once and nobody measured how long it took."""
    alone = {"second_of": None, "waits": False, "sampled": False, "seconds": None, "batch": None}
    return {**facts, **alone, "schema": 2}


@applies("case.judged", schema=2)
def cases_judged(entries: Sequence[Entry]) -> list[Judgement]:
    cases = cases_of(entries)
    weigh(cases, entries)
    for entry in entries:
        _keep_judgement(entry.facts, version=entry.version, by=entry.by[1], at=entry.happened_at)
    _follow(cases.values())
    return _in_order(entries)


@applies("case.judgement_undone", schema=2)
def judgements_undone(entries: Sequence[Entry]) -> list[Judgement]:
    """Carries the whole judgement, so that it may arrive before the judgement itself."""
    cases = cases_of(entries)
    write(cases)
    for entry in entries:
        said = entry.facts["judged"]
        at = datetime.fromisoformat(said["at"])
        _keep_judgement(entry.facts, version=said["version"], by=UUID(said["by"]), at=at)
        standing = Judgement.objects.filter(Q(undone_version="") | Q(undone_version__gt=entry.version))
        standing.filter(id=entry.facts["judgement"]).update(
            undone_at=entry.happened_at, undone_by=entry.by[1], undone_version=entry.version,
            undone_reason=base64.b64decode(entry.facts["undone_reason"]),
        )
    _follow(cases.values())
    return _in_order(entries)


def _keep_judgement(facts: dict[str, Any], *, version: str, by: UUID, at: datetime) -> None:
    judgement, fresh = Judgement.objects.get_or_create(
        id=UUID(facts["judgement"]),
        defaults={
            "case_id": UUID(facts["case"]), "verdict": facts["verdict"], "by": by, "at": at, "version": version,
            "reason": base64.b64decode(facts["reason"]), "waits": facts["waits"], "sampled": facts["sampled"],
            "second_of": _id(facts["second_of"]), "batch": _id(facts["batch"]), "seconds": facts["seconds"],
        },
    )
    if fresh:
        HouseholdLink.objects.bulk_create([
            HouseholdLink(id=UUID(link["id"]), judgement=judgement, left_id=UUID(link["left"]),
                          right_id=UUID(link["right"]), needed=link["needed"])
            for link in facts["links"]
        ])


def _id(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _in_order(entries: Sequence[Entry]) -> list[Judgement]:
    found = Judgement.objects.select_related("case").in_bulk([UUID(entry.facts["judgement"]) for entry in entries])
    return [found[UUID(entry.facts["judgement"])] for entry in entries]


def _follow(cases: Iterable[Case]) -> None:
    """The decision that stands in each case, then the sets of people and households it touches."""
    people: set[UUID] = set()
    for case in cases:
        now = standing_of(said_about(case.id))
        Case.objects.filter(id=case.id).update(
            verdict=now.verdict, standing=now.judgement, status=now.status, reading=now.reading,
            place=place_of(status=now.status, verdict=now.verdict, reading=now.reading, priority=case.priority),
        )
        people |= {case.left_id, case.right_id}
    join_people(people)
    touched = HouseholdLink.objects.filter(judgement__case__in=[case.id for case in cases])
    join_households({id_ for pair in touched.values_list("left_id", "right_id") for id_ in pair})

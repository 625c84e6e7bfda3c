"""Facts about cases become rows; who is one person follows from the judgements that stand, in any order of arrival."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from gada.engine.linkage.linked import smallest_of_linked
from gada.journal import Entry, applies
from gada.journal.inserting import insert_rows
from gada.matching.models import (
    CanonicalHousehold,
    CanonicalPerson,
    Case,
    CaseStatus,
    HouseholdLink,
    Judgement,
    Verdict,
    WideCheck,
)

REBUILT = (Case, Judgement, HouseholdLink, CanonicalPerson, CanonicalHousehold, WideCheck)
BATCH = 300


@applies("case.opened", schema=1)
def cases_opened(entries: Sequence[Entry]) -> list[Case]:
    """One case per pair. Opened on two nodes, it dates from the first opening (Lamport counter, node)."""
    cases = _cases(entries)
    for entry in entries:
        case = cases[UUID(entry.facts["case"])]
        known = case.versions.get("opened")
        if known is None or entry.version < known:
            case.opened_at, case.versions["opened"] = entry.happened_at, entry.version
    _weigh(cases, entries)
    return [cases[UUID(entry.facts["case"])] for entry in entries]


@applies("case.weighed", schema=1)
def cases_weighed(entries: Sequence[Entry]) -> list[Case]:
    """New evidence in a case that waits: the newest weighing counts."""
    cases = _cases(entries)
    _weigh(cases, entries)
    return [cases[UUID(entry.facts["case"])] for entry in entries]


@applies("case.judged", schema=1)
def cases_judged(entries: Sequence[Entry]) -> list[Judgement]:
    cases = _cases(entries)
    _weigh(cases, entries)
    for entry in entries:
        _keep_judgement(entry.facts, version=entry.version, by=entry.by[1], at=entry.happened_at)
    _follow(cases.values())
    return _in_order(entries)


@applies("case.judgement_undone", schema=1)
def judgements_undone(entries: Sequence[Entry]) -> list[Judgement]:
    """Carries the whole judgement, so that it may arrive before the judgement itself."""
    cases = _cases(entries)
    _write(cases)
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


@applies("household.looked_again", schema=1)
def households_looked_again(entries: Sequence[Entry]) -> list[WideCheck]:
    """The newest look counts, in any order of arrival."""
    made = []
    for entry in entries:
        household = UUID(entry.facts["household"])
        held = WideCheck.objects.filter(household=household).first()
        if held is None or entry.version > held.version:
            held, _fresh = WideCheck.objects.update_or_create(household_id=household, defaults={
                **{name: entry.facts[name] for name in ("people", "candidates", "cases")},
                "at": entry.happened_at, "version": entry.version,
            })
        made.append(held)
    return made


def _cases(entries: Sequence[Entry]) -> dict[UUID, Case]:
    """The cases that entries speak of; one whose opening has not arrived yet begins empty, and is not written."""
    facts = {UUID(entry.facts["case"]): entry.facts for entry in entries}
    held = Case.objects.in_bulk(list(facts))
    return {
        id_: held.get(id_) or Case(id=id_, left_id=UUID(f["left"]), right_id=UUID(f["right"]))
        for id_, f in facts.items()
    }


def _weigh(cases: dict[UUID, Case], entries: Sequence[Entry]) -> None:
    for entry in entries:
        case, facts = cases[UUID(entry.facts["case"])], entry.facts
        if entry.version > case.versions.get("weighed", ""):
            case.lines, case.total, case.rules_version = facts["lines"], facts["total"], facts["rules_version"]
            case.priority, case.versions["weighed"] = facts["priority"], entry.version
    _write(cases)


def _write(cases: dict[UUID, Case]) -> None:
    fields = ["lines", "total", "rules_version", "priority", "opened_at", "versions"]
    held = [case for case in cases.values() if not case._state.adding]
    insert_rows([case for case in cases.values() if case._state.adding])
    for case in held:
        case.save(update_fields=fields)


def _keep_judgement(facts: dict[str, Any], *, version: str, by: UUID, at: datetime) -> None:
    judgement, fresh = Judgement.objects.get_or_create(
        id=UUID(facts["judgement"]),
        defaults={
            "case_id": UUID(facts["case"]), "verdict": facts["verdict"], "by": by, "at": at, "version": version,
            "reason": base64.b64decode(facts["reason"]),
        },
    )
    if fresh:
        HouseholdLink.objects.bulk_create([
            HouseholdLink(id=UUID(link["id"]), judgement=judgement, left_id=UUID(link["left"]),
                          right_id=UUID(link["right"]), needed=link["needed"])
            for link in facts["links"]
        ])


def _in_order(entries: Sequence[Entry]) -> list[Judgement]:
    found = Judgement.objects.select_related("case").in_bulk([UUID(entry.facts["judgement"]) for entry in entries])
    return [found[UUID(entry.facts["judgement"])] for entry in entries]


def _follow(cases: Iterable[Case]) -> None:
    """The decision that stands in each case, then the sets of people and households it touches."""
    people: set[UUID] = set()
    for case in cases:
        standing = Judgement.objects.filter(case=case, undone_at=None).order_by("-version", "-id").first()
        verdict = standing.verdict if standing else ""
        Case.objects.filter(id=case.id).update(
            verdict=verdict, standing=standing.id if standing else None,
            status=CaseStatus.DECIDED if verdict in (Verdict.SAME, Verdict.DIFFERENT) else CaseStatus.OPEN,
        )
        people |= {case.left_id, case.right_id}
    _join_people(people)
    touched = HouseholdLink.objects.filter(judgement__case__in=[case.id for case in cases])
    _join_households({id_ for pair in touched.values_list("left_id", "right_id") for id_ in pair})


def _join_people(people: set[UUID]) -> None:
    """Write the sets around these people anew."""
    before = CanonicalPerson.objects.filter(person__in=people).values("canonical")
    around = people | set(CanonicalPerson.objects.filter(canonical__in=before).values_list("person_id", flat=True))
    around, pairs = reach(around, people_joined_with)
    CanonicalPerson.objects.filter(person__in=around).delete()
    CanonicalPerson.objects.bulk_create([
        CanonicalPerson(person_id=id_, canonical_id=smallest) for id_, smallest in smallest_of_linked(pairs).items()
    ], batch_size=BATCH)


def _join_households(households: set[UUID]) -> None:
    before = CanonicalHousehold.objects.filter(household__in=households).values("canonical")
    around = households | set(
        CanonicalHousehold.objects.filter(canonical__in=before).values_list("household_id", flat=True)
    )
    around, links = reach(around, households_linked_with)
    counted: dict[tuple[UUID, UUID], list[int]] = {}
    for left, right, needed in links:
        counted.setdefault((left, right), []).append(needed)
    joined = smallest_of_linked(pair for pair, needs in counted.items() if len(needs) >= min(needs))
    CanonicalHousehold.objects.filter(household__in=around).delete()
    CanonicalHousehold.objects.bulk_create([
        CanonicalHousehold(household_id=id_, canonical_id=smallest) for id_, smallest in joined.items()
    ], batch_size=BATCH)


def people_joined_with(people: set[UUID]) -> list[tuple[UUID, UUID]]:
    """Pairs judged the same that touch these people."""
    touching = Case.objects.filter(Q(left__in=people) | Q(right__in=people), verdict=Verdict.SAME)
    return list(touching.values_list("left_id", "right_id"))


def households_linked_with(households: set[UUID]) -> list[tuple[UUID, UUID, int]]:
    """Links of judgements that stand and touch these households: (left, right, how many are needed)."""
    touching = HouseholdLink.objects.filter(Q(left__in=households) | Q(right__in=households))
    standing = touching.filter(judgement__case__standing=F("judgement_id"), judgement__verdict=Verdict.SAME)
    return list(standing.values_list("left_id", "right_id", "needed"))


def reach(seed: set[UUID], touching: Callable[[set[UUID]], list[Any]]) -> tuple[set[UUID], list[Any]]:
    """Everything reachable from the seed, with the pairs that reach it."""
    around, pairs = set(seed), touching(seed)
    while True:
        further = {id_ for pair in pairs for id_ in pair[:2]} - around
        if not further:
            return around, pairs
        around |= further
        pairs = touching(around)

"""The check at registration: who else may this be, by text and by fingers, and a case for every pair to look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from gada import journal, vault
from gada.agencies.models import Operator
from gada.biometrics.queries import identify, people_searched, usable_fingers_of
from gada.engine.linkage import Decision, Outcome
from gada.engine.refusal import NotFound
from gada.journal import Item
from gada.matching import rules
from gada.matching.models import Case, CaseStatus
from gada.matching.queries.features import Weighed, model_in_use, weighed_people
from gada.people.models import Person
from gada.people.queries import candidates_of, people_registered
from gada.people.services import scope_of

MOST_BY_TEXT = 100
MOST_BY_FINGERS = 8


@dataclass(frozen=True, slots=True)
class Searched:
    """Among how many people, of how many sites, and how many of them by fingers."""

    people: int
    sites: int
    with_prints: int


@dataclass(frozen=True, slots=True)
class Finding:
    """Somebody this person may be: the case, whether it is already decided, and the sum in tenths of a decade."""

    other: UUID
    case: UUID
    status: str
    total: int
    outcome: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class CheckResult:
    """`outcome` is unique or adjudicate: a person decides, nobody is turned away."""

    person: UUID
    outcome: Outcome
    findings: tuple[Finding, ...]
    searched: Searched
    as_of: datetime


def check_person(*, person: Person | UUID, at: datetime, operator: Operator | None = None) -> CheckResult:
    """Look for other registrations of this person and open a case per pair. Checking again opens nothing twice.

    `operator` is who asked (None: the node itself, after an import). Raises NotFound `person-unknown`.
    """
    id_ = person if isinstance(person, UUID) else person.id
    results = check_people(people=[id_], at=at, operator=operator)
    if not results:
        raise NotFound("person-unknown", "Nobody is registered under this number.")
    return results[0]


def check_people(
    *, people: Iterable[UUID], at: datetime, operator: Operator | None = None
) -> list[CheckResult]:
    """Check several people, at most a few hundred; those no longer registered are left out."""
    checked = weighed_people(people)
    fingers = usable_fingers_of(checked)
    searched = people_and_sites()
    least = rules.least_finger_score(searched.with_prints)
    by_fingers = {id_: found_by_fingers(id_, fingers.get(id_, {}), least=least) for id_ in checked}
    by_text = candidates_of({id_: weighed.features for id_, weighed in checked.items()}, most=MOST_BY_TEXT)
    others = {other for ids in (*by_fingers.values(), *by_text.values()) for other in ids} - set(checked)
    known = checked | weighed_people(others)
    fingers = fingers | usable_fingers_of(others)
    decisions: dict[tuple[UUID, UUID], Decision] = {}
    for id_, weighed in checked.items():
        for other in dict.fromkeys((*by_fingers[id_], *by_text[id_])):
            pair = rules.pair_of(id_, other)
            if other == id_ or other not in known or pair in decisions or weighed.households & known[other].households:
                continue  # two members of one registration are two people: somebody saw them together
            decisions[pair] = rules.weigh_pair(
                weighed.features, known[other].features, fingers.get(id_, {}), fingers.get(other, {}),
                found=by_fingers[id_].get(other, {}), people=searched.people, model=model_in_use(),
            )
    noticed = {pair: d for pair, d in decisions.items() if d.outcome != Outcome.UNIQUE}
    cases, fresh = open_cases(noticed, known, at=at, operator=operator)
    return [_result(id_, noticed, cases, fresh, searched, at) for id_ in checked]


def people_and_sites() -> Searched:
    """What a check looks through now."""
    return Searched(*people_registered(), people_searched())


def found_by_fingers(person: UUID, fingers: rules.Templates, *, least: int) -> dict[UUID, Mapping[int, int]]:
    """Finger scores by the person who was found."""
    if not fingers:
        return {}
    found = identify(fingers=fingers, limit=MOST_BY_FINGERS + 1, minimum_score=least)
    return {candidate.subject: candidate.by_finger for candidate in found if candidate.subject != person}


@transaction.atomic
def open_cases(
    noticed: Mapping[tuple[UUID, UUID], Decision], known: Mapping[UUID, Weighed], *, at: datetime,
    operator: Operator | None,
) -> tuple[dict[tuple[UUID, UUID], Case], set[UUID]]:
    """Cases by pair, and which are new. A pair that already has a case, decided or not, keeps it."""
    ids = {rules.case_id_of(*pair): pair for pair in noticed}
    held = Case.objects.select_for_update().in_bulk(list(ids))
    items = {id_: _case_item(id_, pair, noticed[pair], known) for id_, pair in ids.items()}
    by = operator if operator is not None else ("node", vault.identity().node_id)

    def record(action: str, wanted: Iterable[UUID]) -> list[Case]:
        chosen = [items[id_] for id_ in wanted]
        return list(journal.record_all(action, items=chosen, by=by, purpose="adjudication", at=at))

    opened = record("case.opened", [id_ for id_ in ids if id_ not in held])
    weighed = record("case.weighed", [case.id for case in held.values() if _has_news(case, noticed[ids[case.id]])])
    cases = {ids[case.id]: case for case in (*held.values(), *weighed, *opened)}
    return cases, {case.id for case in opened}


def _has_news(case: Case, decision: Decision) -> bool:
    """Prints taken since, or a name corrected: a case that waits is weighed anew; a decided one rests."""
    kinds = [line["kind"] for line in case.lines]
    return case.status == CaseStatus.OPEN and rules.is_news(decision, kinds=kinds, total=case.total)


def _case_item(
    case_id: UUID, pair: tuple[UUID, UUID], decision: Decision, known: Mapping[UUID, Weighed]
) -> Item:
    left, right = (known[id_] for id_ in pair)
    facts: dict[str, Any] = {
        "case": str(case_id), "left": str(pair[0]), "right": str(pair[1]),
        **rules.weighing_facts(decision, left=left.parts, right=right.parts),
    }
    # No key of a person: there is no value of a field in it, and it must outlive the erasure of either.
    return Item(about=("case", case_id), facts=facts, mentions=pair, scope=scope_of(right.person.site))


def _result(
    person: UUID, noticed: Mapping[tuple[UUID, UUID], Decision], cases: Mapping[tuple[UUID, UUID], Case],
    fresh: set[UUID], searched: Searched, at: datetime,
) -> CheckResult:
    findings = [
        Finding(
            other=pair[1] if pair[0] == person else pair[0], case=cases[pair].id, status=cases[pair].status,
            total=decision.total, outcome=str(decision.outcome), is_new=cases[pair].id in fresh,
        )
        for pair, decision in noticed.items() if person in pair
    ]
    findings.sort(key=lambda finding: (-finding.total, finding.other))
    waiting = any(finding.status == CaseStatus.OPEN for finding in findings)
    return CheckResult(person, Outcome.ADJUDICATE if waiting else Outcome.UNIQUE, tuple(findings), searched, at)

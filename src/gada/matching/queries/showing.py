"""One case side by side, as far as this viewer may see either person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import prefetch_related_objects

from gada import vault
from gada.agencies.models import Operator
from gada.biometrics.queries import samples_of_fingers, usable_fingers_of
from gada.engine import fingerprint
from gada.engine.linkage import Evidence, compare_people
from gada.engine.refusal import NotFound
from gada.matching.models import Case, CaseStatus, Judgement
from gada.matching.queries.cases import seen_of
from gada.matching.queries.features import Weighed, weigh_now, weighed_people
from gada.matching.rules import CONVINCING, Comparing, lines_of, people_weighed_among
from gada.people.models import Membership, Person

SIDES = ("left", "right")
Fingers = dict[int, fingerprint.Template]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two. Of a person at a site that is not the viewer's only agreement shows, never a value."""

    person: Person
    weighed: Weighed | None  # None: no longer registered
    visible: bool
    members: tuple[Membership, ...] = ()  # of the household now; empty when not visible


@dataclass(frozen=True, slots=True)
class Prints:
    """One finger of each compared: positions, templates, indexes of minutiae that correspond, pictures if any."""

    left_position: int
    right_position: int
    left: fingerprint.Template
    right: fingerprint.Template
    comparison: fingerprint.Comparison
    left_sample: UUID | None
    right_sample: UUID | None


@dataclass(frozen=True, slots=True)
class Shown:
    case: Case
    left: Side
    right: Side
    evidence: Evidence | None
    lines: list[dict[str, Any]]  # of the sum: as it is now while the case waits, as it was when it was decided
    total: int
    prints: tuple[Prints, ...]  # best first; empty unless both people are visible
    both_have_prints: bool = False

    @property
    def people(self) -> list[UUID]:
        """Everybody whose data are on the page."""
        members = [m.person_id for side in (self.left, self.right) for m in side.members]
        return list(dict.fromkeys((self.left.person.id, self.right.person.id, *members)))


def case_shown(viewer: Operator, case: Case) -> Shown:
    """Everything a page shows of a case that `case_for` returned. Each pair of fingers is compared once."""
    weighed = weighed_people([case.left_id, case.right_id])
    seen = seen_of(viewer, [case.left_id, case.right_id])
    prefetch_related_objects([case.left, case.right], "documents")
    members = _members([each for each in weighed.values() if each.person.id in seen])
    left, right = (
        _side(person, weighed.get(person.id), members, visible=person.id in seen)
        for person in (case.left, case.right)
    )
    evidence, lines, total = None, case.lines, case.total
    fingers, comparing = usable_fingers_of([case.left_id, case.right_id]), comparing_once()
    if left.weighed and right.weighed:
        evidence = compare_people(left.weighed.features, right.weighed.features)
        if case.status == CaseStatus.OPEN:
            people = people_weighed_among(case.lines)
            decision = weigh_now(left.weighed, right.weighed, people=people, fingers=fingers, comparing=comparing)
            lines, total = lines_of(decision), decision.total
    both = left.visible and right.visible
    prints = prints_compared(case, fingers=fingers, comparing=comparing) if both else ()
    both_have = all(fingers.get(id_) for id_ in (case.left_id, case.right_id))
    return Shown(case, left, right, evidence, lines, total, prints, both_have)


def comparing_once() -> Comparing:
    """Comparison of fingers that remembers, for as long as one page is made."""
    known: dict[tuple[int, int], fingerprint.Comparison] = {}

    def compare_once(one: fingerprint.Template, other: fingerprint.Template) -> fingerprint.Comparison:
        pair = (id(one), id(other))
        if pair not in known:
            known[pair] = fingerprint.compare(one, other)
        return known[pair]

    return compare_once


def side_for(viewer: Operator, case: Case, side: str) -> Person:
    """The person on one side. Raises NotFound when the viewer may not see that one."""
    person: Person | None = getattr(case, side) if side in SIDES else None
    if person is None or not seen_of(viewer, [person.id]):
        raise NotFound("case-unknown", "There is no such case here.")
    return person


def reason_of(case: Case, judgement: Judgement, *, undone: bool = False) -> str:
    """What was said when deciding or undoing; empty after the erasure of the person it is sealed for."""
    box = bytes(judgement.undone_reason if undone else judgement.reason)
    keys = vault.data_keys([case.left_id])
    return vault.open_for(case.left_id, box, keys=keys).decode() if box and keys else ""


def prints_compared(
    case: Case, *, fingers: Mapping[UUID, Fingers] | None = None, comparing: Comparing | None = None
) -> tuple[Prints, ...]:
    """Fingers that both have, compared; when none of them agrees, every finger with every other."""
    held, ask = fingers or usable_fingers_of([case.left_id, case.right_id]), comparing or comparing_once()
    left, right = held.get(case.left_id, {}), held.get(case.right_id, {})
    found = _compared(left, right, [(position, position) for position in sorted(left.keys() & right.keys())], ask)
    if not found or found[0][0].score < CONVINCING:
        crossed = _compared(left, right, [(a, b) for a in sorted(left) for b in sorted(right) if a != b], ask)
        found = [*[each for each in crossed if each[0].score >= CONVINCING][:1], *found]
    samples = samples_of_fingers([case.left_id, case.right_id]) if found else {}
    return tuple(
        Prints(
            a, b, left[a], right[b], comparison, samples.get((case.left_id, a)), samples.get((case.right_id, b))
        )
        for comparison, a, b in found
    )


def _compared(
    left: Fingers, right: Fingers, pairs: list[tuple[int, int]], ask: Comparing
) -> list[tuple[fingerprint.Comparison, int, int]]:
    compared = [(ask(left[a], right[b]), a, b) for a, b in pairs]
    return sorted(compared, key=lambda each: (-each[0].score, -each[0].raw, each[1], each[2]))


def _members(people: Iterable[Weighed]) -> list[Membership]:
    """Everybody in the households of these people now."""
    homes = {id_ for each in people for id_ in each.households}
    rows = Membership.objects.filter(household__in=homes, until=None).select_related("person", "household")
    return list(rows.order_by("since", "id"))


def _side(person: Person, weighed: Weighed | None, members: Iterable[Membership], *, visible: bool) -> Side:
    if not visible or weighed is None:
        return Side(person, weighed, visible and weighed is not None)
    return Side(person, weighed, True, tuple(m for m in members if m.household_id in weighed.households))

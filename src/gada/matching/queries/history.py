"""What happened to the two people of a case before: registered, corrected, moved, prints taken, other cases."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from gada.biometrics.models import Capture
from gada.journal.models import LogEntry
from gada.matching.models import Case
from gada.matching.queries.showing import Side
from gada.people.models import Membership

TOLD = ("person.corrected", "person.answered")
MOST_CASES = 5


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a person. `code` says what; `other` who else, `text` a place, a file or a verdict."""

    at: datetime
    code: str
    text: str = ""
    other: UUID | None = None


def history_of(case: Case, sides: Iterable[Side]) -> dict[UUID, list[Event]]:
    """What a reader may want to know of those of the two whom they may see, oldest first. Four queries."""
    people = {side.person.id: side.person for side in sides if side.visible}
    found = {
        id_: [Event(person.enrolled_at, "registered", person.source)] for id_, person in people.items()
    }
    for about, action, at in LogEntry.objects.filter(
        about_id__in=people, about_type="person", action__in=TOLD
    ).values_list("about_id", "action", "happened_at"):
        found[about].append(Event(at, action))
    for row in Membership.objects.filter(person__in=people).select_related("household"):
        if row.since > people[row.person_id].enrolled_at:
            found[row.person_id].append(Event(row.since, "joined", row.household.number))
        if row.until is not None:
            found[row.person_id].append(Event(row.until, "left", row.household.number))
    taken = {
        (person, at.date()): at
        for person, at in Capture.objects.filter(person__in=people).values_list("person_id", "taken_at")
    }
    for (person, _day), at in taken.items():
        found[person].append(Event(at, "prints"))
    _compared_with_others(case, found)
    return {id_: sorted(events, key=lambda event: event.at) for id_, events in found.items()}


def _compared_with_others(case: Case, found: dict[UUID, list[Event]]) -> None:
    """Other cases of the same people: which were decided, and how; a reading that is still going on is not told."""
    others = Case.objects.filter(Q(left__in=found) | Q(right__in=found), reading="", opened_at__isnull=False)
    rows = others.exclude(id=case.id).order_by("-opened_at").values_list(
        "id", "left_id", "right_id", "verdict", "opened_at"
    )
    for id_, left, right, verdict, at in rows[:MOST_CASES]:
        for person in {left, right} & found.keys():
            if at is not None:
                found[person].append(Event(at, "compared", verdict, id_))

"""A household's history as people tell it, what may be undone in it, and what aid is due meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from gada.agencies.models import Operator, Site
from gada.assistance.models import Entitlement, EntitlementStatus
from gada.people.models import Change, Death, Happening, Household, Person
from gada.people.services.undoing import what_rests_on
from gada.people.words import BirthPrecision, Happened

MOST = 30


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened. `undone_at`: it counts no more; `may_undo`: nothing later rests on it."""

    id: UUID
    kind: Happened
    title: str
    about: str
    at: datetime
    who: str
    undone_at: datetime | None
    undone_by: str
    may_undo: bool
    household: UUID
    death: Death | None = None

    @property
    def precision(self) -> str:
        return self.death.precision if self.death else BirthPrecision.UNKNOWN.value


def history_of_household(household: UUID) -> list[Line]:
    """Newest first; of a household also what reached it from another. The page that shows it leaves the reading."""
    reached = Change.objects.filter(household=household).exclude(happening=None).values("happening")
    return _lines(Happening.objects.filter(Q(household=household) | Q(id__in=reached)).order_by("-version")[:MOST])


def history_of_person(person: UUID) -> list[Line]:
    """What happened to one person, newest first."""
    reached = Change.objects.filter(person=person).exclude(happening=None).values("happening")
    return _lines(Happening.objects.filter(Q(person=person) | Q(id__in=reached)).order_by("-version")[:MOST])


def aid_due(households: Iterable[UUID]) -> list[Entitlement]:
    """Aid that waits to be collected, whatever happens to the household."""
    due = Entitlement.objects.filter(household__in=list(households), status=EntitlementStatus.OPEN)
    return list(due.select_related("cycle__intervention").order_by("opened_at", "id")[:20])


def _lines(found: Iterable[Happening]) -> list[Line]:
    rows = list(found)
    if not rows:
        return []
    names = {
        id_: f"{given} {surname}".strip() for id_, given, surname in
        Person.objects.filter(id__in=[row.person for row in rows if row.person]).values_list("id", "given", "surname")
    }
    people = {row.by for row in rows} | {row.undone_by for row in rows if row.undone_by}
    operators = dict(Operator.objects.filter(id__in=people).values_list("id", "name"))
    deaths = Death.objects.in_bulk([row.id for row in rows])
    said = _said_of(rows)
    return [
        Line(
            id=row.id, kind=Happened(row.kind), title=str(Happened(row.kind).label), at=row.at,
            about=" · ".join(filter(None, [
                names.get(row.person, "") if row.person else "", *said.get(row.id, []),
                str(row.get_reason_display()) if row.reason else "",  # type: ignore[attr-defined]
            ])),
            who=operators.get(row.by, ""), undone_at=row.undone_at,
            undone_by=operators.get(row.undone_by, "") if row.undone_by else "", death=deaths.get(row.id),
            may_undo=not row.undone_version and what_rests_on(row) is None, household=row.household,
        )
        for row in rows
    ]


def _said_of(rows: list[Happening]) -> dict[UUID, list[str]]:
    """The place, the site or the number that a happening speaks of."""
    changes = list(Change.objects.filter(
        happening__in=rows, field__in=("place", "site", "founded", "merged_into"), person=None
    ))
    sites = dict(Site.objects.filter(
        id__in=[change.value for change in changes if change.field == "site"]
    ).values_list("id", "name"))
    joined = [change.target for change in changes if change.field == "merged_into"]
    numbers = dict(Household.objects.filter(id__in=joined).values_list("id", "number"))
    said: dict[UUID, list[str]] = {}
    for change in changes:
        words = {
            "place": lambda c: str(c.value), "site": lambda c: sites.get(UUID(str(c.value)), ""),
            "founded": lambda c: str(c.value["number"]), "merged_into": lambda c: numbers.get(c.target, ""),
        }[change.field](change)
        if change.happening_id and words:
            said.setdefault(change.happening_id, []).append(words)
    return said

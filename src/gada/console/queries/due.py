"""The retention clock: for each person and class of data, when it falls due, why, and what stops it. It only proposes.

A fixed number of questions, each over one table and answered from an index or one pass: time and memory grow with the
people asked about, their memberships, and what was handed over to their households; not with the journal, of which only
the entries about those already due are looked up (bench/retention_clock.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from gada.agencies.models import Operator
from gada.assistance.models import Redemption, RefusalSlip
from gada.biometrics.models import Capture, Template
from gada.credentials.models import Card
from gada.journal.models import LogEntry
from gada.matching.models import Case, CaseStatus
from gada.people.models import (
    Consent,
    Happening,
    Household,
    LegalHold,
    Membership,
    Person,
    PersonRequest,
    ProgrammeEnd,
    RetentionRule,
)
from gada.people.queries import people_in
from gada.people.retention import ADULT_DAYS, Class, Due, Figures, falls_due, latest, ruled
from gada.people.words import Counted, Happened, Kept, PersonStatus, Stop
from gada.presence.models import Sighting
from gada.surveys.models import Submission

AT_ONCE = 500
CONTACTS = ("person.corrected",)
LEAVING = (Happened.DIED, Happened.WITHDRAWN, Happened.MEMBER_WITHDRAWN)
Moments = dict[UUID, datetime]


@dataclass(frozen=True, slots=True)
class Line:
    """One class of one person: when it falls due, counted from what, and what stops the clock ("": nothing)."""

    person: UUID
    kept: str
    at: datetime
    counted: Counted
    stopped: str


@dataclass(slots=True)
class _Known:
    """What the clock knows of these people, table by table."""

    contact: Moments = field(default_factory=dict)  # by person
    home: Moments = field(default_factory=dict)  # by household
    left: Moments = field(default_factory=dict)  # by person or household
    homes: dict[UUID, list[tuple[UUID, UUID | None]]] = field(default_factory=dict)  # person → household, programme
    has: dict[str, set[UUID]] = field(default_factory=dict)  # class → people or households with such data
    stops: dict[str, set[UUID]] = field(default_factory=dict)  # why → people or households
    figures: dict[tuple[UUID, UUID | None, str], Figures] = field(default_factory=dict)
    ends: dict[UUID, datetime] = field(default_factory=dict)


def lines_for(viewer: Operator, *, at: datetime, until: datetime, kept: str = "") -> list[Line]:
    """What falls due before `until` at the viewer's sites and programmes, soonest first."""
    return clock(people_in(viewer), at=at, until=until, kept=kept)


def lines_of(people: Sequence[UUID], *, at: datetime, until: datetime, kept: str) -> list[Line]:
    """The same for some people, whoever asks: asked again just before something is erased."""
    found: list[Line] = []
    for start in range(0, len(people), AT_ONCE):
        part = list(people[start : start + AT_ONCE])
        standing = Person.objects.filter(id__in=part).exclude(status=PersonStatus.ERASED)
        found += clock(standing, at=at, until=until, kept=kept, only=part)
    return found


def every_line(person_id: UUID, *, at: datetime) -> list[Line]:
    """All classes of one person, however far away."""
    far = at + timedelta(days=36_500)
    return [
        line for each in ruled() for line in lines_of([person_id], at=at, until=far, kept=each.name)
    ]


def clock(
    people: QuerySet[Person], *, at: datetime, until: datetime, kept: str = "", only: Sequence[UUID] | None = None
) -> list[Line]:
    """The lines of these people that fall due before `until`, soonest first, stopped ones too."""
    wanted = [each for each in ruled() if not kept or each.name == kept]
    known = _gather(wanted, only, at=at)
    lines = [line for row in _rows(people) for line in _lines_of(row, wanted, known, until=until, at=at)]
    found = _seen_since(lines, wanted, known, until=until, at=at)
    return sorted(found, key=lambda line: (line.at, line.person, line.kept))


def figures_now(agency: UUID, programme: UUID | None) -> dict[str, Figures]:
    """The days of every class as they stand for a programme (None: where there is none)."""
    said = _figures()
    return {each.name: _figures_for(each, agency, programme, said) for each in ruled()}


def _rows(people: QuerySet[Person]) -> Iterator[tuple[Any, ...]]:
    columns = ("id", "site__agency_id", "status", "enrolled_at", "birth_from", "unaccompanied")
    return people.annotate(
        has_photo=Q(photo__isnull=False), has_phone=~Q(phone=""), has_custom=~Q(custom={}),
        has_situation=~Q(residence_status="") | ~Q(nationality=""),
    ).order_by().values_list(*columns, "has_photo", "has_phone", "has_situation", "has_custom").iterator(5000)


def _lines_of(
    row: tuple[Any, ...], wanted: Sequence[Class], known: _Known, *, until: datetime, at: datetime
) -> Iterator[Line]:
    id_, agency, status, enrolled, born, alone, photo, phone, situation, custom = row
    homes = known.homes.get(id_) or [(id_, None)]
    shown = {Kept.PHOTO: photo, Kept.CONTACT: phone, Kept.SITUATION: situation, Kept.IDENTITY: True}
    contact = max([known.contact.get(id_, enrolled), *(known.home.get(home, enrolled) for home, _ in homes)])
    left = None
    if status != PersonStatus.ACTIVE:
        left = max((known.left[key] for key in (id_, *(home for home, _ in homes)) if key in known.left), default=None)
    child = alone or (born is not None and born > at.date() - timedelta(days=ADULT_DAYS))
    for each in wanted:
        held = shown.get(each.name)
        if held is None:
            having = known.has[each.name]
            held = (each.name == Kept.ANSWERS and custom) or id_ in having or any(home in having for home, _ in homes)
        if not held:
            continue
        due = latest(_dues(each, agency, homes, known, contact=contact, left=left))
        if due.at < until:
            yield Line(id_, each.name, due.at, due.counted, _stopped(id_, homes, each, known, child=child))


def _dues(
    each: Class, agency: UUID, homes: Iterable[tuple[UUID, UUID | None]], known: _Known, *, contact: datetime,
    left: datetime | None,
) -> Iterator[Due]:
    for programme in {programme for _, programme in homes}:
        figures = _figures_for(each, agency, programme, known.figures)
        ended = known.ends.get(programme) if programme else None
        yield falls_due(figures, contact=contact, left=left, ended=ended)


def _stopped(
    person: UUID, homes: Iterable[tuple[UUID, UUID | None]], each: Class, known: _Known, *, child: bool
) -> str:
    for why, stopped in known.stops.items():
        if person in stopped or any(home in stopped for home, _ in homes):
            return why
    return Stop.CHILD if child and each.children_wait else ""


def _seen_since(
    lines: Sequence[Line], wanted: Sequence[Class], known: _Known, *, until: datetime, at: datetime
) -> list[Line]:
    """Without those whose household gave a sign of life that only the journal knows: a correction, a collection."""
    people = sorted({line.person for line in lines if line.counted != Counted.LEFT})
    since: Moments = {}
    for start in range(0, len(people), AT_ONCE):
        about = LogEntry.objects.filter(about_id__in=people[start : start + AT_ONCE], action__in=CONTACTS)
        _newest(since, about.values_list("about_id").annotate(Max("happened_at")))
    later = [id_ for id_, moment in since.items() if moment > known.contact.get(id_, moment - timedelta(1))]
    if not later:
        return list(lines)
    _newest(known.contact, ((id_, since[id_]) for id_ in later))
    changed = set(later)
    return [line for line in lines if line.person not in changed] + _again(
        later, wanted, known, until=until, at=at
    )


def _again(
    later: Sequence[UUID], wanted: Sequence[Class], known: _Known, *, until: datetime, at: datetime
) -> list[Line]:
    return [
        line for start in range(0, len(later), AT_ONCE)
        for row in _rows(Person.objects.filter(id__in=later[start : start + AT_ONCE]))
        for line in _lines_of(row, wanted, known, until=until, at=at)
    ]


def _gather(wanted: Sequence[Class], only: Sequence[UUID] | None, *, at: datetime) -> _Known:
    known = _Known(figures=_figures(), ends=_ends())
    memberships = Membership.objects.all() if only is None else Membership.objects.filter(person__in=only)
    for person, home, programme in memberships.order_by().values_list(
        "person_id", "household_id", "household__programme_id"
    ).iterator(5000):
        known.homes.setdefault(person, []).append((home, programme))
    homes = None if only is None else {home for pairs in known.homes.values() for home, _ in pairs}
    _contacts(known, only, homes)
    names = {each.name for each in wanted}
    known.has = {Kept.PRINTS: set(), Kept.ANSWERS: set()}
    if Kept.PRINTS in names:
        prints = (Template.objects.all(), Capture.objects.exclude(sample=None))
        known.has[Kept.PRINTS] = {
            id_ for rows in prints for id_ in _some(rows, "person", only).values_list("person", flat=True).distinct()
        }
    if Kept.ANSWERS in names:
        sent = _some(Submission.objects.exclude(content=None).exclude(household=None), "household", homes)
        known.has[Kept.ANSWERS] = set(sent.values_list("household", flat=True))
    known.stops = _stops(only, homes, at)
    return known


def _contacts(known: _Known, only: Iterable[UUID] | None, homes: Iterable[UUID] | None) -> None:
    for model, name in ((Consent, "answered_at"), (Capture, "taken_at"), (Card, "issued_at"), (Sighting, "at")):
        rows = _some(model.objects.order_by(), "person", only)  # type: ignore[attr-defined]
        _newest(known.contact, rows.values_list("person").annotate(Max(name)).iterator(5000))
    _newest(known.home, _some(Household.objects.order_by(), "id", homes).values_list("id", "enrolled_at"))
    served = _some(Redemption.objects.order_by(), "entitlement__household", homes)
    _newest(known.home, served.values_list("entitlement__household").annotate(Max("at")))
    happened = _some(Happening.objects.filter(undone_version="").order_by(), "household", homes)
    _newest(known.home, happened.exclude(kind__in=LEAVING).values_list("household").annotate(Max("at")))
    gone = happened.filter(kind__in=LEAVING)
    _newest(known.left, gone.exclude(person=None).values_list("person").annotate(Max("at")))
    _newest(known.left, gone.filter(kind=Happened.WITHDRAWN).values_list("household").annotate(Max("at")))


def _stops(only: Iterable[UUID] | None, homes: Iterable[UUID] | None, at: datetime) -> dict[str, set[UUID]]:
    today = at.date()
    held = _some(LegalHold.objects.filter(lifted_at=None, until__gte=today), "person", only)
    asked = _some(PersonRequest.objects.filter(outcome=""), "person", only)
    open_cases = Case.objects.filter(status=CaseStatus.OPEN).order_by()
    cases: set[UUID] = set()
    for side in ("left", "right"):
        cases |= set(_some(open_cases, side, only).values_list(side, flat=True))
    appeals = _some(RefusalSlip.objects.filter(appeal_until__gte=today), "entitlement__household", homes)
    return {
        Stop.HOLD: set(held.values_list("person", flat=True)),
        Stop.REQUEST: set(asked.values_list("person", flat=True)), Stop.CASE: cases,
        Stop.APPEAL: set(appeals.values_list("entitlement__household", flat=True)),
    }


def _some(rows: Any, name: str, ids: Iterable[UUID] | None) -> Any:
    return rows if ids is None else rows.filter(**{f"{name}__in": list(ids)})


def _newest(into: Moments, pairs: Iterable[tuple[UUID, datetime]]) -> None:
    for key, moment in pairs:
        if key not in into or moment > into[key]:
            into[key] = moment


def _figures() -> dict[tuple[UUID, UUID | None, str], Figures]:
    rows = RetentionRule.objects.order_by("version")
    return {
        (row.agency, row.programme, row.kept): Figures(row.after_contact, row.after_end, row.after_leaving)
        for row in rows
    }


def _ends() -> dict[UUID, datetime]:
    newest = dict(ProgrammeEnd.objects.order_by("version").values_list("programme", "ended_on"))
    return {programme: _midnight(day) for programme, day in newest.items() if day is not None}


def _figures_for(
    each: Class, agency: UUID, programme: UUID | None, said: Mapping[tuple[UUID, UUID | None, str], Figures]
) -> Figures:
    own = said.get((agency, programme, each.name)) or said.get((agency, None, each.name)) or each.figures
    assert own is not None  # `ruled` gives only classes with figures
    return own


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())

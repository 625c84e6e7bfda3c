"""Live figures: who was registered where, by which desk, when; and whether fingerprints fail some people more.

Counted without a name, at the viewer's sites only. The day is counted at each look; thirty days are kept in this
process's memory for a few minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from gada.agencies.models import Operator, Site
from gada.agencies.queries import limits_of, sites_of, within
from gada.agencies.services import authorize
from gada.biometrics.queries.figures import AGES, UNKNOWN_AGE, Cell, prints_by_group, together
from gada.biometrics.rules import Came, fails_more
from gada.console import rules
from gada.console.rules import Hour
from gada.engine.proof.digests import digest_hex
from gada.journal.models import LogEntry
from gada.people.models import Household, Person
from gada.people.queries import seen_by
from gada.people.words import Sex

DAYS = 30
MONTH_KEPT, MOST_KEPT = timedelta(minutes=5), timedelta(hours=1)
COUNTING_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Registered:
    """How many were registered: at a site, by a desk."""

    families: int = 0
    people: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A site, or a desk (whoever registers) at a site: today and over the days."""

    name: str
    site: str
    today: Registered
    month: Registered


@dataclass(frozen=True, slots=True)
class Group:
    """People asked for prints who have something in common; `alarm`: they fail clearly more than the rest."""

    dimension: str  # site, sex or age
    key: str
    came: Came
    alarm: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """What one span of time holds."""

    at: datetime
    sites: dict[UUID, Registered]
    desks: dict[tuple[UUID, UUID], Registered]  # (operator, site)
    cells: tuple[Cell, ...]
    days: tuple[tuple[date, int], ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose figures a viewer sees: what households and people must fulfil; `key` tells two viewers' apart."""

    households: Q
    people: Q
    key: str


@dataclass(frozen=True, slots=True)
class Figures:
    """The whole page; `groups` and `asked` are of the span asked for."""

    today: Registered
    month: Registered
    month_at: datetime
    hours: tuple[Hour, ...]
    days: tuple[tuple[date, int], ...]
    sites: tuple[Line, ...]
    desks: tuple[Line, ...]
    asked: Came
    groups: tuple[Group, ...]

    @property
    def alarms(self) -> tuple[Group, ...]:
        return tuple(each for each in self.groups if each.alarm)


def figures(viewer: Operator, *, at: datetime, prints_today: bool = False) -> Figures:
    """Everything the page of live figures shows. Raises NotPermitted."""
    authorize(viewer, "figures.see", at=at)
    sites = {site.id: site for site in sites_of(viewer, action="figures.see", at=at)}
    morning = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    here = Reach(
        within(viewer, action="figures.see", at=at), seen_by(viewer, action="figures.see", at=at),
        f"{sorted(map(str, sites))} {limits_of(viewer, action='figures.see', at=at)}",
    )
    today = _counted(here, since=morning, at=at)
    month = _kept(here, at=at, count=lambda: _counted(
        here, since=morning - timedelta(days=DAYS - 1), at=at, by_day=True
    ))
    moments = _households(here, morning, at).order_by().values_list("enrolled_at", flat=True)
    cells = today.cells if prints_today else month.cells
    return Figures(
        today=_sum(today.sites.values()), month=_sum(month.sites.values()), month_at=month.at,
        hours=tuple(rules.hours_of([timezone.localtime(moment) for moment in moments])), days=month.days,
        sites=tuple(Line(site.name, site.name, today.sites.get(id_, Registered()), month.sites.get(id_, Registered()))
                    for id_, site in sites.items()),
        desks=_desks(sites, today, month), asked=together(cells), groups=tuple(groups_of(cells, sites)),
    )


def groups_of(cells: Sequence[Cell], sites: dict[UUID, Site]) -> list[Group]:
    """The same people by site, by sex, by age; each group judged against the rest."""
    everybody = together(cells)
    ages = ["0", *map(str, AGES), UNKNOWN_AGE]
    parts: list[tuple[str, str, Came]] = [
        *(("age", age, together(each for each in cells if each.age == age)) for age in ages),
        *(("sex", sex, together(each for each in cells if each.sex == sex)) for sex in Sex.values),
        *(("site", site.name, together(each for each in cells if each.site == id_)) for id_, site in sites.items()),
    ]
    asked = [(dimension, key, came) for dimension, key, came in parts if came != Came()]
    return [
        Group(dimension, key, came, alarm=fails_more(came, everybody, groups=len(asked)))
        for dimension, key, came in asked
    ]


def _counted(here: Reach, *, since: datetime, at: datetime, by_day: bool = False) -> Counted:
    households = _households(here, since, at).order_by()
    people = Person.objects.filter(here.people, enrolled_at__gte=since, enrolled_at__lte=at).order_by()
    at_sites = _paired(
        households.values_list("site").annotate(count=Count("pk")),
        people.values_list("site").annotate(count=Count("pk")),
    )
    by_desk = _paired(
        _by_desk("household.enrolled", households.values("pk")), _by_desk("person.enrolled", people.values("pk"))
    )
    days = dict(
        households.annotate(day=TruncDate("enrolled_at")).values_list("day").annotate(count=Count("pk"))
    ) if by_day else {}
    first = timezone.localtime(since).date()
    return Counted(
        at=at, sites={key[0]: found for key, found in at_sites.items()},
        desks={(key[0], key[1]): found for key, found in by_desk.items()},
        cells=tuple(prints_by_group(people, at=at)),
        days=tuple((day := first + timedelta(days=n), days.get(day, 0)) for n in range(DAYS)) if by_day else (),
    )


def _households(here: Reach, since: datetime, at: datetime) -> QuerySet[Household]:
    return Household.objects.filter(here.households, enrolled_at__gte=since, enrolled_at__lte=at)


def _by_desk(action: str, ids: Any) -> Iterable[tuple[UUID, UUID, int]]:
    entries = LogEntry.objects.filter(action=action, about_id__in=ids, site__isnull=False).order_by()
    return entries.values_list("by_id", "site").annotate(count=Count("pk"))


def _paired(
    families: Iterable[tuple[Any, ...]], people: Iterable[tuple[Any, ...]]
) -> dict[tuple[UUID, ...], Registered]:
    of_families, of_people = ({tuple(row[:-1]): row[-1] for row in rows} for rows in (families, people))
    return {
        key: Registered(of_families.get(key, 0), of_people.get(key, 0)) for key in {**of_families, **of_people}
    }


def _desks(sites: dict[UUID, Site], today: Counted, month: Counted) -> tuple[Line, ...]:
    """Busiest of today first."""
    keys = {**month.desks, **today.desks}
    names = dict(Operator.objects.filter(id__in={operator for operator, _site in keys}).values_list("id", "name"))
    lines = [
        Line(
            names.get(operator, ""), sites[site].name if site in sites else "",
            today.desks.get((operator, site), Registered()), month.desks.get((operator, site), Registered()),
        )
        for operator, site in keys
    ]
    return tuple(sorted(lines, key=lambda line: (-line.today.families, -line.month.families, line.name)))


def _kept(here: Reach, *, at: datetime, count: Callable[[], Counted]) -> Counted:
    """Thirty days change slowly and cost the most: counted again when what is kept is some minutes old.

    One counts; whoever else looks meanwhile sees what is kept, and as of when.
    """
    key = f"figures:{timezone.localtime(at).date()}:{digest_hex(here.key.encode())}"
    held: Counted | None = cache.get(key)
    if held is not None and held.at <= at < held.at + MONTH_KEPT:
        return held
    is_ours = cache.add(f"{key}:counting", True, COUNTING_SECONDS)
    if held is not None and held.at <= at and not is_ours:
        return held
    held = count()
    cache.set(key, held, MOST_KEPT.total_seconds())
    cache.delete(f"{key}:counting")
    return held


def _sum(lines: Iterable[Registered]) -> Registered:
    every = list(lines)
    return Registered(sum(each.families for each in every), sum(each.people for each in every))

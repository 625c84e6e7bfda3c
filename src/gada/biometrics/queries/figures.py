"""What came of asking for prints, counted by site, sex and age without a name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import (
    Case,
    CharField,
    Count,
    DateField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.lookups import LessThanOrEqual

from gada.biometrics.models import Capture, CaptureOutcome, Template
from gada.biometrics.rules import DAYS_A_YEAR, Came
from gada.engine.fingerprint.quality import GOOD_AT_LEAST
from gada.people.models import Consent, Person
from gada.people.words import Answer, Purpose

AGES = (5, 12, 18, 40, 60)  # each begins a group; younger than the first, and unknown, are groups too
UNKNOWN_AGE = "unknown"


@dataclass(frozen=True, slots=True)
class Cell:
    """People of one site, one sex and one age group: `age` is the first year of the group, or `unknown`."""

    site: UUID
    sex: str
    age: str
    came: Came


class _Middle(Func):
    """The middle of two dates, asked of the database, so that no date travels here."""

    output_field = DateField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "date((julianday(%(expressions)s)) / 2)"
        return super().as_sql(compiler, connection, template=template, arg_joiner=") + julianday(", **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        first, values = compiler.compile(self.source_expressions[0])
        last, more = compiler.compile(self.source_expressions[1])
        return f"({first} + ({last} - {first}) / 2)", [*values, *more, *values]


def prints_by_group(people: QuerySet[Person], *, at: datetime) -> list[Cell]:
    """What came of asking these people. Who was never asked (a young child, a programme without prints) is in none.

    One outcome per person, prints before a no before a failure: somebody whose second try succeeds has not failed.
    Two queries.
    """
    no = Consent.objects.filter(person=OuterRef("pk"), purpose=Purpose.PRINTS).exclude(answer=Answer.YES)
    asked = Capture.objects.filter(person=OuterRef("pk"))
    came = Case(
        When(Exists(Template.objects.filter(person=OuterRef("pk"))), then=Value(CaptureOutcome.TAKEN)),
        When(Exists(no), then=Value(CaptureOutcome.DECLINED)),
        When(Exists(asked.filter(outcome=CaptureOutcome.DECLINED)), then=Value(CaptureOutcome.DECLINED)),
        When(Exists(asked), then=Value(CaptureOutcome.UNABLE)),
        default=Value(""), output_field=CharField(),
    )
    cells: dict[tuple[UUID, str, str], Came] = {}
    rows = people.order_by().annotate(age_group=_age_group("", at), came=came).values_list(
        "site_id", "sex", "age_group", "came"
    ).annotate(count=Count("pk"))
    for site, sex, age, outcome, count in rows:
        if outcome:
            _add(cells, (site, sex, age), Came(**{outcome: count}))
    kept = Template.objects.filter(person__in=people.order_by()).order_by().annotate(
        age_group=_age_group("person__", at)
    ).values_list("person__site_id", "person__sex", "age_group").annotate(
        fingers=Count("pk"), quality_sum=Sum("quality"), good=Count("pk", filter=Q(quality__gte=GOOD_AT_LEAST)),
    )
    for site, sex, age, fingers, quality, good in kept:
        _add(cells, (site, sex, age), Came(fingers=fingers, quality=quality, good=good))
    return [Cell(*key, came=found) for key, found in sorted(cells.items(), key=str)]


def together(cells: Iterable[Cell]) -> Came:
    """All of these people as one group."""
    return sum((cell.came for cell in cells), Came())


def _add(cells: dict[tuple[UUID, str, str], Came], key: tuple[UUID, str, str], came: Came) -> None:
    cells[key] = cells.get(key, Came()) + came


def _age_group(path: str, at: datetime) -> Case:
    """The group of the age at the middle of the birth interval."""
    middle = _Middle(F(f"{path}birth_from"), F(f"{path}birth_to"))
    born = {age: at.date() - timedelta(days=round(age * DAYS_A_YEAR)) for age in AGES}
    return Case(
        When(Q(**{f"{path}birth_from": None}) | Q(**{f"{path}birth_to": None}), then=Value(UNKNOWN_AGE)),
        *(
            When(LessThanOrEqual(middle, Value(day)), then=Value(str(age)))
            for age, day in sorted(born.items(), reverse=True)
        ),
        default=Value("0"),
        output_field=CharField(),
    )

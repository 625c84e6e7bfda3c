"""Run an import: families in short transactions, so that a kill loses nothing and repeats nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Final
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gada.agencies.models import Operator, Programme, Site
from gada.agencies.services import authorize
from gada.engine.refusal import Invalid, Refusal
from gada.people.importing.columns import Reading
from gada.people.importing.families import Contents, Family, contents_of, families_of
from gada.people.importing.judging import Judge
from gada.people.importing.planning import IMPORT, Outcome, Plan, RowOutcome, plan_families
from gada.people.importing.reading import Row
from gada.people.models import Household
from gada.people.services import add_member, correct_person, enrol_households

# About 50 people: on SQLite a bulk writer lets others write every 50 ms (design §5). On PostgreSQL nobody waits.
CHUNK_HOUSEHOLDS: Final = {"sqlite": 10, "postgresql": 50}
PLAN_AT_ONCE: Final = 100  # families
TRIES: Final = 4


@dataclass(frozen=True, slots=True)
class Importer:
    """Who imports what for whom, from which source; `run` is what corrections name as their case."""

    operator: Operator
    site: Site
    source: str
    programme: Programme | None = None
    run: UUID | None = None


@dataclass(slots=True)
class ImportReport:
    """Outcomes in file order, and the people now known by their reference in the file."""

    outcomes: list[RowOutcome] = field(default_factory=list)
    people: dict[str, UUID] = field(default_factory=dict)
    households: int = 0

    def count(self, outcome: Outcome) -> int:
        return sum(line.outcome == outcome for line in self.outcomes)

    def add(self, outcomes: Iterable[RowOutcome]) -> None:
        for line in outcomes:
            self.outcomes.append(line)
            if line.person is not None:
                self.people[line.reference] = line.person


def plan_table(rows: Sequence[Row], *, source: str) -> ImportReport:
    """The dry run of a table in memory: what would become of each row. Writes nothing."""
    report, contents = ImportReport(), contents_of(rows)
    judge = Judge(Reading(), timezone.localdate())
    for part in in_parts(families_of(rows, contents), PLAN_AT_ONCE):
        plan = plan_families(part, judge=judge, source=source, twice=contents.twice)
        report.add(foreseen(plan.outcomes))
        report.households += len(plan.households)
    report.outcomes.sort(key=lambda line: line.number)
    return report


def foreseen(outcomes: Iterable[RowOutcome]) -> Iterator[RowOutcome]:
    """Outcomes of a dry run: who is only foreseen has no id."""
    return (replace(line, person=None) if line.outcome == Outcome.NEW else line for line in outcomes)


def import_table(
    *, operator: Operator, site: Site, rows: Sequence[Row], source: str, at: datetime,
    programme: Programme | None = None, progress: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Enrol every new household of a table in memory. The same again, or after a kill, adds only what is missing."""
    authorize(operator, "person.import", site=site, programme=programme)
    if not source.strip():
        raise Invalid("import-source", _("Say where this file comes from."))
    importer = Importer(operator, site, source, programme)
    contents = contents_of(rows)
    judge, report = Judge(Reading(), timezone.localdate()), ImportReport()
    for part in in_parts(families_of(rows, contents), chunk_size()):
        plan = import_families(part, importer=importer, judge=judge, contents=contents, at=max(at, timezone.now()))
        report.add(plan.outcomes)
        report.households += len(plan.households)
        if progress:
            progress(len(report.outcomes), contents.total)
    report.outcomes.sort(key=lambda line: line.number)
    return report


def chunk_size() -> int:
    """Families at once."""
    return CHUNK_HOUSEHOLDS[connection.vendor]


def in_parts(families: Iterator[Family], size: int) -> Iterator[list[Family]]:
    while part := list(islice(families, size)):
        yield part


def import_families(
    families: Sequence[Family], *, importer: Importer, judge: Judge, contents: Contents, at: datetime
) -> Plan:
    """Plan and write some families. Whoever another upload registered meanwhile is found on the second try."""
    for left in reversed(range(TRIES)):
        unknown = {column: Counter(words) for column, words in judge.unknown.items()}
        plan = plan_families(
            families, judge=judge, source=importer.source, twice=contents.twice, site=importer.site
        )
        try:
            with transaction.atomic():
                _write(plan, importer=importer, at=at)
            return plan
        except IntegrityError:
            if not left:
                raise
        except Refusal as refusal:
            if len(families) == 1:
                return _all_refused(plan, refusal)
            return _one_by_one(families, importer=importer, judge=judge, contents=contents, at=at)
        judge.unknown = unknown
    raise AssertionError("the last try returns or raises")


def _write(plan: Plan, *, importer: Importer, at: datetime) -> None:
    who, case = importer.operator, (IMPORT, importer.run) if importer.run else None
    if plan.households:
        enrol_households(
            operator=who, site=importer.site, households=plan.households, programme=importer.programme,
            action="person.import", at=at,
        )
    homes = Household.objects.select_related("site__agency", "programme").in_bulk({home for home, _ in plan.joining})
    for home, draft in plan.joining:
        add_member(operator=who, household=homes[home], member=draft, at=at)
    for person, changes in plan.changes:
        saw = {name: person.versions.get(name, "") for name in changes}
        correct_person(operator=who, person_id=person.id, changes=changes, saw=saw, at=at, case=case)


def _one_by_one(
    families: Sequence[Family], *, importer: Importer, judge: Judge, contents: Contents, at: datetime
) -> Plan:
    """One family of these is refused by the service: the others do not wait for it."""
    whole = Plan()
    for family in families:
        plan = import_families([family], importer=importer, judge=judge, contents=contents, at=at)
        whole.outcomes += plan.outcomes
        whole.households += plan.households
    return whole


def _all_refused(plan: Plan, refusal: Refusal) -> Plan:
    """What the service said no to, row by row."""
    lines = [
        line if line.outcome in (Outcome.REFUSED, Outcome.ALREADY)
        else replace(line, outcome=Outcome.REFUSED, code=refusal.code, person=None)
        for line in plan.outcomes
    ]
    return Plan(outcomes=lines)


__all__ = [
    "ImportReport", "Importer", "chunk_size", "foreseen", "import_families", "import_table", "in_parts",
    "plan_table",
]

"""What the duplicate check brought in a period, at the sites of a viewer: counts only, nobody's data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from gada.agencies.models import Operator, Site
from gada.agencies.queries import sites_of
from gada.agencies.services import authorize
from gada.journal.models import LogEntry
from gada.journal.reading import open_entries
from gada.matching.models import Case, HouseholdLink, Judgement, Verdict
from gada.matching.queries.joined import canonical_household_of, canonical_of
from gada.matching.reports.figures import (
    LONGEST_LOOK,
    SMALLEST_SHOWN,
    Answer,
    Figures,
    Look,
    SiteFigures,
    Table,
    Time,
    empty_table,
    figures_from_facts,
    kind_of,
    time_spent,
    without_small,
)
from gada.matching.reports.serial import reports_of, serial_of
from gada.people.models import Consent, Membership
from gada.people.words import Answer as Said
from gada.people.words import Purpose, Relationship

BATCH = 500
REFUSALS = frozenset({Said.NO, Said.WITHDRAWN, Said.OBJECTED})


def report_sites(viewer: Operator) -> QuerySet[Site]:
    """The sites a viewer may report on."""
    return sites_of(viewer, action="report.make").order_by("name", "id")


def figures_for(viewer: Operator, *, since: datetime, until: datetime) -> Figures:
    """The evidence report of [since, until) over the viewer's sites."""
    sites = list(report_sites(viewer))
    cases = _cases_of(sites)
    table, by_site = _counted(cases, since=since, until=until)
    judgements = _of(cases, Judgement.objects.filter(at__gte=since, at__lt=until))
    families, another_head = _families(judgements)
    decisions = judgements.filter(second_of=None)  # a second reading is the same decision, read again
    asked, refused = _prints(sites, since=since, until=until)
    return Figures(
        since=since, until=until, sites=tuple(site.name for site in sites), table=table,
        opened=cases.filter(opened_at__gte=since, opened_at__lt=until).count(),
        judged=decisions.count(), undone=decisions.exclude(undone_at=None).count(),
        time=_time(cases, since=since, until=until), prints_asked=asked, prints_refused=refused, families=families,
        another_head=another_head, by_site=_sites(sites, by_site),
    )


def seconds_per_case() -> Time:
    """How long this node's own adjudicators took, over all decisions so far."""
    cases = Case.objects.all()
    return _time(cases, since=None, until=None)


def _cases_of(sites: Sequence[Site]) -> QuerySet[Case]:
    return Case.objects.filter(Q(left__site__in=sites) | Q(right__site__in=sites), opened_at__isnull=False)


def _of(cases: QuerySet[Case], judgements: QuerySet[Judgement]) -> QuerySet[Judgement]:
    return judgements.filter(case__in=cases.values("id"))


def _counted(
    cases: QuerySet[Case], *, since: datetime, until: datetime
) -> tuple[Table, dict[UUID, dict[Answer, int]]]:
    """Cases decided in the period by evidence and answer, and those that wait; the same by site."""
    decided = Judgement.objects.filter(at__gte=since, at__lt=until, undone_at=None).values("id")
    wanted = cases.filter(Q(standing__in=decided) | Q(verdict="", opened_at__lt=until))
    table: Table = empty_table()
    by_site: dict[UUID, dict[Answer, int]] = {}
    rows = wanted.values_list("lines", "total", "verdict", "right__site_id").order_by()
    for lines, total, verdict, site in rows.iterator(chunk_size=2000):
        answer = Answer(verdict) if verdict else Answer.OPEN
        table[kind_of(lines, total=total)][answer] += 1
        by_site.setdefault(site, dict.fromkeys(Answer, 0))[answer] += 1
    return table, by_site


def _sites(sites: Sequence[Site], counted: dict[UUID, dict[Answer, int]]) -> tuple[SiteFigures, ...]:
    """By place, without counts so small that they point at somebody."""
    none = dict.fromkeys(Answer, 0)
    rows = [counted.get(site.id, none) for site in sites]
    same, different = ([row[answer] for row in rows] for answer in (Answer.SAME, Answer.DIFFERENT))
    waiting = [row[Answer.OPEN] + row[Answer.UNSURE] for row in rows]
    columns = (without_small(same), without_small(different), without_small(waiting))
    return tuple(SiteFigures(site.name, *counts) for site, *counts in zip(sites, *columns, strict=True))


def _time(cases: QuerySet[Case], *, since: datetime | None, until: datetime | None) -> Time:
    judged = LogEntry.objects.filter(action="case.judged", about_type="case", about_id__in=cases.values("id"))
    reads = LogEntry.objects.filter(action="person.read", purpose="adjudication")
    if since is not None and until is not None:
        judged = judged.filter(happened_at__gte=since, happened_at__lt=until)
        reads = reads.filter(happened_at__gte=since - LONGEST_LOOK, happened_at__lt=until)
    decisions = list(judged.values_list("by_id", "about_id", "happened_at"))
    return time_spent(_looks(reads) if decisions else (), decisions)


def _looks(reads: QuerySet[LogEntry]) -> Iterable[Look]:
    """Who opened which case when: the case stands in the header alone."""
    for by, at, header in reads.values_list("by_id", "happened_at", "header").iterator(chunk_size=2000):
        case = json.loads(bytes(header))["case"]
        if case and case[0] == "case":
            yield by, UUID(case[1]), at


def _prints(sites: Sequence[Site], *, since: datetime, until: datetime) -> tuple[int, int | None]:
    """People who were asked for their prints in the period, and how many of them last said no (None: a few)."""
    answers = Consent.objects.filter(
        person__site__in=sites, purpose=Purpose.PRINTS, answered_at__gte=since, answered_at__lt=until
    )
    asked = answers.values("person").distinct().count()
    # Nearly everybody says yes: only of those who once said no in this time is the last word read.
    once = answers.filter(answer__in=REFUSALS).values("person")
    newest = dict(answers.filter(person__in=once).order_by("lamport", "id").values_list("person_id", "answer"))
    refused = sum(answer in REFUSALS for answer in newest.values())
    return asked, None if 0 < refused < SMALLEST_SHOWN else refused


def _families(judgements: QuerySet[Judgement]) -> tuple[int, int]:
    """Pairs of households that decisions of the period made one family, and those led by two different people."""
    standing = judgements.filter(undone_at=None, verdict=Verdict.SAME).values("id")
    links = set(HouseholdLink.objects.filter(judgement__in=standing).values_list("left_id", "right_id"))
    family = canonical_household_of({id_ for pair in links for id_ in pair})
    joined = [(left, right) for left, right in links if family[left] == family[right]]
    heads = _heads({id_ for pair in joined for id_ in pair})
    person = canonical_of(heads.values())
    led = [(person.get(heads.get(left)), person.get(heads.get(right))) for left, right in joined]  # type: ignore[arg-type]
    return len(joined), sum(None not in pair and pair[0] != pair[1] for pair in led)


def _heads(households: set[UUID]) -> dict[UUID, UUID]:
    ids = sorted(households)
    found: dict[UUID, UUID] = {}
    for start in range(0, len(ids), BATCH):
        rows = Membership.objects.filter(
            household__in=ids[start : start + BATCH], relationship=Relationship.HEAD, until=None
        )
        found.update(rows.values_list("household_id", "person_id"))
    return found


@dataclass(frozen=True, slots=True)
class KeptReport:
    """A report that was exported here, as its entry keeps it."""

    serial: str
    by: str
    at: datetime
    position: int
    figures: Figures


def kept_report(viewer: Operator, serial: str) -> KeptReport | None:
    """The exported report with this number, of the viewer's own agency; None when there is none.

    Raises NotPermitted.
    """
    authorize(viewer, "report.make")
    ids = reports_of(serial)
    if ids is None:
        return None
    rows = LogEntry.objects.filter(action="report.made", about_type="report", agency=viewer.agency_id)
    row = rows.filter(about_id__gte=ids[0], about_id__lte=ids[1]).first()
    opened = next(open_entries([row]), None) if row else None
    if row is None or opened is None or opened.facts is None:
        return None
    asked = opened.facts["filter"]
    since, until = datetime.fromisoformat(asked["since"]), datetime.fromisoformat(asked["until"])
    return KeptReport(
        serial_of(row.about_id), Operator.objects.get(id=row.by_id).name, row.happened_at, opened.facts["position"],
        figures_from_facts(opened.facts["figures"], since=since, until=until),
    )

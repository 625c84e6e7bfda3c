"""How readers decide: how many, how fast, how often "the same", and how far those who read the same case agree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from uuid import UUID

from django.utils import timezone

from gada.agencies.models import Operator
from gada.agencies.queries import permissions_of
from gada.engine.agreement import Estimate, chance_of_fall, kappa, share
from gada.matching.models import Judgement, Verdict
from gada.matching.queries.cases import cases_for

LAST = 50  # double-read cases looked at for a fall of agreement
FEWEST_BEFORE = 50
ALARM = 0.01  # looked at often, so a chance of one in a hundred, not one in twenty
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Double:
    """One case read by two. `drawn`: read twice to measure, so that nobody chose it."""

    first: UUID
    second: UUID
    verdicts: tuple[str, str]
    at: datetime
    drawn: bool

    @property
    def agree(self) -> bool:
        return self.verdicts[0] == self.verdicts[1]


@dataclass(frozen=True, slots=True)
class Fall:
    """Agreement of the last fifty double-read cases, significantly below that of those before."""

    now: float
    before: float


@dataclass(frozen=True, slots=True)
class Reader:
    """One adjudicator's work, or (with no operator) everybody's."""

    operator: UUID | None
    decided: int
    in_bulk: int
    seconds: float | None  # median, from the page opened to the decision
    same: float | None
    doubles: int
    agreement: Estimate | None
    kappa: Estimate | None  # of drawn cases only: of the others the first verdict is always "the same"
    months: tuple[tuple[str, int, float | None], ...]  # "2026-03", decided, agreement
    fall: Fall | None


def readers_for(viewer: Operator, *, since: datetime) -> list[Reader]:
    """Everybody together, then each reader the viewer may see: a supervisor everybody, an adjudicator themselves.

    Decisions that were undone count: they were made. Two queries.
    """
    cases = cases_for(viewer).order_by().values("id")
    rows = list(
        Judgement.objects.filter(case__in=cases, at__gte=since).order_by("at", "id")
        .only("id", "by", "verdict", "at", "second_of", "sampled", "seconds", "batch")
    )
    firsts = {row.id: row for row in rows if row.second_of is None}
    doubles = list(_doubles(rows, firsts))
    whole = _reader(None, rows, doubles)
    by_reader: dict[UUID, list[Judgement]] = defaultdict(list)
    for row in rows:
        by_reader[row.by].append(row)
    everybody = "review.everybody" in permissions_of(viewer)
    return [whole, *(
        _reader(by, own, [double for double in doubles if by in (double.first, double.second)])
        for by, own in sorted(by_reader.items(), key=lambda item: -len(item[1])) if everybody or by == viewer.id
    )]


def fall_of(doubles: Sequence[Double]) -> Fall | None:
    """A fall of agreement in the newest cases, when it is too great to be chance."""
    now, before = doubles[-LAST:], doubles[:-LAST]
    if len(now) < LAST or len(before) < FEWEST_BEFORE:
        return None
    agreed, agreed_before = sum(x.agree for x in now), sum(x.agree for x in before)
    chance = chance_of_fall(agreed, len(now), before=agreed_before, of_before=len(before))
    return Fall(agreed / len(now), agreed_before / len(before)) if chance < ALARM else None


def _doubles(rows: Iterable[Judgement], firsts: dict[UUID, Judgement]) -> Iterable[Double]:
    """The first reading with its second; a third decides, and measures nothing."""
    seen: set[UUID] = set()
    for row in rows:
        first = firsts.get(row.second_of) if row.second_of else None
        if first is not None and first.id not in seen:
            seen.add(first.id)
            yield Double(first.by, row.by, (first.verdict, row.verdict), row.at, first.sampled)


def _reader(operator: UUID | None, rows: Sequence[Judgement], doubles: Sequence[Double]) -> Reader:
    single = [row for row in rows if row.batch is None]
    timed = [row.seconds for row in single if row.seconds is not None]
    agreed = sum(double.agree for double in doubles)
    return Reader(
        operator, len(single), len(rows) - len(single), median(timed) if timed else None,
        sum(row.verdict == Verdict.SAME for row in single) / len(single) if single else None,
        len(doubles), share(agreed, len(doubles)), kappa([double.verdicts for double in doubles if double.drawn]),
        _months(single, doubles), fall_of(doubles),
    )


def _months(rows: Sequence[Judgement], doubles: Sequence[Double]) -> tuple[tuple[str, int, float | None], ...]:
    decided = Counter(_month(row.at) for row in rows)
    read: dict[str, list[bool]] = defaultdict(list)
    for double in doubles:
        read[_month(double.at)].append(double.agree)
    months = sorted({*decided, *read})[-MONTHS:]
    return tuple((m, decided[m], sum(read[m]) / len(read[m]) if read[m] else None) for m in months)


def _month(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m}"

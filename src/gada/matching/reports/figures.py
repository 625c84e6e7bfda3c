"""Arithmetic of reports: by what evidence a case was found, intervals, small counts, time spent. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Any
from uuid import UUID

from gada.engine.agreement import share
from gada.engine.linkage import THRESHOLDS

SMALLEST_SHOWN = 5  # a smaller count of people of one place may point at one of them
LONGEST_LOOK = timedelta(minutes=15)  # longer than that nobody looked: the page stood open
OF_FINGERS = frozenset({"finger", "process-error"})


class Kind(StrEnum):
    """By what evidence two registrations were noticed."""

    FINGERS = "fingers"  # text alone stays below the bar
    BOTH = "both"  # either would have been enough to look, and they agree
    TEXT = "text"  # no usable fingers of both
    AGAINST = "against"  # text says the same person, the fingers do not


class Answer(StrEnum):
    """What became of a case."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"
    OPEN = "open"


def finger_sum(lines: Iterable[Mapping[str, Any]]) -> int | None:
    """What the fingers say together, in tenths of a decade; None when no finger was compared."""
    said = [(line["kind"], int(line["weight"])) for line in lines if line["kind"] in OF_FINGERS]
    return sum(weight for _kind, weight in said) if any(kind == "finger" for kind, _weight in said) else None


def kind_of(lines: Iterable[Mapping[str, Any]], *, total: int, bar: int = THRESHOLDS.adjudicate) -> Kind:
    """By what evidence a case with these lines was noticed: what is left of `total` without the fingers decides."""
    fingers = finger_sum(lines)
    if fingers is None:
        return Kind.TEXT
    if fingers <= 0:
        return Kind.AGAINST
    return Kind.FINGERS if total - fingers < bar else Kind.BOTH


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `of`, with the Wilson interval of the share at 95 %."""

    count: int
    of: int

    @property
    def value(self) -> float:
        return self.count / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.count, self.of)


def wilson(count: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927): right also for few cases and for shares near 0 or 1."""
    estimate = share(count, max(of, 0))
    return (estimate.low, estimate.high) if estimate else (0.0, 1.0)


def without_small(column: Sequence[int], *, least: int = SMALLEST_SHOWN) -> list[int | None]:
    """A column of counts whose sum is known, with None where a count is too small to be shown.

    When only one is hidden the next smallest goes too, or subtraction would give it back.
    """
    shown: list[int | None] = [None if 0 < count < least else count for count in column]
    if shown.count(None) == 1:
        left = [index for index, count in enumerate(shown) if count]
        if left:
            shown[min(left, key=lambda index: (column[index], index))] = None
    return shown


@dataclass(frozen=True, slots=True)
class Time:
    """Seconds from opening a case to deciding it: how many decisions were measured, their median and their sum."""

    measured: int = 0
    median_seconds: int = 0
    total_seconds: int = 0


Look = tuple[UUID, UUID, datetime]  # who, which case, when


def time_spent(reads: Iterable[Look], judgements: Iterable[Look]) -> Time:
    """Each decision against the last time the same operator opened the same case before it."""
    opened: dict[tuple[UUID, UUID], list[datetime]] = {}
    for who, case, at in sorted(reads, key=lambda look: look[2]):
        opened.setdefault((who, case), []).append(at)
    spent = []
    for who, case, at in judgements:
        before = [read for read in opened.get((who, case), ()) if read <= at]
        if before and at - before[-1] <= LONGEST_LOOK:
            spent.append((at - before[-1]).total_seconds())
    return Time(len(spent), round(median(spent)), round(sum(spent))) if spent else Time()


Table = dict[Kind, dict[Answer, int]]


def empty_table() -> Table:
    return {kind: dict.fromkeys(Answer, 0) for kind in Kind}


@dataclass(frozen=True, slots=True)
class SiteFigures:
    """What one site has of it (None: too few to be shown); a case counts where the newer registration was made."""

    name: str
    same: int | None
    different: int | None
    open: int | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything the evidence report says, as whole numbers."""

    since: datetime
    until: datetime
    sites: tuple[str, ...]
    table: Table
    opened: int  # cases that were opened in the period
    judged: int  # decisions taken in the period, and of these
    undone: int
    time: Time
    prints_asked: int
    prints_refused: int | None  # None: too few to be shown
    families: int  # joined by what was decided, and of these
    another_head: int
    by_site: tuple[SiteFigures, ...]

    def count(self, *, kind: Kind | None = None, answer: Answer | None = None) -> int:
        return sum(
            number for k, row in self.table.items() if kind in (None, k)
            for a, number in row.items() if answer in (None, a)
        )

    def decided(self, kind: Kind | None = None) -> int:
        """Cases with a clear answer."""
        return self.count(kind=kind, answer=Answer.SAME) + self.count(kind=kind, answer=Answer.DIFFERENT)

    def false_alarms(self, kind: Kind | None = None) -> Share:
        return Share(self.count(kind=kind, answer=Answer.DIFFERENT), self.decided(kind))

    def as_facts(self) -> dict[str, Any]:
        """As the journal keeps them: whole numbers, and nothing that the paper leaves out."""
        return {
            "cases": {str(kind): {str(a): n for a, n in row.items()} for kind, row in self.table.items()},
            "opened": self.opened, "judged": self.judged, "undone": self.undone,
            "time": [self.time.measured, self.time.median_seconds, self.time.total_seconds],
            "prints": [self.prints_asked, self.prints_refused], "families": [self.families, self.another_head],
            "sites": [[site.name, site.same, site.different, site.open] for site in self.by_site],
        }


def figures_from_facts(facts: Mapping[str, Any], *, since: datetime, until: datetime) -> Figures:
    """The figures of a report as its entry keeps them."""
    return Figures(
        since=since, until=until, sites=tuple(site[0] for site in facts["sites"]),
        table={Kind(k): {Answer(a): n for a, n in row.items()} for k, row in facts["cases"].items()},
        opened=facts["opened"], judged=facts["judged"], undone=facts["undone"], time=Time(*facts["time"]),
        prints_asked=facts["prints"][0], prints_refused=facts["prints"][1], families=facts["families"][0],
        another_head=facts["families"][1], by_site=tuple(SiteFigures(*site) for site in facts["sites"]),
    )

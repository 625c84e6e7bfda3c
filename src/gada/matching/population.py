"""Checking everybody at once, as arithmetic: what it costs, when something must be wrong, what it brought. No I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, floor
from statistics import fmean, variance
from typing import Any

from gada.engine.linkage import Features, fold_name
from gada.engine.linkage.features import plain_document, plain_phone

SAMPLE = 300
USUAL_SECONDS = 60  # per case, until this node has measured its own
FEWEST_MEASURED = 10
FEWEST_TO_JUDGE_BY = 100  # people looked at, or pairs found
ABSURD_SHARE = 30  # per cent of the people looked at who seem to be registered twice
MOST_PAIRS_OF_ONE = 25  # nobody is registered so often
DOMINATING_SHARE = 60  # per cent of the pairs that share one and the same value
BIN = 10  # tenths of a decade: one column of the histogram is a factor of ten


class Reason(StrEnum):
    """Why a run holds before it opens cases."""

    SHARE = "share"  # too many people seem to be registered twice
    ONE_PERSON = "one-person"  # somebody stands in too many pairs
    VALUE = "value"  # one value of one field is in most pairs
    ALIKE = "alike"  # the engine itself says that this cannot be: half of all share one key, or pairs without end


@dataclass(frozen=True, slots=True)
class Range:
    """An expected number with its 95 % interval."""

    low: int
    middle: int
    high: int

    def as_facts(self) -> list[int]:
        return [self.low, self.middle, self.high]


def expected_pairs(counts: Sequence[int], *, people: int) -> Range:
    """Pairs among `people` people when a random sample of them is in so many pairs each; every pair has two ends.

    The interval is Garwood's for a Poisson count (1936), widened where some people are in many pairs: the count is
    divided by its dispersion (variance over mean, at least 1) before, and multiplied after.
    """
    if not counts or people < 2:
        return Range(0, 0, 0)
    total, mean = sum(counts), fmean(counts)
    spread = max(1.0, variance(counts) / mean) if total and len(counts) > 1 else 1.0
    low, high = poisson_interval(total / spread)
    scale = people / len(counts) / 2
    return Range(floor(low * spread * scale), round(total * scale), ceil(high * spread * scale))


def poisson_interval(count: float) -> tuple[float, float]:
    """The 95 % interval of the mean of a Poisson variable that was seen to be `count` (Garwood 1936)."""
    from scipy.special import gammaincinv  # here: loading it would slow every command

    low = float(gammaincinv(count, 0.025)) if count > 0 else 0.0
    return low, float(gammaincinv(count + 1, 0.975))


@dataclass(frozen=True, slots=True)
class Estimate:
    """What checking everybody will bring, from a sample checked without opening anything."""

    people: int
    sample: int
    candidates: int
    cases: Range
    seconds_per_case: int
    measured: int  # cases from which the seconds come; 0: the usual ones
    machine_seconds: int

    @property
    def hours(self) -> tuple[float, float, float]:
        """Hours of adjudicators: low, middle, high."""
        low, middle, high = (cases * self.seconds_per_case / 3600 for cases in self.cases.as_facts())
        return low, middle, high

    def as_facts(self) -> dict[str, Any]:
        return {
            "people": self.people, "sample": self.sample, "candidates": self.candidates,
            "cases": self.cases.as_facts(), "seconds_per_case": self.seconds_per_case, "measured": self.measured,
            "machine_seconds": self.machine_seconds,
        }


def estimate_from_facts(facts: dict[str, Any]) -> Estimate:
    return Estimate(**{**{k: v for k, v in facts.items() if k != "cases"}, "cases": Range(*facts["cases"])})


def estimate_of(
    counts: Sequence[int], candidates: Sequence[int], *, people: int, seconds: float, median_seconds: int, measured: int
) -> Estimate:
    """From the sample: pairs to look at and candidates of each person, and how long the sample took."""
    own = measured >= FEWEST_MEASURED
    share = people / len(counts) if counts else 0.0
    return Estimate(
        people=people, sample=len(counts), candidates=round(sum(candidates) * share / 2),
        cases=expected_pairs(counts, people=people), seconds_per_case=median_seconds if own else USUAL_SECONDS,
        measured=measured if own else 0, machine_seconds=round(seconds * share),
    )


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a run holds: the reason, what dominated (a field; never whose), and the figures that say so."""

    reason: Reason
    count: int
    of: int
    field: str = ""
    value: str = ""  # kept with the run while it lasts, never in the journal

    @property
    def key(self) -> str:
        """What somebody accepts who lets the run go on: the same is not asked twice."""
        return f"{self.reason}:{self.field}" if self.field else str(self.reason)

    def as_facts(self) -> dict[str, Any]:
        return {"reason": str(self.reason), "count": self.count, "of": self.of, "field": self.field}


def too_many_people(*, looked_at: int, noticed: int) -> Hold | None:
    """More people than can be are noticed among those looked at."""
    if looked_at >= FEWEST_TO_JUDGE_BY and noticed * 100 > looked_at * ABSURD_SHARE:
        return Hold(Reason.SHARE, noticed, looked_at)
    return None


def too_many_of_one(*, most: int, pairs: int) -> Hold | None:
    """Somebody is in more pairs than anybody is registered."""
    return Hold(Reason.ONE_PERSON, most, pairs) if most > MOST_PAIRS_OF_ONE else None


def too_much_alike(code: str, *, count: int, people: int) -> Hold | None:
    """What the batch linkage says of the whole population, before any pair is weighed; an empty code is nothing."""
    return Hold(Reason.ALIKE, count, people) if code else None


# What two people may share by mistake of a file: a name typed for everybody, a date nobody asked for, one telephone.
FIELDS: dict[str, Callable[[Features], Iterable[str]]] = {
    "given": lambda f: [fold_name(f.given)], "surname": lambda f: [fold_name(f.surname)],
    "birth": lambda f: [f"{f.birth.first}/{f.birth.last}"] if f.birth else [],
    "phone": lambda f: [plain_phone(f.phone)], "document": lambda f: [plain_document(each) for each in f.documents],
}


def shared_values(left: Features, right: Features) -> list[tuple[str, str]]:
    """(field, value) of everything that both have."""
    return [
        (field, value) for field, values in FIELDS.items()
        for value in sorted(set(values(left)) & set(values(right))) if value
    ]


def dominating_value(pairs: Iterable[tuple[Features, Features]], *, accepted: Iterable[str] = ()) -> Hold | None:
    """The field of which one and the same value is in most of the pairs, when there are enough to say so."""
    counted: Counter[tuple[str, str]] = Counter()
    total = 0
    for left, right in pairs:
        total += 1
        counted.update(shared_values(left, right))
    if total < FEWEST_TO_JUDGE_BY:
        return None
    known = set(accepted)
    for (field, value), count in sorted(counted.items(), key=lambda item: (-item[1], item[0])):
        hold = Hold(Reason.VALUE, count, total, field, value)
        if count * 100 > total * DOMINATING_SHARE and hold.key not in known:
            return hold
    return None


def histogram(totals: Iterable[tuple[int, int]]) -> list[list[int]]:
    """[[from, count], …] by decades of odds, without gaps, of (total, how many) in tenths."""
    counted: Counter[int] = Counter()
    for total, count in totals:
        counted[total // BIN * BIN] += count
    if not counted:
        return []
    return [[start, counted[start]] for start in range(min(counted), max(counted) + BIN, BIN)]

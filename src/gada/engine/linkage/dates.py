"""How far apart two birth dates are, each taken for no more than what it is."""

from __future__ import annotations

from enum import StrEnum

from gada.engine.linkage.features import BirthDate


class DateLevel(StrEnum):
    """Agreement of two birth dates, best first."""

    SAME_DAY = "same-day"
    PART = "part"
    SAME_YEAR = "same-year"
    WITHIN_2 = "within-2-years"
    WITHIN_5 = "within-5-years"
    WITHIN_10 = "within-10-years"
    CONFLICT = "conflict"


def years_apart(a: BirthDate, b: BirthDate) -> int:
    """Whole years between the middles of the two intervals."""
    return abs(a.middle_year - b.middle_year)


def both_precise(a: BirthDate, b: BirthDate) -> bool:
    return a.is_precise and b.is_precise


def relate_dates(a: BirthDate, b: BirthDate) -> DateLevel:
    """The level of agreement; PART is a slip of a precise date: day and month swapped, or two of three."""
    if both_precise(a, b):
        if a.first == b.first:
            return DateLevel.SAME_DAY
        if _slipped(a, b):
            return DateLevel.PART
    apart = years_apart(a, b)
    for limit, level in (
        (0, DateLevel.SAME_YEAR),
        (2, DateLevel.WITHIN_2),
        (5, DateLevel.WITHIN_5),
        (10, DateLevel.WITHIN_10),
    ):
        if apart <= limit:
            return level
    return DateLevel.CONFLICT


def _slipped(a: BirthDate, b: BirthDate) -> bool:
    x, y = a.first, b.first
    if x.year == y.year and (x.month, x.day) == (y.day, y.month):
        return True
    alike = (x.year == y.year) + (x.month == y.month) + (x.day == y.day)
    return alike == 2 and abs(x.year - y.year) <= 10

"""What two registrations are compared by: names, an honest birth date, place, phone, documents, household."""

from __future__ import annotations

import calendar
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final


class Precision(StrEnum):
    """How finely the birth date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    AGE = "age"


class Source(StrEnum):
    """Who says so."""

    DOCUMENT = "document"
    DECLARED = "declared"
    ESTIMATED = "estimated"


@dataclass(frozen=True, slots=True)
class BirthDate:
    """An interval [first, last] in which the person was born, how finely it is known and by whom.

    A bare 1 January is how clerks write "some time that year" (over half of the dates in West African
    registries), so it never counts as a day, whatever the source.
    """

    first: date
    last: date
    precision: Precision
    source: Source = Source.DECLARED

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError("a birth date's interval ends before it begins")
        if self.precision is Precision.DAY and (self.first != self.last or _is_new_year(self.first)):
            raise ValueError("a day is one day and never a bare 1 January; use BirthDate.on")

    @classmethod
    def on(cls, day: date, *, source: Source = Source.DECLARED) -> BirthDate:
        """That day; 1 January becomes that year."""
        if _is_new_year(day) or source is Source.ESTIMATED:
            return cls.in_year(day.year, source=source)
        return cls(day, day, Precision.DAY, source)

    @classmethod
    def in_month(cls, year: int, month: int, *, source: Source = Source.DECLARED) -> BirthDate:
        last = calendar.monthrange(year, month)[1]
        return cls(date(year, month, 1), date(year, month, last), Precision.MONTH, source)

    @classmethod
    def in_year(cls, year: int, *, source: Source = Source.DECLARED) -> BirthDate:
        return cls(date(year, 1, 1), date(year, 12, 31), Precision.YEAR, source)

    @classmethod
    def about(cls, year: int, *, within_years: int) -> BirthDate:
        """An estimated age: born about `year`, give or take."""
        first, last = date(year - within_years, 1, 1), date(year + within_years, 12, 31)
        return cls(first, last, Precision.AGE, Source.ESTIMATED)

    @property
    def middle_year(self) -> int:
        return (self.first.year + self.last.year) // 2

    @property
    def is_precise(self) -> bool:
        return self.precision is Precision.DAY


def _is_new_year(day: date) -> bool:
    return day.month == 1 and day.day == 1


PLACE_CODE: Final = re.compile(r"[a-z]{2,3}\d{4,}")
NAME_FIELDS: Final = ("given", "surname", "father", "mother")


@dataclass(frozen=True, slots=True)
class Relative:
    """Another member of the household, as far as comparing needs it."""

    given: str = ""
    surname: str = ""
    sex: str = ""
    birth: BirthDate | None = None
    is_head: bool = False


@dataclass(frozen=True, slots=True)
class Features:
    """One registration of one person. Empty means not known, never "different".

    `father` and `mother` are names as written; `documents` are "TYPE:NUMBER" or bare numbers; `household`
    holds the OTHER members. Whoever builds this for a token set leaves out members who refused sharing.
    """

    given: str = ""
    surname: str = ""
    father: str = ""
    mother: str = ""
    sex: str = ""
    birth: BirthDate | None = None
    place: str = ""
    origin: str = ""
    phone: str = ""
    documents: tuple[str, ...] = ()
    household: tuple[Relative, ...] = ()
    is_head: bool = False


def plain_place(place: str) -> str:
    """A place by its letters and digits: p-codes stay as they are, names lose accents and spaces."""
    text = unicodedata.normalize("NFKD", place.casefold())
    return "".join(c for c in text if c.isalnum())


def parent_of(place: str) -> str:
    """What a place code lies in, one step up its hierarchy; empty for a name."""
    return place[:-2] if PLACE_CODE.fullmatch(place) else ""


def plain_phone(phone: str) -> str:
    """The last eight digits: national numbers of the region, with or without the country's code; not eight zeros."""
    digits = "".join(str(unicodedata.decimal(c)) for c in phone if c.isdecimal())[-8:]
    return digits if len(digits) == 8 and digits.strip("0") else ""


def plain_document(document: str) -> str:
    """A number by its letters and digits, without the type before the colon."""
    return "".join(c for c in document.rpartition(":")[2].upper() if c.isalnum())


def type_of(document: str) -> str:
    """The type before the colon, empty for a bare number."""
    return document.rpartition(":")[0].upper()

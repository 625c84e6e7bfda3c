"""A birth as people say it, in one line of text: a date, a year, an age, “about”, or an event of a calendar."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from gada.engine.refusal import Invalid
from gada.people.calendars import Event, events_like, folded
from gada.people.rules import AROUND_YEARS, Birth, birth_of
from gada.people.words import BirthPrecision, BirthSource

OLDEST = 120
LONGEST_SAID = 80
MOST_NAMED = 4
YEAR = timedelta(days=365)
MONTH = timedelta(days=30.44)
MONTH_NAMES = (
    ("janvier", "january"), ("fevrier", "february"), ("mars", "march"), ("avril", "april"), ("mai", "may"),
    ("juin", "june"), ("juillet", "july"), ("aout", "august"), ("septembre", "september"), ("octobre", "october"),
    ("novembre", "november"), ("decembre", "december"),
)
ABOUT = re.compile(r"^(?:vers|environ|autour de|about|around|circa|ca?\.|approx\.?|[~≈])\s*")
SPOKEN = re.compile(r"^(?:nee?|born|age de|agee de|aged)\s+|^(?:le|en|in|on|l'an|l'annee|annee)\s+(?=\d|\w+ \d{4}$)")


@dataclass(frozen=True, slots=True)
class SaidBirth:
    """What was understood: the interval, how it is known (BirthSource, empty: nothing said), and the event named."""

    birth: Birth
    source: str
    event: str = ""


NOTHING = SaidBirth(Birth(None, None, BirthPrecision.UNKNOWN), "")


def birth_from(text: str, *, today: date, events: Sequence[Event] = ()) -> SaidBirth:
    """Read what was said.

    Raises Invalid `birth-not-understood`, `birth-date-impossible`, `birth-in-future`, `birth-too-long-ago`,
    `birth-year-short`, `birth-events-several`.
    """
    plain = folded(text)
    if len(plain) > LONGEST_SAID:
        raise _not_understood()
    while spoken := SPOKEN.match(plain):
        plain = plain[spoken.end() :]
    about = ABOUT.match(plain) is not None or plain.endswith("?")
    plain = ABOUT.sub("", plain).rstrip("? ")
    plain = SPOKEN.sub("", plain)
    if not plain:
        return NOTHING
    for pattern, read in READERS:
        if found := pattern.fullmatch(plain):
            return _checked(read(found, about, today), today)
    return _checked(_by_event(plain, events), today)


def born_at_age(age: int, *, today: date, about: bool = False) -> Birth:
    """The years somebody of this age may be born in. A child’s age is known better than a grandfather’s."""
    if age > OLDEST:
        raise _too_old(age)
    half = 1 if age < 5 else 2 if age < 15 else AROUND_YEARS
    half = min(half + about, AROUND_YEARS)
    year = today.year - age
    return _around(date(year - half, 1, 1), date(year + half, 12, 31), today)


def words_of_birth(birth: Birth, *, today: date) -> str:
    """What was understood, said back: “Born between 1982 and 1988, estimated · about 41 years”."""
    first, last = birth.earliest, birth.latest
    if first is None or last is None:
        return gettext("Birth not known")
    if birth.precision == BirthPrecision.DAY:
        said = gettext("Born on %(day)s") % {"day": date_format(first, "j F Y")}
    elif birth.precision == BirthPrecision.MONTH:
        said = gettext("Born in %(month)s") % {"month": date_format(first, "F Y")}
    elif birth.precision == BirthPrecision.YEAR:
        said = gettext("Born in %(year)s") % {"year": first.year}
    else:
        close = last - first < YEAR
        first_words, last_words = (date_format(end, "F Y") if close else str(end.year) for end in (first, last))
        words = {"first": first_words, "last": last_words}
        said = gettext("Born between %(first)s and %(last)s, estimated") % words
    return f"{said} · {_age_words(birth, first + (last - first) / 2, today)}"


def text_of_birth(birth: Birth) -> str:
    """A birth as it may be typed again: 14/3/1985, 3/1985, 1985, 1982-1988; nothing where nothing is known."""
    first, last = birth.earliest, birth.latest
    if first is None or last is None:
        return ""
    return {
        BirthPrecision.DAY: f"{first.day}/{first.month}/{first.year}",
        BirthPrecision.MONTH: f"{first.month}/{first.year}",
        BirthPrecision.YEAR: str(first.year),
    }.get(birth.precision, f"{first.year}-{last.year}")


def _age_words(birth: Birth, middle: date, today: date) -> str:
    months = max(0, (today.year - middle.year) * 12 + today.month - middle.month - (today.day < middle.day))
    if birth.precision == BirthPrecision.AROUND:
        months = round((today - middle) / MONTH)
    if months < 24 and birth.precision != BirthPrecision.YEAR:
        return ngettext("%(count)s month old", "%(count)s months old", months) % {"count": months}
    years = months // 12
    if birth.precision == BirthPrecision.DAY:
        return ngettext("%(count)s year old", "%(count)s years old", years) % {"count": years}
    return ngettext("about %(count)s year old", "about %(count)s years old", years) % {"count": years}


def _checked(said: SaidBirth, today: date) -> SaidBirth:
    first, last = said.birth.earliest, said.birth.latest
    if first is not None and first > today:
        raise Invalid("birth-in-future", _("This date is still to come. Check the year."))
    if last is not None and today.year - last.year > OLDEST:
        raise _too_old(today.year - last.year)
    return said


def _day_month_year(day: int, month: int, year: str, about: bool, today: date) -> SaidBirth:
    if len(year) < 4:
        raise Invalid("birth-year-short", _("Write the year with four digits, as in 14/3/1985."))
    if about:
        return _about_year(int(year), today)
    if not 1 <= month <= 12 or not 1 <= day <= 31 or not 1 <= int(year) <= 9998:
        raise Invalid("birth-date-impossible", _("This date does not exist. Check day and month."))
    return SaidBirth(birth_of(year=int(year), month=month, day=day), str(BirthSource.DECLARED))


def _month_year(month: int, year: int, about: bool, today: date) -> SaidBirth:
    if not 1 <= month <= 12 or not 1 <= year <= 9998:
        raise Invalid("birth-date-impossible", _("This date does not exist. Check day and month."))
    if about:
        return _about_year(year, today)
    return SaidBirth(birth_of(year=year, month=month), str(BirthSource.DECLARED))


def _year(year: int, about: bool, today: date) -> SaidBirth:
    _plausible(year, today)
    if about:
        return _about_year(year, today)
    return SaidBirth(birth_of(year=year), str(BirthSource.DECLARED))


def _about_year(year: int, today: date) -> SaidBirth:
    _plausible(year, today)
    return _estimated(_around(date(year - AROUND_YEARS, 1, 1), date(year + AROUND_YEARS, 12, 31), today))


def _between(first: int, last: int, today: date) -> SaidBirth:
    _plausible(last, today)
    if not 1 <= first <= last:
        raise Invalid("birth-interval", _("A birth date needs both its ends, the earlier one first."))
    return _estimated(_around(date(first, 1, 1), date(last, 12, 31), today))


def _plausible(year: int, today: date) -> None:
    if year > today.year:
        raise Invalid("birth-in-future", _("This date is still to come. Check the year."))
    if today.year - year > OLDEST:
        raise _too_old(today.year - year)


def _young(found: re.Match[str], today: date) -> SaidBirth:
    count, unit = int(found[1]), found[2][0]
    days, give = {"j": (1, 1), "d": (1, 1), "s": (7, 7), "w": (7, 7), "m": (30.44, 31)}[unit]
    if count * days > 10 * 365:
        raise _not_understood()
    middle = today - timedelta(days=round(count * days))
    return _estimated(_around(middle - timedelta(days=give), middle + timedelta(days=give), today))


def _by_event(plain: str, events: Sequence[Event]) -> SaidBirth:
    shift, named = 0, plain
    if far := re.fullmatch(r"(\d{1,2})\s*(?:ans?|annees?|years?)\s+(apres|avant|after|before)\s+(.+)", plain):
        shift, named = int(far[1]) * (1 if far[2] in ("apres", "after") else -1), far[3]
    found = events_like(named, events)
    if not found:
        raise _not_understood()
    if len(found) > 1:
        names = ", ".join(event.name(get_language() or "fr") for event in found[:MOST_NAMED])
        raise Invalid(
            "birth-events-several", _("Several events are called so: %(names)s. Write a little more."), names=names
        )
    first, last = found[0].first.year + shift, found[0].last.year + shift
    if shift:
        first, last = first - 1, last + 1
    precision = BirthPrecision.YEAR if first == last else BirthPrecision.AROUND
    return SaidBirth(
        Birth(date(first, 1, 1), date(last, 12, 31), precision), str(BirthSource.ESTIMATED), found[0].code
    )


def _around(first: date, last: date, today: date) -> Birth:
    return Birth(first, min(last, max(today, first)), BirthPrecision.AROUND)


def _estimated(birth: Birth) -> SaidBirth:
    return SaidBirth(birth, str(BirthSource.ESTIMATED))


def _not_understood() -> Invalid:
    return Invalid("birth-not-understood", _(
        "This was not understood. Write a date (14/3/1985), a month and a year, a year, an age (40), "
        "“about 1985”, or an event of the calendar."
    ))


def _too_old(age: int) -> Invalid:
    return Invalid(
        "birth-too-long-ago", _("That would be %(age)s years ago. Check it; the oldest age is %(most)s."), age=age,
        most=OLDEST,
    )


def _read_iso(found: re.Match[str], about: bool, today: date) -> SaidBirth:
    return _day_month_year(int(found[3]), int(found[2]), found[1], about, today)


def _read_numbers(found: re.Match[str], about: bool, today: date) -> SaidBirth:
    return _day_month_year(int(found[1]), int(found[2]), found[3], about, today)


def _read_named_month(found: re.Match[str], about: bool, today: date) -> SaidBirth:
    return _day_month_year(int(found[1]), MONTHS[found[2]], found[3], about, today)


def _read_age(found: re.Match[str], about: bool, today: date) -> SaidBirth:
    return _estimated(born_at_age(int(found[1]), today=today, about=about))


def _read_near(found: re.Match[str], about: bool, today: date) -> SaidBirth:
    day = today - timedelta(days=found[0] in ("hier", "yesterday"))
    return SaidBirth(Birth(day, day, BirthPrecision.DAY), str(BirthSource.DECLARED))


def _months() -> dict[str, int]:
    """Names of months and the beginnings of names that mean one month only."""
    named: dict[str, set[int]] = {}
    for rank, names in enumerate(MONTH_NAMES, 1):
        for name in names:
            for length in range(3, len(name) + 1):
                named.setdefault(name[:length], set()).add(rank)
    return {name: ranks.pop() for name, ranks in named.items() if len(ranks) == 1}


MONTHS = _months()
NAMED_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
PART = r"\s*[/.\-\s]\s*"
READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], bool, date], SaidBirth]], ...] = (
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"), _read_iso),
    (re.compile(rf"(\d{{1,2}}){PART}(\d{{1,2}}){PART}(\d{{2,4}})"), _read_numbers),
    (re.compile(rf"(\d{{1,2}})(?:er|st|nd|rd|th)?\s*({NAMED_MONTH})\.?,?\s*(\d{{2,4}})"), _read_named_month),
    (re.compile(r"(\d{1,2})\s*[/.\-]\s*(\d{4})"), lambda m, about, today: _month_year(
        int(m[1]), int(m[2]), about, today)),
    (re.compile(rf"({NAMED_MONTH})\.?\s*(\d{{4}})"), lambda m, about, today: _month_year(
        MONTHS[m[1]], int(m[2]), about, today)),
    (re.compile(r"(\d{4})"), lambda m, about, today: _year(int(m[1]), about, today)),
    (re.compile(r"(?:entre |between |de |from )?(\d{4})\s*(?:-|–|et|and|a|to|ou|or)\s*(\d{4})"),
     lambda m, about, today: _between(int(m[1]), int(m[2]), today)),
    (re.compile(r"(\d{1,3})\s*(?:ans?|years?|yrs?|y|a)?(?: old)?"), _read_age),
    (re.compile(r"(\d{1,3})\s*(mois|months?|semaines?|sem|weeks?|jours?|days?)(?: old)?"),
     lambda m, about, today: _young(m, today)),
    (re.compile("aujourd'hui|today|hier|yesterday"), _read_near),
)

"""Numbers, dates and spans of time as a person reads them, in the language of the page.

Numbers group by three with narrow no-break spaces (U+202F) in every language: a comma or a point
would mean different things to two readers of the same report.
"""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext, pgettext

THIN_SPACE = "\u202f"
HARD_SPACE = "\u00a0"
MINUS = "\u2212"

#: Odds of ten, not bits, are what the pages show: 1 point = ten times more likely.
DECADES_PER_MILLIBIT = Decimal("0.30103") / 1000

ABOUT = ("around", "age")
BIRTH_OF_A_PERSON = ("birth_from", "birth_to", "birth_precision", "birth_source")
BIRTH_DATE = ("first", "last", "precision", "source")


def speaks_french() -> bool:
    return (get_language() or "fr").startswith("fr")


def number(value: Any, decimals: int | None = None, *, sign: bool = False) -> str:
    """1462 -> `1 462`; with decimals rounds half up; what is not a number comes back unchanged."""
    try:
        exact = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        return "" if value is None else str(value)
    if decimals is not None:
        exact = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    elif exact == exact.to_integral_value():
        exact = exact.to_integral_value()
    text = f"{abs(exact):,f}".replace(",", THIN_SPACE)
    text = text.replace(".", ",") if speaks_french() else text
    if exact < 0:
        return MINUS + text
    return "+" + text if sign and exact > 0 else text


def percent(share: Any, decimals: int = 0) -> str:
    """A share between 0 and 1 -> `4,1 %` (French puts a thin space before the sign)."""
    text = number(Decimal(str(share)) * 100, decimals)
    return f"{text}{THIN_SPACE}%" if speaks_french() else f"{text}%"


def tenths(weight: Any) -> str:
    """Evidence in tenths of a power of ten, as decisions add it up: 58 -> `+5,8`."""
    return number(Decimal(str(weight)) / 10, 1, sign=True)


def tenths_in(millibits: Any) -> int:
    """Evidence in thousandths of a bit, as names are weighed, in tenths of a power of ten."""
    return int((Decimal(str(millibits)) * DECADES_PER_MILLIBIT * 10).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def file_size(size_bytes: Any) -> str:
    size, units = Decimal(int(size_bytes)), ("o", "Ko", "Mo", "Go") if speaks_french() else ("B", "kB", "MB", "GB")
    step = 0
    while size >= 1000 and step < len(units) - 1:
        size, step = size / 1000, step + 1
    return f"{number(size, 1 if step and size < 10 else 0)}{THIN_SPACE}{units[step]}"


def long_date(value: Any) -> str:
    """14 mars 2026; the first of a month is `1er` in French. Datetimes are shown in local time."""
    day = _day(value)
    if day is None:
        return ""
    return f"{_day_number(day)} {date_format(day, 'F Y')}"


def weekday_date(value: Any) -> str:
    """Samedi 14 mars: the heading of a day's page."""
    day = _day(value)
    if day is None:
        return ""
    text = f"{date_format(day, 'l')} {_day_number(day)} {date_format(day, 'F')}"
    return text[:1].upper() + text[1:]


def partial_date(value: Any, precision: str = "", *, estimated: bool = False) -> str:
    """A date as well as it is known: `2 mai 1994`, `mars 1985`, `1985`, `vers 1985`.

    `value` is a date, or text or a number holding as much as is known (`1985`, `1985-03`,
    `1985-03-14`), a person (`birth_from` …) or the engine's `BirthDate`, which both say their own
    precision: day, month, year, around (age), unknown. `estimated` makes a year `about`.
    """
    for first, last, fineness, source in (BIRTH_OF_A_PERSON, BIRTH_DATE):
        if hasattr(value, first):
            precision = precision or str(getattr(value, fineness))
            estimated = estimated or str(getattr(value, source)) == "estimated"
            earliest, latest = _day(getattr(value, first)), _day(getattr(value, last))
            value = earliest + (latest - earliest) / 2 if earliest and latest and precision in ABOUT else earliest
            break
    year, month, day = _parts(value)
    if not year or precision == "unknown":
        return gettext("date not known") if precision == "unknown" else ""
    if precision in ABOUT or (estimated and (precision == "year" or not month)):
        return gettext("about %(year)s") % {"year": year}
    if precision == "year" or not month:
        return str(year)
    whole = day and precision != "month"
    text = long_date(dt.date(year, month, day)) if whole else date_format(dt.date(year, month, 1), "F Y")
    return gettext("%(date)s (estimated)") % {"date": text} if estimated else text


def clock(value: Any) -> str:
    """10 h 42 in French, 10:42 in English; local time."""
    if not value:
        return ""
    local = timezone.localtime(value) if isinstance(value, dt.datetime) and timezone.is_aware(value) else value
    between = f"{HARD_SPACE}h{HARD_SPACE}" if speaks_french() else ":"
    return f"{local.hour}{between}{local.minute:02d}"


def moment(value: Any, now: dt.datetime | None = None) -> str:
    """When something happened, as one would say it today: `aujourd’hui, 11 h 42`."""
    if not value:
        return ""
    facts = {"time": clock(value), "date": long_date(value)}
    days = (_day(now or timezone.now()) - _day(value)).days  # type: ignore[operator]
    if days == 0:
        return gettext("today, %(time)s") % facts
    if days == 1:
        return gettext("yesterday at %(time)s") % facts
    return gettext("%(date)s, %(time)s") % facts


def ago(value: Any, now: dt.datetime | None = None) -> str:
    """`il y a 3 min`; past a day it becomes `moment`, since `37 h ago` helps nobody."""
    if not value:
        return ""
    seconds = int(((now or timezone.now()) - value).total_seconds())
    if seconds < 0 or seconds >= 86_400:
        return moment(value, now)
    if seconds < 60:
        return gettext("just now")
    return gettext("%(duration)s ago") % {"duration": duration(seconds)}


def duration(seconds: Any) -> str:
    """40 s · 12 min · 3 h 10 · 4 days: two units at most."""
    total = max(0, round(float(seconds)))
    if total < 60:
        return f"{total}{THIN_SPACE}s"
    minutes = total // 60
    if minutes < 60:
        return f"{minutes}{THIN_SPACE}min"
    if minutes < 2880:
        hours, rest = divmod(minutes, 60)
        tail = f"{THIN_SPACE}{rest:02d}" if speaks_french() else f" {rest}{THIN_SPACE}min"
        return f"{hours}{THIN_SPACE}h{tail if rest else ''}"
    days = minutes // 1440
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": number(days)}


def key_name(key: str) -> str:
    """What is printed on the key: `Enter` -> `Entrée`, `i` -> `I`."""
    named = {
        "enter": pgettext("keyboard key", "Enter"),
        "escape": pgettext("keyboard key", "Esc"),
        " ": pgettext("keyboard key", "Space"),
        "arrowleft": "←", "arrowright": "→", "arrowup": "↑", "arrowdown": "↓",
    }
    return named.get(key.lower(), key.upper() if len(key) == 1 else key)


def _day_number(day: dt.date) -> str:
    return "1er" if day.day == 1 and speaks_french() else str(day.day)


def _day(value: Any) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return (timezone.localtime(value) if timezone.is_aware(value) else value).date()
    if isinstance(value, str) and value:
        return dt.date.fromisoformat(value[:10])
    return value or None


def _parts(value: Any) -> tuple[int | None, int | None, int | None]:
    if value is None or value == "":
        return None, None, None
    if isinstance(value, int | str):
        known = [int(part) for part in str(value)[:10].split("-")] + [0, 0]
        return known[0] or None, known[1] or None, known[2] or None
    return value.year, getattr(value, "month", None), getattr(value, "day", None)

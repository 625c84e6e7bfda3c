"""Events by which people say when they were born, per country: data under config/<country>/events.csv.

Columns: `code`, `from` and `to` (ISO dates), `fr`, `en`, `also` (other names, parted by |), `source` of the dates.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

CONFIG = Path(__file__).resolve().parent.parent / "config"
SAYS_NOTHING = frozenset(
    "l la le les un une de du des d annee annees an a au aux en ne nee pendant quand temps moment epoque "
    "the of in year born at when time during".split()
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something everybody remembers, and when it was."""

    code: str
    first: date
    last: date
    fr: str
    en: str
    also: tuple[str, ...]
    source: str

    def name(self, language: str) -> str:
        """As the pages of this language call it."""
        return self.en if language.startswith("en") else self.fr


@lru_cache
def events_of(country: str) -> tuple[Event, ...]:
    """The calendar of a country (ISO 3166-1 alpha-3), in order of time; empty where there is none."""
    if not re.fullmatch("[A-Za-z]{3}", country):
        return ()
    path = CONFIG / country.upper() / "events.csv"
    if not path.exists():
        return ()
    with path.open(encoding="utf-8", newline="") as file:
        events = [_event(row) for row in csv.DictReader(file)]
    return tuple(sorted(events, key=lambda event: event.first))


def events_like(text: str, events: Iterable[Event]) -> list[Event]:
    """Events every word of `text` may mean; one that is named in full goes before those named in part."""
    wanted = words(text)
    if not wanted:
        return []
    partly = [event for event in events if any(_is_in(wanted, named) for named in _names(event))]
    wholly = [event for event in partly if wanted in _names(event)]
    return wholly if len(wholly) == 1 else partly


def folded(text: str) -> str:
    """Without accents and capitals, with single spaces and plain apostrophes."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'")).lower()
    return " ".join("".join(each for each in plain if not unicodedata.combining(each)).split())


def words(text: str) -> frozenset[str]:
    """The words of a text that say something."""
    return frozenset(re.findall(r"\w+", folded(text))) - SAYS_NOTHING


def _is_in(wanted: frozenset[str], named: frozenset[str]) -> bool:
    return all(any(word.startswith(part) for word in named) for part in wanted)


@lru_cache(maxsize=1000)
def _names(event: Event) -> tuple[frozenset[str], ...]:
    years = {str(year) for year in range(event.first.year, event.last.year + 1)}
    return tuple(words(name) for name in (event.fr, event.en, *event.also)) + tuple(
        words(name) | years for name in (event.fr, event.en, *event.also)
    )


def _event(row: dict[str, str]) -> Event:
    return Event(
        row["code"], date.fromisoformat(row["from"]), date.fromisoformat(row["to"]), row["fr"], row["en"],
        tuple(filter(None, row["also"].split("|"))), row["source"],
    )

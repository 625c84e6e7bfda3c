"""Places by their p-codes, from a gazetteer in the layout of the Common Operational Datasets (setting GADA_PLACES).

Columns `Location` (ISO 3166-1 alpha-3), `Admin Level`, `P-Code`, `Name`, `Parent P-Code`. A place is typed and shown as
`Tillia · NE005009`; what is stored is the name, and the code beside it.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from gada.people.calendars import folded

MOST_FOUND = 8
WITH_CODE = re.compile(r"(.+) · ([A-Z]{2,3}[0-9A-Z]{1,17})")


@dataclass(frozen=True, slots=True)
class Place:
    """An administrative unit; `inside` is the name of the one it lies in."""

    code: str
    name: str
    inside: str
    country: str

    @property
    def written(self) -> str:
        return f"{self.name} · {self.code}"


def places_like(text: str, *, country: str, most: int = MOST_FOUND) -> list[Place]:
    """Places of the country whose code or one of whose words begins so; the shortest names first."""
    wanted = folded(text)
    if not wanted or not settings.GADA_PLACES:
        return []
    found = [place for plain, place in _gazetteer(settings.GADA_PLACES).get(country, ()) if f" {wanted}" in plain]
    return sorted(found, key=lambda place: (len(place.name), place.name))[:most]


def name_and_code(written: str) -> tuple[str, str]:
    """A place as typed, parted: its name, and its p-code (empty where none was chosen)."""
    parted = WITH_CODE.fullmatch(written.strip())
    return (parted[1].strip(), parted[2]) if parted else (written, "")


@lru_cache(maxsize=2)
def _gazetteer(path: str) -> dict[str, tuple[tuple[str, Place], ...]]:
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    names = {row["P-Code"]: row["Name"] for row in rows}
    by_country: dict[str, list[tuple[str, Place]]] = {}
    for row in rows:
        place = Place(row["P-Code"], row["Name"], names.get(row["Parent P-Code"], ""), row["Location"])
        plain = f" {folded(re.sub(r'[-/]', ' ', place.name))} {folded(place.name)} {folded(place.code)}"
        by_country.setdefault(place.country, []).append((plain, place))
    return {country: tuple(places) for country, places in by_country.items()}

"""Places of an invented country. Its p-codes begin with XZ, which no country has."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Place:
    """A place with its p-code, its district and where it lies (degrees, roughly, in no real country)."""

    pcode: str
    name: str
    district: str


DISTRICTS = {
    "Dendara": "Dendara Kobéwal Tassaga Fombina Sirimou",
    "Gouraya": "Gouraya Tillaro Bani-Kossi Wéné Douléré",
    "Adrar-Sud": "In-Tamat Tessalaq Amassine Ghelfa",
    "Bas-Fleuve": "Port-Sira Koumbaga Ndiolé Massawa-Rive",
}
ORIGINS = ("Tessalaq", "Amassine", "Kobéwal", "Douléré", "Ghelfa", "Ndiolé", "Hamdalay", "Bourem-Sud", "Léré")


def all_places() -> tuple[Place, ...]:
    """Every place, in the order of p-codes."""
    return tuple(
        Place(f"XZ{i:02d}{j:02d}", name, district)
        for i, (district, names) in enumerate(DISTRICTS.items(), start=1)
        for j, name in enumerate(names.split(), start=1)
    )


def another_place(random: Random, place: Place) -> Place:
    """Where a household moved to."""
    return random.choice([p for p in all_places() if p != place])

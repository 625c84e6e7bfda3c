"""Search keys: two registrations of one person should share at least one, strangers few.

Composite and exact, so that a plain B-tree answers in a millisecond among millions (research C, section 3c:
nine such keys found 0.979 of re-registrations among a million). A key is 64 bits mixed from its kind and
parts: names stand in it by their family, so that it says nothing to a reader. Years are cut twice, with the
cuts three years apart: two dates within three years share a cut. `_key_kernels.py` does the same for millions.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final, TypeVar

from gada.engine.linkage.features import BirthDate, Features, plain_document, plain_phone, plain_place
from gada.engine.linkage.names import family_of, words_of
from gada.engine.linkage.people import DOCUMENTS_KEPT, SEXES, birth_row, stable_number

WIDTH_YEARS: Final = 6
WORDS_KEYED, SIDES_KEYED = 4, 2  # of given and family name together; of each alone
(
    NAMES_YEARS, NAMES_PLACE, GIVEN_PARENTS, GIVEN_MOTHER_YEARS, GIVEN_FATHER_YEARS, GIVEN_MOTHER_PLACE,
    GIVEN_FATHER_PLACE, PHONE_GIVEN, DAY_GIVEN, SURNAME_MOTHER_YEARS, DAY_SURNAME, PHONE_YEARS, PARENTS_YEARS,
    DOCUMENT, SURNAME_FATHER_PLACE, MOTHER_PLACE,
) = range(1, 17)  # fmt: skip
MOST_KEYS: Final = 64
MOST_PER_KEY: Final = 500
"""A key that more people share is passed over: reading them all would cost more than it tells."""
MOST_WEIGHED: Final = 150  # candidates of one search
_MASK: Final = (1 << 64) - 1
Key = TypeVar("Key")
Id = TypeVar("Id")


def mixed(kind: int, *parts: int) -> int:
    """A key from its kind and parts, any 64-bit numbers (splitmix64's finaliser, Steele and others 2014)."""
    key = kind
    for part in parts:
        key = (key ^ part) + 0x9E3779B97F4A7C15 & _MASK
        key = (key ^ key >> 30) * 0xBF58476D1CE4E5B9 & _MASK
        key = (key ^ key >> 27) * 0x94D049BB133111EB & _MASK
        key ^= key >> 31
    return key


def year_cuts(birth: BirthDate | None) -> tuple[str, str] | None:
    """The two overlapping windows that hold this birth year."""
    if birth is None:
        return None
    a, b = cuts_of(birth.middle_year)
    return f"a{a // 2}", f"b{b // 2}"


def cuts_of(year: int) -> tuple[int, int]:
    """The two overlapping windows as numbers: even and odd."""
    return year // WIDTH_YEARS * 2, (year + WIDTH_YEARS // 2) // WIDTH_YEARS * 2 + 1


def folded_words(name: str) -> tuple[str, ...]:
    return tuple(family_of(word) for word in words_of(name))


def search_keys(features: Features) -> frozenset[int]:
    """The person's keys, unsigned 64-bit numbers; compare sets, rank by evidence afterwards."""
    return frozenset(mixed(*parts) for parts in _parts(features))


def _parts(f: Features) -> Iterator[tuple[int, ...]]:
    given, surname, father, mother = (
        [stable_number(word) for word in folded_words(name)] for name in (f.given, f.surname, f.father, f.mother)
    )
    sex, phone = SEXES.get(f.sex, 0), int(plain_phone(f.phone) or 0)
    place = stable_number(plain_place(f.place)) if plain_place(f.place) else 0
    cuts = cuts_of(f.birth.middle_year) if f.birth else ()
    year, month, date = birth_row(f.birth)
    day = (year * 100 + month) * 100 + date if month else 0
    father, mother = father[:1], mother[:1]
    for pair in combinations((given + surname)[:WORDS_KEYED], 2):
        yield from ((NAMES_YEARS, *sorted(pair), cut) for cut in cuts)
        if place:
            yield NAMES_PLACE, *sorted(pair), place
    for name in given[:SIDES_KEYED]:
        yield from ((GIVEN_PARENTS, name, x, y) for x in father for y in mother)
        yield from ((GIVEN_MOTHER_YEARS, name, y, cut) for y in mother for cut in cuts)
        yield from ((GIVEN_FATHER_YEARS, name, x, cut) for x in father for cut in cuts)
        if place:
            yield from ((GIVEN_MOTHER_PLACE, name, y, place) for y in mother)
            yield from ((GIVEN_FATHER_PLACE, name, x, place) for x in father)
        if phone:
            yield PHONE_GIVEN, name, phone
        if day:
            yield DAY_GIVEN, name, day
    for name in surname[:SIDES_KEYED]:
        yield from ((SURNAME_MOTHER_YEARS, name, y, sex, cut) for y in mother for cut in cuts)
        if place:
            yield from ((SURNAME_FATHER_PLACE, name, x, place) for x in father)
        if day:
            yield DAY_SURNAME, name, sex, day
    if phone:
        yield from ((PHONE_YEARS, phone, sex, cut) for cut in cuts)
    if place:
        yield from ((MOTHER_PLACE, y, sex, place) for y in mother)
    yield from ((PARENTS_YEARS, x, y, sex, cut) for x in father for y in mother for cut in cuts)
    documents = dict.fromkeys(filter(None, map(plain_document, f.documents)))
    yield from ((DOCUMENT, stable_number(number)) for number in list(documents)[:DOCUMENTS_KEPT])


def signed(key: int) -> int:
    """A key as databases keep 64 bits: signed."""
    return key - (1 << 64) if key >> 63 else key


def nearest(found: Mapping[Key, Sequence[Id]], *, people: int, most: int = MOST_WEIGHED) -> list[Id]:
    """Those who share most, rare keys counting for more; each key with the people who have it.

    A key shared by n of `people` people is worth log2(people / n) bits. Ties are settled by the order of ids.
    """
    worth: dict[Id, float] = defaultdict(float)
    for holders in found.values():
        if 0 < len(holders) <= MOST_PER_KEY:
            bits = math.log2(max(people, 2) / len(holders))
            for holder in holders:
                worth[holder] += bits
    return sorted(worth, key=lambda holder: (-worth[holder], holder))[:most]  # type: ignore[operator]

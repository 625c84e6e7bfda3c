"""How far two registrations agree, field by field, each as one of a few levels: what every weight is given to.

The plain way, for two people on a page; `_level_kernels.py` does the same for millions of pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gada.engine.linkage.dates import DateLevel, both_precise, relate_dates
from gada.engine.linkage.features import (
    NAME_FIELDS,
    BirthDate,
    Features,
    parent_of,
    plain_document,
    plain_phone,
    plain_place,
    type_of,
)
from gada.engine.linkage.names import (
    Likeness,
    NameRelation,
    family_of,
    likeness_of,
    relate_names,
    words_of,
)

FIELDS: Final = (*NAME_FIELDS, "sex", "birth", "place", "phone", "document")
NAME_LEVELS: Final = tuple(likeness.name.lower() for likeness in Likeness)
_DATES: Final = tuple(level.value for level in DateLevel)
LEVELS: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(NAME_FIELDS, NAME_LEVELS),
    "sex": ("differ", "same"),
    # Of two known days, then of dates of which at most one is a day.
    "birth": _DATES + tuple(f"rough-{level}" for level in _DATES[2:]),
    "place": ("differ", "near", "same"),
    "phone": ("differ", "slip", "same"),
    "document": ("differ", "same"),
}
MOST_LEVELS: Final = max(map(len, LEVELS.values()))
UNKNOWN: Final = -1
BORN_TOGETHER: Final = frozenset((DateLevel.SAME_DAY, DateLevel.PART, DateLevel.SAME_YEAR, DateLevel.WITHIN_2))
ROUGH_FROM: Final = len(_DATES)


@dataclass(frozen=True, slots=True)
class Levels:
    """The level of each field both have, the families of names they share, and whether names were swapped."""

    of: dict[str, int]
    families: dict[str, str]
    swapped: bool = False

    def named(self, field: str) -> str:
        """The level's name, without saying that a date is rough."""
        return LEVELS[field][self.of[field]].removeprefix("rough-")


def levels_of(a: Features, b: Features) -> Levels:
    """Compare two registrations field by field. Symmetric; a field either lacks has no level."""
    relations, swapped = _names(a, b)
    of = {field: int(relation.likeness) for field, relation in relations.items()}
    families = {f: r.family for f, r in relations.items() if r.likeness >= Likeness.EQUIVALENT}
    if a.sex and b.sex:
        of["sex"] = int(a.sex == b.sex)
    if a.birth is not None and b.birth is not None:
        of["birth"] = birth_level(a.birth, b.birth)
    places = plain_place(a.place), plain_place(b.place)
    if all(places):
        of["place"] = place_level(*places)
    phones = plain_phone(a.phone), plain_phone(b.phone)
    if all(phones):
        of["phone"] = phone_level(*phones)
    if (document := document_level(a.documents, b.documents)) != UNKNOWN:
        of["document"] = document
    return Levels(of, families, swapped)


def birth_level(a: BirthDate, b: BirthDate) -> int:
    """The place of this agreement among the levels of birth."""
    level = LEVELS["birth"].index(relate_dates(a, b).value)
    return level if both_precise(a, b) else level + ROUGH_FROM - 2


def place_level(a: str, b: str) -> int:
    """Two places in plain letters: the same; one district by code, or one name spelled twice; or not."""
    if a == b:
        return 2
    near = likeness_of(a, b) >= Likeness.CLOSE or (parent_of(a) == parent_of(b) != "")
    return int(near)


def phone_level(a: str, b: str) -> int:
    """Eight digits each: the same, one digit off, or another number."""
    return 2 if a == b else int(sum(x != y for x, y in zip(a, b, strict=True)) == 1)


def document_level(a: Sequence[str], b: Sequence[str]) -> int:
    """Any number in common; none in common says something only where both hold the same type of document."""
    (ours, our_types), (theirs, their_types) = (
        ({plain_document(d) for d in x} - {""}, {type_of(d) for d in x if plain_document(d)}) for x in (a, b)
    )
    if ours & theirs:
        return 1
    return 0 if ours and theirs and our_types & their_types else UNKNOWN


def _names(a: Features, b: Features) -> tuple[dict[str, NameRelation], bool]:
    straight = {"given": relate_names(a.given, b.given), "surname": relate_names(a.surname, b.surname)}
    crossed = {"given": relate_names(a.given, b.surname), "surname": relate_names(a.surname, b.given)}
    swapped = _is_swap(straight, crossed)
    found = straight
    if swapped:
        # Whichever of the two is read first: the more alike of swapped names is called the given name.
        found = dict(zip(crossed, sorted(crossed.values(), key=lambda r: -r.likeness if r else 0), strict=True))
    # A parent's name without the words that already spoke as the person's own family name.
    own = {family_of(w) for w in words_of(a.surname)} & {family_of(w) for w in words_of(b.surname)}
    for parent in ("father", "mother"):
        found[parent] = relate_names(_without(getattr(a, parent), own), _without(getattr(b, parent), own))
    return {field: relation for field, relation in found.items() if relation is not None}, swapped


def _is_swap(
    straight: dict[str, NameRelation | None], crossed: dict[str, NameRelation | None]
) -> bool:
    given, surname = crossed["given"], crossed["surname"]
    if given is None or surname is None:
        return False
    likenesses = given.likeness, surname.likeness
    return (
        min(likenesses) >= Likeness.NEAR
        and max(likenesses) >= Likeness.EQUIVALENT
        and sum(likenesses) > sum(r.likeness for r in straight.values() if r)
    )


def _without(name: str, families: set[str]) -> str:
    return " ".join(word for word in words_of(name) if family_of(word) not in families)

"""Registrations as numbers, for kernels: one row a person, the same whether read from a file or from a node."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

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
from gada.engine.linkage.wordlist import WordArrays, WordList

WORDS_KEPT: Final = 4  # of each name
DOCUMENTS_KEPT: Final = 2
SEXES: Final = {"F": 1, "M": 2}


class People(NamedTuple):
    """n registrations, by column. What is not known is -1 for words, places and registrations, else 0.

    `birth` holds year, month and day; a month of 0 says that only the year is known, and that roughly.
    """

    names: NDArray[np.int32]  # [n, 4, WORDS_KEPT], word numbers: given, surname, father, mother
    sex: NDArray[np.uint8]  # [n]
    birth: NDArray[np.int16]  # [n, 3]
    place: NDArray[np.int32]  # [n], word number in the list of places
    phone: NDArray[np.int64]  # [n], the last eight digits
    documents: NDArray[np.uint64]  # [n, DOCUMENTS_KEPT], digests
    types: NDArray[np.uint64]  # [n, DOCUMENTS_KEPT], digests of the types of those documents
    registration: NDArray[np.int32]  # [n], who was registered together

    def __len__(self) -> int:  # type: ignore[override]
        return len(self.sex)


def stable_number(text: str) -> int:
    """64 bits of a digest: the same on every machine and in every release."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


@dataclass(slots=True)
class Vocabulary:
    """The words that occur in names and in places, with the number by which keys know each."""

    names: WordList = field(default_factory=WordList)
    places: WordList = field(default_factory=WordList)
    _folded: list[int] = field(default_factory=list)
    _placed: list[int] = field(default_factory=list)
    _parents: list[int] = field(default_factory=list)

    def words(self) -> WordArrays:
        return self.names.arrays()

    def place_words(self) -> WordArrays:
        return self.places.arrays()

    def folded_numbers(self) -> NDArray[np.uint64]:
        """uint64[families]: what stands for each family in a key."""
        names = self.names.family_names()
        self._folded += [stable_number(name) for name in names[len(self._folded) :]]
        return np.array(self._folded or [0], np.uint64)

    def place_numbers(self) -> NDArray[np.uint64]:
        """uint64[places]: what stands for each place in a key."""
        words = self.places.words()
        self._placed += [stable_number(word) for word in words[len(self._placed) :]]
        return np.array(self._placed or [0], np.uint64)

    def place_parents(self) -> NDArray[np.uint64]:
        """uint64[places]: what stands for what a place code lies in, 0 for names of places."""
        parents = map(parent_of, self.places.words()[len(self._parents) :])
        self._parents += [stable_number(parent) if parent else 0 for parent in parents]
        return np.array(self._parents or [0], np.uint64)

    def name_row(self, name: str) -> tuple[int, ...]:
        """Word numbers of a name, -1 where it has fewer words than are kept."""
        found = self.names.numbers_of(name)[:WORDS_KEPT]
        return found + (-1,) * (WORDS_KEPT - len(found))

    def place_of(self, place: str) -> int:
        plain = plain_place(place)
        return self.places.number_of(plain) if plain else -1


def birth_row(birth: BirthDate | None) -> tuple[int, int, int]:
    """Year, month, day; only the middle year where the day is not known."""
    if birth is None:
        return 0, 0, 0
    if birth.is_precise:
        return birth.first.year, birth.first.month, birth.first.day
    return birth.middle_year, 0, 0


def document_rows(documents: Iterable[str]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Digests of the first documents, and of their types."""
    known = {plain: type_of(each) for each in documents if (plain := plain_document(each))}
    rest = (0,) * max(0, DOCUMENTS_KEPT - len(known))
    numbers, types = (tuple(map(stable_number, each))[:DOCUMENTS_KEPT] for each in (known, known.values()))
    return numbers + rest, types + rest


def encode(
    people: Sequence[Features], vocabulary: Vocabulary, registrations: Sequence[int] | None = None
) -> People:
    """These registrations as columns; `registrations` says by number who was registered together."""
    names = [
        tuple(vocabulary.name_row(each) for each in (f.given, f.surname, f.father, f.mother)) for f in people
    ]
    papers = np.array([document_rows(f.documents) for f in people], np.uint64).reshape(-1, 2, DOCUMENTS_KEPT)
    return People(
        names=np.array(names, np.int32).reshape(-1, len(NAME_FIELDS), WORDS_KEPT),
        sex=np.array([SEXES.get(f.sex, 0) for f in people], np.uint8),
        birth=np.array([birth_row(f.birth) for f in people], np.int16).reshape(-1, 3),
        place=np.array([vocabulary.place_of(f.place) for f in people], np.int32),
        phone=np.array([int(plain_phone(f.phone) or 0) for f in people], np.int64),
        documents=papers[:, 0],
        types=papers[:, 1],
        registration=np.array(registrations if registrations is not None else [-1] * len(people), np.int32),
    )

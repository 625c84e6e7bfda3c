"""Invented people for the tests of batch linkage: one by one as hypothesis draws them, or a whole small population."""

from __future__ import annotations

import csv
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from gada.engine.linkage import BirthDate, Features
from gada.engine.linkage.features import NAME_FIELDS, plain_document
from gada.engine.linkage.files import COLUMNS
from gada.engine.linkage.model import Model
from gada.engine.linkage.people import Vocabulary, encode

KNOWN = (
    "Moussa", "Musa", "Mamadou", "Mohamed", "Hadiza", "Khadija", "Aïssata", "Aicha", "Traoré", "Trawally", "Diallo",
    "Jallow", "Ali", "Aly", "Alli", "Abdou", "Abdoul Karim", "El Hadj", "ag", "محمد", "عبد الله", "Dosso", "Kanda",
    "Kandda", "Zimba", "Boureima", "Ɗanladi", "N'Diaye", "Élodie", "Hassan", "Hassana", "Dr.", "\u200b", "🙂", "X",
)  # fmt: skip
NAMES = st.lists(st.sampled_from(KNOWN) | st.text("abdikmnosu", max_size=6), max_size=3).map(" ".join)
LONG_NAMES = st.lists(st.sampled_from(KNOWN), max_size=10).map(" ".join)
DATES = st.builds(
    lambda day, kind: (
        BirthDate.on(day) if kind == 0 else BirthDate.in_month(day.year, day.month) if kind == 1
        else BirthDate.about(day.year, within_years=3) if kind == 2 else None
    ),
    st.dates(date(1960, 1, 1), date(1975, 12, 31)), st.sampled_from([0, 0, 0, 1, 2, 3]),
)  # fmt: skip
PLACES = st.sampled_from(("", "XZ0101", "XZ0102", "XZ0203", "xz0101", "Kandari", "Kandarri", "Tchiro", "T"))
PHONES = st.sampled_from(("", "90112233", "90112234", "+227 90 11 22 33", "90112299", "123"))
DOCUMENTS = st.lists(  # the same number under two types is one document, of the later type
    st.sampled_from(("NINA:00112", "NINA:00113", "CARD:00112", "00 113", "CARD:9", "NINA:--", "7")), max_size=2,
    unique_by=plain_document,
).map(tuple)


def some_people(names: st.SearchStrategy[str] = NAMES) -> st.SearchStrategy[Features]:
    return st.builds(
        Features, given=names, surname=names, father=names, mother=names, sex=st.sampled_from(("", "F", "M")),
        birth=DATES, place=PLACES, phone=PHONES, documents=DOCUMENTS,
    )  # fmt: skip


@st.composite
def pairs_of_people(draw: st.DrawFn) -> tuple[Features, Features]:
    """Two strangers, or one person written twice with slips."""
    one = draw(some_people())
    if draw(st.booleans()):
        return one, draw(some_people())
    other, how = one, draw(st.sets(st.sampled_from(("swap", "slip", "date", "phone", "parent", "place")), max_size=4))
    if "swap" in how:
        other = replace(other, given=other.surname, surname=other.given)
    if "slip" in how:
        at = draw(st.integers(0, max(0, len(other.given) - 1)))
        other = replace(other, given=other.given[:at] + draw(st.sampled_from("aou")) + other.given[at + 1 :])
    if "date" in how:
        other = replace(other, birth=draw(DATES))
    if "phone" in how:
        other = replace(other, phone=draw(PHONES), documents=draw(DOCUMENTS))
    if "parent" in how:
        other = replace(other, father=f"{one.father} {one.surname}".strip(), mother=draw(NAMES))
    if "place" in how:
        other = replace(other, place=draw(PLACES))
    return one, other


def encoded(*people: Features):
    """The people as numbers, and the vocabulary that has the words."""
    vocabulary = Vocabulary()
    return encode(people, vocabulary), vocabulary


def shares_by(model: Model, vocabulary: Vocabulary) -> np.ndarray:
    """float64[4, families]: how common the model says each name is."""
    names = vocabulary.names.family_names() or [""]
    return np.array([[model.share(field, name) for name in names] for field in NAME_FIELDS])


@dataclass(frozen=True)
class Crowd:
    """Rows as a file holds them, and who is really who."""

    rows: list[dict[str, str]]
    person: dict[str, int]

    def pairs(self) -> set[frozenset[str]]:
        by_person: dict[int, list[str]] = {}
        for record, person in self.person.items():
            by_person.setdefault(person, []).append(record)
        return {frozenset((a, b)) for ids in by_person.values() for a in ids for b in ids if a < b}


_CONSONANTS, _VOWELS = "b d f g k l m n s t z dj w y r".split(), "a i ou o e".split()


class _Writer:
    """Invents households and writes them down, the second time with a clerk's slips."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.given = {sex: [self.word() for _ in range(120)] for sex in "FM"}
        self.surnames = [self.word() for _ in range(200)]
        self.villages = [f"XZ{n:04}" for n in range(100, 140)]
        self.rows: list[dict[str, str]] = []
        self.person: dict[str, int] = {}

    def word(self) -> str:
        syllables = self.draw.choice((2, 3, 3, 4))
        word = "".join(self.draw.choice(_CONSONANTS) + self.draw.choice(_VOWELS) for _ in range(syllables))
        return word.capitalize()

    def common(self, words: Sequence[str]) -> str:
        """The first words often, the last seldom."""
        return words[int(len(words) * self.draw.random() ** 2)]

    def household(self) -> list[dict[str, str]]:
        place, surname = self.draw.choice(self.villages), self.common(self.surnames)
        phone = f"9{self.draw.randrange(10**7):07}" if self.draw.random() < 0.6 else ""
        father, mother = self.common(self.given["M"]), self.common(self.given["F"])
        mothers_name = self.common(self.surnames)
        grown = self.draw.randrange(1955, 1995)
        found = []
        for place_in_it in range(self.draw.randrange(2, 8)):
            sex = "MF"[place_in_it] if place_in_it < 2 else self.draw.choice("MF")
            year = grown + self.draw.randrange(-3, 4) if place_in_it < 2 else grown + self.draw.randrange(18, 40)
            given = (father, mother)[place_in_it] if place_in_it < 2 else self.common(self.given[sex])
            while given in {other["given"] for other in found}:
                given = self.common(self.given[sex])
            parents = (
                (f"{father} {surname}", f"{mother} {mothers_name}") if place_in_it >= 2
                else (f"{self.common(self.given['M'])} {surname}", f"{self.common(self.given['F'])} {self.word()}")
            )
            precise = self.draw.random() < 0.4
            found.append({
                "given": given, "surname": mothers_name if place_in_it == 1 else surname, "father": parents[0],
                "mother": parents[1], "sex": sex, "place": place, "phone": phone,
                "birth_estimated": str(int(not precise)),
                "birth_date": f"{year}-{self.draw.randrange(1, 13):02}-{self.draw.randrange(2, 29):02}"
                if precise else f"{year}-01-01",
                "document": f"NINA:{self.draw.randrange(10**8):08}" if self.draw.random() < 0.3 else "",
            })  # fmt: skip
        return found

    def slip(self, word: str) -> str:
        if len(word) < 3:
            return word
        at = self.draw.randrange(1, len(word))
        shorter, longer = word[:at] + word[at + 1 :], word[:at] + word[at - 1] + word[at:]
        return self.draw.choice((shorter, longer, word.replace("ou", "u")))

    def written_again(self, known: Mapping[str, str]) -> dict[str, str]:
        again = dict(known)
        for field in ("given", "surname", "father", "mother"):
            if self.draw.random() < 0.12:
                again[field] = self.slip(again[field])
        if self.draw.random() < 0.03:
            again["given"], again["surname"] = again["surname"], again["given"]
        for field in ("father", "mother", "phone", "document"):
            if self.draw.random() < 0.15:
                again[field] = ""
        if self.draw.random() < 0.25:
            year = int(again["birth_date"][:4]) + self.draw.choice((-2, -1, 0, 1, 2))
            again |= {"birth_date": f"{year}-01-01", "birth_estimated": "1"}
        return again

    def register(self, household: Sequence[Mapping[str, str]], persons: Sequence[int]) -> None:
        registration = f"H{len(self.rows)}"
        for known, person in zip(household, persons, strict=True):
            record = f"R{len(self.rows):06}"
            self.rows.append({"record_id": record, "registration_id": registration, **known})
            self.person[record] = person


def a_crowd(households: int, *, again: float = 0.25, seed: int = 1, registered: bool = True) -> Crowd:
    """Households, of which a share `again` is registered a second time: everybody or some of them."""
    writer, count = _Writer(seed), 0
    for _ in range(households):
        members = writer.household()
        persons = list(range(count, count + len(members)))
        count += len(members)
        writer.register(members, persons)
        if writer.draw.random() < again:
            back = [k for k in range(len(members)) if writer.draw.random() < 0.8]
            writer.register([writer.written_again(members[k]) for k in back], [persons[k] for k in back])
    rows = writer.rows if registered else [{**row, "registration_id": ""} for row in writer.rows]
    writer.draw.shuffle(rows)
    return Crowd(rows, writer.person)


def write_rows(path: Path, rows: Sequence[Mapping[str, object]], columns: Sequence[str] = COLUMNS) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path

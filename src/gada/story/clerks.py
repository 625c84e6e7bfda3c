"""What a clerk of one agency makes of a family: other spellings, guessed birth dates, absent members."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from gada.engine.linkage import BirthDate, Precision, Source
from gada.story.names import Name, spelled
from gada.story.people import TODAY, Household, Person
from gada.story.places import another_place

YOUNGEST_FOR_PRINTS = 5


@dataclass(frozen=True, slots=True)
class Clerks:
    """The habits of one agency's clerks; chances between 0 and 1."""

    agency: str
    english: bool
    care: float
    asks_birthday: float
    asks_parents: float
    takes_phone: float
    sees_document: float
    absent: float
    usual_fingers: float


CLERKS_OF_A = Clerks("A", False, 0.80, 0.90, 0.95, 0.90, 0.90, 0.03, 1.0)
CLERKS_OF_B = Clerks("B", True, 0.45, 0.70, 0.80, 0.75, 0.60, 0.12, 0.78)


@dataclass(frozen=True, slots=True)
class Registration:
    """One person as one agency wrote them down. `person` is the truth and never leaves the story."""

    registration: str
    agency: str
    person: int
    household: str
    relationship: str
    given: str
    surname: str
    father: str
    mother: str
    sex: str
    birth: BirthDate
    phone: str
    place: str
    place_name: str
    origin: str
    residence: str
    document: str
    fingers: tuple[int, ...]
    refuses_prints: bool = False
    refuses_sharing: bool = False
    live: bool = False

    @property
    def is_head(self) -> bool:
        return self.relationship == "head"


def register_household(
    random: Random,
    household: Household,
    clerks: Clerks,
    *,
    reference: str,
    seen_before: bool = False,
) -> list[Registration]:
    """The family at the desk. Seen before by the other agency, it may have moved, changed its phone or
    sent another adult as its head."""
    present = [m for m in household.members if m.relationship == "head" or random.random() >= clerks.absent]
    place = household.place
    if seen_before and random.random() < 0.12:
        place = another_place(random, place)
    household = replace(household, place=place)
    surnames = {m.surname: spelled_by(random, m.surname, clerks) for m in present}
    rows = [
        register_person(random, m, household, clerks, reference=reference, order=i, surnames=surnames)
        for i, m in enumerate(present, start=1)
    ]
    if seen_before and len(rows) > 1 and rows[1].relationship == "spouse" and random.random() < 0.1:
        rows[0], rows[1] = (
            replace(rows[0], relationship="spouse"),
            replace(rows[1], relationship="head"),
        )
    return rows


def register_person(
    random: Random,
    person: Person,
    household: Household,
    clerks: Clerks,
    *,
    reference: str,
    order: int,
    surnames: dict[Name, str] | None = None,
) -> Registration:
    """One line of the form. A family's surname is written one way on one form."""
    written = surnames or {}
    surname = written.get(person.surname) or spelled_by(random, person.surname, clerks)
    document = person.document if random.random() < clerks.sees_document else ""
    given = spelled_by(random, person.given, clerks)
    if random.random() < 0.015:
        given, surname = surname, given
    return Registration(
        registration=f"{reference}-{order:02d}",
        agency=clerks.agency,
        person=person.number,
        household=reference,
        relationship=person.relationship,
        given=given,
        surname=surname,
        father=_parent(random, person.father, clerks, written),
        mother=_parent(random, person.mother, clerks, written),
        sex=person.sex,
        birth=_birth(random, person, clerks, by_document=bool(document)),
        phone=person.phone if random.random() < clerks.takes_phone else "",
        place=household.place.pcode,
        place_name=household.place.name,
        origin=household.origin if random.random() < 0.9 else "",
        residence=household.residence,
        document=document,
        fingers=_fingers(random, person, clerks),
    )


def spelled_by(random: Random, name: Name, clerks: Clerks) -> str:
    return spelled(random, name, care=clerks.care, english=clerks.english)


def _parent(random: Random, parent: tuple[Name, Name], clerks: Clerks, written: dict[Name, str]) -> str:
    if random.random() >= clerks.asks_parents:
        return ""
    given = spelled_by(random, parent[0], clerks)
    if random.random() < 0.12:
        return given
    return f"{given} {written.get(parent[1]) or spelled_by(random, parent[1], clerks)}"


def _birth(random: Random, person: Person, clerks: Clerks, *, by_document: bool) -> BirthDate:
    """A day where it is known and asked; otherwise a year by guess, adults often rounded to five."""
    if (person.knows_birthday or by_document) and random.random() < clerks.asks_birthday:
        return BirthDate.on(person.born, source=Source.DOCUMENT if by_document else Source.DECLARED)
    error = 0 if person.age < 4 else random.choice((-2, -1, -1, 0, 0, 0, 1, 1, 2))
    if person.age > 30:
        error += random.choice((-2, -1, 0, 0, 1, 2))
    year = person.born.year + error
    if person.age > 25 and random.random() < 0.4:
        year = round(year / 5) * 5
    if random.random() < 0.3:
        return BirthDate.in_year(min(year, TODAY.year), source=Source.ESTIMATED)
    return BirthDate.about(min(year, TODAY.year - 1), within_years=1 if person.age < 15 else 2)


def _fingers(random: Random, person: Person, clerks: Clerks) -> tuple[int, ...]:
    """ISO positions taken: both index fingers as a rule; thumbs or middle fingers where those are hurt."""
    usual, other = random.random() < clerks.usual_fingers, random.choice(((1, 6), (2,), (7,), (3, 8), (2, 6)))
    if person.age < YOUNGEST_FOR_PRINTS:
        return ()
    return (2, 7) if usual else other


def birth_columns(birth: BirthDate) -> tuple[str, str]:
    """As a CSV says it: 1984-03-14 or 1984, and whether that is an estimate."""
    day = birth.first.isoformat() if birth.precision is Precision.DAY else str(birth.middle_year)
    return day, "yes" if birth.source is Source.ESTIMATED else "no"

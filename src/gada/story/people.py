"""The truth: people of one invented country in their households, before any clerk saw them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from gada.story.names import Name, draw_name
from gada.story.places import ORIGINS, Place, all_places

TODAY = date(2026, 11, 1)


@dataclass(frozen=True, slots=True)
class Person:
    """One person as they are. `fingers_seed` stands for their ten fingers."""

    number: int
    household: int
    relationship: str
    given: Name
    surname: Name
    father: tuple[Name, Name]
    mother: tuple[Name, Name]
    sex: str
    born: date
    knows_birthday: bool
    phone: str
    document: str
    fingers_seed: int

    @property
    def age(self) -> int:
        return (TODAY - self.born).days // 365


@dataclass(frozen=True, slots=True)
class Household:
    """People who eat from one pot."""

    number: int
    place: Place
    origin: str
    residence: str
    phone: str
    members: tuple[Person, ...]


class Settlement:
    """Founds households one after another under one stream of chance."""

    def __init__(self, random: Random, *, seed: int) -> None:
        self.random = random
        self.seed = seed
        self.people = 0
        self.founded: list[Household] = []

    def found_household(self) -> Household:
        """A head, mostly a spouse, children, now and then a parent or a child taken in.

        Every sixth family is a sibling's of the one before: same parents, same surname, often same place.
        """
        random = self.random
        number = len(self.founded) + 1
        elder = self.founded[-1] if self.founded and random.random() < 1 / 6 else None
        place = elder.place if elder and random.random() < 0.7 else random.choice(all_places())
        phone = _phone(random) if random.random() < 0.7 else ""
        household = Household(
            number,
            place,
            random.choice(ORIGINS),
            random.choices(("idp", "returnee", "resident", "refugee"), (55, 15, 25, 5))[0],
            phone,
            (),
        )
        members = self._members(household, elder.members[0] if elder else None)
        self.founded.append(replace(household, members=tuple(members)))
        return self.founded[-1]

    def _members(self, household: Household, sibling: Person | None) -> list[Person]:
        random = self.random
        sex = "M" if random.random() < 0.72 else "F"
        head = self._person(household, "head", sex, age=random.randint(23, 68), sibling=sibling)
        members, taken = [head], {head.given.spellings}
        spouse = None
        if random.random() < (0.9 if sex == "M" else 0.25):
            other = "F" if sex == "M" else "M"
            age = max(18, head.age + random.randint(-12, 2))
            spouse = self._person(household, "spouse", other, age=age, taken=taken)
            members.append(spouse)
        # A parent who is gone is still every child's father or mother by name.
        gone = (draw_name(random, "f" if sex == "M" else "m"), draw_name(random, "s"))
        mine, other_parent = (head.given, head.surname), (spouse.given, spouse.surname) if spouse else gone
        couple = (mine, other_parent) if sex == "M" else (other_parent, mine)
        for _ in range(min(7, max(0, round(random.gauss(3.2, 1.8))))):
            oldest = max(1, min(head.age, spouse.age if spouse else head.age) - 18)
            members.append(
                self._child(household, couple, age=random.randint(0, min(oldest, 24)), taken=taken)
            )
        if random.random() < 0.22:
            kin_sex, kin_age = random.choice("MF"), random.choice((9, 13, 16, 58, 66, 74))
            relationship = "parent" if kin_age > head.age + 14 else "other-kin"
            members.append(self._person(household, relationship, kin_sex, age=kin_age, taken=taken))
        return members

    def _child(
        self,
        household: Household,
        couple: tuple[tuple[Name, Name], tuple[Name, Name]],
        *,
        age: int,
        taken: set[tuple[str, ...]],
    ) -> Person:
        sex = self.random.choice("MF")
        person = self._person(household, "child", sex, age=age, taken=taken)
        father, mother = couple
        return replace(person, surname=father[1], father=father, mother=mother)

    def _person(
        self,
        household: Household,
        relationship: str,
        sex: str,
        *,
        age: int,
        sibling: Person | None = None,
        taken: set[tuple[str, ...]] | None = None,
    ) -> Person:
        random = self.random
        self.people += 1
        given = draw_name(random, sex.lower())
        while taken is not None and given.spellings in taken:
            given = draw_name(random, sex.lower())
        if taken is not None:
            taken.add(given.spellings)
        surname = sibling.surname if sibling else draw_name(random, "s")
        father = sibling.father if sibling else (draw_name(random, "m"), surname)
        mother = sibling.mother if sibling else (draw_name(random, "f"), draw_name(random, "s"))
        # Clan names pass from father to child; a third of the families use the father's given name instead.
        if not sibling and random.random() < 0.33:
            surname = father[0]
        born = TODAY - timedelta(days=age * 365 + random.randint(20, 344))
        document = f"XZ{random.randint(10**8, 10**9 - 1)}" if age >= 18 and random.random() < 0.4 else ""
        own_phone = _phone(random) if age >= 18 and random.random() < 0.25 else household.phone
        return Person(
            number=self.people,
            household=household.number,
            relationship=relationship,
            given=given,
            surname=surname,
            father=father,
            mother=mother,
            sex=sex,
            born=born,
            knows_birthday=random.random() < (0.72 if age < 20 else 0.4),
            phone=own_phone,
            document=document,
            fingers_seed=self.seed * 1_000_003 + self.people * 16,
        )


def _phone(random: Random) -> str:
    return f"+999{random.randint(60_000_000, 99_999_999)}"

"""An invented population with households, registrations and truth, written as a file of people.

Not the population that any threshold or weight was chosen on: it is made to be unlike `shared` test generators where
field data are unlike them. Whole households are registered again under another head; families split; a man has two
wives with children of each; grandsons bear their grandfather's name; twins share everything but a name; the surname is
often the father's given name; women are written with their husband's name; ages are rounded to five; a clerk writes in
French, in English or by ear; slips of the pen follow the keyboard. Everything follows from the seed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Final

import pyarrow as pa
from pyarrow import parquet

from gada.engine.linkage.names import Family, families

AGAIN_TOGETHER, AGAIN_ALONE = 0.10, 0.06  # households, people registered a second time
SURNAMES_OF_THE_FATHER: Final = 0.35
RARE_NAMES: Final = 0.12  # outside any table
THIS_YEAR: Final = 2026
KEYS_BESIDE: Final = {
    "a": "qzs", "b": "vgn", "c": "xdv", "d": "sfe", "e": "zrd", "f": "dgr", "g": "fht", "h": "gjy", "i": "uok",
    "j": "hku", "k": "jli", "l": "kmo", "m": "lpn", "n": "bhm", "o": "ipl", "p": "om", "q": "aws", "r": "etf",
    "s": "qdz", "t": "ryg", "u": "yij", "v": "cfb", "w": "qse", "x": "wsc", "y": "tuh", "z": "aes",
}  # fmt: skip
ONSETS, VOWELS = "b bb d f g h k l m n nd ng s t w y z dj tch gn kp gb".split(), "a a e i o ou u".split()


@dataclass(slots=True)
class Someone:
    """A real person: names as families of spellings, and what is true of them."""

    person: int
    given: tuple[str, ...]
    surname: tuple[str, ...]
    sex: str
    birth: tuple[int, int, int]
    knows_day: bool
    father: tuple[tuple[str, ...], tuple[str, ...]]
    mother: tuple[tuple[str, ...], tuple[str, ...]]
    document: str = ""
    husband: tuple[str, ...] = ()


@dataclass(slots=True)
class Home:
    """Those who live together, with what they share."""

    members: list[Someone]
    place: str
    phone: str



COLUMNS: Final = (
    "record_id", "registration_id", "given", "surname", "father", "mother", "sex", "birth_date", "birth_estimated",
    "place", "phone", "document", "person_id", "household_id",
)  # fmt: skip


def write_people(people: Path, truth: Path, *, count: int, seed: int) -> int:
    """Write `count` records as Parquet, and who each really is; how many different people they are."""
    world = _World(random.Random(seed))
    rows: list[tuple[object, ...]] = []
    for home in world.homes():
        rows += world.records(home)
        if len(rows) >= count:
            break
    rows = rows[:count]
    world.draw.shuffle(rows)
    columns = dict(zip(COLUMNS, zip(*(((i, *row)) for i, row in enumerate(rows)), strict=True), strict=True))
    parquet.write_table(pa.table({name: columns[name] for name in COLUMNS[:12]}), people)
    parquet.write_table(pa.table({name: columns[name] for name in ("record_id", "person_id", "household_id")}), truth)
    return len(set(columns["person_id"]))


@cache
def _common(kind: str) -> tuple[list[tuple[str, ...]], list[float]]:
    """Names of one kind from the table, with their running shares."""
    chosen: list[Family] = [f for f in families().values() if f.kind in (kind, "b")]
    spelled = [tuple(s for s in f.spellings if s.isascii()) or (f.name,) for f in chosen]
    return spelled, list(accumulate(f.share for f in chosen))


class _World:
    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.people = 0
        self.registrations = 0
        self.places = [self._made(2) + (f" {self._made(2)}" if draw.random() < 0.25 else "") for _ in range(3000)]
        self.place_shares = list(accumulate(1 / (rank + 5) ** 0.7 for rank in range(len(self.places))))
        self.rare = {kind: [(self._made(draw.choice((2, 3, 3))),) for _ in range(4000)] for kind in "mfs"}

    def _made(self, syllables: int) -> str:
        return "".join(self.draw.choice(ONSETS) + self.draw.choice(VOWELS) for _ in range(syllables)).capitalize()

    def name(self, kind: str) -> tuple[str, ...]:
        """A name with its spellings."""
        if self.draw.random() < RARE_NAMES:
            return self.draw.choice(self.rare[kind])
        names, shares = _common(kind)
        return self.draw.choices(names, cum_weights=shares)[0]

    def homes(self) -> Iterator[Home]:
        """Households without end."""
        while True:
            yield self._home()

    def _person(
        self, *, sex: str, born: int, surname: tuple[str, ...], father: tuple[tuple[str, ...], tuple[str, ...]],
        mother: tuple[tuple[str, ...], tuple[str, ...]], given: tuple[str, ...] | None = None,
    ) -> Someone:
        draw = self.draw
        self.people += 1
        adult = THIS_YEAR - born >= 18
        knows_day = draw.random() < (0.3 if adult else 0.65)
        year = born if knows_day or draw.random() < 0.4 else born - born % 5
        document = ""
        if adult and draw.random() < 0.3:
            document = f"{draw.choice(('NE', 'ML', 'BF', 'TD'))}{draw.randrange(10**8):08d}"
        return Someone(
            self.people, given or self.name("m" if sex == "M" else "f"), surname, sex,
            (year, draw.randint(1, 12), draw.randint(1, 28)), knows_day, father, mother, document,
        )  # fmt: skip

    def _stranger(self, sex: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return self.name("m" if sex == "M" else "f"), self.name("s")

    def _home(self) -> Home:
        draw = self.draw
        born = draw.randint(1948, 2002)
        family = self.name("s")
        head = self._person(
            sex="M" if draw.random() < 0.75 else "F", born=born, surname=family,
            father=(self.name("m"), family), mother=self._stranger("F"),
        )  # fmt: skip
        members = [head]
        wives = draw.choices((0, 1, 2), (0.2, 0.68, 0.12))[0] if head.sex == "M" else 0
        mothers = [head] if head.sex == "F" else []
        for _ in range(wives):
            own = self.name("s")
            wife = self._person(
                sex="F", born=born + draw.randint(0, 14), surname=own, father=(self.name("m"), own),
                mother=self._stranger("F"),
            )
            members.append(replace(wife, husband=head.surname))
            mothers.append(wife)
        father = (head.given, head.surname) if head.sex == "M" else self._stranger("M")
        used: set[tuple[str, ...]] = {m.given for m in members}
        for mother in mothers:
            year = max(mother.birth[0] + draw.randint(17, 24), 1960)
            for _ in range(draw.choices(range(8), (8, 12, 16, 20, 18, 12, 8, 6))[0]):
                year += draw.choice((1, 2, 2, 3, 3, 4))
                if year > THIS_YEAR - 1:
                    break
                surname = father[0] if draw.random() < SURNAMES_OF_THE_FATHER else father[1]
                twins = 2 if draw.random() < 0.02 else 1
                first: Someone | None = None
                for _twin in range(twins):
                    sex = draw.choice("MF")
                    given = head.father[0] if sex == "M" and draw.random() < 0.06 else None
                    child = self._person(
                        sex=sex, born=year, surname=surname, father=father, mother=(mother.given, mother.surname),
                        given=given,
                    )
                    while child.given in used and given is None:
                        child = replace(child, given=self.name("m" if sex == "M" else "f"))
                    if first is not None:
                        child = replace(child, birth=first.birth, knows_day=first.knows_day)
                    first = child
                    used.add(child.given)
                    members.append(child)
        place = draw.choices(self.places, cum_weights=self.place_shares)[0]
        return Home(members, place, self._phone() if draw.random() < 0.55 else "")

    def _phone(self) -> str:
        return f"+22{self.draw.choice('367')}{self.draw.choice('6789')}{self.draw.randrange(10**7):07d}"

    def records(self, home: Home) -> Iterator[tuple[object, ...]]:
        """The registration of a household, and those that came again: together, in parts, or alone."""
        draw = self.draw
        yield from self._registration(home, home.members, home, careful=0.75)
        if draw.random() < AGAIN_TOGETHER:
            here = [m for m in home.members if draw.random() < 0.8] or home.members[:1]
            moved = draw.random() < 0.3
            other = Home(here, draw.choice(self.places) if moved else home.place,
                         self._phone() if draw.random() < 0.5 else home.phone)  # fmt: skip
            yield from self._registration(home, here, other, careful=0.35)
        for member in home.members:
            if draw.random() < AGAIN_ALONE:
                place = draw.choice(self.places) if draw.random() < 0.25 else home.place
                alone = Home([member], place, self._phone() if draw.random() < 0.3 else home.phone)
                yield from self._registration(home, [member], alone, careful=0.25)

    def _registration(
        self, home: Home, members: list[Someone], at: Home, *, careful: float
    ) -> Iterator[tuple[object, ...]]:
        """One visit to one clerk, who writes all names of a visit in one manner."""
        self.registrations += 1
        clerk = _Clerk(self.draw, careful=careful, manner=self.draw.random())
        family = home.members[0].person
        for member in members:
            yield (f"r{self.registrations}", *clerk.write(member, at), member.person, family)


@dataclass
class _Clerk:
    draw: random.Random
    careful: float  # how often a field is written without a slip or a gap, beyond what is usual
    manner: float  # which spelling of a name comes to this clerk

    def write(self, who: Someone, at: Home) -> tuple[object, ...]:
        draw = self.draw
        as_wife = who.husband and draw.random() < 0.3
        given, surname = self.spell(who.given), self.spell(who.husband if as_wife else who.surname)
        if draw.random() < 0.08 * (1 - self.careful):
            given, surname = surname, given
        father = "" if self._gap(0.06) else f"{self.spell(who.father[0])} {self.spell(who.father[1])}"
        mother = "" if self._gap(0.10) else f"{self.spell(who.mother[0])} {self.spell(who.mother[1])}"
        if draw.random() < 0.25:
            father, mother = (name.rpartition(" ")[0] or name for name in (father, mother))
        sex = who.sex if draw.random() > 0.006 else "MF"[who.sex == "M"]
        date, estimated = self._birth(who)
        place = "" if self._gap(0.02) else self._slip(at.place, 0.04)
        phone = "" if self._gap(0.25) else at.phone
        document = "" if self._gap(0.35) else who.document
        return given, surname, father, mother, sex, date, estimated, place, phone, document

    def _gap(self, often: float) -> bool:
        return self.draw.random() < often * (1.6 - self.careful)

    def spell(self, name: tuple[str, ...]) -> str:
        """The spelling that comes to this clerk, mostly the usual one, now and then with a slip."""
        usual = self.draw.random() < 0.45 + 0.3 * self.careful
        chosen = name[0] if usual or len(name) == 1 else name[int(self.manner * 7919 + len(name[0])) % len(name)]
        if self.draw.random() < 0.08:
            chosen = self.draw.choice(name)
        return self._slip(chosen, 0.035 * (1.7 - self.careful))

    def _slip(self, text: str, often: float) -> str:
        if len(text) < 3 or self.draw.random() >= often:
            return text
        i, kind = self.draw.randrange(1, len(text)), self.draw.random()
        beside = KEYS_BESIDE.get(text[i].lower(), "e")
        if kind < 0.35:
            return text[:i] + self.draw.choice(beside) + text[i + 1 :]
        if kind < 0.6:
            return text[:i] + text[i + 1 :]
        if kind < 0.8:
            return text[:i] + text[i - 1] + text[i:]
        return text[: i - 1] + text[i] + text[i - 1] + text[i + 1 :]

    def _birth(self, who: Someone) -> tuple[str, int]:
        draw = self.draw
        (year, month, day), doubt = who.birth, 1 - self.careful
        if self._gap(0.03):
            return "", 0
        if not who.knows_day or draw.random() < 0.25 * doubt:
            if draw.random() < 2 * doubt:
                year += draw.choices((0, -1, 1, -2, 2, -4, 4), (40, 14, 14, 8, 8, 3, 3))[0]
            if draw.random() < 0.3 * doubt:
                year -= year % 5
            return (str(year) if draw.random() < 0.2 else f"{year}-01-01"), 1
        slip = draw.random()
        if slip < 0.03 * doubt and day <= 12:
            month, day = day, month
        elif slip < 0.08 * doubt:
            day = draw.randint(1, 28)
        elif slip < 0.11 * doubt:
            year += draw.choice((-1, 1, -10, 10))
        return f"{year}-{month:02d}-{day:02d}", 0



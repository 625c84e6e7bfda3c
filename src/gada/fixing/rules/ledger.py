"""Where every token of a sweep stands, counted from what was noted: the same on every node with the same lines."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Lines:
    """What was noted of one sweep and counts: rows of this room, those withdrawn left out, oldest first."""

    printings: Sequence[Any] = ()
    loads: Sequence[Any] = ()
    visits: Sequence[Any] = ()
    voidings: Sequence[Any] = ()
    spendings: Sequence[Any] = ()
    tokenless: Sequence[Any] = ()
    verdicts: Sequence[Any] = ()
    # Households whose registration was undone (entered by mistake): what they came with is free again.
    undone: frozenset[UUID] = frozenset()
    # Households that were joined to another since: both are one family.
    joined: Mapping[UUID, UUID] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Clash:
    """A token with which more than one family was registered, and what a person said of it, if one did."""

    number: int
    spendings: tuple[Any, ...]
    verdict: Any = None


@dataclass(slots=True)
class Shelter:
    """A shelter where nobody was at the first visit, and what the second found."""

    block: str
    name: str
    team: str
    visits: int = 1
    found: bool = False  # somebody was there the second time


@dataclass(slots=True)
class Part:
    """The figures of one block and team."""

    block: str
    team: str
    given: int = 0
    spent: int = 0
    voided: int = 0
    empty: int = 0

    @property
    def unspent(self) -> int:
        return self.given - self.spent - self.voided


@dataclass(frozen=True, slots=True)
class Ledger:
    """Numbers by where they stand. `given` and `carried` name the line that says so."""

    printed: frozenset[int]
    printed_twice: frozenset[int]
    carried: Mapping[int, Any]
    given: Mapping[int, Any]
    given_twice: frozenset[int]
    voided: Mapping[int, Any]
    spent: Mapping[int, tuple[Any, ...]]
    freed: frozenset[int]
    clashes: tuple[Clash, ...]
    shelters: tuple[Shelter, ...]
    parts: tuple[Part, ...]
    tokenless: tuple[Any, ...]

    @property
    def unspent(self) -> frozenset[int]:
        """Handed out, and nobody came with them yet."""
        return frozenset(self.given) - set(self.spent) - set(self.voided)

    @property
    def astray(self) -> frozenset[int]:
        """Carried out, and neither handed out nor voided: to be brought back."""
        return frozenset(self.carried) - set(self.given) - set(self.voided) - set(self.spent)

    @property
    def spent_unlisted(self) -> frozenset[int]:
        """Spent, although no list that counts says they were handed out, or one says they were voided."""
        return frozenset(number for number in self.spent if number not in self.given or number in self.voided)

    @property
    def open_clashes(self) -> tuple[Clash, ...]:
        return tuple(each for each in self.clashes if each.verdict is None)

    @property
    def reasons(self) -> Counter[str]:
        """Families without a token, by why."""
        return Counter(each.why for each in self.tokenless)

    def state_of(self, number: int) -> str:
        """One word for a list: spent before voided, since a family stands behind it."""
        if number in self.spent:
            return "clash" if len(self._families(number)) > 1 else "spent"
        if number in self.voided:
            return "voided"
        if number in self.given:
            return "unspent"
        return "carried" if number in self.carried else "printed"

    def _families(self, number: int) -> tuple[Any, ...]:
        return next((each.spendings for each in self.clashes if each.number == number), ())


def ledger_of(lines: Lines) -> Ledger:
    """Count."""
    given, given_twice = _told(lines.visits)
    printed, printed_twice = _told([each for each in lines.printings if not each.again])
    again, _twice = _told([each for each in lines.printings if each.again])
    carried, voided = _told(lines.loads)[0], _told(lines.voidings)[0]
    spent: dict[int, list[Any]] = defaultdict(list)
    for each in lines.spendings:
        if each.household_id not in lines.undone:
            spent[each.number].append(each)
    freed = {each.number for each in lines.spendings} - set(spent)
    return Ledger(
        printed=frozenset(printed) | set(again), printed_twice=frozenset(printed_twice), carried=carried, given=given,
        given_twice=frozenset(given_twice), voided=voided, freed=frozenset(freed),
        spent={number: tuple(rows) for number, rows in spent.items()}, clashes=_clashes(lines, spent),
        shelters=_shelters(lines.visits), parts=_parts(lines.visits, given, set(spent), set(voided)),
        tokenless=tuple(each for each in lines.tokenless if each.household_id not in lines.undone),
    )


def _told(lines: Iterable[Any]) -> tuple[dict[int, Any], set[int]]:
    """By number the first line that names it, and the numbers that a later line names again."""
    found: dict[int, Any] = {}
    twice: set[int] = set()
    for line in lines:
        if line.first is None:
            continue
        for number in range(line.first, line.last + 1):
            if found.setdefault(number, line) is not line:
                twice.add(number)
    return found, twice


def _clashes(lines: Lines, spent: Mapping[int, Sequence[Any]]) -> tuple[Clash, ...]:
    verdicts = {each.number: each for each in lines.verdicts}  # the newest is the last
    found = []
    for number in sorted(spent):
        families = {lines.joined.get(each.household_id, each.household_id) for each in spent[number]}
        if len(families) < 2:
            continue
        verdict = verdicts.get(number)
        covers = verdict is not None and {str(each.household_id) for each in spent[number]} <= set(verdict.among)
        found.append(Clash(number, tuple(spent[number]), verdict if covers else None))
    return tuple(found)


def _shelters(visits: Iterable[Any]) -> tuple[Shelter, ...]:
    """Every shelter that a first visit found empty, with what later visits said of it."""
    found: dict[tuple[str, str], Shelter] = {}
    for visit in sorted(visits, key=lambda each: (each.round, each.lamport, each.id)):
        for name in visit.empty:
            shelter = found.setdefault((visit.block, name), Shelter(visit.block, name, visit.team, 0))
            shelter.visits = max(shelter.visits, visit.round)
        if visit.first is not None and visit.round > 1:
            for name in visit.shelters:
                if (visit.block, name) in found and name not in visit.empty:
                    found[visit.block, name].found, found[visit.block, name].visits = True, visit.round
    return tuple(found[key] for key in sorted(found, key=lambda key: (key[0], _as_number(key[1]))))


def _parts(visits: Iterable[Any], given: Mapping[int, Any], spent: set[int], voided: set[int]) -> tuple[Part, ...]:
    found: dict[tuple[str, str], Part] = {}
    for visit in visits:
        part = found.setdefault((visit.block, visit.team), Part(visit.block, visit.team))
        part.empty += len(visit.empty) if visit.round == 1 else 0
    for number, visit in given.items():
        part = found[visit.block, visit.team]
        part.given += 1
        if number in spent:
            part.spent += 1
        elif number in voided:
            part.voided += 1
    return tuple(found[key] for key in sorted(found))


def _as_number(name: str) -> tuple[int, str]:
    return (int(name), "") if name.isdigit() and len(name) < 9 else (10**9, name)

"""Two registrations side by side: one line of evidence per field, in thousandths of a bit.

Three stories are weighed against each other: the same person, two members of one household, two strangers.
Siblings, not typing errors, are what goes wrong in linkage (research C, finding 1: 99.5 % of false pairs), so
what members of one family share anyway is taken back by a line of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from gada.engine.linkage import parameters as p
from gada.engine.linkage.dates import DateLevel, both_precise, relate_dates, years_apart
from gada.engine.linkage.features import (
    Features,
    Relative,
    plain_document,
    plain_phone,
    plain_place,
)
from gada.engine.linkage.names import (
    Likeness,
    NameRelation,
    family_of,
    likeness_of,
    relate_names,
    words_of,
)

BORN_TOGETHER = frozenset((DateLevel.SAME_DAY, DateLevel.PART, DateLevel.SAME_YEAR, DateLevel.WITHIN_2))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of evidence: `millibits` for the same person against strangers, `kin_millibits` for one
    household against strangers; `reason` is a stable code, `facts` the relation and never a value."""

    kind: str
    millibits: int
    reason: str
    facts: dict[str, Any] = field(default_factory=dict)
    kin_millibits: int = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """The lines, and their sum once the household's share is taken back among `people` people."""

    lines: tuple[Line, ...]
    people: int = p.REFERENCE_PEOPLE

    @property
    def total_millibits(self) -> int:
        return sum(line.millibits for line in self.lines)

    def among(self, people: int) -> Evidence:
        """The same evidence where so many people are registered: the household's share changes."""
        fields = tuple(line for line in self.lines if line.kind != "kinship")
        return Evidence(_with_kinship(fields, people=people), people)


def compare_people(a: Features, b: Features, *, people: int = p.REFERENCE_PEOPLE) -> Evidence:
    """Weigh two registrations. Symmetric; what either lacks says nothing."""
    lines = [*_name_lines(a, b)]
    for kind, one, other in (("father", a.father, b.father), ("mother", a.mother, b.mother)):
        lines += _parent_lines(kind, one, other, a, b)
    lines += _plain_lines("sex", p.SEX, a.sex, b.sex)
    lines += _birth_lines(a, b)
    lines += _plain_lines("place", p.PLACE, plain_place(a.place), plain_place(b.place))
    lines += _plain_lines("origin", p.ORIGIN, plain_place(a.origin), plain_place(b.origin))
    lines += _plain_lines("phone", p.PHONE, plain_phone(a.phone), plain_phone(b.phone))
    lines += _document_lines(a, b)
    lines += _household_lines(a, b)
    return Evidence(_with_kinship(tuple(lines), people=people), people)


def _line(kind: str, level: str, chances: p.Chances, **facts: Any) -> Line:
    same, kin, strangers = chances
    return Line(
        kind=kind,
        millibits=round(1000 * math.log2(same / strangers)),
        reason=f"{kind}-{level}",
        facts={"relation": level, **facts},
        kin_millibits=round(1000 * math.log2(kin / strangers)),
    )


def _with_kinship(lines: tuple[Line, ...], *, people: int) -> tuple[Line, ...]:
    """Add the line that takes back what one household would explain as well."""
    kin_bits = sum(line.kin_millibits for line in lines) / 1000
    odds = math.log2(p.KIN_PER_PERSON / max(people, p.KIN_PER_PERSON + 1)) + kin_bits
    taken = -(odds + math.log2(1 + 2**-odds)) if odds > 0 else -math.log2(1 + 2**odds)
    millibits = round(1000 * taken)
    if millibits > -10:
        return lines
    return (*lines, Line("kinship", millibits, "kinship-explains-as-well", {"relation": "household"}))


def _plain_lines(kind: str, table: dict[str, p.Chances], one: str, other: str) -> list[Line]:
    if not one or not other:
        return []
    level = "same" if one == other else "differ"
    return [_line(kind, level, table[level])]


def _named(kind: str, table: dict[str, p.Chances], relation: NameRelation, *, swapped: bool = False) -> Line:
    level = relation.likeness.name.lower()
    same, kin, strangers = table[level]
    if relation.likeness >= Likeness.EQUIVALENT:
        share = max(relation.share / 10_000, p.SMALLEST_SHARE)
        strangers *= share
        kin = max(kin, strangers)
    if swapped:
        # The chance of a swap, spread over the two names that were swapped together.
        same, kin = same * p.SWAPPED_CHANCE**0.5, kin * p.SWAPPED_CHANCE**0.5
    facts = {"swapped": True} if swapped else {}
    return _line(kind, level, (same, kin, strangers), **facts)


def _name_lines(a: Features, b: Features) -> list[Line]:
    given, surname = relate_names(a.given, b.given), relate_names(a.surname, b.surname)
    crossed = relate_names(a.given, b.surname), relate_names(a.surname, b.given)
    straight_sum = sum(r.likeness for r in (given, surname) if r)
    if (
        crossed[0]
        and crossed[1]
        and min(crossed[0].likeness, crossed[1].likeness) >= Likeness.NEAR
        and max(crossed[0].likeness, crossed[1].likeness) >= Likeness.EQUIVALENT
        and crossed[0].likeness + crossed[1].likeness > straight_sum
    ):
        return [
            _named("given", p.GIVEN, crossed[0], swapped=True),
            _named("surname", p.SURNAME, crossed[1], swapped=True),
        ]
    lines = []
    if given:
        lines.append(_named("given", p.GIVEN, given))
    if surname:
        lines.append(_named("surname", p.SURNAME, surname))
    return lines


def _parent_lines(kind: str, one: str, other: str, a: Features, b: Features) -> list[Line]:
    """A parent's name without the words that already spoke as the person's own surname."""
    own = {family_of(w) for w in words_of(a.surname)} & {family_of(w) for w in words_of(b.surname)}

    def remaining(name: str) -> str:
        kept = [w for w in words_of(name) if family_of(w) not in own]
        return " ".join(kept)

    relation = relate_names(remaining(one), remaining(other))
    return [_named(kind, p.PARENT, relation)] if relation else []


def _birth_lines(a: Features, b: Features) -> list[Line]:
    if a.birth is None or b.birth is None:
        return []
    level = relate_dates(a.birth, b.birth)
    precise = both_precise(a.birth, b.birth)
    table = p.BIRTH_PRECISE if precise else p.BIRTH_ROUGH
    facts = {"years_apart": years_apart(a.birth, b.birth), "estimated": not precise}
    same, kin, strangers = table[level]
    given = relate_names(a.given, b.given)
    if given and given.likeness >= Likeness.EQUIVALENT and level in BORN_TOGETHER:
        kin *= p.NAMESAKES_BORN_TOGETHER
    return [_line("birth", level, (same, kin, strangers), **facts)]


def _document_lines(a: Features, b: Features) -> list[Line]:
    """Any shared number agrees; none shared counts against only where both hold the same type."""
    ours, theirs = ({plain_document(d) for d in x.documents} - {""} for x in (a, b))
    if not ours or not theirs:
        return []
    if ours & theirs:
        return [_line("document", "same", p.DOCUMENT["same"], shared=len(ours & theirs))]
    types = [{d.partition(":")[0].upper() for d in x.documents if ":" in d} for x in (a, b)]
    if types[0] & types[1]:
        return [_line("document", "differ", p.DOCUMENT["differ"])]
    return []


def _household_lines(a: Features, b: Features) -> list[Line]:
    if not a.household or not b.household:
        return []
    matched = members_in_common(a.household, b.household)
    level = "several-members" if matched >= 2 else "one-member" if matched else "no-member"
    lines = [_line("household", level, p.HOUSEHOLD[level], members=matched)]
    mine, yours = as_relative(a), as_relative(b)
    if not _fits(mine, yours) and (
        any(_fits(yours, r) for r in a.household) or any(_fits(mine, r) for r in b.household)
    ):
        level = "another-member-fits-better"
        lines.append(_line("assignment", level, p.OTHER_MEMBER[level]))
    return lines


def as_relative(person: Features) -> Relative:
    """The person as the others of the household see them."""
    return Relative(person.given, person.surname, person.sex, person.birth, person.is_head)


def members_in_common(ours: tuple[Relative, ...], theirs: tuple[Relative, ...]) -> int:
    """How many members of two households fit each other, one to one: the most that can be paired."""
    partner: dict[int, int] = {}

    def pair(member: int, tried: set[int]) -> bool:
        for other, relative in enumerate(theirs):
            if other in tried or not _fits(ours[member], relative):
                continue
            tried.add(other)
            if other not in partner or pair(partner[other], tried):
                partner[other] = member
                return True
        return False

    return sum(pair(member, set()) for member in range(len(ours)))


def _fits(a: Relative, b: Relative) -> bool:
    """Same given name by table or sound, not of another sex, not born more than five years apart."""
    left, right = words_of(a.given), words_of(b.given)
    if not left or not right or likeness_of(left[0], right[0]) < Likeness.CLOSE:
        return False
    if a.sex and b.sex and a.sex != b.sex:
        return False
    return a.birth is None or b.birth is None or years_apart(a.birth, b.birth) <= 5

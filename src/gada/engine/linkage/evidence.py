"""Two registrations side by side: one line of evidence per field, in thousandths of a bit.

Three stories are weighed against each other: the same person, two members of one household, two strangers.
Siblings, not typing errors, are what goes wrong in linkage (research C, finding 1: 99.5 % of false pairs), so
what members of one family share anyway is taken back by a line of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from gada.engine.linkage import parameters as p
from gada.engine.linkage.dates import both_precise, years_apart
from gada.engine.linkage.features import Features, Relative, plain_place
from gada.engine.linkage.levels import BORN_TOGETHER, Levels, levels_of
from gada.engine.linkage.model import SMALLEST_CHANCE, Model
from gada.engine.linkage.names import Likeness, likeness_of, words_of
from gada.engine.linkage.usual import USUAL


@dataclass(frozen=True, slots=True)
class Line:
    """One line of evidence: `millibits` for the same person against strangers, `kin_millibits` for each kind of kin
    against strangers; `reason` is a stable code, `facts` the relation and never a value."""

    kind: str
    millibits: int
    reason: str
    facts: dict[str, Any] = field(default_factory=dict)
    kin_millibits: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """The lines, and their sum once the household's share is taken back among `people` people."""

    lines: tuple[Line, ...]
    people: int = p.REFERENCE_PEOPLE
    model: Model = USUAL

    @property
    def total_millibits(self) -> int:
        return sum(line.millibits for line in self.lines)

    def among(self, people: int) -> Evidence:
        """The same evidence where so many people are registered: the household's share changes."""
        fields = tuple(line for line in self.lines if line.kind != "kinship")
        return Evidence(_with_kinship(fields, self.model, people=people), people, self.model)


def compare_people(
    a: Features, b: Features, *, people: int = p.REFERENCE_PEOPLE, model: Model = USUAL
) -> Evidence:
    """Weigh two registrations. Symmetric; what either lacks says nothing."""
    levels = levels_of(a, b)
    lines = [_field_line(name, levels, a, b, model) for name in levels.of]
    lines += _origin_lines(a, b, model)
    lines += _household_lines(a, b, model)
    return Evidence(_with_kinship(tuple(lines), model, people=people), people, model)


def _line(
    kind: str, level: str, same: float, kin: Iterable[float], strangers: float, **facts: Any
) -> Line:
    def millibits(chance: float) -> int:
        return round(1000 * math.log2(max(chance, SMALLEST_CHANCE) / strangers))

    return Line(
        kind=kind,
        millibits=millibits(same),
        reason=f"{kind}-{level}",
        facts={"relation": level, **facts},
        kin_millibits=tuple(map(millibits, kin)),
    )


def _field_line(name: str, levels: Levels, a: Features, b: Features, model: Model) -> Line:
    level = levels.of[name]
    same, strangers = model.same[name][level], max(model.strangers[name][level], SMALLEST_CHANCE)
    kin = [kind.chances[name][level] for kind in model.kin]
    facts: dict[str, Any] = {}
    if name in levels.families:
        strangers *= model.share(name, levels.families[name])
        kin = [max(chance, strangers) for chance in kin]
    if levels.swapped and name in ("given", "surname"):
        # The chance of a swap, spread over the two names that were swapped together.
        same, kin = same * model.swapped**0.5, [chance * model.swapped**0.5 for chance in kin]
        facts["swapped"] = True
    if name == "birth" and a.birth is not None and b.birth is not None:
        facts = {"years_apart": years_apart(a.birth, b.birth), "estimated": not both_precise(a.birth, b.birth)}
        namesakes = levels.of.get("given", 0) >= Likeness.EQUIVALENT
        if namesakes and levels.named("birth") in BORN_TOGETHER:
            kin = [chance * model.namesakes_born_together for chance in kin]
    return _line(name, levels.named(name), same, kin, strangers, **facts)


def _with_kinship(lines: tuple[Line, ...], model: Model, *, people: int) -> tuple[Line, ...]:
    """Add the line that takes back what one household would explain as well."""
    each = [sum(kin) / 1000 for kin in zip(*(line.kin_millibits for line in lines), strict=True)]
    kinds = each or [0.0] * len(model.kin)
    kin_bits = math.log2(sum(kind.share * 2**bits for kind, bits in zip(model.kin, kinds, strict=True)))
    per_person = model.kin_pairs / model.repeats
    odds = math.log2(per_person / max(people, per_person + 1)) + kin_bits
    taken = -(odds + math.log2(1 + 2**-odds)) if odds > 0 else -math.log2(1 + 2**odds)
    millibits = round(1000 * taken)
    if millibits > -10:
        return lines
    return (*lines, Line("kinship", millibits, "kinship-explains-as-well", {"relation": "household"}))


def _of_table(kind: str, table: dict[str, p.Chances], level: str, model: Model, **facts: Any) -> Line:
    same, kin, strangers = table[level]
    return _line(kind, level, same, [kin] * len(model.kin), strangers, **facts)


def _origin_lines(a: Features, b: Features, model: Model) -> list[Line]:
    one, other = plain_place(a.origin), plain_place(b.origin)
    if not one or not other:
        return []
    return [_of_table("origin", p.ORIGIN, "same" if one == other else "differ", model)]


def _household_lines(a: Features, b: Features, model: Model) -> list[Line]:
    if not a.household or not b.household:
        return []
    matched = members_in_common(a.household, b.household)
    level = "several-members" if matched >= 2 else "one-member" if matched else "no-member"
    lines = [_of_table("household", p.HOUSEHOLD, level, model, members=matched)]
    mine, yours = as_relative(a), as_relative(b)
    if not _fits(mine, yours) and (
        any(_fits(yours, r) for r in a.household) or any(_fits(mine, r) for r in b.household)
    ):
        level = "another-member-fits-better"
        lines.append(_of_table("assignment", p.OTHER_MEMBER, level, model))
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

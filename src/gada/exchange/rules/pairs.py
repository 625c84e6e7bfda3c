"""Pairs of a comparison: who becomes a candidate, what is decided, and one link for each (exchange.md §3)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from gada.engine.linkage import BirthDate, Evidence, Features, Outcome, Precision, Source, compare_people
from gada.engine.proof.digests import digest_hex

# A token that very many people on both sides hold names nobody; both sides leave it out alike.
MOST_PAIRS_PER_TOKEN: Final = 2500
AGREE: Final = frozenset({"exact", "equivalent", "same", "same-day"})
CLOSE: Final = frozenset({"close", "near", "part", "same-year", "within-2-years"})
PRECISIONS: Final = {
    "day": Precision.DAY,
    "month": Precision.MONTH,
    "year": Precision.YEAR,
    "around": Precision.AGE,
}
Indices = Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Judged:
    """One pair after the decision of both sides: outcome same | case | different, and why a case."""

    pair: str
    ours: str
    theirs: str
    outcome: str
    why: str
    total: int


def pair_key(one: str, other: str) -> str:
    """The same on both sides: the digest of both handles, sorted."""
    return digest_hex("\x1f".join(sorted((one, other))).encode())


def candidate_pairs(ours: Indices, theirs: Indices, *, common: int) -> list[tuple[str, str]]:
    """(our handle, their handle) of everybody who shares at least `common` matched tokens, sorted."""
    holders: dict[int, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for side, people in enumerate((ours, theirs)):
        for handle, indices in people.items():
            for index in set(indices):
                holders[index][side].append(handle)
    counts: Counter[tuple[str, str]] = Counter()
    for mine, others in holders.values():
        if len(mine) * len(others) <= MOST_PAIRS_PER_TOKEN:
            counts.update((one, other) for one in mine for other in others)
    return sorted(pair for pair, count in counts.items() if count >= common)


def features_from_fields(fields: Mapping[str, Any]) -> Features:
    """Features of a candidate from the agreed comparison fields alone, the same for both sides."""
    birth = fields.get("birth")
    documents = tuple(sorted(f"{each['kind']}:{each['number']}" for each in fields.get("documents", ())))
    return Features(
        given=fields.get("given", ""),
        surname=fields.get("surname", ""),
        father=fields.get("father", ""),
        mother=fields.get("mother", ""),
        sex=fields.get("sex", ""),
        birth=_birth(birth) if birth else None,
        place=fields.get("place", ""),
        phone=fields.get("phone", ""),
        documents=documents,
    )


def weigh(one: Mapping[str, Any], other: Mapping[str, Any], *, people: int) -> Evidence:
    """Evidence for a pair; callers give the party with the smaller node id first, so that both get the same."""
    return compare_people(features_from_fields(one), features_from_fields(other), people=people)


def relations_of(evidence: Evidence) -> dict[str, str]:
    """Per field agree, close or differ: all that an adjudicator sees of the partner's person."""
    return {
        line.kind: _relation(str(line.facts["relation"]))
        for line in evidence.lines
        if "relation" in line.facts and line.kind not in ("kinship", "household", "assignment")
    }


def judge_together(
    pairs: Iterable[tuple[str, str]],
    ours: Mapping[str, tuple[str, int]],
    theirs: Mapping[str, tuple[str, int]],
    *,
    conflicts: frozenset[str] = frozenset(),
) -> list[Judged]:
    """Both verdicts of each pair become one: alike and certain links, alike and no parts, anything else is a case.

    One-to-one: the strongest pair of a person links, a second one opens a case. `conflicts` are pairs of which
    either side already linked its person with somebody else. Both sides compute the same list.
    """
    wanted = [(pair_key(mine, other), mine, other) for mine, other in pairs]
    both = [
        (pair, mine, other, ours[pair], theirs[pair])
        for pair, mine, other in wanted
        if pair in ours and pair in theirs
    ]
    taken: set[str] = set()
    judged = []
    for pair, mine, other, (our_outcome, our_total), (their_outcome, _) in sorted(
        both, key=lambda row: (-(row[3][1] + row[4][1]), row[0])
    ):
        outcome, why = _together(our_outcome, their_outcome)
        if outcome == "same" and (mine in taken or other in taken or pair in conflicts):
            outcome, why = "case", "second"
        if outcome == "same":
            taken |= {mine, other}
        judged.append(Judged(pair, mine, other, outcome, why, our_total))
    return judged


def _together(ours: str, theirs: str) -> tuple[str, str]:
    if ours != theirs:
        return "case", "differ"
    if ours == Outcome.DUPLICATE:
        return "same", ""
    return ("case", "unsure") if ours == Outcome.ADJUDICATE else ("different", "")


def _relation(level: str) -> str:
    if level in AGREE:
        return "agree"
    return "close" if level in CLOSE else "differ"


def _birth(value: Mapping[str, Any]) -> BirthDate | None:
    if not value["from"] or value["precision"] == "unknown":
        return None
    first, last = date.fromisoformat(value["from"]), date.fromisoformat(value["to"])
    source = Source(value["source"]) if value["source"] else Source.DECLARED
    if value["precision"] == "day":
        return BirthDate.on(first, source=source)
    return BirthDate(first, last, PRECISIONS[value["precision"]], source)

"""Decisions about pairs without I/O: who stands left, when households are one, what comes first, what may be judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from hashlib import sha256
from math import log10
from typing import Any
from uuid import UUID, uuid5

import numpy as np
from django.utils.translation import gettext_lazy as _

from gada.engine.fingerprint import Comparison, Template, compare
from gada.engine.linkage import THRESHOLDS, Decision, Features, compare_people, fuse
from gada.engine.linkage.linked import smallest_of_linked
from gada.engine.linkage.model import Model
from gada.engine.linkage.usual import USUAL
from gada.engine.refusal import Invalid, Refusal
from gada.matching.models import CaseStatus, Verdict

Templates = Mapping[int, Template]
Comparing = Callable[[Template, Template], Comparison]
LONGEST_REASON = 500
LONGEST_VERSION = 40
CONVINCING = 30  # one pair of strangers’ fingers in a thousand
LOWEST_LEAST, HIGHEST_LEAST = 20, 35
NEWS = 5  # tenths of a decade: less is only that more people are registered by now
ABSURD_SHARE = 50  # per cent of a batch with a case: the data or the scanner is at fault, not the people
FEWEST_TO_JUDGE_BY = 100
CERTAIN = 10**6
ENOUGH_IN_COMMON = 0.6
LOOKS_ALIKE = 10  # tenths of a decade
GENERATION_YEARS = 13  # a father is rarely younger
WORDS = frozenset({"given", "surname", "father", "mother", "sex", "birth", "document", "phone"})
PairOfMembers = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Part:
    """The part a person plays in a household now."""

    household: UUID
    leads: bool  # head, or somebody who collects for it
    members: int


@dataclass(frozen=True, slots=True)
class Filters:
    """Cases that may be decided "two people" together: sum at most this; fingers disagree, or there are none."""

    most_total: int
    fingers: str = ""
    sexes_differ: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """What one judgement says about two households: they are one family once `needed` people link them."""

    left: UUID
    right: UUID
    needed: int


def pair_of(one: UUID, other: UUID) -> tuple[UUID, UUID]:
    """The older registration first: ids are time-ordered (RFC 9562, version 7)."""
    return (one, other) if one < other else (other, one)


def case_id_of(left: UUID, right: UUID) -> UUID:
    """One id per pair, wherever the case is opened: two nodes that both notice open the same case."""
    return uuid5(left, f"case with {right}")


def household_links(left: Sequence[Part], right: Sequence[Part]) -> list[Link]:
    """Which households one person in two places speaks for.

    One is enough when they lead both, or when a household has nobody else; otherwise it takes two: a child
    counted by both grandparents does not make two families one.
    """
    return [
        Link(*pair_of(one.household, other.household),
             needed=1 if one.leads and other.leads else max(1, min(2, one.members, other.members)))
        for one in left for other in right if one.household != other.household
    ]


def joined_households(links: Iterable[Link]) -> dict[UUID, UUID]:
    """Household → smallest household of its family, from all links that stand."""
    counted: dict[tuple[UUID, UUID], list[int]] = {}
    for link in links:
        counted.setdefault((link.left, link.right), []).append(link.needed)
    return smallest_of_linked(pair for pair, needs in counted.items() if len(needs) >= min(needs))


def priority_of(total: int, *, left: Sequence[Part], right: Sequence[Part]) -> int:
    """What comes first in the queue: what may change aid, then what the sum leaves open."""
    apart = {part.household for part in left}.isdisjoint(part.household for part in right)
    consequence = sum(any(part.leads for part in parts) for parts in (left, right)) if apart else 0
    return consequence * 1000 + 100 - min(100, abs(total))


def weighing_facts(decision: Decision, *, left: Sequence[Part], right: Sequence[Part]) -> dict[str, Any]:
    """What an entry keeps of a weighing."""
    return {
        "lines": lines_of(decision), "total": decision.total,
        "rules_version": f"{decision.version} {decision.model}"[:LONGEST_VERSION].strip(),
        "priority": priority_of(decision.total, left=left, right=right),
    }


def weigh_pair(
    left: Features, right: Features, left_fingers: Templates, right_fingers: Templates, *, people: int,
    found: Mapping[int, int] | None = None, comparing: Comparing = compare, model: Model = USUAL,
) -> Decision:
    """Weigh one pair among `people` people. `found` are finger scores of a search."""
    scores = finger_scores(left_fingers, right_fingers, comparing=comparing)
    for position, score in (found or {}).items():
        scores[position] = max(score, scores.get(position, 0))
    qualities = {
        position: min(left_fingers[position].finger_quality, right_fingers[position].finger_quality)
        for position in scores.keys() & left_fingers.keys() & right_fingers.keys()
    }
    return fuse(
        gallery_size=people, evidence=compare_people(left, right, model=model), finger_scores=scores,
        finger_qualities=qualities,
    )


def finger_scores(left: Templates, right: Templates, *, comparing: Comparing = compare) -> dict[int, int]:
    """Scores by finger, of those both have; when none agrees, also of the best two fingers put side by side.

    Clerks swap hands. Of many pairs tried the best one is kept, so its score pays for the choice.
    """
    scores = {p: comparing(left[p], right[p]).score for p in sorted(left.keys() & right.keys())}
    if max(scores.values(), default=0) >= CONVINCING or not left or not right:
        return scores
    crossed = [(comparing(left[a], right[b]).score, a) for a in sorted(left) for b in sorted(right) if a != b]
    if crossed:
        best, position = max(crossed)
        best -= round(10 * log10(len(crossed)))
        if best >= CONVINCING:
            return {position: best}
    return scores


def least_finger_score(people: int) -> int:
    """Below this score strangers are found by fingers in nearly every search among so many people."""
    return min(HIGHEST_LEAST, max(LOWEST_LEAST, round(10 * log10(max(1, people)))))


def is_news(decision: Decision, *, kinds: Iterable[str], total: int) -> bool:
    """Whether a new weighing says something that the kept one does not: other evidence, or another sum."""
    return {line.kind for line in decision.lines} != set(kinds) or abs(decision.total - total) >= NEWS


def lines_of(decision: Decision) -> list[dict[str, Any]]:
    """The terms of the sum as they are kept: whole numbers and codes."""
    return [
        {"kind": line.kind, "weight": line.weight, "reason": line.reason, "facts": dict(line.facts)}
        for line in decision.lines
    ]


def check_verdict(verdict: str, *, status: str, reading: str, has_read: bool, share_household: bool) -> None:
    """Raises when this may not be decided now. `has_read`: this operator is one of the readers already."""
    if verdict not in Verdict.values:
        raise Invalid("verdict-unknown", _("Choose: the same person, two people, or not sure."))
    if reading and has_read:
        raise Refusal(
            "read-already", _("You have already decided this case. Somebody else must read it now, without your help.")
        )
    if status == CaseStatus.DECIDED and not reading:
        raise Refusal("case-decided", _("This case is decided. Undo the decision first if it was wrong."))
    if verdict == Verdict.SAME and share_household:
        raise Refusal(
            "same-household",
            _("They are members of one household: two people. Correct the household if one is too many."),
        )


def check_agrees(
    verdict: str, *, left: UUID, right: UUID, same: Iterable[tuple[UUID, UUID]], different: Iterable[tuple[UUID, UUID]]
) -> None:
    """Raises Refusal when the decision contradicts others that stand: nobody is joined over a stated difference."""
    pairs = list(same)
    before = smallest_of_linked(pairs)
    if verdict == Verdict.DIFFERENT and before.get(left, left) == before.get(right, right):
        raise Refusal(
            "contradicts-same",
            _("Earlier decisions already join these two over somebody else. Undo one of them first."),
        )
    if verdict == Verdict.SAME:
        after = smallest_of_linked([*pairs, (left, right)])
        if any(after.get(one, one) == after.get(other, other) for one, other in different):
            raise Refusal(
                "contradicts-different",
                _("This would join two who were decided to be different. Undo one of the decisions first."),
            )


def changes_aid(left: Sequence[Part], right: Sequence[Part], *, families: Mapping[UUID, UUID]) -> bool:
    """Whether "same" changes what somebody receives: some household of one becomes, or is, one family with some
    household of the other. Aid is given to families, once in each distribution, by the number of their people.

    `families`: household to the household that stands for its family, as it would be after the decision.
    """
    before, after = ({families.get(p.household, p.household) for p in parts} for parts in (left, right))
    return not before.isdisjoint(after)


def is_sampled(case: UUID, *, percent: float) -> bool:
    """Whether this case is one of those read twice to measure: drawn by its id, the same on every node."""
    drawn = int.from_bytes(sha256(b"second reading " + case.bytes).digest()[:8], "big")
    return drawn < percent / 100 * 2**64


def people_weighed_among(lines: Iterable[Mapping[str, Any]]) -> int | None:
    """Among how many people a kept weighing was made."""
    return next((int(x["facts"]["people"]) for x in lines if x["kind"] == "prior" and "people" in x["facts"]), None)


def clean_filters(*, most_total: int | None, fingers: str, sexes_differ: bool) -> Filters:
    """What many cases must have in common to be decided "two people" in one go.

    Raises Invalid without a bar for the sum, or with one at which the evidence says "the same".
    """
    if most_total is None or most_total >= THRESHOLDS.duplicate:
        raise Invalid(
            "bulk-bar",
            _("Say below which sum: at most %(most)s. What lies above must be looked at one by one."),
            most=f"{(THRESHOLDS.duplicate - 1) / 10:+.1f}",
        )
    return Filters(most_total, fingers if fingers in ("disagree", "none") else "", sexes_differ)


def clean_reason(reason: str) -> str:
    """A reason as it is kept. Raises Invalid when it is too long."""
    text = " ".join(reason.split())
    if len(text) > LONGEST_REASON:
        raise Invalid("reason-too-long", _("The reason is too long. Say it in one or two sentences."))
    return text


def is_absurd(*, checked: int, cases: int) -> bool:
    """Whether so many of a batch look registered twice that something else must be wrong (D6)."""
    return checked >= FEWEST_TO_JUDGE_BY and cases * 100 > checked * ABSURD_SHARE


def canonical_facts(
    before: Mapping[UUID, UUID], after: Mapping[UUID, UUID], ids: Iterable[UUID]
) -> list[dict[str, str]]:
    """What changes for whom: `{"id", "before", "after"}`, only where it changes."""
    return [
        {"id": str(id_), "before": str(before.get(id_, id_)), "after": str(after.get(id_, id_))}
        for id_ in sorted(ids) if before.get(id_, id_) != after.get(id_, id_)
    ]


def paired_members(
    left: Sequence[Features], right: Sequence[Features], *, first: tuple[int, int]
) -> list[PairOfMembers]:
    """Members of two households one to one, so that all together fit best; `first` are the two of the case.

    What all members of a family share (surname, parents, place) says nothing about who is who: given name, sex and
    birth decide. Those who fit nobody stand alone.
    """
    from scipy.optimize import linear_sum_assignment  # here: loading it would slow every command

    weights = np.array([[_fit(one, other) for other in right] for one in left], float).reshape(len(left), len(right))
    weights[first[0], :] = weights[:, first[1]] = 0
    weights[first] = CERTAIN
    rows, columns = linear_sum_assignment(weights.clip(min=0), maximize=True)
    pairs = {int(a): int(b) for a, b in zip(rows, columns, strict=True) if weights[a, b] > 0}
    alone = sorted(set(range(len(right))) - set(pairs.values()))
    known = [first, *((a, b) for a, b in sorted(pairs.items()) if a != first[0])]
    return [*known, *((a, None) for a in range(len(left)) if a not in pairs), *((None, b) for b in alone)]


def _fit(one: Features, other: Features) -> int:
    mine, theirs = (
        Features(given=x.given, surname=x.surname, sex=x.sex, birth=x.birth) for x in (one, other)
    )
    said = {line.kind: line.millibits for line in compare_people(mine, theirs).lines}
    if said.get("given", 0) < 0:
        return 0
    return said.get("given", 0) + said.get("sex", 0) + said.get("birth", 0)


def differing_letters(one: str, other: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Both texts cut into pieces, each with whether it differs from the other text. Capitals do not count.

    Texts with too little in common are not cut: marking nearly every letter shows nothing.
    """
    if not one or not other:
        return [(one, False)], [(other, False)]
    found = SequenceMatcher(None, one.casefold(), other.casefold(), autojunk=False)
    if len(one) != len(one.casefold()) or len(other) != len(other.casefold()) or found.ratio() < ENOUGH_IN_COMMON:
        return [(one, False)], [(other, False)]
    pieces: tuple[list[tuple[str, bool]], list[tuple[str, bool]]] = ([], [])
    for kind, a, b, c, d in found.get_opcodes():
        for side, piece in zip(pieces, (one[a:b], other[c:d]), strict=True):
            if piece:
                side.append((piece, kind != "equal"))
    return pieces


def hints_of(lines: Iterable[Mapping[str, Any]], *, years_apart: int | None, prints: bool) -> list[str]:
    """What a reader should look at before believing the sum: codes, the most telling first."""
    said = list(lines)
    fingers = sum(x["weight"] for x in said if x["kind"] in ("finger", "process-error"))
    words = {x["kind"]: str(x["facts"].get("relation", "")) for x in said if x["kind"] != "finger"}
    alike = sum(x["weight"] for x in said if x["kind"] in WORDS)
    compared = any(x["kind"] == "finger" for x in said)
    hints = []
    if compared and fingers > 0 and alike < 0:
        hints.append("fingers-agree-words-do-not")
    if compared and fingers < 0 and alike > LOOKS_ALIKE:
        hints.append("words-agree-fingers-do-not")
    if "assignment" in words:
        hints.append("another-member-fits-better")
    if any(x["facts"].get("swapped") for x in said):
        hints.append("names-exchanged")
    if years_apart is not None and years_apart >= GENERATION_YEARS and words.get("given") != "differ":
        hints.append("a-generation-apart")
    if words.get("household") in ("one-member", "several-members"):
        hints.append("households-share-members")
    if words.get("document") == "same":
        hints.append("same-document")
    if not compared:
        hints.append("fingers-not-compared" if prints else "no-fingers")
    return hints

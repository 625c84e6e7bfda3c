"""From evidence to a decision: names, dates, household and fingers on one scale, tenths of a decade of odds.

The scale is that of the fingerprint score, -10 log10 of the false-match rate: ten points are ten times less
likely by chance. The prior carries the gallery's size, so nothing else has to (research C, section 4).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from gada.engine.linkage.evidence import Evidence, Line

BEST_QUALITY: Final = 100


class Outcome(StrEnum):
    """What becomes of a pair. Nothing is denied to anyone by any of them."""

    UNIQUE = "unique"
    ADJUDICATE = "adjudicate"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Costs:
    """What each mistake costs, in looks by a person: the one unit an agency can count.

    `missed`: somebody registered twice who is not found collects twice. `wrong`: two people taken for one without
    anybody looking; a family does not eat. `wrong_without_fingers`: the same where only text speaks, which is wrong in
    ways that no sum of weights knows of (a form filled in twice, a namesake next door).
    """

    look: float = 1
    missed: float = 4
    wrong: float = 100
    wrong_without_fingers: float = 316


@dataclass(frozen=True, slots=True)
class Thresholds:
    """One version of the rules of decision, all in tenths of a decade of odds.

    The gallery's size is no threshold: it stands in the sum, as the prior. `process_error` caps what fingers may
    say for or against: a wrong finger, person or label happens about once in 10^(process_error/10) captures
    whatever the ridges say. `no_match_below` is the score under
    which a finger speaks against; `no_match` what it then says (a genuine finger fails in about 3 %).
    `match_discount` turns the tail FMR into odds: log10 of the density of genuine scores at that score.
    `poor_no_match` is what a finger says at most against where the poorer of its two prints has a quality below
    `poor_quality`: of real prints all that were missed lie among the poorest twentieth (docs/fingerprint.md).
    """

    version: str = "gada-decision-1"
    adjudicate: int = -5
    duplicate: int = 20
    duplicate_without_fingers: int = 25
    process_error: int = 50
    no_match_below: int = 20
    no_match: int = -15
    no_match_floor: int = -25
    match_discount: int = 14
    demographic_cap: int = 70
    poor_quality: int = 20
    poor_no_match: int = -8


def thresholds_for(costs: Costs, *, version: str) -> Thresholds:
    """The bars that cost least: a person looks where a look costs less than what it may prevent.

    With odds o of one person: not to look costs missed * o / (1 + o), to look costs look; to decide without a look
    costs wrong / (1 + o). Nobody is denied anything by any of it.
    """

    def decades(odds: float) -> int:
        return round(10 * math.log10(max(odds, 1e-9)))

    return Thresholds(
        version=version,
        adjudicate=decades(costs.look / max(costs.missed - costs.look, 1e-9)),
        duplicate=decades(costs.wrong / costs.look - 1),
        duplicate_without_fingers=decades(costs.wrong_without_fingers / costs.look - 1),
    )


THRESHOLDS = thresholds_for(Costs(), version="gada-decision-2")


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """One term of the sum: `weight` in tenths of a decade, a stable reason code, facts without values."""

    kind: str
    weight: int
    reason: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """Outcome, the lines that add up to `total` (tenths of a decade of odds), and what computed it: the version of
    the rules and the name of the model."""

    outcome: Outcome
    lines: tuple[DecisionLine, ...]
    total: int
    version: str
    model: str = ""


def fuse(
    *,
    gallery_size: int,
    evidence: Evidence | None = None,
    finger_scores: Mapping[int, int] | None = None,
    finger_qualities: Mapping[int, int] | None = None,
    thresholds: Thresholds = THRESHOLDS,
) -> Decision:
    """Decide one pair among `gallery_size` people.

    `finger_scores`: ISO finger position to score floor(-10 log10 FMR), only for fingers both sides have: a finger that
    one lacks says nothing. `finger_qualities`: the lower quality of its two prints, 0 to 100; not given, good.
    """
    people = max(2, gallery_size)
    lines = [DecisionLine("prior", -round(10 * math.log10(people)), "people-searched", {"people": people})]
    if evidence is not None:
        lines += _demographic_lines(evidence.among(people), thresholds)
    lines += _finger_lines(finger_scores or {}, finger_qualities or {}, thresholds)
    total = sum(line.weight for line in lines)
    model = evidence.model.name if evidence is not None else ""
    return Decision(_outcome(total, lines, thresholds), tuple(lines), total, thresholds.version, model)


def _demographic_lines(evidence: Evidence, thresholds: Thresholds) -> list[DecisionLine]:
    lines = [DecisionLine(x.kind, _tenths(x), x.reason, x.facts) for x in evidence.lines]
    total = sum(line.weight for line in lines)
    if total > thresholds.demographic_cap:
        capped = thresholds.demographic_cap - total
        lines.append(DecisionLine("demographic-cap", capped, "text-proves-only-so-much"))
    return lines


def _tenths(line: Line) -> int:
    return round(line.millibits * 10 * math.log10(2) / 1000)


def _finger_lines(
    scores: Mapping[int, int], qualities: Mapping[int, int], thresholds: Thresholds
) -> list[DecisionLine]:
    """Each finger's say: the strongest in full, the others by half (one capture, one skin), then the cap."""
    lines = []
    said = {
        position: finger_weight(score, thresholds, quality=qualities.get(position, BEST_QUALITY))
        for position, score in scores.items()
    }
    for rank, (position, weight) in enumerate(sorted(said.items(), key=lambda x: (-abs(x[1]), x[0]))):
        reason = "finger-matches" if weight > 0 else "finger-does-not-match"
        share = weight if rank == 0 else int(weight / 2)
        facts = {"position": position, "score": scores[position]}
        lines.append(DecisionLine("finger", share, reason, facts))
    total = sum(line.weight for line in lines)
    limit = thresholds.process_error
    if abs(total) > limit:
        lines.append(
            DecisionLine("process-error", (limit if total > 0 else -limit) - total, "capture-may-err")
        )
    return lines


def finger_weight(score: int, thresholds: Thresholds = THRESHOLDS, *, quality: int = BEST_QUALITY) -> int:
    """What one finger's score says, in tenths of a decade: never more than its false-match rate allows."""
    if score < thresholds.no_match_below and quality < thresholds.poor_quality:
        return thresholds.poor_no_match
    if score < thresholds.no_match_below:
        return max(thresholds.no_match_floor, thresholds.no_match + min(0, (score - 10) // 2))
    return max(0, score - thresholds.match_discount)


def _outcome(total: int, lines: list[DecisionLine], thresholds: Thresholds) -> Outcome:
    """Bands on the total; a person looks wherever fingers and text speak strongly against each other, also
    when the fingers' agreement is capped: what cannot be chance may still be somebody else's finger."""
    fingers = sum(x.weight for x in lines if x.kind == "finger")
    prior = sum(x.weight for x in lines if x.kind == "prior")
    text = sum(x.weight for x in lines if x.kind not in ("finger", "process-error", "prior"))
    touched = any(x.kind == "finger" for x in lines)
    bar = thresholds.duplicate if touched else thresholds.duplicate_without_fingers
    contradict = (fingers + prior > 0 and text < -10) or (text + prior > 10 and fingers < 0)
    if total >= bar and not contradict:
        return Outcome.DUPLICATE
    if total >= thresholds.adjudicate or contradict:
        return Outcome.ADJUDICATE
    return Outcome.UNIQUE

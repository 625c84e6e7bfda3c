"""The end of a comparison: verdicts of both sides become one, handles, figures, and the signed word of destruction."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from gada.exchange.models import Link
from gada.exchange.rules.pairs import Judged, judge_together
from gada.exchange.services.overlap.messages import unreadable
from gada.exchange.services.overlap.side import Side, permanent_handle
from gada.exchange.services.standing import own_id
from gada.exchange.services.words import sign_words, when

DESTRUCTION: Final = "destruction"


def verdicts_of(said: Any) -> dict[str, tuple[str, int]]:
    """pair → (outcome, total) as one side said it."""
    try:
        found = {str(pair): (str(outcome), int(total)) for pair, outcome, total in said["pairs"]}
    except (KeyError, TypeError, ValueError):
        raise unreadable() from None
    return found


def say_results(side: Side, at: datetime) -> Any:
    """Permanent handles of pairs that both call the same or that become cases; and which of our people are taken."""
    ours, theirs = verdicts_of(side.mine("verdicts")), verdicts_of(side.theirs("verdicts"))
    wanted = [row for row in judge_together(side.compared, ours, theirs) if row.outcome != "different"]
    people = {row.pair: side.person_of[row.ours] for row in wanted}
    standing = Link.objects.filter(
        agreement_id=side.terms.agreement_id, withdrawn_at=None, person_id__in=list(people.values())
    )
    linked = dict(standing.values_list("person_id", "their_handle"))
    return {
        "handles": {
            pair: permanent_handle(side.terms.agreement_id, person) for pair, person in people.items()
        },
        "linked": {pair: linked[person] for pair, person in people.items() if person in linked},
    }


def check_results(side: Side) -> None:
    said = side.theirs("results")
    try:
        fine = all(
            len(bytes.fromhex(handle)) == 32
            for name in ("handles", "linked")
            for handle in said[name].values()
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise unreadable() from None
    if not fine:
        raise unreadable()


def say_done(side: Side, at: datetime) -> Any:
    figures = own_figures(side)
    return {
        "figures": figures,
        "statement": sign_words(
            DESTRUCTION,
            {
                "run": str(side.run.id),
                "party": str(own_id()),
                "pairs_judged_different": figures["different"],
                "at": when(at),
            },
        ),
    }


def own_figures(side: Side) -> dict[str, int]:
    """What this comparison found, and what people who are not shared lost at this side."""
    judged = judged_pairs(side)
    linked = {row.ours for row in judged if row.outcome == "same"}
    shared = {side.person_of[handle] for handle in linked}
    showed = {side.person_of[handle] for handle in side.mine("fields")["people"]}
    sent = side.mine("prints") if side.compares_prints is False else {}
    printed = {side.person_of[handle] for handle in (sent or {}).get("prints", {})}
    return {
        "people": len(side.population),
        "tokens": len(side.tokens),
        "matched": len(side.matched),
        "candidates": len(side.candidates),
        "pairs": len(side.compared),
        "links": len(linked),
        "cases": sum(row.outcome == "case" for row in judged),
        "different": sum(row.outcome == "different" for row in judged),
        "by_prints": sum(bool(side.scores.get(row.pair)) for row in judged if row.outcome == "same"),
        "comparisons": len(side.compared) + sum(len(scores) for scores in side.scores.values()),
        "strangers_token": len(set(side.in_common) - set(side.candidates) - shared),
        "strangers_fields": len(showed - shared),
        "strangers_prints": len(printed - shared),
    }


def judged_pairs(side: Side) -> list[Judged]:
    """The common verdict on each pair, one-to-one, with earlier links taken into account."""
    mine, theirs = side.mine("results"), side.theirs("results")
    conflicts = frozenset(
        pair
        for pair in set(mine["handles"]) | set(theirs["handles"])
        if mine["linked"].get(pair, theirs["handles"].get(pair)) != theirs["handles"].get(pair)
        or theirs["linked"].get(pair, mine["handles"].get(pair)) != mine["handles"].get(pair)
    )
    ours, others = verdicts_of(side.mine("verdicts")), verdicts_of(side.theirs("verdicts"))
    return judge_together(side.compared, ours, others, conflicts=conflicts)


def check_same_pairs(side: Side) -> None:
    """Both sides must name a handle for the very same pairs."""
    if set(side.mine("results")["handles"]) != set(side.theirs("results")["handles"]):
        raise unreadable()

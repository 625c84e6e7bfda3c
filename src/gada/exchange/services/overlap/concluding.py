"""The end of a comparison: links, cases for both sides' adjudicators, figures, and destruction of the rest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gada import journal
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid
from gada.exchange.models import Link, OverlapRun, PairCase
from gada.exchange.rules.pairs import Judged, pair_key, relations_of
from gada.exchange.services.overlap.messages import unreadable
from gada.exchange.services.overlap.side import Side
from gada.exchange.services.overlap.verdicts import DESTRUCTION, judged_pairs, own_figures
from gada.exchange.services.words import node_reference, read_words
from gada.journal import Item

KEPT_STEPS = ("start", "results", "done")  # commitments, handles and figures; all else is destroyed


def conclude(side: Side, *, at: datetime) -> None:
    """Write the result; once, however often it is asked."""
    run = OverlapRun.objects.select_for_update().get(id=side.run.id)
    if run.state != "running":
        return
    judged = judged_pairs(side)
    theirs = _their_figures(side)
    _make_links(side, [row for row in judged if row.outcome == "same"], at=at)
    _open_cases(side, [row for row in judged if row.outcome == "case"], at=at)
    figures = {"ours": own_figures(side), "theirs": theirs}
    run.messages.exclude(step__in=KEPT_STEPS).delete()
    OverlapRun.objects.filter(id=run.id).update(state="done", ended_at=at, step="done", figures=figures)
    journal.record(
        "overlap.finished",
        by=node_reference(),
        about=("overlap", run.id),
        purpose="exchange",
        at=at,
        facts={
            "agreement": run.agreement_id,
            "figures": figures,
            "statement": side.theirs("done")["statement"],
        },
    )


def _their_figures(side: Side) -> dict[str, int]:
    """The partner's figures and their signed statement that evidence of different people was destroyed."""
    said = side.theirs("done")
    try:
        statement = read_words(said["statement"], typ=DESTRUCTION, card=side.run.peer.keys)
        figures = {str(name): int(value) for name, value in said["figures"].items()}
        fine = statement["run"] == str(side.run.id) and statement["party"] == str(side.run.peer_id)
    except (KeyError, TypeError, ValueError, AttributeError, Invalid):
        raise unreadable() from None
    if not fine:
        raise unreadable()
    return figures


def _handles(side: Side, pair: str) -> tuple[str, str]:
    return side.mine("results")["handles"][pair], side.theirs("results")["handles"][pair]


def _make_links(side: Side, rows: list[Judged], *, at: datetime) -> None:
    people = {row.pair: side.person_of[row.ours] for row in rows}
    known = set(
        Link.objects.filter(
            agreement_id=side.terms.agreement_id, withdrawn_at=None, person_id__in=list(people.values())
        ).values_list("person_id", flat=True)
    )
    items = []
    for row in rows:
        person, (ours, theirs) = people[row.pair], _handles(side, row.pair)
        if person not in known:
            items.append(
                Item(
                    about=("person", person),
                    subject=person,
                    mentions=(person,),
                    facts=link_facts(
                        side.run, ours, theirs, scores=side.scores.get(row.pair, {}), total=row.total
                    ),
                )
            )
    journal.record_all("link.made", items=items, by=node_reference(), purpose="exchange", at=at)


def _open_cases(side: Side, rows: list[Judged], *, at: datetime) -> None:
    items = []
    for row in rows:
        person, (ours, theirs) = side.person_of[row.ours], _handles(side, row.pair)
        pair = pair_key(ours, theirs)
        waits = (
            PairCase.objects.filter(agreement_id=side.terms.agreement_id, pair=pair)
            .exclude(our_answer="")
            .exists()
        )
        if (
            waits
            or Link.objects.filter(
                agreement_id=side.terms.agreement_id, pair=pair, withdrawn_at=None
            ).exists()
        ):
            continue  # already answered by people: never asked twice
        items.append(
            Item(
                about=("person", person),
                subject=person,
                mentions=(person,),
                facts={
                    "id": str(new_id()),
                    "agreement": str(side.terms.agreement_id),
                    "peer": str(side.run.peer_id),
                    "run": str(side.run.id),
                    "our_handle": ours,
                    "their_handle": theirs,
                    "pair": pair,
                    "why": row.why,
                    "relations": relations_of(side.evidence[row.pair]),
                    "total": row.total,
                    "print_scores": {
                        str(finger): score for finger, score in side.scores.get(row.pair, {}).items()
                    },
                },
            )
        )
    journal.record_all("pair.opened", items=items, by=node_reference(), purpose="exchange", at=at)


def link_facts(
    run: OverlapRun, ours: str, theirs: str, *, scores: Mapping[int, int], total: int
) -> dict[str, Any]:
    """Facts of a link between our person and a handle of the partner's."""
    return {
        "id": str(new_id()),
        "agreement": str(run.agreement_key),
        "peer": str(run.peer_id),
        "our_handle": ours,
        "their_handle": theirs,
        "pair": pair_key(ours, theirs),
        "run": str(run.id),
        "total": total,
        "print_scores": {str(finger): score for finger, score in scores.items()},
    }

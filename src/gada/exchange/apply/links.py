"""Links made and withdrawn, pairs that wait for a person on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from gada.exchange.apply.rows import identifier, make_rows
from gada.exchange.models import Link, PairCase
from gada.journal import Entry, applies
from gada.journal.changing import change_row


@applies("link.made", schema=1)
def links_made(entries: Sequence[Entry]) -> list[Link]:
    return make_rows(
        Link,
        [
            Link(
                id=UUID(entry.facts["id"]),
                agreement_id=UUID(entry.facts["agreement"]),
                peer_id=UUID(entry.facts["peer"]),
                person_id=entry.about[1],
                our_handle=entry.facts["our_handle"],
                their_handle=entry.facts["their_handle"],
                pair=entry.facts["pair"],
                run_id=identifier(entry.facts["run"]),
                made_at=entry.happened_at,
            )
            for entry in entries
        ],
    )


@applies("link.withdrawn", schema=1)
def links_withdrawn(entries: Sequence[Entry]) -> list[Link]:
    for entry in entries:
        Link.objects.filter(id=entry.facts["id"], withdrawn_at=None).update(
            withdrawn_at=entry.happened_at, withdrawn_by=entry.facts["side"], reason=entry.facts["reason"]
        )
    return list(Link.objects.filter(id__in=[entry.facts["id"] for entry in entries]))


@applies("pair.opened", schema=1)
def pairs_opened(entries: Sequence[Entry]) -> list[PairCase]:
    return make_rows(
        PairCase,
        [
            PairCase(
                id=UUID(entry.facts["id"]),
                agreement_id=UUID(entry.facts["agreement"]),
                peer_id=UUID(entry.facts["peer"]),
                run_id=UUID(entry.facts["run"]),
                person_id=entry.about[1],
                our_handle=entry.facts["our_handle"],
                their_handle=entry.facts["their_handle"],
                pair=entry.facts["pair"],
                why=entry.facts["why"],
                relations=entry.facts["relations"],
                print_scores=entry.facts["print_scores"],
                total=entry.facts["total"],
                opened_at=entry.happened_at,
            )
            for entry in entries
        ],
    )


@applies("pair.judged", schema=1)
def pairs_judged(entries: Sequence[Entry]) -> list[PairCase | None]:
    return [
        change_row(
            PairCase,
            UUID(entry.facts["id"]),
            entry,
            our_answer=entry.facts["answer"],
            decided_at=entry.happened_at,
            decided_by=entry.by[1],
        )
        for entry in entries
    ]


@applies("pair.answered", schema=1)
def pairs_answered(entries: Sequence[Entry]) -> list[PairCase | None]:
    return [change_row(PairCase, UUID(e.facts["id"]), e, their_answer=e.facts["answer"]) for e in entries]

"""What partners said, what differs, how it was settled, and its erasure."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from gada.exchange.apply.rows import identifier, make_rows, moment
from gada.exchange.models import PartnerPrints, Proposal, Statement
from gada.journal import Entry, applies
from gada.journal.changing import change_row


@applies("statement.received", schema=1)
def statements_received(entries: Sequence[Entry]) -> list[Statement]:
    return make_rows(
        Statement,
        [
            Statement(
                id=UUID(said["id"]),
                link_id=UUID(entry.facts["link"]),
                field=said["field"],
                value=said["value"],
                happened_at=moment(said["happened_at"]),
                received_at=entry.recorded_at,  # our clock: what the partner claims decides no term
                package_id=UUID(entry.facts["package"]),
                ordinal=said["ordinal"],
            )
            for entry in entries
            for said in entry.facts["statements"]
        ],
    )


@applies("prints.received", schema=1)
def prints_received(entries: Sequence[Entry]) -> list[PartnerPrints]:
    return make_rows(
        PartnerPrints,
        [
            PartnerPrints(
                id=UUID(entry.facts["id"]),
                link_id=UUID(entry.facts["link"]),
                blob=UUID(entry.facts["blob"]),
                digest=entry.facts["digest"],
                received_at=entry.happened_at,
                package_id=UUID(entry.facts["package"]),
            )
            for entry in entries
        ],
    )


@applies("proposal.opened", schema=1)
def proposals_opened(entries: Sequence[Entry]) -> list[Proposal]:
    return make_rows(
        Proposal,
        [
            Proposal(
                id=UUID(entry.facts["id"]),
                link_id=UUID(entry.facts["link"]),
                field=entry.facts["field"],
                ours=entry.facts["ours"],
                theirs=entry.facts["theirs"],
                statement_id=identifier(entry.facts["statement"]),
                opened_at=entry.happened_at,
            )
            for entry in entries
        ],
    )


@applies("proposal.decided", schema=1)
def proposals_decided(entries: Sequence[Entry]) -> list[Proposal | None]:
    return [
        change_row(
            Proposal,
            UUID(entry.facts["id"]),
            entry,
            state=entry.facts["decision"],
            settled_by=entry.facts["settled_by"],
            decided_at=entry.happened_at,
            decided_by=entry.by[1],
        )
        for entry in entries
    ]


@applies("statements.erased", schema=1)
def statements_erased(entries: Sequence[Entry]) -> list[None]:
    """The link was withdrawn or the person erased: what the partner said about them goes."""
    links = [UUID(link) for entry in entries for link in entry.facts["links"]]
    Proposal.objects.filter(link__in=links).delete()
    Statement.objects.filter(link__in=links).delete()
    PartnerPrints.objects.filter(link__in=links).delete()
    return [None for _ in entries]


@applies("received.expired", schema=1)
def received_expired(entries: Sequence[Entry]) -> list[None]:
    """The time for which these might be kept is over; what was decided about them goes with them."""
    statements = [UUID(id_) for entry in entries for id_ in entry.facts["statements"]]
    Proposal.objects.filter(statement__in=statements).delete()
    Statement.objects.filter(id__in=statements).delete()
    PartnerPrints.objects.filter(id__in=[UUID(id_) for entry in entries for id_ in entry.facts["prints"]]).delete()
    return [None for _ in entries]

"""Agreements drafted, signed, in force, stopped and resumed."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from gada.exchange.apply.rows import make_rows, moment
from gada.exchange.models import Agreement, Notice
from gada.journal import Entry, applies
from gada.journal.changing import change_row


@applies("agreement.drafted", schema=1)
def agreements_drafted(entries: Sequence[Entry]) -> list[Agreement]:
    return make_rows(
        Agreement,
        [
            Agreement(
                digest=entry.facts["digest"],
                agreement_id=entry.about[1],
                version=entry.facts["version"],
                peer_id=UUID(entry.facts["peer"]),
                document=entry.facts["document"],
                drafted_here=entry.facts["drafted_here"],
                prepared_at=entry.happened_at,
            )
            for entry in entries
        ],
    )


@applies("agreement.signed", schema=1)
def agreements_signed(entries: Sequence[Entry]) -> list[Agreement | None]:
    return [
        change_row(
            Agreement,
            entry.facts["digest"],
            entry,
            signed_by=entry.facts["signed_by"],
            signer=UUID(entry.facts["signer"]),
            signed_at=entry.happened_at,
        )
        for entry in entries
    ]


@applies("agreement.countersigned", schema=1)
def agreements_countersigned(entries: Sequence[Entry]) -> list[Agreement | None]:
    return [change_row(Agreement, e.facts["digest"], e, our_signature=e.facts["signature"]) for e in entries]


@applies("agreement.partner_signed", schema=1)
def partner_signed(entries: Sequence[Entry]) -> list[Agreement | None]:
    return [
        change_row(Agreement, e.facts["digest"], e, their_signature=e.facts["signature"]) for e in entries
    ]


@applies("agreement.receipted", schema=1)
def agreements_receipted(entries: Sequence[Entry]) -> list[Agreement | None]:
    return [change_row(Agreement, e.facts["digest"], e, our_receipt=e.facts["receipt"]) for e in entries]


@applies("agreement.activated", schema=1)
def agreements_activated(entries: Sequence[Entry]) -> list[Agreement | None]:
    """Both signatures are here, and now the partner's receipt of them."""
    return [
        change_row(
            Agreement, e.facts["digest"], e, their_receipt=e.facts["receipt"], active_since=e.happened_at
        )
        for e in entries
    ]


@applies("agreement.suspended", schema=1)
def agreements_suspended(entries: Sequence[Entry]) -> list[Notice]:
    return make_rows(Notice, [_notice(entry, suspended=True) for entry in entries])


@applies("agreement.lifted", schema=1)
def agreements_lifted(entries: Sequence[Entry]) -> list[Notice]:
    return make_rows(Notice, [_notice(entry, suspended=False) for entry in entries])


def _notice(entry: Entry, *, suspended: bool) -> Notice:
    facts = entry.facts
    return Notice(
        id=UUID(facts["id"]),
        agreement_id=entry.about[1],
        peer_id=UUID(facts["peer"]),
        ours=facts["ours"],
        serial=facts["serial"],
        suspended=suspended,
        said_by=facts["said_by"],
        reason=facts["reason"],
        at=moment(facts["at"]),
        document=facts["document"],
    )

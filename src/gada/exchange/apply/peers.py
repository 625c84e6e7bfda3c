"""Partners come, renew their card, move, and lose our trust."""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import UUID

from gada.exchange.apply.rows import make_rows
from gada.exchange.models import Peer
from gada.journal import Entry, applies
from gada.journal.changing import change_row


@applies("peer.met", schema=1)
def peers_met(entries: Sequence[Entry]) -> list[Peer | None]:
    make_rows(
        Peer,
        [
            Peer(
                id=UUID(entry.facts["id"]),
                **_of_card(entry.facts["card"]),
                card=entry.facts["card"],
                fingerprint=entry.facts["fingerprint"],
                address=entry.facts["address"],
                our_operator=entry.facts["our_operator"],
                their_operator=entry.facts["their_operator"],
                met_at=entry.happened_at,
            )
            for entry in entries
        ],
    )
    # Meeting again, in person, is how a partner comes back after a loss or a revocation.
    return [
        change_row(
            Peer,
            UUID(entry.facts["id"]),
            entry,
            state="active",
            card=entry.facts["card"],
            fingerprint=entry.facts["fingerprint"],
            address=entry.facts["address"],
            our_operator=entry.facts["our_operator"],
            their_operator=entry.facts["their_operator"],
            met_at=entry.happened_at,
        )
        for entry in entries
    ]


@applies("peer.card_renewed", schema=1)
def cards_renewed(entries: Sequence[Entry]) -> list[Peer | None]:
    return [change_row(Peer, entry.about[1], entry, card=entry.facts["card"]) for entry in entries]


@applies("peer.moved", schema=1)
def peers_moved(entries: Sequence[Entry]) -> list[Peer | None]:
    return [change_row(Peer, entry.about[1], entry, address=entry.facts["address"]) for entry in entries]


@applies("peer.revoked", schema=1)
def peers_revoked(entries: Sequence[Entry]) -> list[Peer | None]:
    return [change_row(Peer, entry.about[1], entry, state="revoked") for entry in entries]


@applies("peer.forked", schema=1)
def peers_forked(entries: Sequence[Entry]) -> list[Peer | None]:
    return [change_row(Peer, entry.about[1], entry, state="forked") for entry in entries]


def _of_card(card: str) -> dict[str, object]:
    body = json.loads(card)
    return {name: body[name] for name in ("name", "country", "kind", "training")}

"""Nodes of ours are admitted, renewed, moved, and withdrawn; only headquarters says so."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from gada.exchange.apply.rows import make_rows, moment
from gada.exchange.models import OwnNode
from gada.journal import Entry, applies
from gada.journal.changing import change_row


@applies("node.admitted", schema=1)
def nodes_admitted(entries: Sequence[Entry]) -> list[OwnNode]:
    return make_rows(OwnNode, [
        OwnNode(
            id=UUID(entry.facts["node"]), admitted_at=entry.happened_at,
            expires_at=moment(entry.facts["expires_at"]) if entry.facts["expires_at"] else None,
            **{name: entry.facts[name] for name in ("name", "headquarters", "sites", "card", "address")},
            agency=UUID(entry.facts["agency"]), certificate=entry.facts.get("certificate", ""),
        )
        for entry in entries
    ])


@applies("node.renewed", schema=1)
def nodes_renewed(entries: Sequence[Entry]) -> list[OwnNode | None]:
    """A device keeps its key for longer; one that was reported lost and is found counts again."""
    return [
        change_row(
            OwnNode, entry.about[1], entry, expires_at=moment(entry.facts["expires_at"]), state="active", kept={},
            **({"certificate": entry.facts["certificate"]} if "certificate" in entry.facts else {}),
        )
        for entry in entries
    ]


@applies("node.moved", schema=1)
def nodes_moved(entries: Sequence[Entry]) -> list[OwnNode | None]:
    return [change_row(OwnNode, entry.about[1], entry, address=entry.facts["address"]) for entry in entries]


@applies("node.batch_decided", schema=1)
def batches_decided(entries: Sequence[Entry]) -> list[OwnNode | None]:
    """What a device brought after it was lost or had expired counts up to here; refused stretches as leaves alone."""
    return [
        change_row(OwnNode, entry.about[1], entry, kept=entry.facts["kept"], refused=entry.facts["refused"])
        for entry in entries
    ]


@applies("node.withdrawn", schema=1)
def nodes_withdrawn(entries: Sequence[Entry]) -> list[OwnNode | None]:
    return [
        change_row(OwnNode, entry.about[1], entry, state="withdrawn", kept=entry.facts["kept"]) for entry in entries
    ]

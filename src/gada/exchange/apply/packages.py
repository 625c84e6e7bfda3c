"""Packages made, received, applied, refused, receipted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from gada.exchange.apply.rows import identifier, make_rows, moment
from gada.exchange.models import Package, RefusedPackage
from gada.journal import Entry, applies
from gada.journal.changing import change_row


@applies("package.made", schema=1)
def packages_made(entries: Sequence[Entry]) -> list[Package]:
    return make_rows(
        Package, [_package(entry.about[1], entry.facts, outgoing=True, state="made") for entry in entries]
    )


@applies("package.received", schema=1)
def packages_received(entries: Sequence[Entry]) -> list[Package]:
    return make_rows(
        Package,
        [_package(entry.about[1], entry.facts, outgoing=False, state="applying") for entry in entries],
    )


@applies("package.applied", schema=1)
def packages_applied(entries: Sequence[Entry]) -> list[Package | None]:
    return [
        change_row(
            Package,
            entry.about[1],
            entry,
            state="done",
            done_at=entry.happened_at,
            skipped=entry.facts["skipped"],
            receipt=entry.facts["receipt"],
        )
        for entry in entries
    ]


@applies("package.receipted", schema=1)
def packages_receipted(entries: Sequence[Entry]) -> list[Package | None]:
    """The partner's signed word on a package of ours."""
    return [
        change_row(
            Package,
            entry.about[1],
            entry,
            state=entry.facts["state"],
            done_at=entry.happened_at,
            skipped=entry.facts["skipped"],
            reason=entry.facts["reason"],
            receipt=entry.facts["receipt"],
        )
        for entry in entries
    ]


@applies("package.refused", schema=1)
def packages_refused(entries: Sequence[Entry]) -> list[RefusedPackage]:
    return make_rows(
        RefusedPackage,
        [
            RefusedPackage(
                id=UUID(entry.facts["id"]),
                peer_id=identifier(entry.facts["peer"]),
                sealed_digest=entry.facts["sealed_digest"],
                sealed_bytes=entry.facts["sealed_bytes"],
                code=entry.facts["code"],
                refused_at=entry.happened_at,
            )
            for entry in entries
        ],
    )


def _package(package_id: UUID, facts: dict[str, Any], *, outgoing: bool, state: str) -> Package:
    return Package(
        id=package_id,
        outgoing=outgoing,
        agreement_id=facts["agreement"],
        agreement_key=UUID(facts["agreement_key"]),
        peer_id=UUID(facts["peer"]),
        sequence=facts["sequence"],
        digest=facts["digest"],
        previous=facts["previous"],
        sealed_bytes=facts["sealed_bytes"],
        sealed_digest=facts["sealed_digest"],
        counts=facts["counts"],
        state=state,
        made_at=moment(facts["made_at"]),
    )

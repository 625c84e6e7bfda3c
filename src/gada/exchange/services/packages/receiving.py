"""Receiving a package: verify everything, then apply in chunks from a recorded offset (exchange.md §4).

The same for a file copied by hand and for an upload. Nothing of it is visible before it is complete; it may be
killed anywhere and goes on; a repeated one answers with the receipt of the first time.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.engine.formats.package import Manifest, read_manifest, receive_package
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, Refusal
from gada.exchange.models import Agreement, Package, Peer
from gada.exchange.rules.gate import STATE_REFUSALS, may, state_of
from gada.exchange.services.overlap.messages import own_secrets
from gada.exchange.services.packages.applying import go_on
from gada.exchange.services.packages.files import (
    file_digest,
    staging_cipher,
    staging_path,
    waiting_files,
    waiting_path,
)
from gada.exchange.services.packages.receipts import write_receipt
from gada.exchange.services.standing import current_agreement, own_id, standing_of
from gada.exchange.services.words import node_reference

KeyFor = Callable[[Manifest, str], bytes]
ALLOWED_ALWAYS = frozenset({"unlink", "recall", "notice"})


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a file: done, refused (both with a receipt), or waiting (early, or under suspension)."""

    state: str
    receipt: str
    code: str
    expected: int = 0
    package_id: UUID | None = None


def receive_file(
    path: Path, *, at: datetime, sender: Peer | None = None, operator: Operator | None = None
) -> Received:
    """Take in one package file. Raises Refusal only where the file says nothing about its sender."""
    if operator is not None:
        authorize(operator, "package.receive")
    size, sealed_digest = path.stat().st_size, file_digest(path)
    try:
        manifest = _open_manifest(path, sender)
        return _receive(path, manifest, size=size, sealed_digest=sealed_digest, at=at)
    except Refusal as refusal:
        known = sender or _sender_of(refusal)
        _record_refused(known, sealed_digest, size, refusal.code, at=at)
        receipt = write_receipt(
            package_id=None,
            digest="",
            sealed_digest=sealed_digest,
            state="refused",
            applied=0,
            skipped=[],
            reason=refusal.code,
            at=at,
        )
        if sender is None:
            raise
        return Received("refused", receipt, refusal.code)


def receive_waiting(*, at: datetime) -> list[Received]:
    """Take up what waits: packages that came early or under suspension, and any that was cut in the middle."""
    finished = [
        Received("done", go_on(package, at=at), "", package_id=package.id)
        for package in Package.objects.filter(outgoing=False, state="applying").select_related(
            "agreement__peer", "peer"
        )
    ]
    for agreement_id in dict.fromkeys(Agreement.objects.values_list("agreement_id", flat=True)):
        for path in waiting_files(agreement_id):
            received = receive_file(path, at=at, sender=current_agreement(agreement_id).peer)
            if received.state == "waiting":
                break
            path.unlink(missing_ok=True)
            finished.append(received)
    return finished


def _receive(path: Path, manifest: Manifest, *, size: int, sealed_digest: str, at: datetime) -> Received:
    address = manifest.address
    known = (
        Package.objects.select_related("agreement__peer", "peer")
        .filter(id=address.package_id, outgoing=False)
        .first()
    )
    if known is not None:
        if known.digest != manifest.digest:
            raise Invalid(
                "package-resigned",
                _("A package of this number was already received, with other content. This one is refused."),
            )
        return Received("done", known.receipt or go_on(known, at=at), "", package_id=known.id)
    agreement = Agreement.objects.select_related("peer").get(digest=address.agreement)
    waiting = _must_wait(agreement, manifest, at)
    if waiting is not None:
        target = waiting_path(agreement.agreement_id, address.sequence)
        if path != target:
            shutil.copyfile(path, target)
        return waiting
    _check_agreement(agreement, manifest, at)
    staging = staging_path(address.package_id)
    with path.open("rb") as source:
        reader = receive_package(
            source,
            secrets=own_secrets(),
            recipient=own_id(),
            public_key_for=_keys_of(agreement.peer),
            staging=staging,
            cipher=staging_cipher(),
            sealed_bytes=size,
        )
    reader.close()
    package = _record_received(agreement, manifest, size=size, sealed_digest=sealed_digest, at=at)
    return Received("done", go_on(package, at=at), "", package_id=package.id)


def _open_manifest(path: Path, sender: Peer | None) -> Manifest:
    """The signed list of contents alone, from a partner we know, under an agreement with that very partner."""
    with path.open("rb") as source:
        manifest = read_manifest(
            source, secrets=own_secrets(), recipient=own_id(), public_key_for=_known_sender(sender)
        )
    agreement = Agreement.objects.filter(digest=manifest.address.agreement).first()
    if agreement is None or agreement.peer_id != manifest.address.sender:
        raise _RefusedFrom(
            manifest.address.sender,
            "package-agreement",
            _("The package names an agreement that does not stand between its sender and us."),
        )
    return manifest


class _RefusedFrom(Refusal):
    """A refusal of a package whose sender is proven."""

    def __init__(self, sender: UUID, code: str, message: object) -> None:
        super().__init__(code, message)
        self.sender = sender


def _sender_of(refusal: Refusal) -> Peer | None:
    return Peer.objects.filter(id=refusal.sender).first() if isinstance(refusal, _RefusedFrom) else None


def _known_sender(sender: Peer | None) -> KeyFor:
    def key_for(manifest: Manifest, key_id: str) -> bytes:
        peer = Peer.objects.filter(id=manifest.address.sender).first()
        if peer is None or peer.state == "revoked":
            raise Invalid(
                "package-sender-unknown", _("The package comes from somebody who is not a partner here.")
            )
        if sender is not None and sender.id != peer.id:
            raise Invalid(
                "package-other-sender",
                _("The package was made by another partner than the one who brings it."),
            )
        return _keys_of(peer)(manifest, key_id)

    return key_for


def _keys_of(peer: Peer) -> KeyFor:
    card = peer.keys

    def key_for(manifest: Manifest, key_id: str) -> bytes:
        return card.signing

    return key_for


def _must_wait(agreement: Agreement, manifest: Manifest, at: datetime) -> Received | None:
    """Under suspension or silence it stays sealed and unread; an early one waits for the gap to be filled."""
    state = state_of(agreement.terms, standing_of(agreement), at)
    if state in ("suspended", "silent", "early") and not set(manifest.contents.kinds) <= ALLOWED_ALWAYS:
        return Received("waiting", "", STATE_REFUSALS[state][0])
    expected = _expected(agreement)
    if manifest.address.sequence > expected:
        return Received("waiting", "", "package-early", expected)
    return None


def _check_agreement(agreement: Agreement, manifest: Manifest, at: datetime) -> None:
    address = manifest.address
    if not set(manifest.contents.kinds) <= ALLOWED_ALWAYS:
        refusal = may(
            agreement.terms,
            standing_of(agreement),
            mode="delivery",
            sender=agreement.peer_id,
            recipient=own_id(),
            at=at,
        )
        if refusal is not None:
            raise refusal
    before = (
        Package.objects.filter(agreement_key=agreement.agreement_id, outgoing=False)
        .order_by("-sequence")
        .first()
    )
    if address.sequence != _expected(agreement) or (address.previous or "") != (
        before.digest if before else ""
    ):
        raise Invalid(
            "package-chain",
            _("The package does not continue the last one received. Ask the partner to send it anew."),
        )
    if before is not None and before.state == "applying":
        go_on(before, at=at)


def _expected(agreement: Agreement) -> int:
    last = (
        Package.objects.filter(agreement_key=agreement.agreement_id, outgoing=False)
        .order_by("-sequence")
        .first()
    )
    return last.sequence + 1 if last else 1


@transaction.atomic
def _record_received(
    agreement: Agreement, manifest: Manifest, *, size: int, sealed_digest: str, at: datetime
) -> Package:
    address = manifest.address
    package: Package = journal.record(
        "package.received",
        by=agreement.peer.reference,
        about=("package", address.package_id),
        purpose="exchange",
        at=at,
        facts={
            "agreement": agreement.digest,
            "agreement_key": str(agreement.agreement_id),
            "peer": str(agreement.peer_id),
            "sequence": address.sequence,
            "previous": address.previous or "",
            "digest": manifest.digest,
            "sealed_bytes": size,
            "sealed_digest": sealed_digest,
            "counts": dict(manifest.contents.kinds),
            "made_at": address.made_at.isoformat(),
            "journal_head": dict(address.journal_head),
        },
    )
    return package


@transaction.atomic
def _record_refused(peer: Peer | None, sealed_digest: str, size: int, code: str, *, at: datetime) -> None:
    refused_id = new_id()
    journal.record(
        "package.refused",
        by=peer.reference if peer else node_reference(),
        about=("package", refused_id),
        purpose="exchange",
        at=at,
        facts={
            "id": str(refused_id),
            "peer": str(peer.id) if peer else None,
            "sealed_digest": sealed_digest,
            "sealed_bytes": size,
            "code": code,
        },
    )

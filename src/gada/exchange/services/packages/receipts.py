"""Receipts: the recipient's signed word of what arrived, was applied, skipped or refused."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.engine.refusal import Invalid, NotFound
from gada.exchange.models import Package, Peer, SentValue
from gada.exchange.services.standing import own_id
from gada.exchange.services.words import read_words, sign_words, when

RECEIPT = "receipt"
MOST_NAMED = 200  # refused records named one by one; the count is always whole


def write_receipt(
    *,
    package_id: UUID | None,
    digest: str,
    sealed_digest: str,
    state: str,
    applied: int,
    skipped: list[list[Any]],
    reason: str,
    at: datetime,
) -> str:
    """Our signed word on a package. `skipped` holds [record number, refusal code]."""
    return sign_words(
        RECEIPT,
        {
            "package": str(package_id) if package_id else None,
            "digest": digest,
            "sealed_digest": sealed_digest,
            "party": str(own_id()),
            "state": state,
            "applied": applied,
            "skipped": skipped[:MOST_NAMED],
            "skipped_count": len(skipped),
            "reason": reason,
            "at": when(at),
        },
    )


@transaction.atomic
def take_receipt(receipt: str, *, peer: Peer, at: datetime) -> Package | None:
    """The partner's receipt of a package of ours. None when it speaks of damaged bytes that we never made."""
    body = read_words(receipt, typ=RECEIPT, card=peer.keys)
    package = _package_of(body, peer)
    if package is None:
        return None
    if package.state in ("done", "refused"):
        return package
    taken: Package = journal.record(
        "package.receipted",
        by=peer.reference,
        about=("package", package.id),
        purpose="exchange",
        at=at,
        facts={
            "state": body["state"],
            "skipped": body["skipped_count"],
            "reason": body["reason"],
            "receipt": receipt,
        },
    )
    if body["state"] == "refused":
        # Nothing of it arrived: what it told is told again by the next one.
        SentValue.objects.filter(package_id=package.id).delete()
    return taken


def _package_of(body: dict[str, Any], peer: Peer) -> Package | None:
    try:
        state, sealed_digest = body["state"], body["sealed_digest"]
        fine = (
            state in ("done", "refused")
            and body["party"] == str(peer.id)
            and type(body["skipped_count"]) is int
        )
    except KeyError:
        fine = False
    if not fine:
        raise Invalid("receipt-malformed", _("This receipt cannot be read."))
    sent = Package.objects.filter(outgoing=True, peer=peer)
    if body["package"]:
        package = sent.filter(id=body["package"]).first()
        if package is None or (body["digest"] and package.digest != body["digest"]):
            raise NotFound("package-unknown", _("This receipt is for a package that we did not send."))
        return package if state == "done" or package.sealed_digest == sealed_digest else None
    return sent.filter(sealed_digest=sealed_digest).first()

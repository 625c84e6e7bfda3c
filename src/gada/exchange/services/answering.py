"""Requests from partners: who signed, is it fresh, was it answered before; and our signed answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from gada.engine.proof.canonical import canonical_bytes
from gada.engine.proof.digests import digest_hex, sha256
from gada.engine.proof.http_signatures import WINDOW_SECONDS, verify_request
from gada.engine.proof.signing import sign
from gada.engine.refusal import Invalid, NotPermitted, Refusal
from gada.exchange.models import Peer, SeenRequest
from gada.vault.working_keys import working_key

ANSWER_TYPE = "answer"
ANSWER_HEADER = "Gada-Answer"
CREATED = re.compile(r";created=(\d{1,12})\b")


def recognise(*, method: str, url: str, headers: Mapping[str, str], body: bytes, at: datetime) -> Peer:
    """The partner who signed this request. Raises Refusal `request-…` or `partner-revoked`."""
    peers = {peer.keys.http_key_id: peer for peer in Peer.objects.all()}
    peer = peers[who_signed(
        {key_id: known.keys.http for key_id, known in peers.items()}, method=method, url=url, headers=headers,
        body=body, at=at,
    )]
    if peer.state == "revoked":
        raise NotPermitted(
            "partner-revoked", _("The trust in this partner was withdrawn. Nothing flows to or from them.")
        )
    # Written without an entry: contact is no fact about anybody, and there is one every minute.
    Peer.objects.filter(id=peer.id).update(last_contact=at)
    peer.last_contact = at
    return peer


def who_signed(
    keys: Mapping[str, bytes], *, method: str, url: str, headers: Mapping[str, str], body: bytes, at: datetime
) -> str:
    """Which of these keys (by key id) signed this request, just now and for the first time. Raises Refusal."""
    _check_clock(headers, at)
    verified = verify_request(method, url, headers, sha256(body), at=at, public_key_for=keys.get)
    _once(verified.key_id, verified.nonce, verified.created, at)
    return verified.key_id


def sign_answer(*, request_body: bytes, body: bytes, status: int) -> str:
    """Our signature under an answer, bound to the question it answers."""
    key = working_key("http")
    return sign(
        bytes.fromhex(key.private),
        typ=ANSWER_TYPE,
        payload=answer_payload(request_body, body, status),
        key_id=key.key_id,
    )


def answer_payload(request_body: bytes, body: bytes, status: int) -> bytes:
    return canonical_bytes(
        {"request": digest_hex(request_body), "answer": digest_hex(body), "status": status}
    )


def _check_clock(headers: Mapping[str, str], at: datetime) -> None:
    """Before the signature, so that a wrong clock is called a wrong clock; it tells nothing a clock does not."""
    stated = next((value for name, value in headers.items() if name.lower() == "signature-input"), "")
    found = CREATED.search(stated)
    if not found:
        return
    skew = datetime.fromtimestamp(int(found[1]), UTC) - at
    if abs(skew) > timedelta(seconds=WINDOW_SECONDS):
        minutes = round(abs(skew).total_seconds() / 60)
        raise Invalid(
            "request-clock-apart",
            _(
                "The two clocks are %(days)s days and %(minutes)s minutes apart. "
                "Set the clock of the node that is wrong (ours says %(ours)s)."
            ),
            days=minutes // 1440,
            minutes=minutes % 1440,
            ours=at.strftime("%Y-%m-%d %H:%M UTC"),
            direction="ahead" if skew > timedelta() else "behind",
        )


def _once(key_id: str, nonce: str, created: datetime, at: datetime) -> None:
    SeenRequest.objects.filter(created__lt=at - timedelta(seconds=3 * WINDOW_SECONDS)).delete()
    try:
        with transaction.atomic():
            SeenRequest.objects.create(key_id=key_id, nonce=nonce[:60], created=created)
    except IntegrityError:
        raise Refusal("request-replayed", _("This very request was already answered.")) from None

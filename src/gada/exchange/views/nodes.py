"""What partners' nodes ask of us: every request signed, answered once, and every answer signed by us."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from gada.engine.proof.canonical import canonical_bytes, parse_canonical
from gada.engine.refusal import Invalid, Refusal
from gada.exchange.models import Peer
from gada.exchange.services import agreements, peers, witnesses
from gada.exchange.services.answering import ANSWER_HEADER, recognise, sign_answer
from gada.exchange.services.equality import answer_equality
from gada.exchange.services.overlap import answer_overlap, take_stop
from gada.exchange.services.packages import add_piece, begin_upload, finish_upload
from gada.vault.cards import own_card

logger = logging.getLogger("gada.exchange")
PIECE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
Answered = Callable[..., bytes | dict[str, Any]]


def for_partners(*methods: str) -> Callable[[Answered], Callable[..., HttpResponse]]:
    """A view for partners."""
    return answered_to(_recognise_partner, *methods)


def _recognise_partner(request: HttpRequest, body: bytes) -> Peer:
    return recognise(
        method=request.method or "", url=request.build_absolute_uri(), headers=dict(request.headers), body=body,
        at=timezone.now(),
    )


def answered_to(
    recognised: Callable[[HttpRequest, bytes], Any], *methods: str
) -> Callable[[Answered], Callable[..., HttpResponse]]:
    """A view for other nodes: recognise who asks, answer in signed words, refuse in signed problem details."""

    def decorate(view: Answered) -> Callable[..., HttpResponse]:
        @wraps(view)
        def answer(request: HttpRequest, **arguments: Any) -> HttpResponse:
            with translation.override(
                "en"
            ):  # partners read codes; their own node translates for their people
                return _answered(request, view, methods, arguments, recognised)

        return csrf_exempt(login_not_required(answer))

    return decorate


def _answered(
    request: HttpRequest, view: Answered, methods: tuple[str, ...], arguments: dict[str, Any],
    recognised: Callable[[HttpRequest, bytes], Any],
) -> HttpResponse:
    body = request.body
    try:
        if request.method not in methods:
            raise Invalid("method-not-allowed", _("This address is asked in another way."))
        said = view(request, recognised(request, body), body, **arguments)
        content = said if isinstance(said, bytes) else canonical_bytes(said)
        kind = "application/age" if isinstance(said, bytes) else "application/json"
        status = 200
    except Refusal as refusal:
        content, kind, status = _problem(refusal), "application/problem+json", refusal.status
    response = HttpResponse(content, status=status, content_type=kind)
    response[ANSWER_HEADER] = sign_answer(request_body=body, body=content, status=status)
    return response


def _problem(refusal: Refusal) -> bytes:
    """RFC 9457."""
    return json.dumps(
        {
            "type": f"urn:gada:refusal:{refusal.code}",
            "title": str(refusal),
            "status": refusal.status,
            "code": refusal.code,
            "facts": {name: str(value) for name, value in refusal.facts.items()},
        }
    ).encode()


def read_json(body: bytes) -> Any:
    return parse_canonical(body, largest_bytes=4 << 20)


@for_partners("POST")
def heartbeat(request: HttpRequest, peer: Peer, body: bytes) -> dict[str, Any]:
    """Their notices and head; ours in return, with our countersignature."""
    return witnesses.answer_greeting(peer, read_json(body), at=timezone.now())


@for_partners("POST")
def countersignature(request: HttpRequest, peer: Peer, body: bytes) -> dict[str, Any]:
    kept = witnesses.take_countersignature(peer, read_json(body), at=timezone.now())
    return {"size": kept.head.size}


@for_partners("POST")
def witnessed(request: HttpRequest, peer: Peer, body: bytes) -> dict[str, Any]:
    return {"heads": witnesses.witnessed_by_us(peer)}


@for_partners("POST")
def agreement(request: HttpRequest, peer: Peer, body: bytes) -> dict[str, Any]:
    """Their text, signature and receipt; ours in return, once we have signed."""
    kept = agreements.receive_bundle(body, at=timezone.now(), sender=peer)
    bundle = agreements.bundle_of(kept.digest).decode() if kept.our_signature else None
    return {"digest": kept.digest, "bundle": bundle}


@for_partners("POST")
def card(request: HttpRequest, peer: Peer, body: bytes) -> dict[str, Any]:
    """Their renewed card; our own in return."""
    if body != peer.card.encode():
        peers.renew_card(peer=peer, card=body, at=timezone.now())
    return {"card": own_card().to_bytes().decode()}


@for_partners("POST")
def overlap_step(request: HttpRequest, peer: Peer, body: bytes, *, run: UUID, step: str) -> bytes:
    return answer_overlap(peer=peer, run_id=run, step=step, sealed=body, at=timezone.now())


@for_partners("POST")
def overlap_stop(request: HttpRequest, peer: Peer, body: bytes, *, run: UUID) -> dict[str, Any]:
    said = read_json(body)
    take_stop(
        peer=peer,
        run_id=run,
        code=str(said.get("code", ""))[:50] if isinstance(said, dict) else "",
        at=timezone.now(),
    )
    return {}


@for_partners("POST")
def equality(request: HttpRequest, peer: Peer, body: bytes) -> bytes:
    return answer_equality(peer=peer, sealed=body, at=timezone.now())


@for_partners("POST")
def uploads(request: HttpRequest, peer: Peer, body: bytes) -> dict[str, Any]:
    said = read_json(body)
    if not isinstance(said, dict):
        raise Invalid("upload-malformed", _("The announcement of a file cannot be read."))
    upload = begin_upload(
        peer=peer,
        sealed_digest=said.get("sealed_digest", ""),
        sealed_bytes=said.get("sealed_bytes", 0),
        at=timezone.now(),
    )
    return {"upload": str(upload.id), "received": upload.received}


@for_partners("PUT")
def upload_piece(request: HttpRequest, peer: Peer, body: bytes, *, upload: UUID) -> dict[str, Any]:
    found = PIECE.fullmatch(request.headers.get("Content-Range", ""))
    if not found or int(found[2]) - int(found[1]) + 1 != len(body):
        raise Invalid("upload-range", _("This piece does not say where it belongs."))
    return {"received": add_piece(peer=peer, upload_id=upload, start=int(found[1]), piece=body)}


@for_partners("POST")
def upload_finish(request: HttpRequest, peer: Peer, body: bytes, *, upload: UUID) -> dict[str, Any]:
    received = finish_upload(peer=peer, upload_id=upload, at=timezone.now())
    return {
        "state": received.state,
        "receipt": received.receipt,
        "code": received.code,
        "expected": received.expected,
    }

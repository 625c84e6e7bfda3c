"""Requests to partners: signed (RFC 9421), and an answer believed only under their signature."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from ssl import SSLContext
from typing import Any

import httpx
from django.utils.translation import gettext_lazy as _

from gada.engine.proof.digests import sha256
from gada.engine.proof.http_signatures import sign_request
from gada.engine.proof.signing import verify
from gada.engine.refusal import Invalid, Refusal
from gada.exchange.models import OwnNode, Peer
from gada.exchange.services.answering import ANSWER_HEADER, ANSWER_TYPE, answer_payload
from gada.vault.authority import trusted_root
from gada.vault.working_keys import working_key

TIMEOUT_SECONDS = 300  # a partner may count and compare for minutes before it answers
PREFIX = "/exchange/v1/"


class Unreachable(Refusal):
    """The partner could not be reached: nothing was lost, try again later or by file."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            "partner-unreachable",
            _("The partner does not answer. Nothing is lost: try again later, or use a file."),
        )


class RefusedByPartner(Refusal):
    """The partner said no, in their words' code."""

    def __init__(self, code: str, words: str, facts: dict[str, str]) -> None:
        super().__init__(code, _("The partner refused: %(words)s"), words=words)
        self.their_facts = facts


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    body: bytes
    headers: dict[str, str]

    def json(self) -> Any:
        return json.loads(self.body)


def call(
    peer: Peer | OwnNode,
    method: str,
    path: str,
    *,
    at: datetime,
    body: bytes = b"",
    content_type: str = "application/json",
    headers: dict[str, str] | None = None,
    prefix: str = PREFIX,
) -> Answer:
    """Ask a partner, or another node of ours. Raises Unreachable, RefusedByPartner, Invalid `answer-unsigned`."""
    if not peer.address:
        raise Refusal(
            "partner-without-address", _("No address is known for this partner. Enter one, or use files.")
        )
    url = peer.address + prefix + path
    key = working_key("http")
    # httpx adds Content-Length itself; it is signed because the receiver sees it.
    stated = {"Content-Type": content_type, "Content-Length": str(len(body)), **(headers or {})}
    signed = sign_request(
        method, url, stated, sha256(body), private=bytes.fromhex(key.private), key_id=key.key_id, at=at
    )
    try:
        with httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False, verify=whom_to_trust(peer)) as client:
            response = client.request(method, url, content=body, headers=signed)
    except httpx.HTTPError:
        raise Unreachable from None
    return _believed(peer, body, response)


def whom_to_trust(peer: Peer | OwnNode) -> SSLContext:
    """Public authorities; for nodes of ours the one of headquarters, too."""
    trusted = httpx.create_ssl_context(trust_env=False)
    root = trusted_root() if isinstance(peer, OwnNode) else None
    if root:
        trusted.load_verify_locations(cadata=root)
    return trusted


def _believed(peer: Peer | OwnNode, request_body: bytes, response: httpx.Response) -> Answer:
    try:
        verify(
            peer.keys.http,
            response.headers.get(ANSWER_HEADER, ""),
            typ=ANSWER_TYPE,
            payload=answer_payload(request_body, response.content, response.status_code),
        )
    except Invalid:
        if response.status_code >= 500:
            raise Unreachable from None
        # A node that does not know us cannot be believed, but its words help whoever sets this up.
        raise Invalid(
            "answer-unsigned",
            _("The answer is not signed by this partner: %(words)s"),
            words=_words(response),
        ) from None
    if response.status_code >= 400:
        problem = response.json()
        raise RefusedByPartner(problem["code"], problem["title"], problem.get("facts", {}))
    return Answer(response.content, dict(response.headers))


def _words(response: httpx.Response) -> str:
    try:
        return str(response.json()["title"])[:300]
    except (ValueError, KeyError, TypeError):
        return f"HTTP {response.status_code}"

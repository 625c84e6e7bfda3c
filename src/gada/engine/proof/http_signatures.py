"""Signed HTTP requests between nodes (RFC 9421, Ed25519) with the body's digest (RFC 9530).

The signature covers method, host, path, query, Content-Digest and those of `ALSO_SIGNED` that are
present. Not the scheme: a proxy in front of the node may end TLS. Not Content-Length: clients add it
after signing, and the digest says more. A header of `NEVER_UNSIGNED` may not be slipped in later.
The receiver's clock decides whether a request is fresh; the caller remembers nonces within that
window, per key.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)

from gada.engine.proof.digests import same_digest
from gada.engine.refusal import Invalid

TAG = "gada"
WINDOW_SECONDS = 300
NEVER_UNSIGNED = ("content-range", "idempotency-key")
ALSO_SIGNED = ("content-type", *NEVER_UNSIGNED)
_COVERED = ("@method", "@authority", "@path", "@query", "content-digest")


@dataclass(frozen=True, slots=True)
class VerifiedRequest:
    """Who signed. The caller refuses a `nonce` it has seen from this key since `created` − window."""

    key_id: str
    nonce: str
    created: datetime


def content_digest(body_digest: bytes) -> str:
    """The Content-Digest field for a body whose SHA-256 is `body_digest` (32 bytes)."""
    return f"sha-256=:{base64.b64encode(body_digest).decode('ascii')}:"


def sign_request(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body_digest: bytes,
    *,
    private: bytes,
    key_id: str,
    at: datetime,
) -> dict[str, str]:
    """`headers` with Content-Digest, Signature-Input and Signature added.

    `url` is absolute, as sent; `body_digest` the SHA-256 of the body (of b"" when there is none).
    """
    signed = {name: value for name, value in headers.items() if name.lower() not in _OURS}
    signed["Content-Digest"] = content_digest(body_digest)
    message = _Message(method=method.upper(), url=url, headers=signed)
    signer = HTTPMessageSigner(
        signature_algorithm=algorithms.ED25519,
        key_resolver=_Keys(private=Ed25519PrivateKey.from_private_bytes(private)),
    )
    signer.sign(
        message,
        key_id=key_id,
        created=at,
        nonce=base64.urlsafe_b64encode(os.urandom(18)).decode("ascii"),
        label="gada",
        tag=TAG,
        covered_component_ids=(*_COVERED, *_present(signed, ALSO_SIGNED)),
        use_existing_digest=True,
    )
    return signed


def verify_request(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body_digest: bytes,
    *,
    public_key_for: Callable[[str], bytes | None],
    at: datetime,
    window_seconds: int = WINDOW_SECONDS,
) -> VerifiedRequest:
    """Who signed this request. `public_key_for(key_id)` answers a raw public key, or None if unknown.

    Raises Invalid `request-signature` (missing, unknown key, wrong, or covering too little),
    `request-clock` (made more than `window_seconds` before or after `at`), `request-body`.
    """
    message = _Message(method=method.upper(), url=url, headers=dict(headers))
    verifier = _Verifier(
        signature_algorithm=algorithms.ED25519, key_resolver=_Keys(public_key_for=public_key_for)
    )
    try:
        (result,) = verifier.verify(
            message,
            max_age=None,
            expect_tag=TAG,
            require_components=(*_COVERED, *_present(headers, NEVER_UNSIGNED)),
        )
        created = datetime.fromtimestamp(int(result.parameters["created"]), tz=UTC)
        nonce, key_id = str(result.parameters["nonce"]), str(result.parameters["keyid"])
        digest_field = next(value for name, value in headers.items() if name.lower() == "content-digest")
    except (InvalidSignature, KeyError, ValueError, OverflowError, OSError):
        raise Invalid("request-signature", "This request is not signed by a partner we know.") from None
    if abs(at - created) > timedelta(seconds=window_seconds):
        raise Invalid(
            "request-clock", "This request was made at another time: one of the two clocks is wrong."
        )
    if not same_digest(digest_field.encode("utf-8"), content_digest(body_digest).encode("ascii")):
        raise Invalid("request-body", "The body of this request is not the one that was signed.")
    return VerifiedRequest(key_id=key_id, nonce=nonce, created=created)


_OURS = frozenset({"content-digest", "signature", "signature-input"})


def _present(headers: Mapping[str, str], wanted: tuple[str, ...]) -> tuple[str, ...]:
    names = {name.lower() for name in headers}
    return tuple(name for name in wanted if name in names)


@dataclass(slots=True)
class _Message:
    method: str
    url: str
    headers: dict[str, str]


class _Keys(HTTPSignatureKeyResolver):
    def __init__(
        self,
        *,
        private: Ed25519PrivateKey | None = None,
        public_key_for: Callable[[str], bytes | None] | None = None,
    ) -> None:
        self._private = private
        self._public_key_for = public_key_for

    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey | None:
        return self._private

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey | None:
        raw = self._public_key_for(key_id) if self._public_key_for else None
        return None if raw is None else Ed25519PublicKey.from_public_bytes(raw)


class _Verifier(HTTPMessageVerifier):
    def validate_created_and_expires(self, sig_input: Any, max_age: timedelta | None = None) -> None:
        """The library would read this machine's clock; `verify_request` is told the time instead."""

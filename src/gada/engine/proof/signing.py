"""Ed25519 signatures as detached JWS (RFC 7515 appendix F, RFC 8037), bound to what they sign.

The header holds exactly `alg`, `kid` and `typ` in canonical JSON. `typ` says what kind of thing
was signed (agreement, manifest, head, receipt …); a signature is verified for one `typ` only, so
that a receipt can never pass for an agreement.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gada.engine.proof.canonical import canonical_bytes, parse_canonical
from gada.engine.proof.digests import sha256
from gada.engine.refusal import Invalid

_LONGEST_SIGNATURE = 2048
_FIELD = 2**255 - 19  # RFC 8032 §5.1
_ORDER_EIGHT = int.from_bytes(
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"
)
_WEAK = frozenset({0, 1, _FIELD - 1, _ORDER_EIGHT, _FIELD - _ORDER_EIGHT})


@dataclass(frozen=True, slots=True)
class SignatureHeader:
    """What a signature claims about itself, before anything was verified."""

    typ: str
    key_id: str


def new_signing_key() -> tuple[bytes, bytes]:
    """(private, public): raw 32 bytes each (RFC 8032)."""
    private = Ed25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def public_key_of(private: bytes) -> bytes:
    """The raw 32-byte public key of a raw 32-byte private key."""
    return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def key_id_of(public: bytes) -> str:
    """The JWK thumbprint (RFC 7638, RFC 8037 appendix A.3): 43 characters, the same everywhere."""
    jwk = {"crv": "Ed25519", "kty": "OKP", "x": to_base64url(public)}
    return to_base64url(sha256(canonical_bytes(jwk)))


def is_weak(public: bytes) -> bool:
    """Whether this is one of the few keys (points of small order) whose signatures fit any text."""
    height = int.from_bytes(public, "little") & (2**255 - 1)
    return height % _FIELD in _WEAK


def sign(private: bytes, *, typ: str, payload: bytes, key_id: str) -> str:
    """A detached signature `header..signature` over `payload`."""
    header = to_base64url(canonical_bytes({"alg": "EdDSA", "kid": key_id, "typ": typ}))
    signature = Ed25519PrivateKey.from_private_bytes(private).sign(_signing_input(header, payload))
    return f"{header}..{to_base64url(signature)}"


def verify(
    public: bytes, jws: str, *, typ: str, payload: bytes, key_id: str | None = None
) -> SignatureHeader:
    """The header, if `jws` is the signature of `payload` as a `typ` by `public` (under `key_id`, if given).

    Raises Invalid `signature-malformed`, `signature-type`, `signature-key` or `signature-wrong`.
    """
    header = read_header(jws)
    if header.typ != typ:
        raise Invalid("signature-type", "This is the signature of a %(found)s, not of a %(wanted)s.",
                      found=header.typ, wanted=typ)  # fmt: skip
    if key_id is not None and header.key_id != key_id:
        raise Invalid("signature-key", "This was signed with another key than the one expected.")
    encoded_header, _, encoded_signature = jws.split(".")
    try:
        if is_weak(public):
            raise ValueError
        key = Ed25519PublicKey.from_public_bytes(public)
        key.verify(from_base64url(encoded_signature), _signing_input(encoded_header, payload))
    except (InvalidSignature, ValueError):
        raise Invalid("signature-wrong", "The signature does not match what was signed.") from None
    return header


def read_header(jws: str) -> SignatureHeader:
    """What `jws` claims; unverified. Raises Invalid `signature-malformed`."""
    try:
        if len(jws) > _LONGEST_SIGNATURE:
            raise ValueError
        encoded_header, payload, signature = jws.split(".")
        header = parse_canonical(from_base64url(encoded_header))
        if payload or len(from_base64url(signature)) != 64 or set(header) != {"alg", "kid", "typ"}:
            raise ValueError
        if (
            header["alg"] != "EdDSA"
            or not isinstance(header["kid"], str)
            or not isinstance(header["typ"], str)
        ):
            raise ValueError
    except (ValueError, TypeError, Invalid):
        raise Invalid("signature-malformed", "This is not a signature that can be read.") from None
    return SignatureHeader(typ=header["typ"], key_id=header["kid"])


def to_base64url(body: bytes) -> str:
    """Base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(body).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """The bytes; ValueError unless `text` is their one encoding (no padding, no stray bits)."""
    try:
        body = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if to_base64url(body) != text:
        raise ValueError("not the one base64url encoding")
    return body


def _signing_input(encoded_header: str, payload: bytes) -> bytes:
    return encoded_header.encode("ascii") + b"." + base64.urlsafe_b64encode(payload).rstrip(b"=")

"""COSE_Sign1 with Ed25519 (RFC 9052 §4.2, RFC 9053 §2.2): the signature of a card, in few bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gada.engine.proof.signing import from_base64url, is_weak, key_id_of
from gada.engine.refusal import Invalid

SIGN1, ALGORITHM, KEY_ID, EDDSA = 18, 1, 4, -8  # tag and labels of the IANA registry COSE
SHORT_ID_BYTES = 8
_PROTECTED = cbor2.dumps({ALGORITHM: EDDSA})


@dataclass(frozen=True, slots=True)
class Signed:
    """What was signed and by which key, before anything was verified."""

    payload: bytes
    key_id: bytes
    protected: bytes
    signature: bytes


def short_id(public: bytes) -> bytes:
    """The first eight bytes of the key's thumbprint (RFC 7638): enough to find it among all keys a node knows."""
    return from_base64url(key_id_of(public))[:SHORT_ID_BYTES]


def sign1(private: bytes, payload: bytes) -> bytes:
    """The tagged message, its key named by `short_id`."""
    key = Ed25519PrivateKey.from_private_bytes(private)
    signature = key.sign(_to_be_signed(_PROTECTED, payload))
    named = {KEY_ID: short_id(key.public_key().public_bytes_raw())}
    return cbor2.dumps(cbor2.CBORTag(SIGN1, [_PROTECTED, named, payload, signature]))


def read_sign1(message: bytes) -> Signed:
    """The parts. Raises Invalid `qr-unreadable` for anything but a COSE_Sign1 by EdDSA."""
    try:
        tagged = cbor2.loads(message)
        parts: Any = tagged.value if isinstance(tagged, cbor2.CBORTag) and tagged.tag == SIGN1 else tagged
        protected, named, payload, signature = parts
        heads = cbor2.loads(protected)
        key_id = named.get(KEY_ID) or heads.get(KEY_ID) or b""
        if heads[ALGORITHM] != EDDSA or not all(isinstance(part, bytes) for part in (payload, signature, key_id)):
            raise ValueError
    except (cbor2.CBORDecodeError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise Invalid("qr-unreadable", "This QR code does not hold one of our cards: it cannot be read.") from None
    return Signed(payload, key_id, protected, signature)


def is_signed_by(signed: Signed, public: bytes) -> bool:
    """Whether this key made this signature."""
    if is_weak(public):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(
            signed.signature, _to_be_signed(signed.protected, signed.payload)
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def _to_be_signed(protected: bytes, payload: bytes) -> bytes:
    return cbor2.dumps(["Signature1", protected, b"", payload])

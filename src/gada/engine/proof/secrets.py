"""Secret keys: authenticated encryption, derivation, and wrapping under a passphrase.

A sealed box is: version byte 0x01, 12 random nonce bytes, ChaCha20-Poly1305 ciphertext and tag
(RFC 8439). The context is authenticated, not stored: a box moved to another row does not open.
With random nonces one key may seal 2^32 boxes; `derive` a key per use where more is thinkable.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gada.engine.refusal import Invalid

KEY_BYTES = 32
SEAL_OVERHEAD_BYTES = 1 + 12 + 16
_VERSION = b"\x01"


@dataclass(frozen=True, slots=True)
class WrapCost:
    """What one guess of a passphrase costs (Argon2id, RFC 9106)."""

    memory_kib: int = 64 * 1024
    passes: int = 3
    lanes: int = 1


DEFAULT_COST = WrapCost()  # about 0.2 s on a field laptop; RFC 9106 §4 second recommended option
_DEAREST = WrapCost(memory_kib=1024 * 1024, passes=20, lanes=16)  # a hostile wrap must not stall us


def new_key() -> bytes:
    """32 random bytes."""
    return os.urandom(KEY_BYTES)


def seal(key: bytes, plaintext: bytes, *, context: bytes) -> bytes:
    """`plaintext` encrypted under `key` (32 bytes) for this `context`; 29 bytes longer."""
    nonce = os.urandom(12)
    return _VERSION + nonce + ChaCha20Poly1305(key).encrypt(nonce, plaintext, _VERSION + context)


def open_sealed(key: bytes, box: bytes, *, context: bytes) -> bytes:
    """What `seal` was given. Raises Invalid `sealed-broken` on another key, context or any change."""
    if len(box) < SEAL_OVERHEAD_BYTES or box[:1] != _VERSION:
        raise _broken()
    try:
        return ChaCha20Poly1305(key).decrypt(box[1:13], box[13:], _VERSION + context)
    except InvalidTag:
        raise _broken() from None


@dataclass(frozen=True, slots=True, repr=False)
class Cipher:
    """A key that is handed to code which must seal and open but not hold keys (gallery, staging)."""

    key: bytes

    def seal(self, plaintext: bytes, *, context: bytes) -> bytes:
        return seal(self.key, plaintext, context=context)

    def open(self, box: bytes, *, context: bytes) -> bytes:
        return open_sealed(self.key, box, context=context)


def derive(key: bytes, *, purpose: str) -> bytes:
    """A 32-byte key for one purpose (HKDF-SHA256, RFC 5869); purposes are independent."""
    info = b"gada/1/" + purpose.encode("utf-8")
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(key)


def hmac_sha256(key: bytes, body: bytes) -> bytes:
    """32 bytes (RFC 2104)."""
    return hmac.new(key, body, hashlib.sha256).digest()


def wrap(key: bytes, passphrase: str, *, cost: WrapCost = DEFAULT_COST) -> dict[str, Any]:
    """`key` sealed under a passphrase, as a JSON-ready document that states its own cost."""
    salt = os.urandom(16)
    header: dict[str, Any] = {
        "version": 1,
        "kdf": "argon2id",
        "memory_kib": cost.memory_kib,
        "passes": cost.passes,
        "lanes": cost.lanes,
        "salt": base64.b64encode(salt).decode("ascii"),
    }
    box = seal(_stretch(passphrase, salt, cost), key, context=_wrap_context(header))
    return header | {"box": base64.b64encode(box).decode("ascii")}


def unwrap(wrapped: Mapping[str, Any], passphrase: str) -> bytes:
    """The key. Raises Invalid `passphrase-wrong`, or `wrap-malformed` when it is not a wrap of ours."""
    try:
        cost = WrapCost(wrapped["memory_kib"], wrapped["passes"], wrapped["lanes"])
        salt = base64.b64decode(wrapped["salt"], validate=True)
        box = base64.b64decode(wrapped["box"], validate=True)
        if wrapped["version"] != 1 or wrapped["kdf"] != "argon2id" or not _affordable(cost):
            raise ValueError
        stretched = _stretch(passphrase, salt, cost)
    except (KeyError, TypeError, ValueError, binascii.Error, HashingError):
        raise Invalid("wrap-malformed", "The protected key file is damaged or not one of ours.") from None
    try:
        return open_sealed(stretched, box, context=_wrap_context(wrapped))
    except Invalid:
        raise Invalid("passphrase-wrong", "The passphrase does not open this key.") from None


def _stretch(passphrase: str, salt: bytes, cost: WrapCost) -> bytes:
    # NFKC: the same phrase typed on another keyboard is the same phrase.
    secret = unicodedata.normalize("NFKC", passphrase).encode("utf-8")
    return hash_secret_raw(secret, salt, cost.passes, cost.memory_kib, cost.lanes, KEY_BYTES, Type.ID)


def _affordable(cost: WrapCost) -> bool:
    return (
        0 < cost.memory_kib <= _DEAREST.memory_kib
        and 0 < cost.passes <= _DEAREST.passes
        and 0 < cost.lanes <= _DEAREST.lanes
    )


def _wrap_context(header: Mapping[str, Any]) -> bytes:
    return f"wrap/1/{header['memory_kib']}/{header['passes']}/{header['lanes']}/{header['salt']}".encode()


def _broken() -> Invalid:
    return Invalid("sealed-broken", "What was stored does not open: another key, or it was changed.")

"""SHA-256 and the salted digests that stand for something without giving it away."""

from __future__ import annotations

import hashlib
import hmac
import os

SALT_BYTES = 32


def sha256(body: bytes) -> bytes:
    """32 bytes (FIPS 180-4)."""
    return hashlib.sha256(body).digest()


def digest_hex(body: bytes) -> str:
    """SHA-256 as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(body).hexdigest()


def new_salt() -> bytes:
    """32 random bytes; forgetting them makes a salted digest meaningless (erasure relies on it)."""
    return os.urandom(SALT_BYTES)


def salted_digest(salt: bytes, body: bytes) -> bytes:
    """SHA-256(salt ‖ body), a commitment to `body`: 32 bytes. `salt` is exactly 32 bytes."""
    if len(salt) != SALT_BYTES:
        raise ValueError("a salt is 32 bytes")  # a free length would let salt and body trade bytes
    return hashlib.sha256(salt + body).digest()


def same_digest(one: bytes, other: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(one, other)

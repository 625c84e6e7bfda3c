"""Forms that phones seal before they leave them: keys for a form, and opening what was sealed with them.

Source: ODK XForms specification, sub-specification "Encryption". A file is AES-256-CFB with PKCS#7 padding; its key is
sealed by RSA-OAEP with SHA-256. The specification names it as Java does, which leaves the hash of its mask open: the
phones whose vectors are published use SHA-256 there, Enketo SHA-1; both open. The initialization vectors follow from
the key.
The "signature" of the specification is made with the public key: it shows damage, not who sealed. Who sent it is known
from how the phone signed in.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Sequence
from contextlib import suppress

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

try:  # cryptography 47 moved what is old but still spoken elsewhere
    from cryptography.hazmat.decrepit.ciphers.modes import CFB
except ImportError:
    from cryptography.hazmat.primitives.ciphers.modes import CFB

from gada.engine.refusal import Invalid

KEY_BITS = 2048  # what ODK Collect asks for; NIST SP 800-57 accepts it until 2030
BLOCK = 16
_PADDINGS = [padding.OAEP(mgf=padding.MGF1(mask()), algorithm=SHA256(), label=None) for mask in (SHA256, SHA1)]


def new_form_key() -> tuple[bytes, str]:
    """A fresh pair: the private half (PKCS#8 DER), the public half as a form carries it (base64 of SPKI DER)."""
    private = generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return (
        private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        base64.b64encode(public).decode("ascii"),
    )


class FormOpener:
    """Opens what phones sealed for one form. `private`: the key as `new_form_key` gave it."""

    def __init__(self, private: bytes) -> None:
        # We made this key ourselves: checking its primes again would cost more than a submission.
        key = load_der_private_key(private, None, unsafe_skip_rsa_key_validation=True)
        if not isinstance(key, RSAPrivateKey):
            raise TypeError("a form's key is an RSA key")
        self._key = key

    def unseal(self, text: str) -> bytes:
        """The bytes under one base64 RSA box. Raises Invalid `form-seal-broken`."""
        try:
            box = base64.b64decode("".join(text.split()), validate=True)
        except (ValueError, binascii.Error):
            raise _broken() from None
        for each in _PADDINGS:
            with suppress(ValueError):
                return self._key.decrypt(box, each)
        raise _broken()

    def open_files(
        self, files: Sequence[bytes | None], *, sealed_key: str, instance_id: str
    ) -> list[bytes | None]:
        """Contents of the sealed files in the order of sealing: media first, the answers last (None: missing)."""
        key = self.unseal(sealed_key)
        if len(key) != 32:
            raise _broken()
        vectors = initialization_vectors(instance_id, key, len(files))
        return [
            None if file is None else _open(key, vector, file) for vector, file in zip(vectors, files, strict=True)
        ]


def initialization_vectors(instance_id: str, key: bytes, count: int) -> list[bytes]:
    """The vector of each file: MD5 of id and key, one byte raised by one before each file, round and round."""
    seed = bytearray(hashlib.md5(instance_id.encode() + key, usedforsecurity=False).digest())
    vectors = []
    for turn in range(count):
        place = turn % BLOCK
        seed[place] = (seed[place] + 1) & 0xFF
        vectors.append(bytes(seed))
    return vectors


def damage_digest(
    *, form_id: str, version: str, sealed_key: str, instance_id: str, files: Iterable[tuple[str, bytes]]
) -> bytes:
    """The 16 bytes that the specification calls the signature, before they are sealed. `files`: name, plain content."""
    lines = [form_id, *([version] if version else []), sealed_key, instance_id]
    lines += [f"{name}::{hashlib.md5(content, usedforsecurity=False).hexdigest()}" for name, content in files]
    return hashlib.md5("".join(f"{line}\n" for line in lines).encode(), usedforsecurity=False).digest()


def _open(key: bytes, vector: bytes, sealed: bytes) -> bytes:
    opening = Cipher(algorithms.AES256(key), CFB(vector)).decryptor()
    plain = opening.update(sealed) + opening.finalize()
    pad = plain[-1] if plain else 0
    if not 1 <= pad <= BLOCK or len(plain) % BLOCK or plain[-pad:] != bytes([pad]) * pad:
        raise _broken()
    return plain[:-pad]


def _broken() -> Invalid:
    return Invalid(
        "form-seal-broken", "The answers were sealed with another key, or were damaged: they cannot be opened."
    )

"""A phone as the specifications describe it, written apart from the code it tests: sealing, and sending."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Sequence

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import load_der_public_key


def seal_like_a_phone(key: bytes, instance_id: str, files: Sequence[bytes]) -> list[bytes]:
    """Each file sealed in turn, as ODK Collect does."""
    seed, sealed = bytearray(hashlib.md5(instance_id.encode() + key).digest()), []
    for counter, file in enumerate(files):
        seed[counter % 16] = (seed[counter % 16] + 1) % 256
        pad = PKCS7(128).padder()
        cipher = Cipher(algorithms.AES256(key), CFB(bytes(seed))).encryptor()
        sealed.append(cipher.update(pad.update(file) + pad.finalize()) + cipher.finalize())
    return sealed


def sealed_submission(
    public_key: str, *, form_id: str, version: str, instance_id: str, answers: bytes, media: dict[str, bytes]
) -> tuple[bytes, dict[str, bytes]]:
    """The manifest and the sealed files that a phone sends for these answers."""
    public, key = load_der_public_key(base64.b64decode(public_key)), os.urandom(32)

    def boxed(plain: bytes) -> str:
        oaep = OAEP(mgf=MGF1(SHA1()), algorithm=SHA256(), label=None)
        return base64.b64encode(public.encrypt(plain, oaep)).decode()  # type: ignore[union-attr]

    sealed_key, plain = boxed(key), [*media.items(), ("submission.xml", answers)]
    lines = [form_id, version, sealed_key, instance_id]
    lines += [f"{name}::{hashlib.md5(content).hexdigest()}" for name, content in plain]
    signature = boxed(hashlib.md5("".join(f"{line}\n" for line in lines if line).encode()).digest())
    files = dict(zip((f"{name}.enc" for name, _ in plain), seal_like_a_phone(key, instance_id, [
        content for _, content in plain
    ]), strict=True))
    listed = "".join(f"<media><file>{name}.enc</file></media>" for name in media)
    manifest = (
        f'<data xmlns="http://opendatakit.org/submissions" id="{form_id}" version="{version}" encrypted="yes">'
        f"<base64EncryptedKey>{sealed_key}</base64EncryptedKey>{listed}"
        f"<encryptedXmlFile>submission.xml.enc</encryptedXmlFile>"
        f"<base64EncryptedElementSignature>{signature}</base64EncryptedElementSignature>"
        f'<meta xmlns="http://openrosa.org/xforms"><instanceID>{instance_id}</instanceID></meta></data>'
    )
    return manifest.encode(), files

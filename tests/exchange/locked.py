"""A reader of locked workbooks that is not the one we write with: MS-OFFCRYPTO 2.3.4.10 to 2.3.4.15 by the letter."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import struct
from xml.etree import ElementTree

import olefile
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

KEY_DATA = "{http://schemas.microsoft.com/office/2006/encryption}"
PASSWORD = "{http://schemas.microsoft.com/office/2006/keyEncryptor/password}"
VERIFIER, VALUE, KEY = (bytes.fromhex(block) for block in ("fea7d2763b4b9e79", "d7aa0f6d3061344e", "146e0be7abacd0d6"))
HMAC_KEY, HMAC_VALUE = bytes.fromhex("5fb2ad010cb9e1f6"), bytes.fromhex("a0677f02b22c8433")
SEGMENT = 4096


def opened_by_the_standard(content: bytes, password: str) -> bytes:
    """The workbook inside; asserts the verifier of the password and the HMAC over the whole."""
    with olefile.OleFileIO(io.BytesIO(content)) as file:
        info, package = (file.openstream(name).read() for name in ("EncryptionInfo", "EncryptedPackage"))
    assert struct.unpack("<HH", info[:4]) == (4, 4)  # agile
    root = ElementTree.fromstring(info[8:])
    data, lock = root.find(f"{KEY_DATA}keyData"), root.find(f".//{PASSWORD}encryptedKey")
    whole = root.find(f"{KEY_DATA}dataIntegrity")
    assert data is not None and lock is not None and whole is not None
    assert lock.get("hashAlgorithm") == "SHA512" and int(lock.get("spinCount", 0)) >= 100_000
    assert (lock.get("keyBits"), lock.get("cipherChaining")) == ("256", "ChainingModeCBC")
    salt = _base64(lock.get("saltValue"))
    hashed = hashlib.sha512(salt + password.encode("utf-16-le")).digest()
    for turn in range(int(lock.get("spinCount", 0))):
        hashed = hashlib.sha512(struct.pack("<I", turn) + hashed).digest()

    def unlocked(name: str, block: bytes) -> bytes:
        return _decrypt(hashlib.sha512(hashed + block).digest()[:32], salt, _base64(lock.get(name)))

    verifier = unlocked("encryptedVerifierHashInput", VERIFIER)
    assert hashlib.sha512(verifier).digest() == unlocked("encryptedVerifierHashValue", VALUE)[:64]
    key, salt_of_data = unlocked("encryptedKeyValue", KEY), _base64(data.get("saltValue"))

    def vector(block: bytes) -> bytes:
        return hashlib.sha512(salt_of_data + block).digest()[:16]

    mac_key = _decrypt(key, vector(HMAC_KEY), _base64(whole.get("encryptedHmacKey")))
    mac = _decrypt(key, vector(HMAC_VALUE), _base64(whole.get("encryptedHmacValue")))
    assert hmac.digest(mac_key, package, "sha512") == mac
    (size,) = struct.unpack("<Q", package[:8])
    parts = [
        _decrypt(key, vector(struct.pack("<I", number)), package[start : start + SEGMENT])
        for number, start in enumerate(range(8, len(package), SEGMENT))
    ]
    return b"".join(parts)[:size]


def _decrypt(key: bytes, vector: bytes, box: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    return decryptor.update(box) + decryptor.finalize()


def _base64(text: str | None) -> bytes:
    return base64.b64decode(text or "")

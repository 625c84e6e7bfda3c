"""What lies in an SQLCipher file once decrypted, page by page: also what SQL no longer shows."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PAGE_BYTES = 4096
SALT_BYTES, IV_BYTES, HMAC_BYTES = 16, 16, 64
WAL_HEADER_BYTES, FRAME_HEADER_BYTES = 32, 24


def plain_pages(database: Path, key: bytes) -> bytes:
    """Every byte of a database file and of its write-ahead log, decrypted with this raw key (SQLCipher 4)."""
    content = database.read_bytes()
    pages = [content[at : at + PAGE_BYTES] for at in range(0, len(content), PAGE_BYTES)]
    plain = [_decrypt(page, key, skip=SALT_BYTES if number == 0 else 0) for number, page in enumerate(pages)]
    log = database.with_name(database.name + "-wal")
    if log.exists():
        frames = log.read_bytes()[WAL_HEADER_BYTES:]
        step = FRAME_HEADER_BYTES + PAGE_BYTES
        for at in range(0, len(frames) - step + 1, step):
            first = int.from_bytes(frames[at : at + 4], "big") == 1
            page = frames[at + FRAME_HEADER_BYTES : at + step]
            plain.append(_decrypt(page, key, skip=SALT_BYTES if first else 0))
    return b"".join(plain)


def _decrypt(page: bytes, key: bytes, *, skip: int) -> bytes:
    body = page[skip : PAGE_BYTES - IV_BYTES - HMAC_BYTES]
    iv = page[PAGE_BYTES - IV_BYTES - HMAC_BYTES : PAGE_BYTES - HMAC_BYTES]
    decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    return decryptor.update(body) + decryptor.finalize()

"""Base45 (RFC 9285): bytes as the 45 characters that a QR code holds most tightly."""

from __future__ import annotations

from gada.engine.refusal import Invalid

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUE = {character: value for value, character in enumerate(ALPHABET)}


def encode(body: bytes) -> str:
    """Two bytes become three characters, a last single byte two."""
    pieces = []
    for start in range(0, len(body) - 1, 2):
        high, low = divmod(body[start] << 8 | body[start + 1], 45)
        pieces.append(ALPHABET[low] + ALPHABET[high % 45] + ALPHABET[high // 45])
    if len(body) % 2:
        high, low = divmod(body[-1], 45)
        pieces.append(ALPHABET[low] + ALPHABET[high])
    return "".join(pieces)


def decode(text: str) -> bytes:
    """The bytes. Raises Invalid `qr-unreadable`."""
    body = bytearray()
    for start in range(0, len(text), 3):
        group = text[start : start + 3]
        try:
            value = sum(_VALUE[character] * 45**place for place, character in enumerate(group))
            body += value.to_bytes(len(group) - 1, "big") if len(group) > 1 else _refuse()
        except (KeyError, OverflowError):
            _refuse()
    return bytes(body)


def _refuse() -> bytes:
    raise Invalid("qr-unreadable", "This QR code does not hold one of our cards: it cannot be read.")

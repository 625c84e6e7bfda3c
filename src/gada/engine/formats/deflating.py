"""A zlib stream (RFC 1950) of one compressed block, never a stored one.

The reader that most phones carry for identity QR codes (PixelPass, through pako) fails on a stored block, which zlib
chooses for anything as short and as random as a signature (nodeca/pako#276). One block of fixed Huffman codes, every
byte a literal (RFC 1951 §3.2.6), is what it reads; it costs at most an eighth.
"""

from __future__ import annotations

import zlib

from gada.engine.refusal import Invalid

HEADER = b"\x78\x9c"  # RFC 1950 §2.2: deflate, a window of 32 KiB, the usual level
MOST_BYTES = 16 * 1024  # inflated; the largest QR code holds less than a fifth of it
_LAST, _FIXED, _END = 1, 1, 256


def deflate(body: bytes) -> bytes:
    """The shortest stream that every reader inflates."""
    literal = HEADER + _literal_block(body) + zlib.adler32(body).to_bytes(4, "big")
    usual = zlib.compress(body, 9)
    return usual if _is_one_compressed_block(usual) and len(usual) <= len(literal) else literal


def inflate(stream: bytes) -> bytes:
    """What was deflated, by anybody. Raises Invalid `qr-unreadable`."""
    try:
        inflating = zlib.decompressobj()
        body = inflating.decompress(stream, MOST_BYTES)
        if not inflating.eof or inflating.unused_data:
            raise ValueError
    except (zlib.error, ValueError):
        raise Invalid("qr-unreadable", "This QR code does not hold one of our cards: it cannot be read.") from None
    return body


def _is_one_compressed_block(stream: bytes) -> bool:
    return bool(stream[2] & _LAST) and stream[2] >> 1 & 3 != 0


def _literal_block(body: bytes) -> bytes:
    """Bits go in from the lowest; a Huffman code goes in from its highest bit."""
    bits, length = _LAST | _FIXED << 1, 3
    for symbol in [*body, _END]:
        code, width = _code(symbol)
        for place in reversed(range(width)):
            bits |= (code >> place & 1) << length
            length += 1
    return bits.to_bytes((length + 7) // 8, "little")


def _code(symbol: int) -> tuple[int, int]:
    if symbol == _END:
        return 0, 7
    return (0x30 + symbol, 8) if symbol < 144 else (0x190 + symbol - 144, 9)

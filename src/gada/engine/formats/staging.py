"""A file that only this node can read, for data that must wait on disk before they may be used.

Layout: magic (8), random file id (16), length of an empty box (2, big-endian), the header box of
fixed size, then boxes of 64 KiB plaintext each (the last may be shorter). Every box is bound to the
file and its place, so boxes cannot be moved, and any offset is found without reading what is before
it. The header (length and named offsets) is written last: a file without it was cut short.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self

from gada.engine.proof.canonical import canonical_bytes, parse_canonical
from gada.engine.refusal import Invalid

CHUNK_BYTES = 64 * 1024
_MAGIC = b"GADASTG\x01"
_CHUNKS_KEPT = 64  # 4 MiB: a blob is looked up in about twenty steps, most of them in the same chunks
_HEADER_BYTES = 512
_PREFIX_BYTES = len(_MAGIC) + 16 + 2


class Cipher(Protocol):
    """`gada.engine.proof.secrets.Cipher` is one."""

    def seal(self, plaintext: bytes, *, context: bytes) -> bytes: ...

    def open(self, box: bytes, *, context: bytes) -> bytes: ...


class StagingWriter:
    """Write once, from the start to the end. Left without `complete`, the file is removed."""

    def __init__(self, path: Path, cipher: Cipher) -> None:
        self.path = path
        self.length = 0
        self._cipher = cipher
        self._id = os.urandom(16)
        self._waiting = bytearray()
        self._chunks = 0
        self._file = path.open("wb")
        overhead = len(cipher.seal(b"", context=b""))
        self._file.write(_MAGIC + self._id + overhead.to_bytes(2, "big") + bytes(_HEADER_BYTES + overhead))

    def write(self, data: bytes) -> int:
        self._waiting += data
        self.length += len(data)
        while len(self._waiting) >= CHUNK_BYTES:
            self._put(bytes(self._waiting[:CHUNK_BYTES]))
            del self._waiting[:CHUNK_BYTES]
        return len(data)

    def complete(self, **marks: int) -> None:
        """Put the last chunk and the header on the disk. `marks` are offsets to remember."""
        if self._waiting:
            self._put(bytes(self._waiting))
        _sync(self._file)
        header = canonical_bytes({"length": self.length, "marks": marks})
        if len(header) > _HEADER_BYTES:
            raise ValueError("too many marks")
        self._file.seek(_PREFIX_BYTES)
        padded = header.ljust(_HEADER_BYTES, b" ")
        self._file.write(self._cipher.seal(padded, context=_context(self._id, "header")))
        _sync(self._file)
        self._file.close()

    def discard(self) -> None:
        """Remove the file, whatever its state."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None or not self._file.closed:
            self.discard()

    def _put(self, chunk: bytes) -> None:
        self._file.write(self._cipher.seal(chunk, context=_context(self._id, self._chunks)))
        self._chunks += 1


class Staging:
    """A completed staging file, read at any offset. Not for use by several threads at once."""

    def __init__(self, path: Path, cipher: Cipher) -> None:
        """Raises Invalid `staging-incomplete` (never completed) or `staging-broken`."""
        self.path = path
        self._cipher = cipher
        self._file = path.open("rb")
        try:
            self.length, self.marks = self._read_header()
        except BaseException:
            self._file.close()
            raise
        self._kept: OrderedDict[int, bytes] = OrderedDict()

    def read(self, offset: int, size: int) -> bytes:
        """`size` bytes from `offset`. Raises Invalid `staging-broken`; ValueError outside the file."""
        if offset < 0 or size < 0 or offset + size > self.length:
            raise ValueError("outside the staging file")
        pieces = []
        while size:
            number, within = divmod(offset, CHUNK_BYTES)
            piece = self._chunk(number)[within : within + size]
            if not piece:
                raise _broken()
            pieces.append(piece)
            offset, size = offset + len(piece), size - len(piece)
        return b"".join(pieces)

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` to `end`, at most a chunk at a time."""
        while start < end:
            size = min(end - start, CHUNK_BYTES - start % CHUNK_BYTES)
            yield self.read(start, size)
            start += size

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read_header(self) -> tuple[int, Mapping[str, int]]:
        prefix = self._file.read(_PREFIX_BYTES)
        if len(prefix) < _PREFIX_BYTES or not prefix.startswith(_MAGIC):
            raise _broken()
        self._id = prefix[len(_MAGIC) : -2]
        self._overhead = int.from_bytes(prefix[-2:], "big")
        box = self._file.read(_HEADER_BYTES + self._overhead)
        if not box.strip(b"\0"):
            raise Invalid("staging-incomplete", "This file was not finished; it is received again.")
        header = parse_canonical(self._open(box, "header").rstrip(b" "))
        return header["length"], header["marks"]

    def _chunk(self, number: int) -> bytes:
        if number in self._kept:
            self._kept.move_to_end(number)
            return self._kept[number]
        stride = CHUNK_BYTES + self._overhead
        self._file.seek(_PREFIX_BYTES + _HEADER_BYTES + self._overhead + number * stride)
        self._kept[number] = chunk = self._open(self._file.read(stride), number)
        if len(self._kept) > _CHUNKS_KEPT:
            self._kept.popitem(last=False)
        return chunk

    def _open(self, box: bytes, place: int | str) -> bytes:
        try:
            return self._cipher.open(box, context=_context(self._id, place))
        except Invalid:
            raise _broken() from None


def _context(file_id: bytes, place: int | str) -> bytes:
    return b"staging/1/" + file_id + f"/{place}".encode("ascii")


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _broken() -> Invalid:
    return Invalid("staging-broken", "A waiting file on this disk was damaged; it must be received again.")

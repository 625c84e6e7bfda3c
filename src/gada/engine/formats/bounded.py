"""Fields of a binary record, taken in order. Nothing is ever read past the end, whatever a length field says."""

from __future__ import annotations

import struct
from collections.abc import Callable

from gada.engine.refusal import Invalid


class Fields:
    """Big-endian fields from `offset` on. `cut_off` makes the Invalid that is raised when the bytes run out."""

    def __init__(self, data: bytes, offset: int, cut_off: Callable[[], Invalid]) -> None:
        self._data, self._cut_off = data, cut_off
        self.offset = offset

    def take(self, layout: struct.Struct) -> tuple[int, ...]:
        """The fields of `layout`, numbers but for those that the caller gives no name."""
        return layout.unpack(self.take_bytes(layout.size))

    def number(self, size: int) -> int:
        """One unsigned integer of `size` bytes."""
        return int.from_bytes(self.take_bytes(size), "big")

    def take_bytes(self, count: int) -> bytes:
        """The next `count` bytes."""
        if count < 0 or self.offset + count > len(self._data):
            raise self._cut_off()
        self.offset += count
        return self._data[self.offset - count : self.offset]

    def skip(self, count: int) -> None:
        """Go past `count` bytes, which must be there."""
        if count < 0 or self.offset + count > len(self._data):
            raise self._cut_off()
        self.offset += count

    @property
    def left(self) -> int:
        """How many bytes are still to come."""
        return len(self._data) - self.offset

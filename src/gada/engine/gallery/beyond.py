"""People for whom memory is too small: their segments stay sealed on disk and are opened one after another.

A segment is mapped into memory as it lies on disk, so that processes share it; what is opened is thrown away after it
was looked at. Of each person 16 bytes stay: who they are.
"""

from __future__ import annotations

import mmap
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from gada.engine.gallery.enrolled import Described, Enrolled
from gada.engine.gallery.layout import Segment, read_segment


class Cipher(Protocol):
    """Seals and opens; `context` must be the same both times."""

    def seal(self, plain: bytes, *, context: bytes) -> bytes:
        """Encrypt and authenticate."""

    def open(self, sealed: bytes, *, context: bytes) -> bytes:
        """Decrypt, or raise when altered, misplaced or of another key."""


def context_of(name: str) -> bytes:
    """What a file is sealed with, so that files cannot change places."""
    return b"gada gallery " + name.encode()


@dataclass(slots=True, eq=False)
class SealedSegment:
    """One file of people, mapped: another process may replace it, this one still sees what it was.

    `subjects` uint8[n, 16], sorted; `positions`: how many fingers of each can be scanned; `withdrawn`: rows of those
    who were removed since.
    """

    name: str
    sealed: mmap.mmap
    cipher: Cipher
    subjects: NDArray[np.uint8]
    positions: Mapping[int, int]
    withdrawn: set[int] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.subjects) - len(self.withdrawn)

    def open(self) -> Segment:
        """Read and decrypt it: about 10 milliseconds for 4096 people."""
        return open_segment(bytes(self.sealed), name=self.name, cipher=self.cipher)

    def row_of(self, subject: UUID) -> int | None:
        """Where somebody stands in it; None when they do not, or were removed."""
        wanted, rows = subject.bytes, range(len(self.subjects))
        if not rows or not self._at(0) <= wanted <= self._at(-1):
            return None
        row = bisect_left(rows, wanted, key=self._at)
        return row if self._at(row) == wanted and row not in self.withdrawn else None

    def rows(self, among: NDArray[np.void] | None) -> NDArray[np.bool_]:
        """Whom to look at, by row: all who were not removed, or those of them whose 16 bytes are in `among`."""
        ours = self.subjects.view("V16").ravel()
        looked_at = np.ones(len(ours), np.bool_) if among is None else np.isin(ours, among)
        looked_at[list(self.withdrawn)] = False
        return looked_at

    def remaining(self) -> list[Described]:
        """Those who were not removed since."""
        return [person for row, person in enumerate(self.open().people()) if row not in self.withdrawn]

    def _at(self, row: int) -> bytes:
        subject: bytes = self.subjects[row].tobytes()
        return subject


@dataclass(slots=True, eq=False)
class Beyond:
    """The sealed segments of a gallery, by name. Who changes them holds the gallery's lock."""

    segments: dict[str, SealedSegment] = field(default_factory=dict)

    def __len__(self) -> int:
        return sum(len(each) for each in self.segments.values())

    def __contains__(self, subject: object) -> bool:
        return isinstance(subject, UUID) and self.find(subject) is not None

    def __iter__(self) -> Iterator[SealedSegment]:
        return iter(list(self.segments.values()))

    @property
    def positions(self) -> set[int]:
        """Positions of fingers that can be scanned."""
        return {position for each in self for position in each.positions}

    def find(self, subject: UUID) -> tuple[SealedSegment, int] | None:
        """The segment and the row of a person."""
        for segment in self:
            row = segment.row_of(subject)
            if row is not None:
                return segment, row
        return None

    def person(self, subject: UUID) -> Enrolled | None:
        """Somebody's templates; opens a segment."""
        found = self.find(subject)
        return None if found is None else found[0].open().enrolled(found[1])


def open_segment(sealed: bytes, *, name: str, cipher: Cipher) -> Segment:
    """A segment file, decrypted and read."""
    return read_segment(cipher.open(sealed, context=context_of(name)))


def keep_sealed(path: Path, segment: Segment, *, cipher: Cipher) -> SealedSegment:
    """A segment that was opened once, to be left on disk from now on."""
    with path.open("rb") as file:
        sealed = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    positions = {position: len(chunk.owners) for position, chunk in segment.shelves.items()}
    return SealedSegment(path.name, sealed, cipher, segment.subjects.copy(), positions)

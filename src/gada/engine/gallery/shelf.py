"""The resident fingers of one position: descriptors in chunks of 4096, never moved once written.

Readers need no lock: a lane is filled before its owner is named, its owner is withdrawn before it is
cleared, and whatever a search sees in between is compared again exactly before it is believed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint import parameters
from gada.engine.fingerprint.descriptors import Descriptors

LANES: Final = 32  # fingers side by side: a block of scanned words, 29 kB, fits the fastest cache
BLOCKS: Final = 128
CHUNK: Final = LANES * BLOCKS
NOBODY: Final = -1


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """words uint64[block, 32, 7, lane], density float32[block, 32, lane], spots int16[finger, 32, 3],
    counts uint8[finger], owners int32[finger]: index of the person, or -1."""

    words: NDArray[np.uint64]
    density: NDArray[np.float32]
    spots: NDArray[np.int16]
    counts: NDArray[np.uint8]
    owners: NDArray[np.int32]


def empty_chunk() -> Chunk:
    """Zeros: memory is taken from the system only as fingers are written."""
    most = parameters.BEST_MINUTIAE
    return Chunk(
        words=np.zeros((BLOCKS, most, parameters.WORDS, LANES), np.uint64),
        density=np.zeros((BLOCKS, most, LANES), np.float32),
        spots=np.zeros((CHUNK, most, 3), np.int16),
        counts=np.zeros(CHUNK, np.uint8),
        owners=np.full(CHUNK, NOBODY, np.int32),
    )


@dataclass(slots=True, eq=False)
class Shelf:
    """Fingers of one position; a place on it is a running number, chunk after chunk."""

    chunks: list[Chunk] = field(default_factory=list)
    used: int = 0
    free: list[int] = field(default_factory=list)

    def put(self, descriptors: Descriptors, *, owner: int) -> int:
        """Write one finger and return its place. The caller holds the gallery's lock."""
        place = self.free.pop() if self.free else self.used
        if place == len(self.chunks) * CHUNK:
            self.chunks.append(empty_chunk())
        chunk, finger = self.chunks[place // CHUNK], place % CHUNK
        block, lane, count = finger // LANES, finger % LANES, len(descriptors)
        chunk.words[block, :count, :, lane] = descriptors.words
        chunk.density[block, :count, lane] = descriptors.density
        chunk.spots[finger, :count] = descriptors.spots
        chunk.counts[finger] = count
        chunk.owners[finger] = owner
        self.used = max(self.used, place + 1)
        return place

    def take_away(self, place: int) -> None:
        """Clear one place. The caller holds the gallery's lock."""
        chunk, finger = self.chunks[place // CHUNK], place % CHUNK
        block, lane = finger // LANES, finger % LANES
        chunk.owners[finger] = NOBODY
        chunk.counts[finger] = 0
        chunk.words[block, :, :, lane] = 0
        chunk.density[block, :, lane] = 0
        chunk.spots[finger] = 0
        self.free.append(place)

    def look_at(self, place: int) -> Descriptors:
        """The descriptors at a place, copied."""
        chunk, finger = self.chunks[place // CHUNK], place % CHUNK
        block, lane, count = finger // LANES, finger % LANES, int(chunk.counts[finger])
        return Descriptors(
            np.ascontiguousarray(chunk.words[block, :count, :, lane]),
            np.ascontiguousarray(chunk.density[block, :count, lane]),
            chunk.spots[finger, :count].copy(),
        )

    def blocks_in_use(self) -> list[tuple[Chunk, int]]:
        """Chunks with the number of their blocks that hold fingers."""
        whole = -(-self.used // LANES)
        return [(chunk, min(BLOCKS, whole - i * BLOCKS)) for i, chunk in enumerate(self.chunks)]

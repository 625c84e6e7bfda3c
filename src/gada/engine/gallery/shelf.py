"""The resident fingers of one position: what the scan looks at, in chunks of 4096, never moved once written.

Readers need no lock: a lane is filled before its owner is named, its owner is withdrawn before it is
cleared, and whatever a search sees in between is compared again exactly before it is believed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint import parameters
from gada.engine.fingerprint.parameters import LANES

BLOCKS: Final = 128
CHUNK: Final = LANES * BLOCKS
NOBODY: Final = -1

Cylinders = tuple[NDArray[np.uint64], NDArray[np.float32]]
"""The best cylinders of one finger: words uint64[k, 7] and density float32[k], k at most 16."""


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """words uint64[block, 16, 7, lane], density float32[block, 16, lane], owners int32[finger]: index of the person,
    or -1. 964 bytes a finger."""

    words: NDArray[np.uint64]
    density: NDArray[np.float32]
    owners: NDArray[np.int32]


def empty_chunk() -> Chunk:
    """Zeros: memory is taken from the system only as fingers are written."""
    return Chunk(
        words=np.zeros((BLOCKS, parameters.SCAN_MINUTIAE, parameters.WORDS, LANES), np.uint64),
        density=np.zeros((BLOCKS, parameters.SCAN_MINUTIAE, LANES), np.float32),
        owners=np.full(CHUNK, NOBODY, np.int32),
    )


@dataclass(slots=True, eq=False)
class Shelf:
    """Fingers of one position; a place on it is a running number, chunk after chunk."""

    chunks: list[Chunk] = field(default_factory=list)
    used: int = 0
    free: list[int] = field(default_factory=list)

    def put(self, cylinders: Cylinders, *, owner: int) -> int:
        """Write one finger and return its place. The caller holds the gallery's lock."""
        words, density = cylinders
        place = self.free.pop() if self.free else self.used
        if place == len(self.chunks) * CHUNK:
            self.chunks.append(empty_chunk())
        chunk, finger = self.chunks[place // CHUNK], place % CHUNK
        block, lane = finger // LANES, finger % LANES
        chunk.words[block, : len(words), :, lane] = words
        chunk.density[block, : len(words), lane] = density
        chunk.owners[finger] = owner
        self.used = max(self.used, place + 1)
        return place

    def take_away(self, place: int) -> None:
        """Clear one place. The caller holds the gallery's lock."""
        chunk, finger = self.chunks[place // CHUNK], place % CHUNK
        block, lane = finger // LANES, finger % LANES
        chunk.owners[finger] = NOBODY
        chunk.words[block, :, :, lane] = 0
        chunk.density[block, :, lane] = 0
        self.free.append(place)

    def at(self, place: int) -> Cylinders:
        """The cylinders at a place, copied: 16 rows, those that the finger lacks all zero."""
        chunk, finger = self.chunks[place // CHUNK], place % CHUNK
        block, lane = finger // LANES, finger % LANES
        return chunk.words[block, :, :, lane].copy(), chunk.density[block, :, lane].copy()

    def blocks_in_use(self) -> list[tuple[Chunk, int]]:
        """Chunks with the number of their blocks that hold fingers."""
        whole = -(-self.used // LANES)
        return [(chunk, min(BLOCKS, whole - i * BLOCKS)) for i, chunk in enumerate(self.chunks)]

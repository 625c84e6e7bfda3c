"""People as the bytes of one segment: columns that can be scanned as they lie.

After a head come subjects (16 bytes each, in their order), a row for each finger, the packed templates, and for each
position the cylinders of its resident fingers in the order of the scan. Little-endian throughout.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from gada.engine.fingerprint import parameters
from gada.engine.fingerprint.descriptors import scan_descriptors
from gada.engine.fingerprint.parameters import LANES
from gada.engine.gallery.enrolled import Described, Enrolled
from gada.engine.gallery.packing import unpack
from gada.engine.gallery.shelf import Chunk, Cylinders

_MAGIC: Final = b"gada gallery segment 2\n"
_FINGER: Final = np.dtype(
    [("person", "<u4"), ("start", "<u4"), ("length", "<u2"), ("place", "<u2"), ("position", "u1")]
)
_NOT_RESIDENT: Final = 0xFFFF  # a place is below the 4096 people of a segment


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """People read back: `subjects` uint8[n, 16], `fingers` one row each in the order of people, their packed
    templates, and by position the resident fingers as a chunk whose owners are rows of `subjects`."""

    subjects: NDArray[np.uint8]
    fingers: NDArray[np.void]
    packed: memoryview
    shelves: Mapping[int, Chunk]

    def __len__(self) -> int:
        return len(self.subjects)

    def subject(self, row: int) -> UUID:
        """Who stands in a row."""
        return UUID(bytes=self.subjects[row].tobytes())

    def enrolled(self, row: int) -> Enrolled:
        """The person of a row; `places` are those of their shelf here."""
        first, end = np.searchsorted(self.fingers["person"], (row, row + 1))
        return self._enrolled(row, self.fingers[first:end].tolist())

    def everybody(self) -> Iterator[Enrolled]:
        """The people of all rows; twice as fast as one by one."""
        by_row = {row: list(own) for row, own in groupby(self.fingers.tolist(), key=itemgetter(0))}
        for row in range(len(self)):
            yield self._enrolled(row, by_row.get(row, ()))

    def people(self, name: str | None = None) -> Iterator[Described]:
        """Everybody, ready to be placed in a gallery; `name` of the segment they come from."""
        for person in self.everybody():
            residents = {position: self._cylinders(position, place) for position, place in person.places.items()}
            yield Described(person.subject, person.packed, residents, name)

    def _enrolled(self, row: int, fingers: Iterable[tuple[int, ...]]) -> Enrolled:
        packed, places = {}, {}
        for _, start, length, place, position in fingers:
            packed[position] = bytes(self.packed[start : start + length])
            if place != _NOT_RESIDENT:
                places[position] = place
        return Enrolled(self.subject(row), packed, places)

    def _cylinders(self, position: int, place: int) -> Cylinders:
        chunk, block, lane = self.shelves[position], place // LANES, place % LANES
        return chunk.words[block, :, :, lane], chunk.density[block, :, lane]


def write_segment(people: Sequence[Described]) -> bytes:
    """People, sorted by subject, as bytes."""
    rows, packed, start = [], [], 0
    residents: dict[int, list[tuple[int, Cylinders]]] = {}
    for number, person in enumerate(people):
        for position, template in sorted(person.packed.items()):
            place = _NOT_RESIDENT
            if position in person.residents:
                shelf = residents.setdefault(position, [])
                place = len(shelf)
                shelf.append((number, person.residents[position]))
            rows.append((number, start, len(template), place, position))
            packed.append(template)
            start += len(template)
    parts = [b"".join(person.subject.bytes for person in people), np.array(rows, _FINGER).tobytes(), b"".join(packed)]
    positions = sorted(residents)
    for position in positions:
        chunk = _chunk(residents[position])
        parts += [chunk.owners.astype("<i4").tobytes(), chunk.words.astype("<u8").tobytes()]
        parts += [chunk.density.astype("<f4").tobytes()]
    lengths = [len(part) for part in parts]
    facts = {"algorithm": parameters.ALGORITHM, "positions": positions, "lengths": lengths}
    head = json.dumps(facts).encode()
    return b"".join((_MAGIC, struct.pack("<I", len(head)), head, *parts))


def read_segment(plain: bytes) -> Segment:
    """What `write_segment` was given; cylinders are made anew when another algorithm wrote them."""
    if not plain.startswith(_MAGIC):
        raise ValueError("not a segment")
    (size,) = struct.unpack_from("<I", plain, len(_MAGIC))
    start = len(_MAGIC) + 4
    head: dict[str, Any] = json.loads(plain[start : start + size])
    ends = np.cumsum([start + size, *head["lengths"]]).tolist()
    whole = memoryview(plain)
    subjects, fingers, packed, *shelves = (whole[a:b] for a, b in pairwise(ends))
    table = np.frombuffer(fingers, _FINGER)
    if head["algorithm"] == parameters.ALGORITHM:
        found = {
            position: _read_chunk(*shelves[3 * n : 3 * n + 3]) for n, position in enumerate(head["positions"])
        }
    else:
        found = {position: _made_anew(table, packed, position) for position in head["positions"]}
    return Segment(np.frombuffer(subjects, np.uint8).reshape(-1, 16), table, packed, found)


def _read_chunk(owners: memoryview, words: memoryview, density: memoryview) -> Chunk:
    return Chunk(
        words=np.frombuffer(words, "<u8").reshape(-1, parameters.SCAN_MINUTIAE, parameters.WORDS, LANES),
        density=np.frombuffer(density, "<f4").reshape(-1, parameters.SCAN_MINUTIAE, LANES),
        owners=np.frombuffer(owners, "<i4"),
    )


def _made_anew(table: NDArray[np.void], packed: memoryview, position: int) -> Chunk:
    fingers = []
    for person, start, length, place, of in table.tolist():
        if of == position and place != _NOT_RESIDENT:
            fingers.append((person, scan_descriptors(unpack(bytes(packed[start : start + length])))))
    return _chunk(fingers)


def _chunk(fingers: Sequence[tuple[int, Cylinders]]) -> Chunk:
    """Resident fingers of one position with the rows of their people, in the order of the scan."""
    blocks = -(-len(fingers) // LANES)
    words = np.zeros((blocks, parameters.SCAN_MINUTIAE, parameters.WORDS, LANES), np.uint64)
    density = np.zeros((blocks, parameters.SCAN_MINUTIAE, LANES), np.float32)
    for place, (_, (cylinders, shares)) in enumerate(fingers):
        words[place // LANES, : len(cylinders), :, place % LANES] = cylinders
        density[place // LANES, : len(shares), place % LANES] = shares
    return Chunk(words, density, np.array([row for row, _ in fingers], np.int32))

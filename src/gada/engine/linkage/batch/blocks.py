"""Who is compared with whom: people who share a search key, unless too many share it to mean anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gada.engine.linkage._key_kernels import keys_of_people
from gada.engine.linkage.batch import _kernels
from gada.engine.linkage.batch.population import Population
from gada.engine.linkage.keys import MOST_KEYS

LARGEST: Final = 1000
"""People of one key that are still put side by side; half a million pairs."""
SMALL, REASONS = 50, 3
"""Who shares no key that so few people have must share so many others: among a million people this spares four of
five comparisons and one of three hundred mates (0.33 %)."""
PEOPLE_AT_ONCE: Final = 8_192
PEOPLE_SORTED: Final = 1_000_000  # whose keys are sorted at once
PAIRS_AT_ONCE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Blocks:
    """Block b holds members[starts[b]:starts[b + 1]]; person p is in blocks[offsets[p]:offsets[p + 1]]."""

    starts: NDArray[np.int64]
    members: NDArray[np.int32]
    offsets: NDArray[np.int64]
    blocks: NDArray[np.int32]
    too_large: NDArray[np.int64]  # how many people share each key that was passed over, largest first

    @property
    def pairs(self) -> int:
        """Pairs of people in blocks, those that several blocks hold counted each time."""
        sizes = np.diff(self.starts)
        return int((sizes * (sizes - 1) // 2).sum())

    def parts(self) -> list[tuple[int, int]]:
        """Ranges of blocks with about as many pairs each."""
        sizes = np.diff(self.starts)
        upto = np.cumsum(sizes * (sizes - 1) // 2)
        cuts = np.searchsorted(upto, np.arange(PAIRS_AT_ONCE, upto[-1] if len(upto) else 0, PAIRS_AT_ONCE)) + 1
        edges = np.unique([0, *cuts, len(sizes)])
        return [(int(a), int(b)) for a, b in pairwise(edges)]


def blocks_of(population: Population, *, largest: int = LARGEST) -> Blocks:
    """Put people who share a key side by side. Grows with the number of keys (about twenty a person).

    Keys are sorted in parts by their first bits, each small enough to sort in a gigabyte.
    """
    bits = max(0, (len(population) - 1) // PEOPLE_SORTED).bit_length()
    held, counted, common = [], [], []
    for part in range(1 << bits):
        owners, sizes = _by_key(population, part=part, bits=bits)
        live = (sizes >= 2) & (sizes <= largest)
        held.append(owners[np.repeat(live, sizes)])
        counted.append(sizes[live])
        common.append(sizes[sizes > largest])
    members, sizes = np.concatenate(held), np.concatenate(counted)
    held.clear()
    offsets = np.concatenate(([0], np.cumsum(np.bincount(members, minlength=len(population)))))
    starts = np.concatenate(([0], np.cumsum(sizes)))
    blocks = np.empty(len(members), np.int32)
    _kernels.blocks_of_members(starts, members, offsets[:-1].copy(), blocks)
    return Blocks(starts, members, offsets, blocks, np.sort(np.concatenate(common))[::-1])


def nobody_compared(blocks: Blocks) -> Blocks:
    """Blocks without anybody, that still say which keys were too common."""
    nobody, nowhere = np.empty(0, np.int32), np.zeros(1, np.int64)
    return Blocks(nowhere, nobody, nowhere, nobody, blocks.too_large)


def _by_key(population: Population, *, part: int, bits: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The owners of keys whose first `bits` bits are `part`, key after key, ascending; and how many have each key.

    A key and its owner are sorted as one number, in place. It has room for 64 bits less those of an owner: among five
    million people some sixty keys are taken for another's, and some sixty pairs more are compared.
    """
    room = np.uint64((len(population) - 1).bit_length())
    owner_of, pieces = (np.uint64(1) << room) - np.uint64(1), []
    for keys, owners in _in_turns(population, part=part, bits=bits):
        pieces.append(keys << np.uint64(bits) & ~owner_of | owners.astype(np.uint64))
    packed = np.concatenate(pieces or [np.empty(0, np.uint64)])
    pieces.clear()
    packed.sort()
    owners = (packed & owner_of).astype(np.int32)
    packed >>= room
    last = np.flatnonzero(packed[1:] != packed[:-1]) if len(packed) else np.empty(0, np.int64)
    return owners, np.diff(last, prepend=-1, append=len(packed) - 1) if len(packed) else last


def keys_and_owners(population: Population) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """The keys of everybody, uint64[m], and whose each is, int32[m]."""
    found = [(keys.copy(), owners.copy()) for keys, owners in _in_turns(population)]
    keys, owners = zip(*found, strict=True) if found else (np.empty((1, 0), np.uint64), np.empty((1, 0), np.int32))
    return np.concatenate(keys), np.concatenate(owners)


def _in_turns(
    population: Population, *, part: int = 0, bits: int = 0
) -> Iterator[tuple[NDArray[np.uint64], NDArray[np.int32]]]:
    """Keys whose first `bits` bits are `part`, and whose each is, of some people after others, in the same room."""
    room = np.empty(PEOPLE_AT_ONCE * MOST_KEYS, np.uint64), np.empty(PEOPLE_AT_ONCE * MOST_KEYS, np.int32)
    families = population.vocabulary.words().family
    folded, placed = population.vocabulary.folded_numbers(), population.vocabulary.place_numbers()
    for first in range(0, len(population), PEOPLE_AT_ONCE):
        last = min(first + PEOPLE_AT_ONCE, len(population))
        count = keys_of_people(
            first, last, np.uint64(part), bits, population.people, families, folded, placed, room[0], room[1]
        )
        yield room[0][:count], room[1][:count]


def pairs_in(
    blocks: Blocks, part: tuple[int, int], population: Population, *, every: int = 1
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The pairs of one range of blocks; of `every` people only one in so many is looked up."""
    first, last = part
    sizes = np.diff(blocks.starts[first : last + 1])
    room = int((sizes * (sizes - 1) // 2).sum())
    left, right = np.empty(room, np.int32), np.empty(room, np.int32)
    count = _kernels.pairs_of_blocks(
        first, last, blocks.starts, blocks.members, blocks.offsets, blocks.blocks,
        population.people.registration, every, SMALL, REASONS, left, right,
    )  # fmt: skip
    return left[:count], right[:count]

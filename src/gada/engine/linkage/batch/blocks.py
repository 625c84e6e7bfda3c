"""Who is compared with whom: people who share a search key, unless too many share it to mean anything."""

from __future__ import annotations

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
PEOPLE_AT_ONCE: Final = 65_536
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
        keys, owners = keys_and_owners(population, part=part, bits=bits)
        order = np.argsort(keys, kind="stable")  # the members of a block stay in ascending order
        keys, owners = keys[order], owners[order]
        sizes = np.diff(np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1], [True])))) if len(keys) else order
        live = (sizes >= 2) & (sizes <= largest)
        held.append(owners[np.repeat(live, sizes)])
        counted.append(sizes[live])
        common.append(sizes[sizes > largest])
    members, sizes = np.concatenate(held), np.concatenate(counted)
    number = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    blocks = number[np.argsort(members, kind="stable")]
    offsets = np.concatenate(([0], np.cumsum(np.bincount(members, minlength=len(population)))))
    starts = np.concatenate(([0], np.cumsum(sizes)))
    return Blocks(starts, members, offsets, blocks, np.sort(np.concatenate(common))[::-1])


def nobody_compared(blocks: Blocks) -> Blocks:
    """Blocks without anybody, that still say which keys were too common."""
    nobody, nowhere = np.empty(0, np.int32), np.zeros(1, np.int64)
    return Blocks(nowhere, nobody, nowhere, nobody, blocks.too_large)


def keys_and_owners(
    population: Population, *, part: int = 0, bits: int = 0
) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """The keys of everybody, uint64[m], and whose each is, int32[m]; only those whose first `bits` bits are `part`."""
    keys, owners = [], []
    room = np.empty(PEOPLE_AT_ONCE * MOST_KEYS, np.uint64), np.empty(PEOPLE_AT_ONCE * MOST_KEYS, np.int32)
    families = population.vocabulary.words().family
    folded, placed = population.vocabulary.folded_numbers(), population.vocabulary.place_numbers()
    for first in range(0, len(population), PEOPLE_AT_ONCE):
        last = min(first + PEOPLE_AT_ONCE, len(population))
        count = keys_of_people(
            first, last, np.uint64(part), bits, population.people, families, folded, placed, room[0], room[1]
        )
        keys.append(room[0][:count].copy())
        owners.append(room[1][:count].copy())
    return np.concatenate(keys or [room[0][:0]]), np.concatenate(owners or [room[1][:0]])


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

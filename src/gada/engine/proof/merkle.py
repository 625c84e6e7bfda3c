"""Merkle trees as in RFC 9162 §2.1: who holds a root can check a leaf, and that nothing was rewritten.

Functions take and give *leaf hashes* (`leaf_hash(entry)`), 32 bytes each, never the entries, so that
a node that may not see an entry can still verify the tree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from gada.engine.refusal import Invalid

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 ‖ entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaf_hashes: Iterable[bytes]) -> bytes:
    """The root over these leaf hashes, in this order; EMPTY_ROOT over none."""
    return Frontier().extend(leaf_hashes).root()


@dataclass(slots=True)
class Frontier:
    """A tree that only grows, kept as the roots of its complete subtrees, largest first (≤ 64 hashes)."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash. Amortised one inner hash."""
        carry = self.size
        while carry & 1:
            leaf = node_hash(self.peaks.pop(), leaf)
            carry >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def extend(self, leaf_hashes: Iterable[bytes]) -> Frontier:
        for leaf in leaf_hashes:
            self.append(leaf)
        return self

    def root(self) -> bytes:
        if not self.peaks:
            return EMPTY_ROOT
        result = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            result = node_hash(peak, result)
        return result

    def to_bytes(self) -> bytes:
        """8 bytes of size (big-endian), then the peaks."""
        return self.size.to_bytes(8, "big") + b"".join(self.peaks)

    @classmethod
    def from_bytes(cls, data: bytes) -> Frontier:
        """Raises Invalid `merkle-malformed`."""
        size = int.from_bytes(data[:8], "big")
        if len(data) != 8 + 32 * size.bit_count():
            raise Invalid("merkle-malformed", "The stored state of the record tree is damaged.")
        return cls(size, [data[at : at + 32] for at in range(8, len(data), 32)])


class Tree:
    """All complete subtrees in memory (64 bytes a leaf), for roots and proofs at any earlier size.

    `inclusion_proof` and `consistency_proof` answer lists of 32-byte hashes as in RFC 9162.
    """

    def __init__(self, leaf_hashes: Iterable[bytes] = ()) -> None:
        self._levels: list[list[bytes]] = [[]]
        for leaf in leaf_hashes:
            self.append(leaf)

    def __len__(self) -> int:
        return len(self._levels[0])

    def append(self, leaf: bytes) -> None:
        level = 0
        self._levels[0].append(leaf)
        while len(self._levels[level]) % 2 == 0:
            left, right = self._levels[level][-2:]
            level += 1
            if level == len(self._levels):
                self._levels.append([])
            self._levels[level].append(node_hash(left, right))

    def root(self, size: int | None = None) -> bytes:
        size = self._known(size)
        return self._span(0, size) if size else EMPTY_ROOT

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """RFC 9162 §2.1.3.1 for the leaf at `index` (from 0) in the tree of the first `size` leaves."""
        size = self._known(size)
        if not 0 <= index < size:
            raise IndexError("no such leaf")
        start, end, path = 0, size, list[bytes]()
        while end - start > 1:
            middle = start + _largest_power_below(end - start)
            if index < middle:
                path.append(self._span(middle, end))
                end = middle
            else:
                path.append(self._span(start, middle))
                start = middle
        return path[::-1]

    def consistency_proof(self, old_size: int, size: int | None = None) -> list[bytes]:
        """RFC 9162 §2.1.4.1: the first `old_size` leaves are the beginning of the first `size`."""
        size = self._known(size)
        if not 0 < old_size <= size:
            raise IndexError("no such tree")
        start, end, path, whole = 0, size, list[bytes](), True
        while old_size != end:
            middle = start + _largest_power_below(end - start)
            if old_size <= middle:
                path.append(self._span(middle, end))
                end = middle
            else:
                path.append(self._span(start, middle))
                start, whole = middle, False
        return ([] if whole else [self._span(start, end)]) + path[::-1]

    def _known(self, size: int | None) -> int:
        if size is None:
            return len(self)
        if not 0 <= size <= len(self):
            raise IndexError("no such tree")
        return size

    def _span(self, start: int, end: int) -> bytes:
        width = end - start
        if width & (width - 1) == 0:
            level = width.bit_length() - 1
            return self._levels[level][start >> level]
        middle = start + _largest_power_below(width)
        return node_hash(self._span(start, middle), self._span(middle, end))


def inclusion_proof(index: int, leaf_hashes: Sequence[bytes]) -> list[bytes]:
    """One proof; for many over the same leaves keep a `Tree`."""
    return Tree(leaf_hashes).inclusion_proof(index)


def consistency_proof(old_size: int, leaf_hashes: Sequence[bytes]) -> list[bytes]:
    """One proof; for many over the same leaves keep a `Tree`."""
    return Tree(leaf_hashes).consistency_proof(old_size)


def verify_inclusion(leaf: bytes, *, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162 §2.1.3.2: `leaf` is at `index` in the tree of `size` leaves with this `root`."""
    if not 0 <= index < size:
        return False
    first, last, result = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if first & 1 or first == last:
            result = node_hash(sibling, result)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and result == root


def verify_consistency(
    *, old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> bool:
    """RFC 9162 §2.1.4.2: the old tree is the beginning of the new one. The empty tree begins every tree."""
    if old_size == 0:
        return old_root == EMPTY_ROOT and not proof
    if old_size == size:
        return old_root == root and not proof
    if not 0 < old_size < size or not proof:
        return False
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)
    first, last = old_size - 1, size - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    old_result = new_result = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            old_result, new_result = node_hash(sibling, old_result), node_hash(sibling, new_result)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            new_result = node_hash(new_result, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and old_result == old_root and new_result == root


def _largest_power_below(width: int) -> int:
    return 1 << ((width - 1).bit_length() - 1)

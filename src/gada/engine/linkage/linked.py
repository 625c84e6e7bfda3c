"""Sets of records that decisions join: each with its smallest id."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar
from uuid import UUID

Key = TypeVar("Key", bound=UUID | str | int)


def smallest_of_linked(pairs: Iterable[tuple[Key, Key]]) -> dict[Key, Key]:
    """Every record of a pair with the smallest record it is joined to, over any number of pairs.

    A record joined to nothing has no entry. The order of the pairs changes nothing.
    """
    parent: dict[Key, Key] = {}

    def root(key: Key) -> Key:
        while parent.setdefault(key, key) != key:
            parent[key] = key = parent[parent[key]]
        return key

    for one, other in pairs:
        low, high = sorted((root(one), root(other)))
        parent[high] = low
    return {key: root(key) for key in list(parent)}

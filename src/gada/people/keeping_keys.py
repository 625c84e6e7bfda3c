"""Search keys as they are stored: 64 bits instead of words.

A person has some twenty; as text they made two thirds of the database and of the time of an import (measured),
and laid folded names into an index. Two keys that meet by chance only add a candidate, whom the evidence dismisses.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from gada.engine.linkage.keys import signed
from gada.engine.linkage.people import stable_number
from gada.journal.inserting import insert_values
from gada.people.models import SearchKey


def key_number(key: str) -> int:
    """What is typed in a search, as it is stored."""
    return signed(stable_number(key))


def add_keys(people: Iterable[tuple[UUID, Iterable[int]]]) -> None:
    """Insert every key of these people into whichever database is being written now."""
    insert_values(
        SearchKey, ("person_id", "key"), [(person, key) for person, keys in people for key in keys]
    )

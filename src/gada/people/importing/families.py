"""The rows of a file family by family, in one order that is the same every time, holding few of them at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from gada.people.importing.reading import Row

Rows = Callable[[], Iterable[Row]]


@dataclass(slots=True)
class Contents:
    """What a first look at a file tells: its lines, the last line of each family, references that stand there twice."""

    total: int = 0
    last: dict[str, int] = field(default_factory=dict)
    size: dict[str, int] = field(default_factory=dict)
    twice: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Family:
    """The rows of one household; `key` is its reference in the file."""

    key: str
    rows: tuple[Row, ...]


def contents_of(rows: Iterable[Row]) -> Contents:
    """Look once through a file."""
    found, seen = Contents(), set[str]()
    for row in rows:
        found.total += 1
        family, reference = family_of(row), row["registration_ref"]
        found.last[family] = row.number
        found.size[family] = found.size.get(family, 0) + 1
        if reference in seen:
            found.twice.add(reference)
        seen.add(reference)
    return found


def families_of(rows: Iterable[Row], contents: Contents) -> Iterator[Family]:
    """Each family when its last row was read: a file sorted by family is never held, whatever its length."""
    waiting: dict[str, list[Row]] = {}
    for row in rows:
        key = family_of(row)
        held = waiting.setdefault(key, [])
        held.append(row)
        if row.number == contents.last[key]:
            yield Family(key, tuple(waiting.pop(key)))


def family_of(row: Row) -> str:
    """The reference of the row's family; somebody without one is a family alone, by their own reference."""
    return row["household_ref"] or f"alone-{row['registration_ref'] or row.number}"

"""People with their search keys in SQLite or PostgreSQL, as a node keeps them, for `gada linkage search`."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import psycopg
import pyarrow as pa
from pyarrow import csv

from gada.engine.linkage.batch.blocks import keys_and_owners
from gada.engine.linkage.features import BirthDate, Features, Source
from gada.engine.linkage.files import PeopleFile, read_table, text_column
from gada.engine.linkage.keys import MOST_PER_KEY

COLUMNS: Final = ("given", "surname", "father", "mother", "sex", "place", "phone", "document")
AT_ONCE: Final = 200_000
Row = Sequence[Any]


def rows_of(read: PeopleFile, path: Path) -> pa.Table:
    """The people of a file as a store keeps them: number, birth as year, month, day, the other columns as text."""
    table, _ = read_table(path)
    birth, sex = read.population.people.birth, np.array(["", "F", "M"])[read.population.people.sex]
    columns: dict[str, Any] = {"number": np.arange(len(read.population))}
    columns |= {name: birth[:, i] for i, name in enumerate(("year", "month", "day"))}
    columns |= {name: text_column(table, name) for name in COLUMNS}
    return pa.table({**columns, "sex": sex})


def features_of(row: Row) -> Features:
    """A stored row (without its number) as the engine compares it."""
    year, month, day, given, surname, father, mother, sex, place, phone, document = row
    birth = None
    if year:
        birth = BirthDate.on(date(year, month, day)) if month else BirthDate.in_year(year, source=Source.DECLARED)
    return Features(
        given=given or "", surname=surname or "", father=father or "", mother=mother or "", sex=sex or "",
        birth=birth, place=place or "", phone=phone or "", documents=(document,) if document else (),
    )


class Store(ABC):
    """Loads people once; then finds who shares a key, and gives people by number."""

    @abstractmethod
    def load(self, people: pa.Table, keys: pa.Table) -> None:
        """Keep everybody, and keys int64 in ascending order with whose each is."""

    @abstractmethod
    def holders(self, keys: Iterable[int]) -> dict[int, list[int]]:
        """For each key the numbers of those who have it, one more than `nearest` reads where there are so many."""

    @abstractmethod
    def people(self, numbers: Sequence[int]) -> Iterator[tuple[int, Features]]:
        """These people."""

    def fill(self, read: PeopleFile, path: Path) -> None:
        """Load a file of people with their keys."""
        keys, owners = keys_and_owners(read.population)
        signed = keys.view(np.int64)
        order = np.lexsort((owners, signed))
        self.load(rows_of(read, path), pa.table({"key": signed[order], "person": owners[order]}))


class SqliteStore(Store):
    """A file; the keys are one clustered tree, so that a key is read in one place."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path)
        self.connection.executescript("pragma journal_mode=wal; pragma synchronous=off; pragma cache_size=-65536;")

    def load(self, people: pa.Table, keys: pa.Table) -> None:
        names = ", ".join(people.column_names[1:])
        marks = ", ".join("?" * people.num_columns)
        with self.connection as open_:
            open_.execute(f"create table people (number integer primary key, {names})")
            open_.execute("create table keys (key integer, person integer, primary key (key, person)) without rowid")
            open_.executemany(f"insert into people values ({marks})", _tuples(people))
            open_.executemany("insert into keys values (?, ?)", _tuples(keys))
        self.connection.execute("analyze")

    def holders(self, keys: Iterable[int]) -> dict[int, list[int]]:
        find = "select person from keys where key = ? limit ?"
        read = self.connection.execute
        return {key: [row[0] for row in read(find, (key, MOST_PER_KEY + 1))] for key in keys}

    def people(self, numbers: Sequence[int]) -> Iterator[tuple[int, Features]]:
        marks = ", ".join("?" * len(numbers))
        for number, *row in self.connection.execute(f"select * from people where number in ({marks})", numbers):
            yield number, features_of(row)


class PostgresStore(Store):
    """A schema of its own in a server, dropped when the store is closed."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True)
        self.connection.execute("drop schema if exists gada_search cascade")
        self.connection.execute("create schema gada_search")
        self.connection.execute("set search_path to gada_search")

    def load(self, people: pa.Table, keys: pa.Table) -> None:
        kinds = ["integer", *["smallint"] * 3, *["text"] * (people.num_columns - 4)]
        columns = ", ".join(f"{name} {kind}" for name, kind in zip(people.column_names, kinds, strict=True))
        self.connection.execute(f"create table people ({columns})")
        self.connection.execute("create table keys (key bigint, person integer)")
        self._copy("people", people)
        self._copy("keys", keys)
        self.connection.execute("alter table people add primary key (number)")
        self.connection.execute("create index on keys (key) include (person)")
        self.connection.execute("vacuum analyze people")
        self.connection.execute("vacuum analyze keys")

    def _copy(self, name: str, table: pa.Table) -> None:
        with self.connection.cursor() as cursor, cursor.copy(f"copy {name} from stdin (format csv)") as copy:
            for start in range(0, table.num_rows, AT_ONCE):
                sink = pa.BufferOutputStream()
                csv.write_csv(table.slice(start, AT_ONCE), sink, csv.WriteOptions(include_header=False))
                copy.write(sink.getvalue().to_pybytes())

    def holders(self, keys: Iterable[int]) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        rows = self.connection.execute(
            "select wanted.key, holder.person from unnest(%s::bigint[]) as wanted (key) cross join lateral "
            "(select person from keys where keys.key = wanted.key limit %s) as holder",
            (list(keys), MOST_PER_KEY + 1),
            prepare=True,
        )
        for key, person in rows:
            found.setdefault(key, []).append(person)
        return found

    def people(self, numbers: Sequence[int]) -> Iterator[tuple[int, Features]]:
        rows = self.connection.execute(
            "select * from people where number = any(%s)", (list(numbers),), prepare=True, binary=True
        )
        for number, *row in rows:
            yield number, features_of(row)

    def close(self) -> None:
        """Drop what was loaded."""
        self.connection.execute("drop schema gada_search cascade")
        self.connection.close()


def _tuples(table: pa.Table) -> Iterable[Row]:
    for start in range(0, table.num_rows, AT_ONCE):
        part = table.slice(start, AT_ONCE)
        yield from zip(*(column.to_pylist() for column in part.columns), strict=True)

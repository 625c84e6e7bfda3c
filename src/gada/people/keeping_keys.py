"""Search keys go in as plain rows: a person has some twenty, and objects for them cost half of an enrolment."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import connections, router

from gada.people.models import SearchKey


def add_keys(pairs: Iterable[tuple[UUID, str]]) -> None:
    """Insert (person, key) pairs into whichever database is being written now."""
    connection = connections[router.db_for_write(SearchKey)]
    sqlite = connection.vendor == "sqlite"
    rows = [(person.hex if sqlite else person, key) for person, key in pairs]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {SearchKey._meta.db_table} (person_id, key) VALUES (%s, %s)", rows)

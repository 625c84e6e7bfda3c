"""The Lamport counter: orders changes without trusting any clock. Gaps are harmless, going back is not."""

from __future__ import annotations

from django.db import connection

SEQUENCE = "journal_lamport"


def next_ticks(count: int) -> list[int]:
    """`count` fresh counter values, ascending."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # A sequence, because a row lock would make every writing transaction wait for the one before.
            cursor.execute(f"SELECT nextval('{SEQUENCE}') FROM generate_series(1, %s)", [count])
            return sorted(int(row[0]) for row in cursor.fetchall())
        cursor.execute("UPDATE journal_clock SET value = value + %s WHERE id = 1 RETURNING value", [count])
        row = cursor.fetchone()
        assert row is not None, "the journal's clock row is made by its first migration"
        last = int(row[0])
    return list(range(last - count + 1, last + 1))


def observe(lamport: int) -> None:
    """Having seen somebody else's counter, ours continues after it."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"SELECT setval('{SEQUENCE}', GREATEST(%s, (SELECT last_value FROM {SEQUENCE})))", [lamport]
            )
        else:
            cursor.execute("UPDATE journal_clock SET value = MAX(value, %s) WHERE id = 1", [lamport])

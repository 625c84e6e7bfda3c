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
        cursor.execute(
            "INSERT INTO journal_clock (id, value) VALUES (1, %s)"
            " ON CONFLICT (id) DO UPDATE SET value = journal_clock.value + excluded.value RETURNING value", [count],
        )
        last = int(cursor.fetchone()[0])
    return list(range(last - count + 1, last + 1))


def observe(lamport: int) -> None:
    """Having seen somebody else's counter, ours continues after it."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"SELECT setval('{SEQUENCE}', GREATEST(%s, (SELECT last_value FROM {SEQUENCE})))", [lamport]
            )
        else:
            cursor.execute(
                "INSERT INTO journal_clock (id, value) VALUES (1, %s)"
                " ON CONFLICT (id) DO UPDATE SET value = MAX(journal_clock.value, excluded.value)", [lamport],
            )

"""Registrations one by one, each in its own transaction, as at a desk; SQLite and PostgreSQL.

usage: python -m bench.enrolment [--households 500] [--only sqlite|postgres]

The baseline beside it, in the same process: one plain row written per transaction into a table of its own of the same
database, so that the ratio says what a registration costs beyond one synced write.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bench._node import an_operator, fresh_node, measured, on_each_database
from bench._people import households


def plain_rows(count: int) -> float:
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_plain (id INTEGER PRIMARY KEY, name TEXT)")
    with measured() as watch:
        for number in range(count):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("INSERT INTO bench_plain VALUES (%s, %s)", [number, "Amina Gadou"])
    return count / watch.seconds


def measure(database: str, count: int) -> dict[str, Any]:
    with fresh_node(database=database) as first:
        from gada.people.services import enrol_household

        clerk = an_operator(first, "clerk")
        drafts = list(households(count + 20))
        for draft in drafts[:20]:
            enrol_household(operator=clerk, site=first.site, household=draft, at=datetime.now(UTC))
        with measured() as watch:
            for draft in drafts[20:]:
                enrol_household(operator=clerk, site=first.site, household=draft, at=datetime.now(UTC))
        plain = plain_rows(count)
        return {
            "one by one": database, "households": count, "people": sum(len(d.members) for d in drafts[20:]),
            "households/s": count / watch.seconds, "households/s of own work": count / watch.own_seconds,
            "plain transactions/s": plain, "plain transactions per household": plain * watch.seconds / count,
        }


if __name__ == "__main__":
    on_each_database("enrolment", measure, doc=__doc__, of="households", usual=500)

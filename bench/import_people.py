"""Bulk apply measured: a CSV file read, planned and enrolled in the chunks an import uses; SQLite and PostgreSQL.

usage: python -m bench.import_people [--people 4000] [--only sqlite|postgres] [--profile]

The baseline beside it writes as many plain rows (id, name, parents, date, place) with one executemany into a table
of its own of the same database, in transactions of the same size: what writing people costs without Gada.
"""

from __future__ import annotations

import cProfile
import csv
import io
import pstats
from datetime import UTC, datetime
from typing import Any

from bench._node import an_operator, fresh_node, measured, on_each_database
from bench._people import households

COLUMNS = (
    "registration_ref", "household_ref", "relationship", "given_name", "family_name", "father_name", "mother_name",
    "sex", "birth_date", "birth_estimated", "phone", "place_pcode", "origin", "document_type", "document_number",
)


def a_file(people: int) -> bytes:
    """A CSV file of at least so many people."""
    sink, written = io.StringIO(newline=""), 0
    table = csv.writer(sink)
    table.writerow(COLUMNS)
    for number, household in enumerate(households(people)):
        for member in household.members:
            written += 1
            document = member.documents[0] if member.documents else None
            estimated = member.birth.precision == "around"
            table.writerow((
                f"r{written}", f"h{number}", member.relationship, member.given, member.surname, member.father,
                member.mother, member.sex, member.birth.earliest, "yes" if estimated else "no", member.phone,
                household.place, household.origin, document.kind if document else "",
                document.number if document else "",
            ))
        if written >= people:
            return sink.getvalue().encode()
    raise AssertionError("a household has at least one person")


def plain_rows(count: int, *, chunk: int) -> float:
    """Rows per second of the baseline."""
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_plain"
            " (id TEXT PRIMARY KEY, name TEXT, father TEXT, mother TEXT, born TEXT, place TEXT)"
        )
    rest = ("Moussa Diallo", "Hadiza Bako", "1984-03-14", "NE003")
    rows = [(f"{number:032x}", f"Amina Gadou{number}", *rest) for number in range(count)]
    with measured() as watch:
        for start in range(0, count, chunk):
            with transaction.atomic(), connection.cursor() as cursor:
                part = rows[start : start + chunk]
                cursor.executemany("INSERT INTO bench_plain VALUES (%s, %s, %s, %s, %s, %s)", part)
    return count / watch.seconds


def measure(database: str, people: int, *, profile: bool) -> dict[str, Any]:
    with fresh_node(database=database) as first:
        from gada.people.importing import import_table, read_table
        from gada.people.models import Person

        operator = an_operator(first, "supervisor")
        data, warm = a_file(people), a_file(60)
        plain = plain_rows(people, chunk=50)
        place, at = {"operator": operator, "site": first.site}, datetime.now(UTC)
        import_table(**place, rows=read_table(warm), source="warm", at=at)
        before = Person.objects.count()
        profiler = cProfile.Profile()
        with measured() as watch:
            if profile:
                profiler.enable()
            import_table(**place, rows=read_table(data), source="file", at=at)
            profiler.disable()
        made = Person.objects.count() - before
        if profile:
            pstats.Stats(profiler).sort_stats("tottime").print_stats(40)
        return {
            "import": database, "people": made, "people/s": made / watch.seconds,
            "people/s of own work": made / watch.own_seconds, "plain rows/s": plain,
            "plain rows per person": plain * watch.seconds / made,
        }


if __name__ == "__main__":
    on_each_database("import_people", measure, doc=__doc__, of="people", usual=4000, flags=("profile",))

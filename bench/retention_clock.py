"""The retention clock over everybody: how long one look takes, and what it needs. `python -m bench.retention_clock`

Rows are written directly, as after a registration long ago: 100 000 people in 20 000 households, three answers each.
"""

from __future__ import annotations

import random
import resource
from datetime import UTC, datetime, timedelta
from typing import Any

from bench._node import fresh_node, measured, on_each_database

NOW = datetime.now(UTC)


def main() -> None:
    on_each_database("retention_clock", measure, doc=__doc__, of="people", usual=100_000)


def measure(database: str, people: int) -> dict[str, Any]:
    with fresh_node(database=database) as world:
        fill(world, people)
        return look(people)


def look(people: int) -> dict[str, Any]:
    """Counting two years ahead (everybody is a candidate), and only what is overdue in one class."""
    from gada.console.queries.due import clock
    from gada.people.models import Person

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with measured() as plain:
        sum(1 for _ in Person.objects.values_list("id", "status", "enrolled_at").iterator(5000))
    with measured() as all_classes:
        lines = clock(Person.objects.all(), at=NOW, until=NOW + timedelta(days=200))
    with measured() as one_class:
        overdue = clock(Person.objects.all(), at=NOW, until=NOW, kept="contact")
    return {
        "people": people, "lines": len(lines), "overdue": len(overdue), "plain_own_seconds": plain.own_seconds,
        "own_seconds": all_classes.own_seconds, "seconds": all_classes.seconds,
        "one_class_own_seconds": one_class.own_seconds,
        "memory_mb": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024,
    }


def fill(world: Any, people: int) -> None:
    from django.db import transaction

    from gada.engine.proof.ids import new_id
    from gada.journal.inserting import insert_rows
    from gada.people.models import Consent, Household, Membership, Person

    chance = random.Random(1)
    for start in range(0, people, 5000):
        rows: dict[type, list[Any]] = {Household: [], Person: [], Membership: [], Consent: []}
        for number in range(start, min(start + 5000, people)):
            at = NOW - timedelta(days=chance.randint(0, 500))
            if number % 5 == 0:
                home = Household(id=new_id(), number=f"H{number}", site_id=world.site.id, enrolled_at=at)
                rows[Household].append(home)
            one = Person(
                id=new_id(), number=f"P{number}", site_id=world.site.id, given="Amina", enrolled_at=at,
                phone="+22790112233" if number % 5 == 0 else "", residence_status="idp",
            )
            rows[Person].append(one)
            rows[Membership].append(Membership(
                id=new_id(), person_id=one.id, household_id=home.id, since=at,
                relationship="head" if number % 5 == 0 else "child",
            ))
            rows[Consent] += [
                Consent(id=new_id(), person_id=one.id, purpose=purpose, basis="consent", answer="yes",
                        notice_version="1", answered_at=at, lamport=number)
                for purpose in ("registration", "prints", "sharing")
            ]
        with transaction.atomic():
            for made in rows.values():
                insert_rows(made)


if __name__ == "__main__":
    main()

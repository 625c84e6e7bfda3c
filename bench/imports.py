"""A whole import measured as a person sees it: file in, dry run with an outcome per row and the check for people
registered twice by name, then the import itself and its cases; minutes and the most memory held.

usage: python -m bench.imports [--people 100000] [--only sqlite|postgres] [--profile]

One person in fifty of the file is there twice, in another family and spelled otherwise. To reach: 100 000 people of
20 000 families in 5 minutes and 600 MB on SQLite, in 4 minutes on PostgreSQL.
"""

from __future__ import annotations

import cProfile
import csv
import io
import pstats
import random
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

from bench._node import an_operator, fresh_node, measured, on_each_database
from bench._people import households
from bench.import_people import COLUMNS

TWICE = 50


def a_file(people: int) -> bytes:
    """A CSV file of at least so many people, every fiftieth of them a second time as the head of another family."""
    sink, written, chance = io.StringIO(newline=""), 0, random.Random(2)
    table = csv.writer(sink)
    table.writerow(COLUMNS)
    earlier: list[Any] = []
    for number, household in enumerate(households(people)):
        for place, member in enumerate(household.members):
            written += 1
            said = member
            if place == 0 and number % (TWICE // 5) == 0 and earlier:
                said = earlier.pop(chance.randrange(len(earlier)))
            elif place == 0 and len(earlier) < 200:
                earlier.append(member)
            document = member.documents[0] if member.documents else None
            table.writerow((
                f"r{written}", f"h{number}", member.relationship, _otherwise(said.given, chance), said.surname,
                said.father, said.mother, said.sex, said.birth.earliest,
                "yes" if said.birth.precision == "around" else "no", member.phone, household.place, household.origin,
                document.kind if document else "", document.number if document else "",
            ))
        if written >= people:
            return sink.getvalue().encode()
    raise AssertionError("a household has at least one person")


def _otherwise(name: str, chance: random.Random) -> str:
    return name.replace("ou", "u") if chance.random() < 0.02 else name


def measure(database: str, people: int, *, profile: bool) -> dict[str, Any]:
    with fresh_node(database=database) as first:
        from gada.console import services
        from gada.console.models import ImportLine, ImportState
        from gada.engine.memory import peak_bytes
        from gada.matching.models import Case
        from gada.people.models import Household, Person

        operator = an_operator(first, "supervisor")
        data, at = a_file(people), datetime.now(UTC)
        began = peak_bytes() or 0
        profiler = cProfile.Profile() if profile else nullcontext()
        with profiler:
            with measured() as planned:
                run = services.open_import(operator=operator, site=first.site, source="bench", table=data, at=at)
                run = services.plan_file(run_id=run.id, at=at)
                run.refresh_from_db()
            assert run.state == ImportState.PLANNED, run.state
            with measured() as imported:
                services.start_import(operator=operator, run_id=run.id, at=at)
                run = services.run_import(run_id=run.id, at=at)
        if profile:
            pstats.Stats(profiler).sort_stats("tottime").print_stats(45)
        assert run.state == ImportState.DONE and ImportLine.objects.filter(run=run).count() == run.total
        minutes = (planned.seconds + imported.seconds) / 60
        return {
            "imports": database, "people": Person.objects.count(), "families": Household.objects.count(),
            "minutes": minutes, "of own work": (planned.own_seconds + imported.own_seconds) / 60,
            "dry run s": planned.seconds, "import s": imported.seconds, "alike": run.report["alike"],
            "cases": Case.objects.count(), "MB at most": (peak_bytes() or 0) / 1e6, "MB before": began / 1e6,
        }


if __name__ == "__main__":
    on_each_database("imports", measure, doc=__doc__, of="people", usual=100_000, flags=("profile",))

"""What a reader waits for at 100 000 people: the queries behind the pages, and the pages themselves.

usage: python -m bench.pages [--people 100000] [--keep DIR] [--profile QUERY]

Each is asked 60 times, each time about somebody else. p95 is the slowest but three. `rows by key` beside it is the
baseline of the same process: twenty rows of the same table fetched by primary key, which no page can undercut.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench._node import an_operator, fresh_node, keep_results
from bench._people import households

TURNS = 60
CHUNK_HOUSEHOLDS = 100


def fill(first: Any, people: int) -> None:
    from gada.people.models import Person
    from gada.people.services import enrol_households

    clerk, missing = an_operator(first, "clerk", "supervisor", "dpo"), people - Person.objects.count()
    drafts, began = list(households(missing // 5)), datetime.now(UTC) - timedelta(days=200)
    for start in range(0, len(drafts), CHUNK_HOUSEHOLDS):
        part = drafts[start : start + CHUNK_HOUSEHOLDS]
        at = began + timedelta(days=200 * start / len(drafts))
        enrol_households(operator=clerk, site=first.site, households=part, at=at)
        if start % 2000 == 0:
            print(f"  {start:,} of {len(drafts):,} households", flush=True)


def questions(viewer: Any) -> dict[str, Callable[[], object]]:
    from gada.people.features import features_of
    from gada.people.models import Household, Person
    from gada.people.queries import candidate_ids, household_for, person_for, registered_since, search_people

    chance = random.Random(3)
    ids = list(Person.objects.values_list("id", flat=True)[:: max(1, Person.objects.count() // 500)])
    sample = list(Person.objects.filter(id__in=ids).prefetch_related("documents"))
    families = list(Household.objects.values_list("id", flat=True)[:: max(1, Household.objects.count() // 500)])
    today = datetime.now(UTC) - timedelta(days=1)

    def somebody() -> Any:
        return chance.choice(sample)

    return {
        "rows by key": lambda: list(Person.objects.filter(id__in=[somebody().id for _ in range(20)])),
        "search by number": lambda: search_people(viewer, somebody().number),
        "search by phone": lambda: search_people(viewer, somebody().phone or "+227 91234567"),
        "search by one name": lambda: search_people(viewer, somebody().given),
        "search by a whole name": lambda: search_people(viewer, f"{(s := somebody()).given} {s.surname}"),
        "search by the commonest name": lambda: search_people(viewer, "Amina Diallo"),
        "search for nobody": lambda: search_people(viewer, "Xyzzyw Plughqt"),
        "candidates for a check": lambda: candidate_ids(features_of(somebody())),
        "figures of the day": lambda: registered_since(viewer, today),
        "figures of always": lambda: registered_since(viewer, today - timedelta(days=1000)),
        "a person": lambda: person_for(viewer, somebody().id),
        "a household": lambda: household_for(viewer, chance.choice(families)),
    }


def pages(viewer: Any) -> dict[str, Callable[[], object]]:
    """The same through the whole of a request, signed in, as a browser would; absent where a page is."""
    from django.test import Client

    from gada.people.models import Household, Person
    from gada.project.middleware import use_secret_key

    use_secret_key()
    client, chance = Client(headers={"accept-language": "fr"}, SERVER_NAME="127.0.0.1"), random.Random(5)
    client.force_login(viewer)
    people = list(Person.objects.order_by("id")[:: max(1, Person.objects.count() // 500)])
    families = list(Household.objects.values_list("id", flat=True)[:: max(1, Household.objects.count() // 500)])
    asked: dict[str, Callable[[], str]] = {
        "page: home": lambda: "/", "page: search": lambda: f"/search/?q={chance.choice(people).given}",
        "page: person": lambda: f"/people/{chance.choice(people).id}/",
        "page: household": lambda: f"/households/{chance.choice(families)}/", "page: live figures": lambda: "/figures/",
    }

    def get(address: str) -> None:
        answer = client.get(address)
        assert answer.status_code == 200, f"{address} answered {answer.status_code}"

    found = {}
    for name, address in asked.items():
        if client.get(address()).status_code == 200:
            found[name] = lambda address=address: get(address())
        else:
            print(f"  {name}: {address()} is not there")
    return found


def measure(ask: Callable[[], object]) -> dict[str, Any]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        ask()
    taken, own = [], []
    for _ in range(TURNS):
        started, began = time.perf_counter(), time.process_time()
        ask()
        taken.append((time.perf_counter() - started) * 1000)
        own.append((time.process_time() - began) * 1000)
    taken.sort()
    own.sort()
    return {"queries": len(asked), "median ms": taken[TURNS // 2], "p95 ms": taken[-4], "p95 ms of own work": own[-4]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--keep", type=Path)
    chosen = parser.parse_args()
    with fresh_node(kept=chosen.keep) as first:
        from gada.agencies.models import Operator
        from gada.people.models import Person

        if Person.objects.count() < chosen.people * 0.99:
            fill(first, chosen.people)
        viewer, rows = Operator.objects.get(username="amina"), []
        for name, ask in {**questions(viewer), **pages(viewer)}.items():
            row = {f"{Person.objects.count():,} people": name, **measure(ask)}
            floor = rows[0]["p95 ms"] if rows else row["p95 ms"]
            rows.append(row | {"times rows by key": row["p95 ms"] / floor})
        keep_results("pages", rows)


if __name__ == "__main__":
    main()

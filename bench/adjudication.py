"""What an adjudicator waits for with 100 000 open cases: the queue, the next case, a case with prints, a decision.

usage: python -m bench.adjudication [--cases 100000] [--people 20000] [--only sqlite|postgres]

People are enrolled by the services, prints taken as records; the cases are put into the table directly, as weighings
of random pairs. Each question is asked 60 times through a whole request of somebody signed in, each time about another
case; p95 is the slowest but three. "at one small site" is an adjudicator who sees one case in a hundred. `rows by key`
is the baseline of the same process: twenty cases fetched by primary key.
"""

from __future__ import annotations

import argparse
import json
import random
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bench._node import DATABASES, an_operator, fresh_node, in_own_process, keep_results
from bench._people import households
from bench.pages import TURNS, measure

WITH_PRINTS, FINGERS = 120, (1, 2, 6, 7)
SMALL_SITE = 100  # one person in so many
DECIDED = 5  # of a hundred cases, so many are decided already
AT_ONCE = 2000


def fill(first: Any, people: int, cases: int) -> list[str]:
    """The world; returns the addresses of the cases of whose two people there are prints."""
    from gada.agencies.services import create_programme, create_site
    from gada.people.models import Person
    from gada.people.services import enrol_households

    at = datetime.now(UTC) - timedelta(days=30)
    clerk = an_operator(first, "clerk", "supervisor")
    small = create_site(name="Petit", by=first.admin, at=at, pcode="NE009")
    programme = create_programme(
        name="Vivres", purpose="Assistance", by=first.admin, at=at, legal_basis="Mandat", impact_assessment="Etude",
        assessed_on=at.date(), assessed_by="Dina", biometrics_allowed=True,
    )
    drafts = list(households(people // 5))
    cut = len(drafts) // SMALL_SITE
    for site, part in ((small, drafts[:cut]), (first.site, drafts[cut:])):
        for start in range(0, len(part), 100):
            chosen = part[start : start + 100]
            enrol_households(operator=clerk, site=site, households=chosen, programme=programme, at=at)
    adults = Person.objects.filter(site=first.site, birth_to__lt=date(2005, 1, 1))
    ids = list(adults.order_by("id").values_list("id", flat=True))
    printed = random.Random(2).sample(ids, WITH_PRINTS)
    _take_prints(clerk, printed, at)
    return _put_cases(cases, printed, at)


def _take_prints(clerk: Any, people: list[uuid.UUID], at: datetime) -> None:
    from gada.biometrics.rules import CaptureDraft
    from gada.biometrics.services import take_captures
    from gada.people.models import Person
    from tests.biometrics.builders import a_record

    for number, person in enumerate(Person.objects.filter(id__in=people).order_by("id")):
        mate, touch = number // 2, number % 2 + 1  # two and two are one person
        drafts = [CaptureDraft(position=p, record=a_record({p: 10 * mate + p}, touch)) for p in FINGERS]
        take_captures(operator=clerk, person=person, captures=drafts, at=at)


def _put_cases(count: int, printed: list[uuid.UUID], at: datetime) -> list[str]:
    from gada.matching.apply.standing import place_of
    from gada.matching.models import Case
    from gada.matching.rules import case_id_of, pair_of
    from gada.people.models import Membership

    chance, seen = random.Random(4), set[tuple[uuid.UUID, uuid.UUID]]()
    home = dict(Membership.objects.values_list("person_id", "household_id"))
    ids, rows, addresses = list(home), list[Any](), list[str]()
    wanted = [pair_of(a, b) for a in printed for b in printed if a < b and home[a] != home[b]][: TURNS * 8]
    while len(seen) < count:
        pair = wanted.pop() if wanted else pair_of(*chance.sample(ids, 2))
        if pair in seen or home[pair[0]] == home[pair[1]]:
            continue
        seen.add(pair)
        total, leads = chance.randint(-20, 60), chance.choices((0, 1, 2), (70, 20, 10))[0]
        priority = leads * 1000 + 100 - min(100, abs(total))
        status = "decided" if chance.randrange(100) < DECIDED and pair[0] not in printed else "open"
        verdict = "different" if status == "decided" else ""
        case = Case(
            id=case_id_of(*pair), left_id=pair[0], right_id=pair[1], status=status, verdict=verdict, total=total,
            lines=[{"kind": "prior", "weight": -43, "reason": "people-searched", "facts": {"people": len(ids)}}],
            priority=priority, rules_version="1", opened_at=at + timedelta(seconds=len(seen)),
            place=place_of(status=status, verdict=verdict, reading="", priority=priority),
        )
        if pair[0] in printed and pair[1] in printed:
            addresses.append(f"/cases/{case.id}/")
        rows.append(case)
        if len(rows) == AT_ONCE:
            Case.objects.bulk_create(rows)
            rows = []
    Case.objects.bulk_create(rows)
    return addresses


def questions(first: Any, with_prints: list[str]) -> dict[str, Callable[[], object]]:
    from django.test import Client

    from gada.agencies.models import Site
    from gada.agencies.rules import Role
    from gada.agencies.services import assign_role
    from gada.matching.models import Case
    from gada.project.middleware import use_secret_key

    use_secret_key()
    chance, keys = random.Random(6), list(Case.objects.values_list("id", flat=True)[:5000])
    everywhere = an_operator(first, "adjudicator", username="bakr")
    local = an_operator(first, username="coumba")
    small = Site.objects.get(name="Petit")
    assign_role(operator=local, role=Role.ADJUDICATOR, by=first.admin, at=datetime.now(UTC), site=small)
    wide, narrow = (Client(headers={"accept-language": "fr"}, SERVER_NAME="127.0.0.1") for _ in range(2))
    wide.force_login(everywhere)
    narrow.force_login(local)
    shown, judged = iter(with_prints), iter(reversed(with_prints))

    def get(client: Client, address: str, expected: int = 200) -> None:
        answer = client.get(address)
        assert answer.status_code == expected, f"{address} answered {answer.status_code}"

    def judge() -> None:
        answer = wide.post(f"{next(judged)}judge/", {"verdict": "different", "reason": "vu"})
        assert answer.status_code == 302, answer.status_code

    return {
        "rows by key": lambda: list(Case.objects.filter(id__in=chance.sample(keys, 20))),
        "queue": lambda: get(wide, "/cases/"),
        "queue, a later page": lambda: get(wide, f"/cases/?page={chance.randint(2, 100)}"),
        "queue, decided cases": lambda: get(wide, "/cases/?decided"),
        "queue, at one small site": lambda: get(narrow, "/cases/"),
        "next case": lambda: get(wide, "/cases/next/", 302),
        "next case, at one small site": lambda: get(narrow, "/cases/next/", 302),
        "case with prints of both": lambda: get(wide, next(shown)),
        "judge, and on to the next": judge,
        "home": lambda: get(wide, "/"),
    }


def _queries(ask: Callable[[], object]) -> int:
    """How many statements one asking sends: a whole request forgets what Django itself counts."""
    from django.db import connection

    sent = []
    with connection.execute_wrapper(lambda run, sql, *rest: (sent.append(sql), run(sql, *rest))[1]):
        ask()
    return len(sent)


def measure_on(database: str, people: int, cases: int) -> list[dict[str, Any]]:
    with fresh_node(database=database) as first:
        addresses = fill(first, people, cases)
        rows: list[dict[str, Any]] = []
        for name, ask in questions(first, addresses).items():
            asked = _queries(ask)
            row = {f"{cases:,} cases": f"{database}: {name}", **measure(ask), "queries": asked}
            floor = rows[0]["p95 ms"] if rows else row["p95 ms"]
            rows.append(row | {"times rows by key": row["p95 ms"] / floor})
        return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--only", choices=DATABASES)
    chosen = parser.parse_args()
    if chosen.only:
        print(json.dumps({"rows": measure_on(chosen.only, chosen.people, chosen.cases)}))
        return
    given = ("--people", str(chosen.people), "--cases", str(chosen.cases))
    keep_results("adjudication", [
        row for database in DATABASES
        for row in in_own_process("bench.adjudication", "--only", database, *given)["rows"]
    ])


if __name__ == "__main__":
    main()

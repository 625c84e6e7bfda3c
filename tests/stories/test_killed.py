"""Killed in the middle of anything, a node opens again, its journal holds, and nothing is half there or there twice."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest

from tests.command.real_node import RealNode

pytestmark = [pytest.mark.slow]

STATE = """
from django.db import connection
from django.db.models import Count
from gada.journal.comparing import compare_state
from gada.journal.models import LogEntry
from gada.journal.verifying import verify_log
from gada.people.models import Household, Membership, Person
from gada.vault import keystore
cursor = connection.cursor()
check = cursor.execute("PRAGMA integrity_check").fetchone()[0]
keys = keystore._connection().execute("PRAGMA integrity_check").fetchone()[0]
head = journal.seal(at=timezone.now())
report = verify_log()
positions = list(LogEntry.objects.order_by("position").values_list("position", flat=True))
print(json.dumps({
    "integrity": [check, keys], "faults": [fault.code for fault in report.faults], "unsealed": report.unsealed,
    "gap_free": positions == list(range(head.size)), "differences": [str(d) for d in compare_state().differences],
    "households": Household.objects.count(), "people": Person.objects.count(),
    "sizes": sorted(set(Household.objects.annotate(n=Count("memberships")).values_list("n", flat=True))),
    "sources": Person.objects.exclude(source_key="").values("source_key").distinct().count(),
    "entries": LogEntry.objects.filter(action="person.enrolled").count(),
}))
"""
ENROL = """
from gada.people.services import enrol_household
operator = who("amina")
for number in range(int(timezone.now().timestamp() * 1000) % 10**6, 10**9):
    enrol_household(operator=operator, site=site, household=a_family(number), at=timezone.now())
    print(number, flush=True)
"""
RECORD_AND_SEAL = """
from gada.people.services import enrol_households
operator, number = who("amina"), 0
while True:
    number += 1
    households = [a_family(number * 10 + each) for each in range(5)]
    enrol_households(operator=operator, site=site, households=households, at=timezone.now())
    print("recorded", flush=True)
    journal.seal(at=timezone.now())
    print("sealed", flush=True)
"""
IMPORT = """
from gada.console import services
from gada.console.models import ImportLine, ImportRun
rows = "".join(
    f"r{n},h{n // 4},Issa{n},{'child' if n % 4 else 'head'},1984" + chr(10) for n in range(1200)
)
table = ("registration_ref,household_ref,given_name,relationship,birth_date" + chr(10) + rows).encode()
run = ImportRun.objects.first()
if run is None:
    run = services.open_import(operator=who("amina"), site=site, source="file", table=table, at=timezone.now())
    services.start_import(operator=who("amina"), run_id=run.id, at=timezone.now())
    run.refresh_from_db()
print(json.dumps(run.cursor), flush=True)
run = services.run_import(run_id=run.id, at=timezone.now())
lines = ImportLine.objects.filter(run=run).exclude(person=None)
print(json.dumps({"state": run.state, "new": run.report["new"], "families": run.families,
                  "people": lines.values("person").distinct().count()}))
"""
BEGIN_CHECK = """
from gada.matching.services import begin_check
from gada.people.models import Person
from gada.people.services import enrol_households
for start in range(0, 60, 10):
    enrol_households(
        operator=who("amina"), site=site, at=timezone.now(),
        households=[a_family(number - (number % 10 == 9)) for number in range(start, start + 10)],
    )
people = list(Person.objects.order_by("id").values_list("id", flat=True))
begin_check(operator=who("amina"), site=site, people=people, at=timezone.now())
print(json.dumps(len(people)))
"""
WORK_UNTIL_HALFWAY = """
import signal, threading, time
from gada.command.work import command
from gada.matching.models import CheckRun
def kill_halfway():
    while True:
        run = CheckRun.objects.get()
        if run.done:
            print(json.dumps([run.done, run.finished_at is None]), flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.002)
threading.Thread(target=kill_halfway, daemon=True).start()
command.main(args=[], standalone_mode=False)
"""
AFTER_CHECK = """
from django.db.models import Count
from django_tasks_db.models import DBTaskResult
from gada.matching.models import Case, CheckRun
run = CheckRun.objects.get()
twice = Case.objects.values("left_id", "right_id").annotate(n=Count("id")).filter(n__gt=1).count()
print(json.dumps({
    "done": run.done, "finished": run.finished_at is not None, "cases": Case.objects.count(), "twice": twice,
    "stopped": run.stopped, "tasks": list(DBTaskResult.objects.values_list("status", "traceback")),
}))
"""


@pytest.fixture
def node(tmp_path: Path) -> RealNode:
    return RealNode(tmp_path).create("supervisor", "adjudicator")


def kill_at_random(node: RealNode, body: str, chance: random.Random) -> list[str]:
    """Start, wait for its first line and a random moment more, kill; the lines it said."""
    process = node.start(body)
    lines = [process.stdout.readline()]
    assert lines[0], "it ended before it began"
    time.sleep(chance.uniform(0.0, 0.5))
    process.kill()
    lines += process.stdout.readlines()
    process.wait()
    process.stdout.close()
    return [line for line in lines if line.endswith("\n")]


def assert_whole(state: dict) -> None:
    assert state["integrity"] == ["ok", "ok"]
    assert (state["faults"], state["unsealed"], state["gap_free"]) == ([], 0, True)
    assert state["differences"] == []
    assert state["entries"] == state["people"]


def test_killed_while_enrolling(node: RealNode):
    chance, said = random.Random(7), 0
    for _ in range(3):
        said += len(kill_at_random(node, ENROL, chance))
    state = node.script(STATE)
    assert_whole(state)
    assert state["sizes"] == [4], "a household is there with everybody in it or not at all"
    assert said <= state["households"] <= said + 3, "what was said to be registered is; at most one more per kill"


def test_killed_while_sealing(node: RealNode):
    chance = random.Random(8)
    for _ in range(3):
        kill_at_random(node, RECORD_AND_SEAL, chance)
    assert_whole(node.script(STATE))


def test_killed_while_importing_it_goes_on_where_it_stood(node: RealNode):
    chance = random.Random(9)
    stood = [int(kill_at_random(node, IMPORT, chance)[0]) for _ in range(3)]
    assert stood[0] == 0 < stood[2] and sorted(stood) == stood, "each time it goes on where it stood"
    assert node.script(IMPORT) == {"state": "done", "new": 1200, "families": 300, "people": 1200}
    state = node.script(STATE)
    assert_whole(state)
    assert (state["households"], state["people"], state["sources"]) == (300, 1200, 1200)


def test_a_killed_workers_task_is_taken_up_again(node: RealNode):
    people = node.script(BEGIN_CHECK)
    process = node.start(WORK_UNTIL_HALFWAY)
    said, _ = process.communicate(timeout=120)
    done, unfinished = json.loads(said.splitlines()[-1])
    assert process.returncode == -9 and 0 < done < people and unfinished
    node.gada("work", "--once")
    after = node.script(AFTER_CHECK)
    assert after["tasks"] == [["SUCCESSFUL", ""]], after
    assert (after["done"], after["finished"], after["twice"]) == (people, True, 0), after
    assert after["cases"] > 0
    assert_whole(node.script(STATE))

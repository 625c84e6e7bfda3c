"""A check of everybody whose worker is killed, between chunks and inside one: the next worker finishes it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command.real_node import RealNode

pytestmark = [pytest.mark.slow]

BEGIN = """
from gada.matching.services import populating
from gada.matching.services.continuing import continue_population
from gada.people.models import Person
from gada.people.services import enrol_households
for start in range(0, 60, 10):
    enrol_households(
        operator=who("amina"), site=site, at=timezone.now(),
        households=[a_family(137 * (number - (number % 10 == 9))) for number in range(start, start + 10)],
    )
run = populating.estimate_population(operator=who("amina"), at=timezone.now())
while continue_population(run_id=run.id, turn=run.turn, at=timezone.now()):
    pass
populating.begin_population(operator=who("amina"), run_id=run.id, at=timezone.now())
run.refresh_from_db()
print(json.dumps([Person.objects.count(), run.estimate["cases"][1]]))
"""
# The worker, killed by itself at the moment a statement like this one is about to be sent for the n-th time.
WORK_AND_DIE = """
import signal
from django.db import connection
from gada.command.work import command
from gada.matching.models import PopulationRun
from gada.matching.services import finding, opening
finding.CHUNK, finding.WEIGHED_AT_ONCE, opening.CHUNK = 20, 8, 6
left = {times}
def die(execute, sql, *more):
    global left
    if sql.startswith({sql!r}):
        left -= 1
        if left == 0:
            run = PopulationRun.objects.get()
            print(json.dumps([run.stage, run.done]), flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
    return execute(sql, *more)
with connection.execute_wrapper(die):
    command.main(args=["--once"], standalone_mode=False)
print(json.dumps(["ended", 0]), flush=True)
"""
AFTER = """
from django.db.models import Count
from gada.journal.comparing import compare_state
from gada.journal.models import LogEntry
from gada.matching.models import Case, PopulationPair, PopulationRun
run = PopulationRun.objects.get()
pairs = Case.objects.values("left_id", "right_id").annotate(n=Count("id"))
print(json.dumps({
    "state": run.state, "found": run.report["found"], "fates": run.report["fates"], "cases": Case.objects.count(),
    "twice": pairs.filter(n__gt=1).count(), "left": PopulationPair.objects.count(),
    "opened": LogEntry.objects.filter(action="case.opened").count(),
    "ended": LogEntry.objects.filter(action="population.check_ended").count(),
    "differences": [str(each) for each in compare_state().differences],
}))
"""
# (statement, the how manieth): while candidates are written, inside a chunk, between two, among cases, at the end.
MOMENTS = (
    ('INSERT OR IGNORE INTO "matching_populationpair"', 1),
    ('INSERT INTO "matching_populationpair"', 1),
    ('SELECT "people_person"."id"', 5),
    ('INSERT INTO "matching_populationpair"', 1),
    ('INSERT INTO "matching_case"', 1),
    ('UPDATE "matching_populationpair"', 2),
    ('DELETE FROM "matching_populationpair"', 1),
)


def test_killed_again_and_again_it_misses_nobody_and_opens_nothing_twice(tmp_path: Path) -> None:
    node = RealNode(tmp_path).create("supervisor")
    people, expected = node.script(BEGIN)  # type: ignore[misc]
    died = []
    for sql, times in MOMENTS:
        process = node.start(WORK_AND_DIE.format(sql=sql, times=times))
        said, _ = process.communicate(timeout=120)
        died.append((process.returncode, json.loads(said.splitlines()[-1])[0]))
    assert [code for code, _stage in died] == [-9] * len(MOMENTS), died
    assert {"text", "weighing", "opening"} <= {stage for _code, stage in died}, died
    node.gada("work", "--once")
    after = node.script(AFTER)
    assert isinstance(after, dict) and people == 240
    assert after["state"] == "done" and after["twice"] == after["left"] == 0 and after["differences"] == []
    assert after["cases"] == after["opened"] == after["fates"]["opened"] == after["found"]
    assert 24 <= after["cases"] <= expected  # six families of four came twice
    assert after["ended"] == 1

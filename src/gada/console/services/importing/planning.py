"""The dry run: what would become of each row, kept line by line, and whom newcomers look like. Registers nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from gada import vault
from gada.console.models import ImportLine, ImportRun, ImportState
from gada.console.services.importing.records import names_in
from gada.engine.linkage import Features
from gada.engine.refusal import Refusal
from gada.journal.inserting import insert_values
from gada.matching.services import likely_same
from gada.people.features import features_of_draft
from gada.people.importing import (
    Contents,
    Judge,
    Outcome,
    Plan,
    Reading,
    Row,
    RowOutcome,
    Tables,
    contents_of,
    families_of,
    foreseen,
    in_parts,
    open_tables,
    plan_families,
    rows_of,
)

FAMILIES_AT_ONCE: Final = 300
WORDS_SHOWN: Final = 20
LINES_AT_ONCE: Final = 500
COLUMNS: Final = ("run_id", "number", "reference", "outcome", "code", "column", "person", "likely")


@dataclass(frozen=True, slots=True)
class OpenFile:
    """The file of a run, ready to be read any number of times."""

    tables: Tables
    reading: Reading

    def rows(self) -> Iterator[Row]:
        return rows_of(self.tables, self.reading)


def opened(run: ImportRun) -> OpenFile:
    """The file of a run, from its sealed blob."""
    assert run.table is not None
    return OpenFile(open_tables(vault.get_blob(run.id, run.table)), Reading(**run.reading))


def plan_file(*, run_id: UUID, at: datetime) -> ImportRun:
    """Try a file out (the worker does it for a large one; killed, it begins again). Raises Refusal when small."""
    run = ImportRun.objects.select_related("site").get(id=run_id)
    if run.state != ImportState.PLANNING or run.table is None:
        return run
    ImportLine.objects.filter(run=run).delete()
    file = opened(run)
    contents = contents_of(file.rows())
    ImportRun.objects.filter(id=run.id).update(total=contents.total)
    judge = Judge(file.reading, timezone.localdate(at))
    families, likely = 0, _LookingAlike(run)
    for part in in_parts(families_of(file.rows(), contents), FAMILIES_AT_ONCE):
        plan = plan_families(part, judge=judge, source=run.source, twice=contents.twice, site=run.site)
        families += len(plan.households)
        likely.add(plan)
        with transaction.atomic():
            if not _still(run, done=min(run.done + len(plan.outcomes), contents.total)):
                return run
            keep_lines(run, foreseen(plan.outcomes))
    stopped, alike = likely.look()
    _finish(run, file, contents, judge, families=families, alike=alike, stopped=stopped)
    return run


def plan_large_file(*, run_id: UUID, at: datetime) -> ImportRun:
    """The worker's dry run: a file that cannot be read after all waits with the reason, its columns still to change."""
    try:
        plan_file(run_id=run_id, at=at)
    except Refusal as refusal:
        run = ImportRun.objects.get(id=run_id)
        ImportRun.objects.filter(id=run_id, state=ImportState.PLANNING).update(
            state=ImportState.OPENED, report={**run.report, "fault": refusal.code, "fault_facts": _plain(refusal.facts)}
        )
    return ImportRun.objects.get(id=run_id)


def keep_lines(run: ImportRun, outcomes: Iterable[RowOutcome]) -> None:
    """Outcomes as lines, in one insert."""
    insert_values(ImportLine, COLUMNS, [
        (run.id, line.number, line.reference[:80], str(line.outcome), line.code, line.column[:200], line.person, [])
        for line in outcomes
    ])


def counts_of(run: ImportRun) -> dict[str, int]:
    """How many rows came to what."""
    rows = dict(ImportLine.objects.filter(run=run).values_list("outcome").annotate(n=Count("id")))
    return {str(outcome): rows.get(str(outcome), 0) for outcome in Outcome}


class _LookingAlike:
    """Newcomers as the linkage engine wants them, kept as little as possible until all are known."""

    def __init__(self, run: ImportRun) -> None:
        self.run = run
        self.newcomers: list[tuple[int, str, Features]] = []

    def add(self, plan: Plan) -> None:
        numbers = {line.person: line.number for line in plan.outcomes if line.outcome == Outcome.NEW}
        for household in plan.households:
            for member in household.members:
                features = features_of_draft(member, place=household.place, origin=household.origin)
                self.newcomers.append((numbers[member.id], household.source_key, features))
        for home, member in plan.joining:
            self.newcomers.append((numbers[member.id], str(home), features_of_draft(member)))

    def look(self) -> tuple[str, int]:
        """Note on its line whom each newcomer looks like; why nothing was compared, and how many look like somebody."""
        if not self.newcomers:
            return "", 0
        _still(self.run, stage="names", done=self.run.done)
        found = likely_same(_given_away(self.newcomers))
        numbers = sorted(found.of)
        for start in range(0, len(numbers), LINES_AT_ONCE):
            part = numbers[start : start + LINES_AT_ONCE]
            lines = list(ImportLine.objects.filter(run=self.run, number__in=part))
            for line in lines:
                line.likely = [
                    [other if isinstance(other, int) else str(other), round(1000 * probability)]
                    for other, probability in found.of[line.number]
                ]
            ImportLine.objects.bulk_update(lines, ["likely"])
        return found.stopped, len(numbers)


def _given_away(newcomers: list[tuple[int, str, Features]]) -> Iterator[tuple[int, str, Features]]:
    """One by one, each forgotten here as it is taken: the engine holds them as columns."""
    newcomers.reverse()
    while newcomers:
        yield newcomers.pop()


def _still(run: ImportRun, **changes: Any) -> bool:
    """Note how far it is; False when somebody threw it away meanwhile."""
    for name, value in changes.items():
        setattr(run, name, value)
    return bool(ImportRun.objects.filter(id=run.id, state=ImportState.PLANNING).update(**changes))


def _finish(
    run: ImportRun, file: OpenFile, contents: Contents, judge: Judge, *, families: int, alike: int, stopped: str
) -> None:
    names: set[str] = set()
    if run.records is not None:
        names = set(names_in(vault.get_blob(run.id, run.records)))
    known = set(ImportLine.objects.filter(run=run).values_list("reference", flat=True)) if names else set()
    unknown = {column: words.most_common(WORDS_SHOWN) for column, words in judge.unknown.items()}
    report = {
        **counts_of(run), "households": families, "records": len(names), "records_unknown": len(names - known),
        "alike": alike, "alike_stopped": stopped, "unknown_words": unknown, "file": file.tables.notes,
    }
    ImportRun.objects.filter(id=run.id, state=ImportState.PLANNING).update(
        state=ImportState.PLANNED, stage="", done=contents.total, total=contents.total, report=report
    )


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, int | float) else str(value) for name, value in facts.items()}

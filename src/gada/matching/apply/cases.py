"""Facts about cases become rows: opened, and weighed."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from gada.journal import Entry, applies
from gada.journal.inserting import insert_rows
from gada.matching.apply.standing import place_of
from gada.matching.models import Case

WEIGHED = ("lines", "total", "rules_version", "priority", "place", "best_finger", "sexes_differ")

@applies("case.opened", schema=1)
def cases_opened(entries: Sequence[Entry]) -> list[Case]:
    """One case per pair. Opened on two nodes, it dates from the first opening (Lamport counter, node)."""
    cases = cases_of(entries)
    for entry in entries:
        case = cases[UUID(entry.facts["case"])]
        known = case.versions.get("opened")
        if known is None or entry.version < known:
            case.opened_at, case.versions["opened"] = entry.happened_at, entry.version
    weigh(cases, entries)
    return [cases[UUID(entry.facts["case"])] for entry in entries]


@applies("case.weighed", schema=1)
def cases_weighed(entries: Sequence[Entry]) -> list[Case]:
    """New evidence in a case that waits: the newest weighing counts."""
    cases = cases_of(entries)
    weigh(cases, entries)
    return [cases[UUID(entry.facts["case"])] for entry in entries]


def cases_of(entries: Sequence[Entry]) -> dict[UUID, Case]:
    """The cases that entries speak of; one whose opening has not arrived yet begins empty, and is not written."""
    facts = {UUID(entry.facts["case"]): entry.facts for entry in entries}
    held = Case.objects.in_bulk(list(facts))
    return {
        id_: held.get(id_) or Case(id=id_, left_id=UUID(f["left"]), right_id=UUID(f["right"]))
        for id_, f in facts.items()
    }


def weigh(cases: dict[UUID, Case], entries: Sequence[Entry]) -> None:
    for entry in entries:
        case, facts = cases[UUID(entry.facts["case"])], entry.facts
        if entry.version > case.versions.get("weighed", ""):
            case.lines, case.total, case.rules_version = facts["lines"], facts["total"], facts["rules_version"]
            case.priority, case.versions["weighed"] = facts["priority"], entry.version
            scores = [line["facts"]["score"] for line in case.lines if line["kind"] == "finger"]
            case.best_finger = max(scores, default=None)
            sexes = (line["facts"].get("relation") for line in case.lines if line["kind"] == "sex")
            case.sexes_differ = "differ" in sexes
    write(cases)


def write(cases: dict[UUID, Case]) -> None:
    for case in cases.values():
        case.place = place_of(
            status=case.status, verdict=case.verdict, reading=case.reading, priority=case.priority
        )
    held = [case for case in cases.values() if not case._state.adding]
    insert_rows([case for case in cases.values() if case._state.adding])
    for case in held:
        case.save(update_fields=[*WEIGHED, "opened_at", "versions"])

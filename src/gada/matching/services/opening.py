"""A check of everybody, its second half: cases chunk by chunk, what is remembered is honoured, and the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q

from gada import journal
from gada.agencies.models import Operator
from gada.engine.linkage import THRESHOLDS
from gada.journal import Scope
from gada.matching import population, rules
from gada.matching.models import Case, CaseStatus, PopulationPair, PopulationRun, RunState
from gada.matching.queries.features import Weighed, weighed_people
from gada.matching.queries.population import noticed_by
from gada.matching.services.checking import open_cases
from gada.matching.services.finding import Pair, commit, weigh_pairs
from gada.people.models import Person

CHUNK = 50
FATES = ("opened", "known", "same", "different", "left-out", "gone", "found")
BATCH = 500


def open_found(run: PopulationRun, at: datetime) -> None:
    """The next pairs, in the order they were found, in one transaction; when none is left the run is over."""
    rows = list(PopulationPair.objects.filter(run=run, fate="found").order_by("id")[:CHUNK])
    operator = Operator.objects.get(id=run.by)
    if not rows:
        with transaction.atomic():
            finish_run(run, state=RunState.DONE, by=operator, at=at)
        return
    known = weighed_people({id_ for row in rows for id_ in (row.left, row.right)})
    left_out = _left_out(run, rows, known)
    wanted = {(row.left, row.right) for row in rows} - left_out
    noticed = weigh_pairs(wanted, found={}, people=run.people)
    found_then = {(row.left, row.right): row for row in rows}
    with transaction.atomic():
        if not commit(run, [], done=run.done + len(rows)):
            return
        before = _cases(noticed)
        fresh = {pair: decision for pair, decision in noticed.items() if pair not in before}
        open_cases(fresh, known, at=at, operator=operator)
        fates = dict.fromkeys(found_then, "gone") | dict.fromkeys(left_out, "left-out")
        fates |= dict.fromkeys(fresh, "opened") | {pair: _fate_of(case) for pair, case in before.items()}
        for fate in set(fates.values()):
            ids = [found_then[pair].id for pair, said in fates.items() if said == fate]
            PopulationPair.objects.filter(id__in=ids).update(fate=fate)


def finish_run(run: PopulationRun, *, state: str, by: Operator, at: datetime) -> None:
    """Write the report, tell the journal, forget the pairs."""
    report = _report(run)
    began = run.started_at is not None
    PopulationRun.objects.filter(id=run.id).update(
        state=state, unfinished=False, report=report, finished_at=at, hold={}, sample={},
        accepted={key: {"how": said["how"]} for key, said in run.accepted.items()},
    )
    if began:
        journal.record(
            "population.check_ended", by=by, about=("check", run.id), purpose="adjudication", at=at,
            scope=Scope(agency=run.agency_id), facts={
                "filter": "everybody", "people": run.people, "state": str(state), "found": report["found"],
                "fates": report["fates"], "rules_version": report["rules_version"],
            },
        )
    PopulationPair.objects.filter(run=run).delete()
    run.refresh_from_db()


def _fate_of(case: Case) -> str:
    return str(case.verdict) if case.status == CaseStatus.DECIDED else "known"


def _cases(pairs: Iterable[Pair]) -> dict[Pair, Case]:
    ids = {rules.case_id_of(*pair): pair for pair in pairs}
    return {ids[id_]: case for id_, case in Case.objects.in_bulk(list(ids)).items()}


def _left_out(run: PopulationRun, rows: list[PopulationPair], known: Mapping[UUID, Weighed]) -> set[Pair]:
    """Pairs that somebody told the run to leave out when it held."""
    pairs = {(row.left, row.right) for row in rows}
    out: set[Pair] = set()
    for key, said in run.accepted.items():
        if said["how"] != "without":
            continue
        reason, _colon, field = key.partition(":")
        if reason == population.Reason.ONE_PERSON:
            many = _in_too_many(run, {id_ for pair in pairs for id_ in pair})
            out |= {pair for pair in pairs if many & set(pair)}
        elif reason == population.Reason.VALUE:
            out |= {
                (a, b) for a, b in pairs if a in known and b in known
                and (field, said["value"]) in population.shared_values(known[a].features, known[b].features)
            }
    return out


def _in_too_many(run: PopulationRun, people: set[UUID]) -> set[UUID]:
    counted: Counter[UUID] = Counter()
    for side in ("left", "right"):
        rows = noticed_by(run).filter(**{f"{side}__in": people}).order_by()
        counted.update(dict(rows.values_list(side).annotate(n=Count("id"))))
    return {id_ for id_, count in counted.items() if count > population.MOST_PAIRS_OF_ONE}


def _report(run: PopulationRun) -> dict[str, Any]:
    """What the run found, by evidence, by sum, by site, and what became of it."""
    pairs = noticed_by(run).order_by()
    kinds = dict(pairs.values_list("kind").annotate(n=Count("id")))
    fates = dict(pairs.values_list("fate").annotate(n=Count("id")))
    totals = pairs.values_list("total").annotate(n=Count("id"))
    return {
        "found": sum(kinds.values()), "kinds": kinds, "fates": {fate: fates.get(fate, 0) for fate in FATES},
        "histogram": population.histogram(totals), "sites": _by_site(run), "rules_version": THRESHOLDS.version,
        "model": run.report.get("model", ""), "bars": [THRESHOLDS.adjudicate, THRESHOLDS.duplicate],
        "held": [[key, said["how"]] for key, said in sorted(run.accepted.items())],
    }


def _by_site(run: PopulationRun) -> list[list[Any]]:
    """[[site, found, opened], …], at the site of the newer registration."""
    found: Counter[UUID] = Counter()
    opened: Counter[UUID] = Counter()
    newer = noticed_by(run).order_by().values_list("right")
    rows = list(newer.annotate(n=Count("id"), opened=Count("id", filter=Q(fate="opened"))))
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        sites = dict(Person.objects.filter(id__in=[id_ for id_, *_n in part]).values_list("id", "site_id"))
        for id_, count, cases in part:
            if id_ in sites:
                found[sites[id_]] += count
                opened[sites[id_]] += cases
    return [[str(site), count, opened[site]] for site, count in found.most_common()]

"""A check of everybody, as the worker does it: sample, pairs by text, pairs by fingers; it holds when it is absurd.

Each chunk is committed with how far it got, in one transaction. Nothing is opened here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone

from gada.biometrics.models import Template
from gada.biometrics.queries import people_searched, usable_fingers_of
from gada.engine.linkage import Decision, Features, Outcome
from gada.engine.linkage.batch import find_pairs
from gada.matching import population, rules
from gada.matching.models import Case, PopulationPair, PopulationRun, RunState
from gada.matching.population import Hold
from gada.matching.queries.evidence import seconds_per_case
from gada.matching.queries.features import Weighed, everybody, model_in_use, own_model, weighed_people
from gada.matching.queries.population import noticed_by
from gada.matching.reports.figures import kind_of
from gada.matching.rules import lines_of
from gada.matching.services.checking import MOST_BY_TEXT, found_by_fingers
from gada.people.models import Person
from gada.people.queries import candidate_ids
from gada.people.words import PersonStatus

CHUNK = 50  # people
WEIGHED_AT_ONCE = 100  # pairs
SAMPLE_CHUNK = 20
TOLD_EVERY = 500  # people
SLICE = 300  # rows written at once: others write in between
THREADS = 2
PAIRS_LOOKED_AT = 2000  # to see whether one value dominates
Pair = tuple[UUID, UUID]
Scores = Mapping[Pair, Mapping[int, int]]


def check_sample(run: PopulationRun, at: datetime) -> None:
    """The next people of the sample: how many candidates each has, and in how many new pairs each would be."""
    said = run.sample
    part = [UUID(id_) for id_ in said["people"][run.done : run.done + SAMPLE_CHUNK]]
    checked = weighed_people(part)
    found, candidates = _by_fingers(checked), {id_: _by_text(weighed) for id_, weighed in checked.items()}
    pairs = {rules.pair_of(id_, other) for id_, others in candidates.items() for other in others if other != id_}
    noticed = weigh_pairs(pairs | set(found), found=found, people=run.people)
    fresh = set(noticed) - _known(noticed)
    counts = [sum(id_ in pair for pair in fresh) for id_ in checked]
    sample = {
        **said, "counts": said["counts"] + counts, "seconds": said["seconds"] + (timezone.now() - at).total_seconds(),
        "candidates": said["candidates"] + [len(candidates[id_]) for id_ in checked],
    }
    done = run.done + len(part)
    changes: dict[str, Any] = {"sample": sample, "done": done}
    if done >= run.total:
        time = seconds_per_case()
        estimate = population.estimate_of(
            sample["counts"], sample["candidates"], people=run.people, seconds=sample["seconds"],
            median_seconds=time.median_seconds, measured=time.measured,
        )
        changes |= {"state": RunState.ESTIMATED, "estimate": estimate.as_facts(), "sample": {
            "most": max(sample["counts"], default=0), "noticed": sum(count > 0 for count in sample["counts"]),
        }}
    commit(run, [], **changes)


def find_by_text(run: PopulationRun, at: datetime) -> None:
    """Everybody compared at once by the engine's batch linkage; what it finds is kept to be weighed.

    Killed or paused while it reads or writes, it begins again: the engine takes minutes for a million people.
    """
    try:
        pairs, found = find_pairs(_everybody(run), model=own_model(), threads=THREADS)
        hold = population.too_much_alike(
            str(found.report["stopped"]), count=max(found.report["keys_too_common"], default=found.report["pairs"]),
            people=run.people,
        )
        if hold is not None and hold.key not in run.accepted:
            _still_ours(run, state=RunState.HELD, hold={**hold.as_facts(), "key": hold.key})
            return
        PopulationPair.objects.filter(run=run).delete()
        for start in range(0, len(pairs), SLICE):
            _still_ours(run)
            PopulationPair.objects.bulk_create([
                PopulationPair(run=run, left=left, right=right, total=0, fate="candidate")
                for left, right in (rules.pair_of(pair.left, pair.right) for pair in pairs[start : start + SLICE])
            ], ignore_conflicts=True)
    except _Interrupted:
        return
    _still_ours(
        run, stage="weighing", done=0, total=len(pairs), pace_since=timezone.now(), pace_from=0,
        report={"model": found.model.name},
    )


def weigh_found(run: PopulationRun, at: datetime) -> None:
    """The next pairs that the engine found, each weighed as at a registration, with the fingers of both."""
    rows = list(PopulationPair.objects.filter(run=run, fate="candidate").order_by("id")[:WEIGHED_AT_ONCE])
    if not rows:
        _end_stage(run, "fingers", at)
        return
    pairs = [(row.left, row.right) for row in rows]
    noticed = weigh_pairs(pairs, found={}, people=run.people)
    gone = [row.id for row in rows if (row.left, row.right) not in noticed]
    done = run.done + len(rows)
    if commit(run, _rows(run, noticed), gone=gone, done=done) and _is_due(run.done, done):
        _hold_if_absurd(run, done=done)


def find_by_fingers(run: PopulationRun, at: datetime) -> None:
    """The next people who gave prints, each against everybody by the fingers they have."""
    here = _people_with_prints(run)
    left = here if run.cursor is None else here.filter(id__gt=run.cursor)
    people = list(left.values_list("id", flat=True)[:CHUNK])
    if not people:
        _end_stage(run, "opening", at)
        return
    found = _by_fingers(people)
    done = run.done + len(people)
    rows = _rows(run, weigh_pairs(found, found=found, people=run.people))
    if commit(run, rows, cursor=people[-1], done=done) and _is_due(run.done, done):
        run.cursor = people[-1]
        _hold_if_absurd(run, done=done)


def weigh_pairs(pairs: Iterable[Pair], *, found: Scores, people: int) -> dict[Pair, Decision]:
    """Those of these pairs at which somebody should look. Two members of one household are two people."""
    wanted = list(pairs)
    ids = {id_ for pair in wanted for id_ in pair}
    known, fingers = weighed_people(ids), usable_fingers_of(ids)
    decisions = {
        (left, right): rules.weigh_pair(
            known[left].features, known[right].features, fingers.get(left, {}), fingers.get(right, {}),
            found=found.get((left, right)), people=people, model=model_in_use(),
        )
        for left, right in wanted
        if left in known and right in known and not known[left].households & known[right].households
    }
    return {pair: decision for pair, decision in decisions.items() if decision.outcome != Outcome.UNIQUE}


def commit(
    run: PopulationRun, rows: Iterable[PopulationPair], *, gone: Iterable[int] = (), **changes: Any
) -> bool:
    """Write a chunk and how far the run got, unless somebody paused it or another worker was faster."""
    with transaction.atomic():
        now = PopulationRun.objects.select_for_update().get(id=run.id)
        if (now.state, now.turn, now.stage, now.cursor, now.done) != (
            run.state, run.turn, run.stage, run.cursor, run.done
        ):
            return False
        PopulationPair.objects.bulk_create(
            list(rows), batch_size=300, update_conflicts=True, unique_fields=["run", "left", "right"],
            update_fields=["total", "kind", "fate"],
        )
        PopulationPair.objects.filter(id__in=list(gone)).delete()
        PopulationRun.objects.filter(id=run.id).update(**changes)
    return True


def _people_with_prints(run: PopulationRun) -> QuerySet[Person]:
    taken = Template.objects.filter(person=OuterRef("pk"))
    return Person.objects.filter(Exists(taken), status=PersonStatus.ACTIVE, id__lte=run.newest).order_by("id")


def _by_text(weighed: Weighed) -> list[UUID]:
    return candidate_ids(weighed.features, most=MOST_BY_TEXT)


def _by_fingers(people: Iterable[UUID]) -> dict[Pair, Mapping[int, int]]:
    """Finger scores of the pairs that a search by fingers finds, each person against everybody."""
    least = rules.least_finger_score(people_searched())
    fingers = usable_fingers_of(people)
    return {
        rules.pair_of(id_, other): scores
        for id_, held in fingers.items() for other, scores in found_by_fingers(id_, held, least=least).items()
    }


def _known(pairs: Iterable[Pair]) -> set[Pair]:
    """Those that already have a case."""
    ids = {rules.case_id_of(*pair): pair for pair in pairs}
    return {ids[id_] for id_ in Case.objects.filter(id__in=list(ids)).values_list("id", flat=True)}


def _rows(run: PopulationRun, noticed: Mapping[Pair, Decision]) -> list[PopulationPair]:
    return [
        PopulationPair(
            run=run, left=pair[0], right=pair[1], total=decision.total,
            kind=kind_of(lines_of(decision), total=decision.total),
        )
        for pair, decision in noticed.items()
    ]


def _hold_if_absurd(run: PopulationRun, *, done: int) -> None:
    run.done = done
    if hold := _hold_of(run):
        commit(run, [], state=RunState.HELD, hold=hold)


def _everybody(run: PopulationRun) -> Iterator[tuple[UUID, UUID | None, Features]]:
    """Everybody of this run; how far it is shows on the page."""
    done = 0
    for done, each in enumerate(everybody(newest=run.newest), start=1):
        yield each
        if done % TOLD_EVERY == 0:
            _still_ours(run, done=done)
    _still_ours(run, done=done)


class _Interrupted(Exception):
    """Somebody paused or stopped the run meanwhile."""


def _still_ours(run: PopulationRun, **changes: Any) -> None:
    """Note how far it is. Raises _Interrupted when the run is no longer this worker's."""
    mine = PopulationRun.objects.filter(id=run.id, turn=run.turn, state=run.state, stage=run.stage)
    if not mine.update(**(changes or {"turn": run.turn})):
        raise _Interrupted


def _is_due(before: int, now: int) -> bool:
    """Looked at after 100 people, 200, 400 and so on: a flood is seen early, and looking costs little."""
    due = population.FEWEST_TO_JUDGE_BY
    while due <= before:
        due *= 2
    return due <= now


def _end_stage(run: PopulationRun, following: str, at: datetime) -> None:
    if hold := _hold_of(run):
        commit(run, [], state=RunState.HELD, hold=hold)
        return
    total = noticed_by(run).count() if following == "opening" else _people_with_prints(run).count()
    commit(run, [], stage=following, cursor=None, done=0, total=total, pace_since=at, pace_from=0)


def _hold_of(run: PopulationRun) -> dict[str, Any]:
    """Why the run should hold before anything is opened; empty when nothing is absurd, or somebody accepted it."""
    checks: tuple[Callable[[], Hold | None], ...] = (
        lambda: _dominating(run), lambda: _most_of_one(run), lambda: _share(run)
    )
    for look in checks:
        hold = look()
        if hold is not None and hold.key not in run.accepted:
            return {**hold.as_facts(), "key": hold.key, "value": hold.value}
    return {}


def _share(run: PopulationRun) -> Hold | None:
    pairs = noticed_by(run)
    people = pairs.values_list("left").union(pairs.values_list("right"))
    return population.too_many_people(looked_at=run.people, noticed=people.count())


def _most_of_one(run: PopulationRun) -> Hold | None:
    pairs = noticed_by(run).order_by()
    most = [
        pairs.values(side).annotate(n=Count("id")).order_by("-n").values_list("n", flat=True).first() or 0
        for side in ("left", "right")
    ]
    return population.too_many_of_one(most=max(most), pairs=pairs.count())


def _dominating(run: PopulationRun) -> Hold | None:
    ids = list(noticed_by(run).order_by("id").values_list("id", flat=True))
    pairs = [(row.left, row.right) for row in _some(ids[:: 1 + len(ids) // PAIRS_LOOKED_AT])]
    known = weighed_people({id_ for pair in pairs for id_ in pair})
    held = [(known[a].features, known[b].features) for a, b in pairs if a in known and b in known]
    return population.dominating_value(held, accepted=run.accepted)


def _some(ids: list[int]) -> Iterable[PopulationPair]:
    for start in range(0, len(ids), 500):
        yield from PopulationPair.objects.filter(id__in=ids[start : start + 500])

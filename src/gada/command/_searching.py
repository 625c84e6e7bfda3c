"""`gada linkage search`: one record after another against everybody in a store, timed."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import click
import numpy as np
from numpy.typing import NDArray

from gada.command._stores import PostgresStore, SqliteStore, Store, features_of, rows_of
from gada.command._throwaway import throwaway_postgres
from gada.engine.linkage.batch.evaluation import read_truth
from gada.engine.linkage.features import Features
from gada.engine.linkage.files import PeopleFile, read_people
from gada.engine.linkage.keys import nearest, search_keys, signed
from gada.engine.linkage.model import Model
from gada.engine.linkage.ranking import Ranker, best
from gada.engine.memory import peak_bytes

SHOWN: Final = 20
RANKS: Final = (1, 5, 20)
WARMING: Final = 20  # probes before the clock is watched: kernels are compiled, pages are read
SERVER: Final = {"shared_buffers": "256MB", "max_parallel_workers_per_gather": "0", "jit": "off"}


@contextmanager
def opened(kind: str, url: str | None) -> Iterator[Store]:
    """An empty store, gone afterwards. PostgreSQL at this address, else one started for the while."""
    if kind == "sqlite":
        with TemporaryDirectory(prefix="gada-search-") as folder:
            store = SqliteStore(Path(folder) / "people.sqlite3")
            try:
                yield store
            finally:
                store.connection.close()
    elif url:
        server = PostgresStore(url)
        try:
            yield server
        finally:
            server.close()
    else:
        with throwaway_postgres(settings=SERVER) as started:
            yield PostgresStore(started)


def search(store: Store, ranker: Ranker, probe: Features, *, people: int) -> list[tuple[int, float]]:
    """The likeliest people of the store, with log2 odds: what a desk waits for."""
    near = nearest(store.holders(map(signed, search_keys(probe))), people=people)
    if not near:
        return []
    found = list(store.people(near))
    odds = ranker.weigh(probe, [features for _, features in found], people=people)
    return best((number for number, _ in found), odds, most=SHOWN)


def search_all(
    people: Path, probes: Path, *, store: str, database: str | None, truth: Path | None, model: Model, most: int | None
) -> dict[str, Any]:
    """Load PEOPLE, search each of PROBES, and report latency, and with the truth recall."""
    read, asked = read_people(people), read_people(probes)
    wanted = [features_of(row) for row in _rows(asked, probes)][:most]
    start = time.perf_counter()
    with opened(store, database) as held:
        held.fill(read, people)
        loaded = time.perf_counter() - start
        ids, probe_ids = read.ids.to_pylist(), asked.ids.to_pylist()
        count = len(ids)
        known = None if truth is None else read_truth(truth)
        person = None if known is None else known.person_of(read.ids)
        del read
        ranker = Ranker(model)
        for probe in wanted[:WARMING]:
            search(held, ranker, probe, people=count)
        seconds, answers = [], []
        for probe in wanted:
            start = time.perf_counter()
            answers.append(search(held, ranker, probe, people=count))
            seconds.append(time.perf_counter() - start)
    report: dict[str, Any] = {
        "store": store, "people": count, "probes": len(wanted), "model": model.name,
        "load_seconds": round(loaded, 1), "milliseconds": _latency(seconds), "peak_bytes": peak_bytes(),
    }
    if known is not None and person is not None:
        own = known.person_of(asked.ids)[: len(wanted)]
        numbers = {id_: number for number, id_ in enumerate(ids)}
        itself = [numbers.get(id_, -1) for id_ in probe_ids[: len(wanted)]]
        report |= _recall(answers, own, person, itself)
    return report


def print_search(report: dict[str, Any]) -> None:
    """The report in words."""
    click.echo(f"{report['people']:,} people in {report['store']}, loaded in {report['load_seconds']} s")
    said = ", ".join(f"{name} {value}" for name, value in report["milliseconds"].items())
    click.echo(f"{report['probes']:,} searches, milliseconds each, scoring included: {said}")
    if "recall" in report:
        recall = ", ".join(f"{name.replace('_', ' ')} {share:.4f}" for name, share in report["recall"].items())
        click.echo(f"other records of the person found in the {recall}, of {report['mates']:,}")
        click.echo(f"searches that found one of them in the top 20: {report['probes_answered']:.4f}")


def _rows(read: PeopleFile, path: Path) -> Iterator[Sequence[Any]]:
    table = rows_of(read, path).drop_columns(["number"])
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


def _latency(seconds: list[float]) -> dict[str, float]:
    if not seconds:
        return {}
    milliseconds = np.array(seconds) * 1000
    at = {f"p{q}": round(float(np.percentile(milliseconds, q)), 2) for q in (50, 95, 99)}
    return {**at, "max": round(float(milliseconds.max()), 2)}


def _recall(
    answers: Sequence[Sequence[tuple[int, float]]], own: NDArray[np.int64], person: NDArray[np.int64],
    itself: Sequence[int],
) -> dict[str, Any]:
    """Of the other records of each probe's person, the share found in the top 1, 5, 20; the record itself left out.

    Who has three others cannot have all of them in the top 1: there the share counts probes with a mate at rank 1.
    """
    others: dict[int, list[int]] = defaultdict(list)
    for number, who in enumerate(person.tolist()):
        others[who].append(number)
    found, mates, answered, asked = dict.fromkeys(RANKS, 0), 0, 0, 0
    for answer, who, me in zip(answers, own.tolist(), itself, strict=True):
        wanted = {number for number in others.get(who, ()) if number != me} if who >= 0 else set()
        if not wanted:
            continue
        ranked = [number for number, _ in answer if number != me]
        asked += 1
        mates += len(wanted)
        for top in RANKS:
            hits = len(wanted.intersection(ranked[:top]))
            found[top] += hits if top > 1 else len(wanted) * (hits > 0)
        answered += bool(wanted.intersection(ranked))
    recall = {f"top_{top}": round(found[top] / max(1, mates), 5) for top in RANKS}
    return {"recall": recall, "mates": mates, "probes_answered": round(answered / max(1, asked), 5)}

"""The journal measured: entries recorded, sealed and verified per second, on SQLite and on PostgreSQL.

usage: python -m bench.journal [--entries 40000] [--only sqlite|postgres] [--profile seal|verify]

Every entry has facts of its own about a person of their own, as in a registration: some 900 canonical bytes under
the person's data key. The baselines beside it, in the same process: the same headers and facts appended to a plain
file (in batches of the same size, each synced), and that file read again and hashed.
"""

from __future__ import annotations

import argparse
import cProfile
import hashlib
import json
import os
import pstats
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench._node import DATABASES, Stopwatch, fresh_node, in_own_process, keep_results, measured
from bench._people import households

BATCH = 500
ENOUGH = 20_000


def record_entries(first: Any, count: int) -> Stopwatch:
    from django.db import transaction

    from gada import journal
    from gada.journal import Item
    from gada.people.services import person_item, scope_of

    members = [(household, member) for household in households(count // 4) for member in household.members][:count]
    at, scope = datetime.now(UTC), scope_of(first.site)
    items = []
    for household, member in members:
        item = person_item(member, household=household, household_id=first.site.id, number="0000-0000-0", photo=None)
        items.append(Item(about=item.about, facts=item.facts, subject=item.subject))
    with measured() as watch:
        for start in range(0, count, BATCH):
            with transaction.atomic():
                journal.record_all(
                    "bench.noted", items=items[start : start + BATCH], by=first.admin, at=at, scope=scope,
                    purpose="bench",
                )
    return watch


def plain_file(count: int) -> tuple[Stopwatch, Stopwatch]:
    """The same bytes without Gada: appended and synced; read and hashed."""
    from gada.journal.models import Facts, LogEntry

    headers = LogEntry.objects.order_by("-lamport").values_list("header", flat=True)[:count]
    bodies = Facts.objects.order_by("-entry_id").values_list("body", flat=True)[:count]
    lines = [bytes(header) + bytes(body) for header, body in zip(headers, bodies, strict=True)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plain"
        with measured() as writing, path.open("wb") as file:
            for start in range(0, count, BATCH):
                file.writelines(lines[start : start + BATCH])
                file.flush()
                os.fsync(file.fileno())
        with measured() as reading, path.open("rb") as file:
            for line in lines:
                hashlib.sha256(file.read(len(line))).digest()
    return writing, reading


def measure(database: str, count: int, *, profile: str | None) -> list[dict[str, Any]]:
    with fresh_node(database=database) as first:
        from gada import journal
        from gada.journal.verifying import verify_log

        recorded = record_entries(first, count)
        sealed = _watched(lambda: journal.seal(at=datetime.now(UTC)), profile == "seal")
        reports: list[Any] = []
        verified = _watched(lambda: reports.append(verify_log()), profile == "verify")
        assert reports[0].sound and reports[0].sealed >= count and not reports[0].unsealed
        writing, reading = plain_file(count)
        rows = [("recorded", recorded, writing), ("sealed", sealed, writing), ("verified", verified, reading)]
        return [
            {
                "journal": f"{database}: {what}", "entries": count, "entries/s": count / watch.seconds,
                "entries/s of own work": count / watch.own_seconds, "plain file/s": count / plain.seconds,
                "times a plain file": watch.seconds / plain.seconds,
            }
            for what, watch, plain in rows
        ]


def _watched(work: Callable[[], object], profiled: bool) -> Stopwatch:
    profiler = cProfile.Profile()
    if profiled:
        profiler.enable()
    with measured() as watch:
        work()
    if profiled:
        profiler.disable()
        pstats.Stats(profiler).sort_stats("tottime").print_stats(30)
    return watch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=2 * ENOUGH)
    parser.add_argument("--only", choices=DATABASES)
    parser.add_argument("--profile", choices=("seal", "verify"))
    chosen = parser.parse_args()
    if chosen.only:
        print(json.dumps(measure(chosen.only, chosen.entries, profile=chosen.profile)))
        return
    keep_results("journal", [
        row for database in DATABASES
        for row in in_own_process("bench.journal", "--only", database, "--entries", str(chosen.entries))
    ])


if __name__ == "__main__":
    main()

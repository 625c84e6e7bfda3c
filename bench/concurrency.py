"""Ten at once on SQLite: five clerks who register, four who search and read, one who imports, and the sealer.

usage: python -m bench.concurrency [--seconds 60]

Each is a thread with connections of its own, as in `gada serve`. Figures: how many of each, the slowest hundredth, and
whether anybody was ever told that the database is locked. The baseline beside it: ten threads of the same process that
write one plain row or read one, on one SQLCipher file with the same settings.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench._node import an_operator, fresh_node, keep_results
from bench._people import households

CLERKS, READERS = 5, 4
SEAL_EVERY_SECONDS = 2.0


@dataclass
class Tally:
    """How long each act of one kind took, in milliseconds, and what went wrong."""

    taken: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def row(self, name: str, seconds: float) -> dict[str, Any]:
        taken = sorted(self.taken) or [0.0]
        return {
            "at once": name, "times": len(self.taken), "per second": len(self.taken) / seconds,
            "median ms": taken[len(taken) // 2], "p99 ms": taken[int(len(taken) * 0.99)], "slowest ms": taken[-1],
            "refused or locked": len(self.faults),
        }


def run_for(seconds: float, acts: list[tuple[str, Callable[[], object], float]]) -> dict[str, Tally]:
    """One thread for each (name, act, pause in seconds); all begin together and stop after so long."""
    from django.db import connections

    from gada.vault import keystore

    tallies = {name: Tally() for name, _, _ in acts}
    start, stop = threading.Barrier(len(acts)), threading.Event()

    def work(name: str, act: Callable[[], object], pause: float) -> None:
        start.wait()
        while not stop.is_set():
            began = time.perf_counter()
            try:
                act()
            except Exception as error:  # noqa: BLE001 — whatever it is, it is a result
                tallies[name].faults.append(f"{type(error).__name__}: {error}")
            tallies[name].taken.append((time.perf_counter() - began) * 1000)
            time.sleep(pause)
        connections.close_all()
        keystore.close()

    threads = [threading.Thread(target=work, args=act) for act in acts]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    return tallies


def a_busy_site(first: Any) -> list[tuple[str, Callable[[], object], float]]:
    """What people do at one node at once. Pauses: a clerk is a person; nobody registers fifty families a second."""
    from gada import journal
    from gada.people.models import Person
    from gada.people.queries import person_for, registered_since, search_people
    from gada.people.services import enrol_household, enrol_households, scope_of

    clerk, importer = an_operator(first, "clerk"), an_operator(first, "supervisor", username="bakr")
    enrol_households(operator=clerk, site=first.site, households=list(households(200, seed=9)), at=datetime.now(UTC))
    known = list(Person.objects.values_list("id", "given")[:500])
    drafts, lock = households(10**6, seed=2), threading.Lock()

    def next_households(count: int) -> list[Any]:
        with lock:
            return [next(drafts) for _ in range(count)]

    def register() -> None:
        enrol_household(operator=clerk, site=first.site, household=next_households(1)[0], at=datetime.now(UTC))

    def look() -> None:
        person_id, given = random.choice(known)
        at = datetime.now(UTC)
        found = search_people(clerk, given)
        person_for(clerk, person_id)
        registered_since(clerk, at.replace(hour=0, minute=0))
        journal.record_read(
            by=clerk, people=[p.id for p in found] or [person_id], purpose="registration", page="search", at=at,
            scope=scope_of(first.site),
        )

    def bring_in() -> None:
        enrol_households(
            operator=importer, site=first.site, households=next_households(10), at=datetime.now(UTC),
            action="person.import",
        )

    return [
        *[("register a family", register, 0.05)] * CLERKS, *[("search, read, leave a line", look, 0.02)] * READERS,
        ("import ten families", bring_in, 0.0),
        ("seal", lambda: journal.seal(at=datetime.now(UTC)), SEAL_EVERY_SECONDS),
    ]


def plain_rows(folder: Path) -> list[tuple[str, Callable[[], object], float]]:
    from sqlcipher3 import dbapi2

    here = threading.local()

    def connection() -> Any:
        if not hasattr(here, "held"):
            here.held = dbapi2.connect(str(folder / "plain.db"), timeout=20, isolation_level=None)
            here.held.execute(f"PRAGMA key = \"x'{'00' * 32}'\"")
            here.held.execute("PRAGMA journal_mode = WAL")
            here.held.execute("PRAGMA synchronous = FULL")
            here.held.execute("CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, text TEXT)")
        return here.held

    def write() -> None:
        connection().execute("BEGIN IMMEDIATE")
        connection().execute("INSERT INTO row (text) VALUES ('a plain row')")
        connection().execute("COMMIT")

    def read() -> None:
        connection().execute("SELECT * FROM row ORDER BY id DESC LIMIT 20").fetchall()

    return [*[("plain: write a row", write, 0.05)] * (CLERKS + 1), *[("plain: read rows", read, 0.02)] * READERS]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--json", action="store_true", help="only print the rows, keep nothing (for a test)")
    chosen = parser.parse_args()
    with fresh_node() as first, tempfile.TemporaryDirectory() as folder:
        plain = run_for(min(10, chosen.seconds), plain_rows(Path(folder)))
        ours = run_for(chosen.seconds, a_busy_site(first))
        rows = [tally.row(name, min(10, chosen.seconds)) for name, tally in plain.items()]
        rows += [tally.row(name, chosen.seconds) for name, tally in ours.items()]
        faults = sorted({fault for tally in ours.values() for fault in tally.faults})
        from gada.journal.verifying import verify_log

        report = verify_log()
        if chosen.json:
            print(json.dumps({"rows": rows, "faults": faults, "sound": report.sound}))
            return
        keep_results("concurrency", rows)
        print(f"journal: {report.sealed:,} sealed, {report.unsealed:,} not yet, faults: {len(report.faults)}")
        print("\n".join(faults) or "nobody was told that the database is locked")


if __name__ == "__main__":
    main()

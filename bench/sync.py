"""A laptop's people reach an empty headquarters: made, sealed, verified, applied; memory of each side; bytes a person.

usage: python -m bench.sync [--people 5000] [--database postgres]

Both nodes are whole ones on SQLite under SQLCipher (headquarters on PostgreSQL if so said), each in a process of its
own. Every fourth person has two fingers as ISO/IEC 19794-2 records. The second row is a day's 300 families sent after
that, without photos.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench._node import DATABASES, _set_up, an_operator, fresh_node, keep_results

PASSPHRASE = "une phrase de mesure"
FAMILIES_OF_A_DAY = 300
ITS_SERVER = "GADA_BENCH_HEADQUARTERS"  # a PostgreSQL server for headquarters; without it SQLite


def headquarters(folder: Path) -> dict[str, Any]:
    """An empty headquarters, and the kit of one laptop."""
    with fresh_node(kept=folder / "hq", url=os.environ.get(ITS_SERVER, "")) as first:
        from gada.agencies.services import create_programme
        from gada.engine.proof.secrets import WrapCost
        from gada.exchange.services.own_nodes import admit_device

        an_operator(first, "supervisor", "clerk")
        create_programme(
            name="Aid", purpose="Food", legal_basis="Mandate", impact_assessment="Study",
            biometrics_allowed=True, minimum_age_prints=0, assessed_on=datetime.now(UTC).date(), assessed_by="Dina",
            by=first.admin, at=datetime.now(UTC),
        )
        admit_device(
            operator=first.admin, name="Laptop", sites=[first.site], target=folder / "kit", passphrase=PASSPHRASE,
            life=timedelta(days=60), at=datetime.now(UTC), cost=WrapCost(memory_kib=64, passes=1, lanes=1),
        )
    return {}


def enrol(folder: Path) -> dict[str, Any]:
    """The laptop takes its kit."""
    _at(folder / "laptop")
    from django.core.management import call_command
    from django.db import transaction

    from gada.engine.proof.secrets import WrapCost
    from gada.exchange.services.own_nodes import take_sync_package
    from gada.journal.logs import open_log
    from gada.vault.enrolment import enrol_device, open_kit

    at = datetime.now(UTC)
    body, offset = open_kit(folder / "kit", passphrase=PASSPHRASE)
    enrol_device(body, passphrase="bench", at=at, cost=WrapCost(memory_kib=64, passes=1, lanes=1))
    call_command("migrate", verbosity=0)
    with transaction.atomic():
        open_log(at=at)
    first = folder / "first"
    first.write_bytes((folder / "kit").read_bytes()[offset:])
    take_sync_package(first, at=at)
    return {}


def fill(folder: Path, *, people: int, seed: int = 1) -> dict[str, Any]:
    """Families registered on the laptop, every fourth person with two fingers."""
    _open(folder / "laptop")
    from bench._people import households
    from gada import journal
    from gada.agencies.models import Operator, Programme, Site
    from gada.biometrics.services import import_templates
    from gada.engine.fingerprint.synthetic import minutiae_finger
    from gada.engine.formats.fmr import FingerView, write_fmr
    from gada.people.models import Person
    from gada.people.services import enrol_households

    site, operator, at = Site.objects.get(), Operator.objects.get(username="amina"), datetime.now(UTC)
    records = [
        write_fmr([FingerView(finger, minutiae_finger(n + 200 * finger).impression(1)) for finger in (2, 7)])
        for n in range(200)
    ]
    before, drafts, waiting = Person.objects.count(), households(people, seed=seed), []
    for draft in drafts:
        waiting.append(draft)
        if len(waiting) == 100:
            enrol_households(
                operator=operator, site=site, households=waiting, at=at, programme=Programme.objects.get()
            )
            waiting = []
            if Person.objects.count() - before >= people:
                break
    fresh = list(Person.objects.order_by("-id").values_list("id", flat=True)[: Person.objects.count() - before])
    wanted = [(id_, records[index % len(records)]) for index, id_ in enumerate(fresh) if index % 4 == 0]
    taken = import_templates(operator=operator, site=site, items=wanted, at=at)
    journal.seal(at=at)
    return {"people": len(fresh), "fingers": taken.fingers}


def export(folder: Path) -> dict[str, Any]:
    """The laptop packs everything that headquarters lacks."""
    _open(folder / "laptop")
    from gada.exchange.models import OwnNode
    from gada.exchange.services.own_nodes import make_sync_package

    started = time.perf_counter()
    made = make_sync_package(
        OwnNode.objects.get(headquarters=True), folder / "carried", at=datetime.now(UTC), most=None, photos=False
    )
    return {
        "seconds": time.perf_counter() - started, "bytes": made.sealed_bytes, "megabytes": _peak(),
        "entries": made.manifest.contents.kinds.get("entry", 0),
    }


def take(folder: Path) -> dict[str, Any]:
    """Headquarters takes it in; then its answer, so that the laptop knows where it stands."""
    _open(folder / "hq")
    from gada.exchange.models import OwnNode
    from gada.exchange.services.own_nodes import make_sync_package, take_sync_package
    from gada.people.models import Person

    started = time.perf_counter()
    arrived = take_sync_package(folder / "carried", at=datetime.now(UTC))
    seconds = time.perf_counter() - started
    peak = _peak()
    make_sync_package(OwnNode.objects.get(headquarters=False), folder / "answer", at=datetime.now(UTC), most=None)
    return {
        "seconds": seconds, "megabytes": peak, "kept": arrived.kept, "held": arrived.held,
        "people": Person.objects.count(),
    }


def answer(folder: Path) -> dict[str, Any]:
    _open(folder / "laptop")
    from gada.exchange.services.own_nodes import take_sync_package

    take_sync_package(folder / "answer", at=datetime.now(UTC))
    return {}


PARTS = {
    "headquarters": headquarters, "enrol": enrol, "fill": fill, "export": export, "take": take, "answer": answer,
}


def _at(folder: Path) -> None:
    os.environ["GADA_DATA"] = str(folder / "node")
    os.environ.pop("DATABASE_URL", None)
    if folder.name == "hq" and os.environ.get(ITS_SERVER):
        os.environ["DATABASE_URL"] = os.environ[ITS_SERVER]
    _set_up()


def _open(folder: Path) -> None:
    _at(folder)
    from gada.vault import node

    node.unlock("bench", at=datetime.now(UTC))


def _peak() -> float:
    """Most memory of this process so far, in megabytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _part(name: str, folder: Path, **how: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.sync", "--part", name, "--folder", str(folder), "--how", json.dumps(how)],
        stdout=subprocess.PIPE, text=True, check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _round(folder: Path, what: str, filled: dict[str, Any]) -> dict[str, Any]:
    packed, taken = _part("export", folder), _part("take", folder)
    _part("answer", folder)
    return {
        "what": what, "people": filled["people"], "fingers": filled["fingers"], "entries": packed["entries"],
        "pack s": packed["seconds"], "take s": taken["seconds"],
        "total min": (packed["seconds"] + taken["seconds"]) / 60,
        "laptop MB": packed["megabytes"], "headquarters MB": taken["megabytes"], "sealed MB": packed["bytes"] / 1e6,
        "bytes a person": packed["bytes"] // filled["people"], "set aside": taken["held"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--database", choices=DATABASES, default="sqlite", help="of headquarters")
    parser.add_argument("--part", choices=sorted(PARTS))
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--how", type=json.loads, default={})
    chosen = parser.parse_args()
    if chosen.part:
        print(json.dumps(PARTS[chosen.part](chosen.folder, **chosen.how)))
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gada-bench-")))
        if chosen.database == "postgres":
            from gada.command._throwaway import throwaway_postgres

            os.environ[ITS_SERVER] = stack.enter_context(throwaway_postgres())
        _part("headquarters", folder)
        _part("enrol", folder)
        rows = [_round(folder, "everybody", _part("fill", folder, people=chosen.people))]
        rows.append(_round(folder, "a day", _part("fill", folder, people=FAMILIES_OF_A_DAY * 5, seed=2)))
    keep_results("sync" if chosen.database == "sqlite" else "sync_postgres", rows)


if __name__ == "__main__":
    main()

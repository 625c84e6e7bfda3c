"""A node of its own for one measurement: in a temporary folder, on SQLite or on a throw-away PostgreSQL.

Django reads its settings once, so each database is measured in a process of its own (`in_own_process`).
What was measured goes as JSON to `bench/results/NAME.json`, always beside a plain baseline of the same process:
seconds of two machines do not compare, ratios do.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.run import RESULTS, circumstances

DATABASES = ("sqlite", "postgres")


@dataclass
class Stopwatch:
    """Seconds on the clock and seconds of this process's own work: on a busy machine only the second is ours."""

    seconds: float = 0.0
    own_seconds: float = 0.0


@contextmanager
def measured() -> Iterator[Stopwatch]:
    watch, started, own = Stopwatch(), time.perf_counter(), time.process_time()
    yield watch
    watch.seconds, watch.own_seconds = time.perf_counter() - started, time.process_time() - own


@contextmanager
def fresh_node(*, database: str = "sqlite", kept: Path | None = None, url: str = "") -> Iterator[Any]:
    """A new node in a temporary folder, unlocked in this process; yields its first people (agency, site, admin).

    `kept`: a folder that stays, and is taken up again as it is (SQLite only): a large world is made once.
    `url`: a PostgreSQL server that is there already, and outlives this.
    """
    from contextlib import ExitStack

    with ExitStack() as stack:
        folder = kept or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gada-bench-")))
        os.environ["GADA_DATA"] = str(folder / "node")
        os.environ.pop("GADA_PASSPHRASE_FILE", None)
        os.environ.pop("DATABASE_URL", None)
        if url:
            os.environ["DATABASE_URL"] = url
        elif database == "postgres":
            from gada.command._throwaway import throwaway_postgres

            os.environ["DATABASE_URL"] = stack.enter_context(throwaway_postgres())
        yield _open_again() if (folder / "node" / "node.json").exists() else _create()
        from django.db import connections

        from gada.vault import keystore

        connections.close_all()
        keystore.close()


def _open_again() -> Any:
    _set_up()
    from django.core.management import call_command

    from gada.agencies.models import Agency, Operator, Site
    from gada.agencies.services import FirstPeople
    from gada.vault import node

    node.unlock("bench", at=datetime.now(UTC))
    call_command("migrate", verbosity=0)
    return FirstPeople(Agency.objects.get(), Site.objects.earliest("name"), Operator.objects.get(username="admin"))


def _set_up() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "gada.project.settings"
    import django

    django.setup()


def _create() -> Any:
    _set_up()
    from django.core.management import call_command

    from gada.agencies.services import bootstrap_node
    from gada.engine.proof.secrets import WrapCost
    from gada.journal.logs import open_log
    from gada.vault.creation import create_node

    at = datetime.now(UTC)
    cheap = WrapCost(memory_kib=64, passes=1, lanes=1)
    create_node(
        name="Bench", country="NER", kind="humanitarian", training=True, passphrase="bench", at=at, cost=cheap
    )
    call_command("migrate", verbosity=0)
    open_log(at=at)
    return bootstrap_node(
        agency_name="Bench", country="NER", site_name="Diffa", admin_username="admin", admin_name="Admin",
        admin_password="a password for nobody", at=at,
    )


def an_operator(first: Any, *roles: str, username: str = "amina") -> Any:
    """Somebody with these roles at the whole agency."""
    from gada.agencies.rules import Role
    from gada.agencies.services import assign_role, create_operator

    at = datetime.now(UTC)
    operator = create_operator(
        username=username, name=username, password="a password for nobody", by=first.admin, at=at
    )
    for role in roles:
        assign_role(operator=operator, role=Role(role), by=first.admin, at=at)
    return operator


def in_own_process(module: str, *arguments: str) -> dict[str, Any]:
    """Run `python -m MODULE ARGUMENTS` and read the JSON of its last line."""
    done = subprocess.run([sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def on_each_database(
    name: str, measure: Callable[..., dict[str, Any]], *, doc: str | None, of: str, usual: int,
    flags: tuple[str, ...] = (),
) -> None:
    """The `main` of a measurement: each database in a process of its own, or here the one that `--only` names.

    `of`: the option that says how much is measured; `flags`: options that only a measurement made here knows.
    """
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument(f"--{of}", type=int, default=usual)
    parser.add_argument("--only", choices=DATABASES)
    for flag in flags:
        parser.add_argument(f"--{flag}", action="store_true")
    chosen = vars(parser.parse_args())
    if chosen["only"]:
        print(json.dumps(measure(chosen["only"], chosen[of], **{flag: chosen[flag] for flag in flags})))
        return
    keep_results(name, [
        in_own_process(f"bench.{name}", "--only", database, f"--{of}", str(chosen[of])) for database in DATABASES
    ])


def keep_results(name: str, rows: list[dict[str, Any]]) -> None:
    """Print the table and keep it as JSON."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    widths = {c: max(len(c), *(len(_text(row.get(c, ""))) for row in rows)) for c in columns}
    print("  ".join(c.ljust(widths[c]) if c == columns[0] else c.rjust(widths[c]) for c in columns))
    for row in rows:
        cells = {c: _text(row.get(c, "")) for c in columns}
        print("  ".join(cells[c].ljust(widths[c]) if c == columns[0] else cells[c].rjust(widths[c]) for c in columns))
    RESULTS.mkdir(exist_ok=True)
    kept = {"measured": circumstances().splitlines(), "rows": rows}
    (RESULTS / f"{name}.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 100 else f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)

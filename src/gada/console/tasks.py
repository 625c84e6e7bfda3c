"""Work for the worker: files being imported, what is being erased, and the proof of a long journal."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from django_tasks import task

from gada.console import queries, services


@task()
def try_out_file(run_id: str) -> dict[str, Any]:
    """Try out one large file. Killed and started again, it begins anew."""
    run = services.plan_large_file(run_id=UUID(run_id), at=timezone.now())
    return {"state": run.state}


@task()
def import_file(run_id: str) -> dict[str, Any]:
    """Import one file. Killed and started again, it adds only what is missing."""
    run = services.run_import(run_id=UUID(run_id), at=timezone.now())
    return {"state": run.state, "households": run.report.get("households", 0)}


@task()
def erase_what_is_due(run_id: str) -> int:
    """Go on with an erasure until it is done. Killed and started again, it goes on where it stood."""
    done = 0
    while (run := services.continue_erasure(run_id=UUID(run_id), at=timezone.now())) is not None:
        done = run.done
    return done


@task()
def prove_journal() -> dict[str, Any]:
    """Verify the whole journal of this node; what was found, as plain values."""
    return queries.proof_of_journal()

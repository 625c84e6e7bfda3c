"""Whether this node works, for machines that watch it and people who wonder. No names, no figures of people."""

from __future__ import annotations

import shutil
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from gada import vault
from gada.console.rules import SEAL_LATE
from gada.journal.models import LogEntry

LEAST_FREE_BYTES = 500 * 2**20  # `gada doctor` says the same: a full disk stops registration


def health_of_node(*, at: datetime) -> dict[str, Any]:
    """`status` ok, locked or trouble; `trouble` names what. Never raises."""
    free = shutil.disk_usage(vault.data_directory()).free
    found: dict[str, Any] = {
        "status": "ok", "node": "open", "database": "unknown", "worker": "unknown", "oldest_unsealed_seconds": None,
        "disk_free_bytes": free, "trouble": ["disk"] if free < LEAST_FREE_BYTES else [],
    }
    if not vault.is_unlocked():
        found |= {"node": "locked"}
    else:
        found |= _database(at, found["trouble"])
    found["status"] = "trouble" if found["trouble"] else "locked" if found["node"] == "locked" else "ok"
    return found


def _database(at: datetime, trouble: list[str]) -> dict[str, Any]:
    try:
        oldest = (
            LogEntry.objects.filter(position=None)
            .order_by("recorded_at")
            .values_list("recorded_at", flat=True)
            .first()
        )
        waiting = (
            DBTaskResult.objects.filter(status=TaskResultStatus.READY)
            .order_by("enqueued_at")
            .values_list("enqueued_at", flat=True)
            .first()
        )
    except DatabaseError:
        trouble.append("database")
        return {"database": "trouble"}
    late = [moment for moment in (oldest, waiting) if moment is not None and at - moment > SEAL_LATE]
    if late:
        trouble.append("worker")
    return {
        "database": connection.vendor, "worker": "late" if late else "ok",
        "oldest_unsealed_seconds": int((at - oldest).total_seconds()) if oldest else None,
    }

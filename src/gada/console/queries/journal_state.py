"""The state of the journal in three zones, and its newest entries without their facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gada.agencies.models import Operator, Site
from gada.agencies.services import authorize
from gada.agencies.services.known_actions import all_actions
from gada.console.rules import ENTRIES, PURPOSES
from gada.journal.entry import stamp
from gada.journal.logs import own_log
from gada.journal.models import Countersignature, Head, LogEntry
from gada.journal.verifying import verify_log


@dataclass(frozen=True, slots=True)
class JournalState:
    """How many entries lie in each zone, and since when. Figures only: nothing is verified here."""

    countersigned: int
    countersigned_at: datetime | None
    witnesses: tuple[tuple[str, int, datetime], ...]  # name, up to how many entries, when
    sealed: int
    sealed_at: datetime | None
    root: str
    unsealed: int
    oldest_unsealed: datetime | None

    @property
    def sealed_only(self) -> int:
        return self.sealed - self.countersigned

    @property
    def entries(self) -> int:
        return self.sealed + self.unsealed


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One entry without its facts."""

    position: int | None
    at: datetime
    action: str
    label: str
    office: str
    purpose: str


def journal_state(viewer: Operator) -> JournalState:
    """The three zones. Five queries. Raises NotPermitted."""
    authorize(viewer, "journal.see")
    log = own_log()
    head = Head.objects.filter(log=log).order_by("-size").first()
    newest: dict[str, Countersignature] = {}
    for kept in Countersignature.objects.filter(head__log=log).select_related("head").order_by("head__size"):
        newest[kept.witness_name] = kept
    best = max(newest.values(), key=lambda kept: kept.head.size, default=None)
    waiting = LogEntry.objects.filter(log=log, position=None)
    return JournalState(
        countersigned=best.head.size if best else 0, countersigned_at=best.signed_at if best else None,
        witnesses=tuple((name, kept.head.size, kept.signed_at) for name, kept in sorted(newest.items())),
        sealed=head.size if head else 0, sealed_at=head.sealed_at if head else None,
        root=bytes(head.root).hex() if head else "", unsealed=waiting.count(),
        oldest_unsealed=waiting.order_by("recorded_at").values_list("recorded_at", flat=True).first(),
    )


def newest_entries(viewer: Operator, *, most: int = 40) -> list[EntryLine]:
    """The last entries, by action, office and purpose: no facts, no names. Raises NotPermitted."""
    authorize(viewer, "journal.see")
    rows = list(
        LogEntry.objects.filter(log=own_log()).order_by("-recorded_at", "-lamport").defer("header", "leaf")[:most]
    )
    offices = dict(Site.objects.filter(id__in={row.site for row in rows if row.site}).values_list("id", "name"))
    labels = {action.entry: action.label for action in reversed(list(all_actions())) if action.entry} | ENTRIES
    return [
        EntryLine(
            row.position,
            row.recorded_at,
            row.action,
            str(labels.get(row.action, "")),
            offices.get(row.site, "") if row.site else "",
            str(PURPOSES.get(row.purpose, row.purpose)),
        )
        for row in rows
    ]


def proof_of_journal() -> dict[str, Any]:
    """Walk the whole journal and check everything; plain values, faults by name."""
    report = verify_log()
    return {
        "sound": report.sound,
        "entries": report.entries,
        "countersigned": report.countersigned,
        "sealed": report.sealed,
        "unsealed": report.unsealed,
        "erased": report.erased,
        "witnesses": list(report.witnesses),
        "countersigned_at": stamp(report.countersigned_at) if report.countersigned_at else None,
        "faults": [
            {"code": fault.code, "position": fault.position, "entry": fault.entry, "detail": fault.detail}
            for fault in report.faults[:100]
        ],
    }

"""Exporting a report: its figures go into the journal, so that a sheet of paper can be checked against the node."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.engine.proof.canonical import canonical_bytes, normalise_text
from gada.engine.proof.digests import sha256
from gada.engine.refusal import Invalid
from gada.journal import Scope
from gada.journal.entry import stamp
from gada.journal.logs import own_log
from gada.journal.models import Head
from gada.matching.queries.evidence import figures_for, report_sites
from gada.matching.reports.figures import Figures
from gada.matching.reports.serial import serial_of


@dataclass(frozen=True, slots=True)
class MadeReport:
    """A report as it left the node: its figures, who made it when, and what it can be checked by."""

    id: UUID
    figures: Figures
    by: str
    at: datetime
    position: int  # how many entries of the journal were sealed then
    digest: str

    @property
    def serial(self) -> str:
        return serial_of(self.id)


@transaction.atomic
def make_report(*, operator: Operator, since: datetime, until: datetime, at: datetime) -> MadeReport:
    """Count, and note in the journal what was counted. Raises NotPermitted, Invalid `period-empty`."""
    authorize(operator, "report.make", at=at)
    if since >= until:
        raise Invalid("period-empty", _("The period ends before it begins. Choose another first or last day."))
    figures = figures_for(operator, since=since, until=until)
    position = Head.objects.filter(log=own_log()).order_by("-size").values_list("size", flat=True).first() or 0
    facts = {
        "filter": {
            "since": stamp(since), "until": stamp(until),
            "sites": [str(id_) for id_ in report_sites(operator).values_list("id", flat=True)],
        },
        "figures": _in_one_form(figures), "position": position, "made_at": stamp(at), "by": str(operator.id),
        "reader": operator.standing_at(Scope(agency=operator.agency_id), at=at),
    }
    digest = sha256(canonical_bytes(facts))
    made = MadeReport(UUID(bytes=digest[:16]), figures, operator.name, at, position, digest.hex())
    journal.record(
        "report.made", by=operator, about=("report", made.id), facts={**facts, "digest": made.digest},
        scope=Scope(agency=operator.agency_id), purpose="audit", at=at,
    )
    return made


def _in_one_form(figures: Figures) -> dict[str, object]:
    facts = figures.as_facts()
    facts["sites"] = [[normalise_text(name), *counts] for name, *counts in facts["sites"]]
    return facts

"""Whom newcomers look like, said by their number to whoever imports: a reading like any other."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from gada import journal
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.console.models import ImportLine, ImportRun
from gada.people.queries import people_in
from gada.people.services import scope_of


def read_likely(*, operator: Operator, run: ImportRun, at: datetime) -> dict[str, str]:
    """id → number of everybody at the viewer's sites whom a row of this file looks like; one line in the journal."""
    authorize(operator, "person.import", site=run.site, programme=run.programme)
    likely = ImportLine.objects.filter(run=run).exclude(likely=[]).values_list("likely", flat=True)
    ids = sorted({other for each in likely for other, _share in each if isinstance(other, str)})
    numbers: dict[str, str] = {}
    for start in range(0, len(ids), 500):
        part = people_in(operator).filter(id__in=[UUID(id_) for id_ in ids[start : start + 500]])
        numbers |= {str(id_): number for id_, number in part.values_list("id", "number")}
    journal.record_read(
        by=operator, people=[UUID(id_) for id_ in numbers], purpose="registration", page="import-outcomes", at=at,
        scope=scope_of(run.site, run.programme), criteria={"fields": ["number"]},
    )
    return numbers

"""Extracts that this viewer may see, what waits in them, whose a code is, and who was served by partners."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Q

from gada.agencies.models import Operator
from gada.agencies.queries import permissions_of
from gada.assistance.queries import Elsewhere
from gada.engine.refusal import Invalid, NotFound
from gada.exchange.models import Extract, ExtractRow
from gada.exchange.rules.extracts import ExtractPurpose, read_code
from gada.exchange.rules.gate import may_leave
from gada.exchange.rules.returns import Reason
from gada.exchange.services.extracts.files import extract_path
from gada.exchange.services.extracts.gathering import ground_for
from gada.exchange.services.standing import person_facts
from gada.people.rules import read_number

OUT = Q(state="made", destroyed_at=None)


@dataclass(frozen=True, slots=True)
class ExtractLine:
    """A request in the list: where it stands, and how many families the partner has answered for."""

    extract: Extract
    state: str
    answered: int


@dataclass(frozen=True, slots=True)
class ExtractSheet:
    """One extract with everything its page shows."""

    extract: Extract
    state: str
    rows: int  # of the newest making
    served: int
    not_served: int
    file_here: bool
    changed_mind: tuple[str, ...]  # codes of families that the gate would leave out by now
    requested_by: str
    decided_by: str


def extracts_for(viewer: Operator, *, at: datetime) -> list[ExtractLine]:
    """Requests of the viewer's agency: those with something due first, then the newest."""
    if "extract.see" not in permissions_of(viewer):
        return []
    rows = Extract.objects.filter(agency=viewer.agency_id).annotate(
        answered=Count("rows", filter=Q(rows__served__isnull=False))
    )
    lines = [ExtractLine(each, each.state_at(at), each.answered) for each in rows.order_by("-requested_at")]
    return sorted(lines, key=lambda line: line.state != "due")


def extract_for(viewer: Operator, extract_id: UUID, *, at: datetime) -> ExtractSheet:
    """One request. Raises NotFound for who may not see extracts, or of another agency."""
    found = Extract.objects.filter(id=extract_id, agency=viewer.agency_id).first()
    if found is None or "extract.see" not in permissions_of(viewer):
        raise NotFound("extract-unknown", "There is no such request here.")
    rows = ExtractRow.objects.filter(extract=found, made=found.times_made)
    answers = dict(rows.order_by().values_list("served").annotate(Count("id")))
    names = dict(
        Operator.objects.filter(id__in=[found.requested_by, found.decided_by], agency=viewer.agency_id)
        .values_list("id", "name")
    )
    out = found.state == "made" and found.destroyed_at is None
    return ExtractSheet(
        extract=found, state=found.state_at(at), rows=sum(answers.values()), served=answers.get(True, 0),
        not_served=answers.get(False, 0), file_here=extract_path(found.id).exists(),
        changed_mind=_changed_mind(found, at) if out else (),
        requested_by=names.get(found.requested_by, ""),
        decided_by=names.get(found.decided_by, "") if found.decided_by else "",
    )


def how_many_extracts_wait_for(viewer: Operator, *, at: datetime) -> int:
    """What this viewer can do now: decide, make, ask for a confirmation of destruction."""
    allowed = permissions_of(viewer)
    mine = Q(pk=None)
    if "extract.decide" in allowed:
        mine |= Q(state="asked", expires_at__gt=at) & ~Q(requested_by=viewer.id)
    if "extract.make" in allowed:
        mine |= Q(state="approved", expires_at__gt=at)
    if "extract.close" in allowed:
        mine |= OUT & Q(expires_at__lte=at)
    return Extract.objects.filter(mine, agency=viewer.agency_id).order_by().count()


def whose_code(viewer: Operator, text: str) -> Extract:
    """From which extract of the viewer's agency a row, or a whole file, came. Raises Invalid, NotFound."""
    unknown = NotFound("code-unknown", "No extract of yours has this code or number. Read it again from the sheet.")
    if "extract.see" not in permissions_of(viewer):
        raise unknown
    plain = text.strip().upper()
    here = Extract.objects.filter(agency=viewer.agency_id)
    if plain.startswith("XT"):
        try:
            found = here.filter(number=f"XT-{read_number(plain[2:])}").first()
        except Invalid:
            found = None
    else:
        row = ExtractRow.objects.filter(code=read_code(text), extract__in=here).select_related("extract").first()
        found = row.extract if row else None
    if found is None:
        raise unknown
    return found


def served_by_partners(households: Collection[UUID], *, since: date | None = None) -> list[Elsewhere]:
    """What partners without Gada said of these families, newest first: it informs, and never blocks."""
    rows = ExtractRow.objects.filter(household__in=list(households), served__isnull=False).select_related("extract")
    if since is not None:
        rows = rows.filter(served=True, served_on__gte=since)
    return [
        Elsewhere(
            partner=row.extract.organisation, what=str(ExtractPurpose(row.extract.purpose).label),
            served=bool(row.served), on=row.served_on, thousandths=row.quantity,
            reason=str(Reason(row.reason).label) if row.reason else "", said_at=row.said_at,
        )
        for row in rows.order_by("-said_at", "id")[:20]
    ]


def _changed_mind(extract: Extract, at: datetime) -> tuple[str, ...]:
    """Rows the partner still holds of people who since refused, objected, came under protection or left."""
    rows = list(ExtractRow.objects.filter(extract=extract).values_list("code", "person_id"))
    facts = person_facts({person for _code, person in rows})
    ground = ground_for(extract, at=min(at, extract.made_at or at))
    return tuple(sorted(
        code for code, person in rows if person not in facts or may_leave(ground, person=facts[person]) is not None
    ))
